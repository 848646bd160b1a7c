//go:build realparts

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tram-station/tram/offline/faults"
)

// envFleet is how many stations come back; 12000 is the long form.
const envFleet = "TRAM_FLEET"

// mostMemoryEach bounds what each process of the storm may take.
const mostMemoryEach = 1 << 30

// A real gateway in a process of its own, and a fleet that comes back within a
// minute (or less, when it is small).
func TestFleetOnARealGateway(t *testing.T) {
	program := filepath.Join(t.TempDir(), "tram-gateway")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../tram-gateway")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n := faults.Rounds(envFleet, 300)
	within := "1500ms"
	if n >= 12_000 {
		within = "1m"
	}
	r, code := fleetRun(t, "--spawn", program, "--stations", strconv.Itoa(n), "--within", within)
	var table bytes.Buffer
	r.print(&table)
	t.Logf("\n%s", table.String())
	if code != exitGood {
		t.Errorf("exit %d: %+v", code, r)
	}
	if r.Fleet.Memory > mostMemoryEach || r.Gateway.Memory > mostMemoryEach || r.Gateway.Memory == 0 {
		t.Errorf("memory: fleet %d, gateway %d bytes", r.Fleet.Memory, r.Gateway.Memory)
	}
	secure, code := fleetRun(t, "--spawn", program, "--stations", strconv.Itoa(n/3), "--within", within, "--tls")
	if code != exitGood || secure.Served != n/3 {
		t.Errorf("mutual TLS: exit %d: %+v", code, secure)
	}
	r.Served, r.Doubled, n = r.Served+secure.Served, r.Doubled+secure.Doubled, n+n/3
	rude, _ := fleetRun(t, "--gateway", tightGateway(t), "--stations", "120", "--within", "0s", "--bytes", "100", "--rude", "--limit", "6s")
	tally := faults.Tally{
		Fault: "reconnect storm", Runs: 2, Acknowledged: r.Served, Lost: n - r.Served, Doubled: r.Doubled,
		Control: int(rude.Early), ControlBy: "Retry-After ignored, requests too early",
	}
	tally.Record(t)
}
