//go:build realparts

package faults_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
)

// TestFullGateway: a gateway whose disk is full, wherever it notices, gives no
// receipt that it cannot keep. Once there is room it goes on by itself, also
// where JetStream switched itself off because its own write failed.
func TestFullGateway(t *testing.T) {
	blocks := 0
	tally := faults.Tally{Fault: "full disk, gateway", ControlBy: "deliveries that the full disk held up"}
	for _, p := range []struct {
		name string
		hits func(faults.Op) bool
	}{
		{"chunks", func(o faults.Op) bool { return o.Kind == "write" && !strings.HasSuffix(o.Name, ".blk") }},
		{"ledger", func(o faults.Op) bool { return o.Kind == "write" && strings.HasSuffix(o.Name, ".blk") }},
		{"manifests", func(o faults.Op) bool { // the chain's link comes before
			if o.Kind != "write" || !strings.HasSuffix(o.Name, ".blk") {
				return false
			}
			blocks++
			return blocks > 1
		}},
		{"all that follows", func(o faults.Op) bool { // no sync, no rename, no unlink either
			if o.Kind == "write" && strings.HasSuffix(o.Name, ".blk") {
				blocks++
			}
			return blocks > 1
		}},
		{"everything", func(o faults.Op) bool { return o.Kind == "write" || o.Kind == "create" || o.Kind == "mkdir" }},
	} {
		tally.Runs++
		blocks = 0
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

// TestStepThatWasNotWritten: a step of a dossier that the full disk did not take
// is told to nobody, though the ledger's memory has it.
func TestStepThatWasNotWritten(t *testing.T) {
	d := faults.NewDisk(faults.Strict)
	j, err := store.OpenJetStream(t.Context(), mount(t, d))
	must(t, err)
	defer func() { must(t, j.Close()) }()
	id := uuid.Must(uuid.NewV7())
	step := func(station, state string, patience time.Duration) (gateway.Event, error) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return j.Append(ctx, gateway.Event{Station: station, Dossier: id, State: state})
	}
	_, err = step("a", "validated", 10*time.Second)
	must(t, err)
	_, err = step("b", "validated", 10*time.Second)
	must(t, err)
	d.Fail(func(o faults.Op) syscall.Errno {
		if o.Kind == "write" && strings.HasSuffix(o.Name, ".blk") {
			return syscall.ENOSPC
		}
		return 0
	})
	if _, err = step("a", "approved", 500*time.Millisecond); err == nil {
		t.Fatal("the control: the disk is not full")
	}
	events, _, err := j.Feed(t.Context(), "a", 1, 10)
	if err == nil && len(events) > 0 {
		t.Errorf("the feed tells %v", events)
	}
	d.Fail(nil)
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err = step("a", "rejected", time.Second); err == nil {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("there is room again: %v", err)
		}
	}
	events, _, err = j.Feed(t.Context(), "a", 1, 10)
	must(t, err)
	if len(events) != 1 || events[0].State != "rejected" {
		t.Errorf("afterwards the feed tells %v", events)
	}
}
