//go:build realparts

package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
)

const indexFile = "index.db"

// phases are the moments of storing a dossier at which a disk can be full.
var phases = []struct {
	name string
	hits func(faults.Op) bool
}{
	{"create blob", func(o faults.Op) bool { return o.Kind == "create" }},
	{"write blob", func(o faults.Op) bool { return o.Kind == "write" && o.Name != indexFile }},
	{"sync blob", func(o faults.Op) bool { return o.Kind == "fsync" && o.Name != indexFile }},
	{"rename blob", func(o faults.Op) bool { return o.Kind == "rename" }},
	{"sync folder", func(o faults.Op) bool { return o.Kind == "fsyncdir" }},
	{"write index", func(o faults.Op) bool {
		return (o.Kind == "write" || o.Kind == "truncate") && o.Name == indexFile
	}},
	{"sync index", func(o faults.Op) bool { return o.Kind == "fsync" && o.Name == indexFile }},
}

// fullInPhases runs a station on a disk that is full at each moment in turn,
// with room again in between.
func fullInPhases(t *testing.T, env ...string) (tally faults.Tally) {
	t.Helper()
	for _, p := range phases {
		tally.Runs++
		d := faults.NewDisk(faults.Strict)
		dir := mount(t, d)
		layStation(t, dir)
		station := startStation(t, dir, append(env, envCount+"=1000", envBytes+"=20000")...)
		acks := func(more int) func() bool {
			want, late := len(station.acked)+more, time.Now().Add(10*time.Second)
			return func() bool { return len(station.acked) >= want || time.Now().After(late) }
		}
		station.until("", acks(3))
		d.Fail(func(o faults.Op) syscall.Errno {
			if p.hits(o) {
				return syscall.ENOSPC
			}
			return 0
		})
		late := time.Now().Add(10 * time.Second)
		station.until("", func() bool { return station.refused >= 3 || time.Now().After(late) })
		if station.refused < 3 {
			t.Errorf("%s: the full disk was not noticed", p.name)
		}
		d.Fail(nil)
		before := len(station.acked)
		station.until("", acks(3))
		if len(station.acked) < before+3 {
			t.Errorf("%s: there is room again and nothing is taken", p.name)
		}
		station.kill()
		must(t, d.Unmount())
		copied := t.TempDir()
		must(t, d.Export(copied))
		found := look(t, copied)
		tally.Count(alike(station.acked, found), found)
	}
	return tally
}

// TestFullDisk: a disk that is full at any moment of storing costs no dossier
// that was acknowledged, and none once there is room again.
func TestFullDisk(t *testing.T) {
	tally := fullInPhases(t)
	control := fullInPhases(t, envEarly+"=1ms")
	tally.Fault, tally.Control, tally.ControlBy = "full disk in each phase", control.Broken(), "answered before it is stored"
	tally.Record(t)
}

// TestDeleteWhileFull: on a disk without any room dossiers still go out, one by
// one, and make room.
func TestDeleteWhileFull(t *testing.T) {
	d := faults.NewDisk(faults.Strict)
	dir := mount(t, d)
	central := startCentral(t, filepath.Join(t.TempDir(), "central"), "127.0.0.1:0")
	must(t, central.pairing.Save(filepath.Join(dir, "pairing.json")))
	key := enrolStation(t, central, dir)
	const count, size = 12, 60 << 10
	station := startStation(t, dir, fmt.Sprintf("%s=%d", envCount, count), fmt.Sprintf("%s=%d", envBytes, size))
	if !station.until("done", func() bool { return false }) {
		t.Fatal("the station ended by itself")
	}
	full := d.Used()
	d.Limit(full)
	station.kill()
	acked := station.acked
	sending := startStation(t, dir, envCount+"=0", envSend+"=1")
	late := time.Now().Add(20 * time.Second)
	sending.until("", func() bool { return d.Used() < full-count*size || time.Now().After(late) })
	sending.kill()
	must(t, d.Unmount())
	copied := t.TempDir()
	must(t, d.Export(copied))
	settled, err := drain(t, copied)
	must(t, err)
	central.kill()
	if d.Used() >= full-count*size {
		t.Errorf("%d bytes used of %d: sending made no room", d.Used(), full)
	}
	tried := map[string]*envelope.Sealed{}
	for name := range acked {
		tried[name], acked[name] = nil, settled[name]
	}
	found, doubled := auditCentral(t, central.dir, tried, key)
	tally := faults.Tally{Fault: "delete while full", Runs: 1, Doubled: doubled, Control: controlFull(t), ControlBy: "a plain write on the same disk fails"}
	tally.Count(acked, found)
	tally.Record(t)
}

// controlFull shows that a disk at its limit takes nothing.
func controlFull(t *testing.T) int {
	t.Helper()
	d := faults.NewDisk(faults.Strict)
	dir := mount(t, d)
	must(t, os.WriteFile(filepath.Join(dir, "a"), []byte("content"), 0o600))
	d.Limit(d.Used())
	if os.WriteFile(filepath.Join(dir, "b"), []byte("content"), 0o600) != nil {
		return 1
	}
	return 0
}
