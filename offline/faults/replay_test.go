package faults_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

// yearly is a gateway in this process whose clock the test sets.
type yearly struct {
	dir      string
	now      time.Time
	key      *envelope.Signer
	identity *envelope.Identity
	station  *envelope.Signer
	last     envelope.Digest // of the manifests, which chain
}

func newYearly(t *testing.T) *yearly {
	t.Helper()
	y := &yearly{dir: t.TempDir(), now: time.Now()}
	var err error
	y.key, err = envelope.GenerateKey()
	must(t, err)
	y.identity, err = envelope.GenerateIdentity()
	must(t, err)
	y.station, err = envelope.GenerateKey()
	must(t, err)
	must(t, gateway.StationDir(filepath.Join(y.dir, "stations")).Enrol(uplink.Station{ID: stationID, Key: y.station.Public()}))
	return y
}

// during runs fn while the gateway serves.
func (y *yearly) during(t *testing.T, fn func(*uplink.Client)) {
	t.Helper()
	g, err := store.NewGateway(t.Context(), y.dir, gateway.Config{
		Key: y.key, Stations: gateway.StationDir(filepath.Join(y.dir, "stations")), AllowVirtual: true,
		Now: func() time.Time { return y.now },
	})
	must(t, err)
	srv := httptest.NewServer(g)
	fn(&uplink.Client{URL: srv.URL, Station: stationID, Key: y.key.Public(), HTTP: http.DefaultClient})
	http.DefaultClient.CloseIdleConnections()
	srv.Close()
	must(t, g.Close())
}

func (y *yearly) seal(t *testing.T, sequence uint64) *envelope.Sealed {
	t.Helper()
	s, err := envelope.Seal(y.station, []*envelope.Recipient{y.identity.Recipient()}, envelope.Draft{
		ID: uuid.New(), Station: stationID, Sequence: sequence, Previous: y.last, Virtual: true,
		Created: envelope.Clock{Wall: y.now.UnixMilli()},
		Parts:   []envelope.Part{{Name: "evidence", MediaType: "text/plain", Bytes: []byte("hồ sơ thử")}},
	})
	must(t, err)
	y.last = envelope.Sum(s.Manifest)
	return s
}

// TestYearOldReplay: a dossier that is sent again a year and restarts later
// gets the same receipt, byte by byte, and is stored once.
func TestYearOldReplay(t *testing.T) {
	const dossiers, years = 8, 3
	y := newYearly(t)
	var sent []*envelope.Sealed
	acked := map[string]string{}
	y.during(t, func(c *uplink.Client) {
		for i := range dossiers {
			s := y.seal(t, uint64(i+1))
			d, err := c.Deliver(t.Context(), s)
			must(t, err)
			sent = append(sent, s)
			acked[s.ID.String()] = envelope.Sum(d.Signed).String()
		}
	})
	tally := faults.Tally{Fault: "year-old replay", ControlBy: "the gateway lost its ledger"}
	replay := func(tally *faults.Tally) {
		positions := map[uint64]bool{}
		var found []faults.Found
		y.during(t, func(c *uplink.Client) {
			for _, s := range sent {
				d, err := c.Deliver(t.Context(), s)
				must(t, err)
				found = append(found, faults.Found{Name: s.ID.String(), Digest: envelope.Sum(d.Signed).String()})
				positions[d.Receipt.LogPosition] = true
			}
		})
		tally.Runs++
		tally.Count(acked, found)
		tally.Doubled += max(0, len(positions)-dossiers)
		for p := range positions {
			if p > dossiers {
				tally.Doubled++
			}
		}
	}
	for range years {
		y.now = y.now.Add(365 * 24 * time.Hour)
		replay(&tally)
	}
	var control faults.Tally
	must(t, os.RemoveAll(filepath.Join(y.dir, "ledger")))
	replay(&control)
	tally.Control = control.Broken()
	tally.Record(t)
}

// Another manifest under an ID that is stored is refused, also years later.
func TestYearOldIDIsNotReused(t *testing.T) {
	y := newYearly(t)
	first := y.seal(t, 1)
	y.during(t, func(c *uplink.Client) {
		_, err := c.Deliver(t.Context(), first)
		must(t, err)
	})
	y.now = y.now.Add(365 * 24 * time.Hour)
	other, err := envelope.Seal(y.station, []*envelope.Recipient{y.identity.Recipient()}, envelope.Draft{
		ID: first.ID, Station: stationID, Sequence: 2, Previous: y.last, Virtual: true,
		Created: envelope.Clock{Wall: y.now.UnixMilli()},
		Parts:   []envelope.Part{{Name: "evidence", MediaType: "text/plain", Bytes: []byte("other")}},
	})
	must(t, err)
	if bytes.Equal(other.Manifest, first.Manifest) {
		t.Fatal("the same manifest")
	}
	y.during(t, func(c *uplink.Client) {
		if _, err := c.Deliver(t.Context(), other); err == nil {
			t.Error("an ID took a second content")
		}
	})
}
