package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

// sentAway is how many requests a tightGateway sends away first, whatever it has
// to do: how many a flood fills depends on the machine.
const sentAway = 60

// tightGateway serves a few requests at a time, and sends the first ones away,
// so that a small fleet floods it. It returns its folder.
func tightGateway(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	id, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	g, err := store.NewGateway(t.Context(), dir, gateway.Config{
		Key: key, Stations: gateway.StationDir(filepath.Join(dir, "stations")), AllowVirtual: true, InFlight: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > sentAway {
			g.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(func() {
		srv.Close()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	p := uplink.Pairing{URL: srv.URL, Recipient: id.Recipient(), ReceiptKey: key.Public()}
	if err := p.Save(filepath.Join(dir, "pairing.json")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func fleetRun(t *testing.T, args ...string) (r fleetResult, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code = run(ctx, append([]string{"fleet", "--json"}, args...), &stdout, &stderr)
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("exit %d, %v: %s%s", code, err, stdout.Bytes(), stderr.Bytes())
	}
	return r, code
}

// A gateway that a fleet floods serves all of it, because the fleet waits as
// it is asked to; one that does not is found out.
func TestFleet(t *testing.T) {
	flood := []string{"--stations", "120", "--within", "0s", "--bytes", "100"}
	r, code := fleetRun(t, append(flood, "--gateway", tightGateway(t))...)
	if code != exitGood || r.Served != 120 || r.Asked < sentAway || r.Early != 0 || r.Doubled != 0 {
		t.Errorf("exit %d: %+v", code, r)
	}
	rude, code := fleetRun(t, append(flood, "--rude", "--limit", "6s", "--gateway", tightGateway(t))...)
	if code != exitOther || rude.Early == 0 {
		t.Errorf("control: exit %d: %+v", code, rude)
	}
	tally := faults.Tally{
		Fault: "a fleet floods a small gateway", Runs: 1, Acknowledged: r.Served, Lost: r.Stations - r.Served, Doubled: r.Doubled,
		Control: int(rude.Early), ControlBy: "Retry-After ignored, requests too early",
	}
	tally.Record(t)
}

func TestFleetUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"--gateway", "a", "--spawn", "b"}, {"--gateway", "a", "--stations", "0"}} {
		var out bytes.Buffer
		if code := run(t.Context(), append([]string{"fleet"}, args...), &out, &out); code != exitUsage {
			t.Errorf("%q: exit %d: %s", args, code, out.String())
		}
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"fleet", "--gateway", t.TempDir()}, &out, &out); code != exitOther {
		t.Errorf("a folder without a gateway: exit %d: %s", code, out.String())
	}
}

func TestFleetTable(t *testing.T) {
	var out bytes.Buffer
	r := fleetResult{Stations: 2, Served: 2, Tries: map[string]int{"unreachable": 3}, P50: 1.5, Gateway: process{Memory: 7 << 20, Files: 9}}
	r.print(&out)
	for _, want := range []string{"served", "3 unreachable", "p50 1.50 s", "7 MiB, 9 files"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if !r.good() {
		t.Error("all served, and not good")
	}
	for _, bad := range []fleetResult{{Stations: 2, Served: 1}, {Doubled: 1}, {Early: 1}} {
		if bad.good() {
			t.Errorf("good: %+v", bad)
		}
	}
}
