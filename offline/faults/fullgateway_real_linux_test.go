//go:build realparts

package faults_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
)

// TestFullGateway: a gateway whose disk is full, wherever it notices, gives no
// receipt that it cannot keep. Once there is room it goes on by itself; but
// JetStream switches itself off when its own write fails, and wants a restart.
func TestFullGateway(t *testing.T) {
	tally := faults.Tally{Fault: "full disk, gateway", ControlBy: "deliveries that the full disk held up"}
	for _, p := range []struct {
		name  string
		again bool // a restart is needed
		hits  func(faults.Op) bool
	}{
		{"chunks", false, func(o faults.Op) bool { return o.Kind == "write" && !strings.HasSuffix(o.Name, ".blk") }},
		{"ledger", true, func(o faults.Op) bool { return o.Kind == "write" && strings.HasSuffix(o.Name, ".blk") }},
		{"everything", false, func(o faults.Op) bool { return o.Kind == "write" || o.Kind == "create" || o.Kind == "mkdir" }},
	} {
		tally.Runs++
		d := faults.NewDisk(faults.Strict)
		central := startCentral(t, mount(t, d), "127.0.0.1:0")
		station := central.enrol(t)
		client := central.client("http://" + central.addr)
		acked, tried := map[string]string{}, map[string]*envelope.Sealed{}
		deliver := func(s *envelope.Sealed, patience time.Duration) bool {
			tried[s.ID.String()] = s
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			receipt, err := client.Deliver(ctx, s)
			if err != nil {
				return false
			}
			acked[s.ID.String()] = envelope.Sum(receipt.Signed).String()
			return true
		}
		for range 3 {
			if !deliver(station.seal(t, 20<<10), 10*time.Second) {
				t.Fatalf("%s: no delivery with room", p.name)
			}
		}
		d.Fail(func(o faults.Op) syscall.Errno {
			if p.hits(o) {
				return syscall.ENOSPC
			}
			return 0
		})
		late := station.seal(t, 20<<10)
		for range 2 {
			if !deliver(late, 2*time.Second) {
				tally.Control++
			}
		}
		d.Fail(nil)
		if p.again {
			central.kill()
			central = startCentral(t, central.dir, "127.0.0.1:0")
			client = central.client("http://" + central.addr)
		}
		ok := false
		for until := time.Now().Add(20 * time.Second); !ok && time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
			ok = deliver(late, 5*time.Second)
		}
		if !ok {
			t.Errorf("%s: there is room again and the gateway takes nothing", p.name)
		}
		central.kill()
		must(t, d.Unmount())
		copied := t.TempDir()
		must(t, d.Export(copied))
		found, doubled := auditCentral(t, copied, tried, station.key.Public())
		tally.Count(acked, found)
		tally.Doubled += doubled
	}
	tally.Record(t)
}
