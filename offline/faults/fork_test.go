package faults_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

// TestSnapshotFork: a station's disk is cloned, and both go on. The central
// takes what both bring, for what was captured is not lost, and the places that
// are taken twice are found.
func TestSnapshotFork(t *testing.T) {
	const before, after = 3, 4
	tally := faults.Tally{Fault: "snapshot restored, disk cloned", ControlBy: "places in the chain found taken twice"}
	for _, cloned := range []bool{false, true} {
		y := newYearly(t)
		original := filepath.Join(t.TempDir(), "queue")
		clone := filepath.Join(t.TempDir(), "queue")
		acked := map[string]string{}
		y.during(t, func(c *uplink.Client) {
			y.enqueue(t, original, c.URL, before, acked)
			if cloned {
				must(t, os.CopyFS(clone, os.DirFS(original)))
				y.enqueue(t, clone, c.URL, after, acked)
			}
			y.enqueue(t, original, c.URL, after, acked)
		})
		found, forks := y.stored(t, acked)
		tally.Runs++
		tally.Count(acked, found)
		if want := map[bool]int{false: 0, true: after}[cloned]; forks != want {
			t.Errorf("cloned %t: %d of %d forks found", cloned, forks, want)
		}
		tally.Control += forks
	}
	tally.Record(t)
}

// enqueue submits dossiers to the station of a folder and sends them.
func (y *yearly) enqueue(t *testing.T, dir, url string, n int, acked map[string]string) {
	t.Helper()
	cfg := offline.Config{
		Dir: dir, StationID: stationID, Signer: y.station, Recipients: []*envelope.Recipient{y.identity.Recipient()},
		GatewayURL: url, GatewayKey: y.key.Public(), HTTPClient: http.DefaultClient,
	}
	o, err := offline.Open(cfg)
	must(t, err)
	for range n {
		d := newDossier(10 << 10)
		must(t, o.Submit(t.Context(), d))
		s, err := o.Status(d.ID)
		must(t, err)
		acked[d.ID.String()] = s.Manifest.String()
	}
	must(t, o.Send(t.Context()))
	must(t, o.Close())
}

// stored returns what a closed gateway's ledger has of the dossiers, and how
// many of them are in quarantine for a fork.
func (y *yearly) stored(t *testing.T, acked map[string]string) (found []faults.Found, forks int) {
	t.Helper()
	stores, err := store.Open(t.Context(), y.dir)
	must(t, err)
	defer func() { must(t, stores.Close()) }()
	for name := range acked {
		record, err := stores.Ledger.Get(t.Context(), parse(t, name))
		if err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		found = append(found, faults.Found{Name: name, Digest: envelope.Sum(record.Manifest).String()})
		if record.Mark.Quarantine == gateway.QuarantineFork {
			forks++
		}
	}
	return found, forks
}
