//go:build realparts

package faults_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
)

const (
	envKills = "TRAM_KILLS" // rounds; 500 is the long form
	envChaos = "TRAM_CHAOS" // rounds of the cut line; 100 is the long form
	// killsEach is how many kills one folder sees before a new one takes over.
	killsEach = 20
)

// killStation kills a station with -9 again and again while it submits.
func killStation(t *testing.T, rounds int, env ...string) (tally faults.Tally) {
	t.Helper()
	for tally.Runs < rounds {
		dir := t.TempDir()
		layStation(t, dir)
		acked := map[string]string{}
		var found []faults.Found
		for range min(killsEach, rounds-tally.Runs) {
			tally.Runs++
			station := startStation(t, dir, env...)
			moment := time.Now().Add(rand.N(80 * time.Millisecond))
			station.until("done", func() bool { return time.Now().After(moment) })
			station.kill()
			join(acked, station.acked)
			found = look(t, dir)
		}
		tally.Count(alike(acked, found), found)
		must(t, os.RemoveAll(dir))
	}
	return tally
}

// TestKillStation: what Submit returned from outlives a kill -9 at any moment.
func TestKillStation(t *testing.T) {
	tally := killStation(t, faults.Rounds(envKills, 8))
	control := killStation(t, 8, envEarly+"=1ms")
	tally.Fault, tally.Control, tally.ControlBy = "kill -9, station", control.Broken(), "answered before it is stored"
	tally.Record(t)
}

// TestCutLineAndKills: a station process and a gateway process, a line between
// them that breaks, and both killed again and again. In the end the set that
// was enqueued is the set that is stored, each once, with the receipt that the
// station holds.
func TestCutLineAndKills(t *testing.T) {
	rounds := faults.Rounds(envChaos, 3)
	tally := chaos(t, rounds)
	control := chaos(t, 2, envEarly+"=150ms")
	tally.Fault, tally.Control, tally.ControlBy = "cut line, both sides killed", control.Broken(), "answered before it is stored"
	tally.Record(t)
}

func chaos(t *testing.T, rounds int, env ...string) (tally faults.Tally) {
	t.Helper()
	dir := t.TempDir()
	central := startCentral(t, filepath.Join(dir, "central"), "127.0.0.1:0")
	line, err := faults.NewCutter(central.addr, faults.Line{CutUp: 300 << 10, CutDown: 64 << 10, Reset: true})
	must(t, err)
	defer func() { must(t, line.Close()) }()
	station := filepath.Join(dir, "station")
	must(t, os.Mkdir(station, 0o700))
	central.pairing.URL = "http://" + line.Addr()
	must(t, central.pairing.Save(filepath.Join(station, "pairing.json")))
	key := enrolStation(t, central, station)
	acked := map[string]string{}
	env = append(env, envSend+"=1", envBytes+"=150000", envCount+"=8")
	for range rounds {
		tally.Runs++
		live := startStation(t, station, env...)
		for range 3 {
			moment := time.Now().Add(rand.N(300 * time.Millisecond))
			live.until("", func() bool { return time.Now().After(moment) })
			if rand.IntN(2) == 0 {
				central.kill()
				central = startCentral(t, central.dir, "127.0.0.1:0")
				line.Retarget(central.addr)
			}
		}
		live.kill()
		join(acked, live.acked)
	}
	settled, err := drain(t, station)
	must(t, err)
	central.kill()
	tried := map[string]*envelope.Sealed{}
	for name := range acked {
		tried[name] = nil
		if acked[name] != "-" || settled[name] != "" {
			acked[name] = settled[name]
		}
	}
	for name := range settled {
		tried[name] = nil
	}
	found, doubled := auditCentral(t, central.dir, tried, key)
	tally.Count(acked, found)
	tally.Doubled += doubled
	t.Logf("%d cuts of the line, %d dossiers, %d acknowledged", line.Cuts(), len(settled), len(acked))
	if line.Cuts() == 0 {
		t.Error("the line never broke: the test showed nothing")
	}
	return tally
}

// enrolStation makes a station's key in its folder and enters it.
func enrolStation(t *testing.T, c *central, dir string) *envelope.PublicKey {
	t.Helper()
	signer, err := envelope.OpenKey(filepath.Join(dir, "station.key"))
	must(t, err)
	must(t, c.enrolled(signer.Public()))
	return signer.Public()
}

// drain sends what a station still holds and returns the digest of each
// dossier's receipt.
func drain(t *testing.T, dir string) (map[string]string, error) {
	t.Helper()
	o, err := openStation(dir, "")
	if err != nil {
		return nil, err
	}
	defer func() { must(t, o.Close()) }()
	for try := 0; ; try++ {
		if err = o.Send(t.Context()); err == nil {
			break
		}
		if try == 200 {
			return nil, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	list, err := o.List()
	if err != nil {
		return nil, err
	}
	settled := map[string]string{}
	for _, s := range list {
		raw, err := o.SignedReceipt(s.ID)
		if err != nil {
			t.Errorf("%s is %s without a receipt: %v", s.ID, s.State, err)
			continue
		}
		settled[s.ID.String()] = envelope.Sum(raw).String()
	}
	return settled, nil
}
