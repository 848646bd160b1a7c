//go:build realparts

package faults_test

import (
	"context"
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
)

const (
	envPowerCuts = "TRAM_POWER_CUTS" // rounds; 200 is the long form
	// cutsEach is how many cuts one disk sees before a new one takes over.
	cutsEach = 5
)

// cutStation cuts the power of a station's disk again and again, below the
// process that begin starts, and counts what it had acknowledged. A disk that
// lies, or a program that is known to lose, is looked at after one cut.
func cutStation(t *testing.T, rounds int, mode faults.Mode, lies bool, begin func(t *testing.T, dir string) *child) (tally faults.Tally) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(rounds), uint64(mode)))
	for tally.Runs < rounds {
		d := faults.NewDisk(mode)
		dir := mount(t, d)
		layStation(t, dir)
		d.Sync()
		if lies {
			d.Lie()
		}
		acked := map[string]string{}
		var found []faults.Found
		for range min(cutsEach, rounds-tally.Runs) {
			tally.Runs++
			station := begin(t, dir)
			d.CutAfter(1 + rng.IntN(400))
			if !station.until("done", d.Dead) && !d.Dead() {
				t.Fatal("the station ended by itself")
			}
			d.Cut()
			station.kill()
			join(acked, station.acked)
			must(t, d.Unmount())
			must(t, d.Restart(rng.Uint64()))
			copied := t.TempDir()
			must(t, d.Export(copied))
			if found = look(t, copied); lies {
				break // without its promises a queue need not even open
			}
			must(t, d.Mount(dir))
		}
		must(t, d.Unmount())
		tally.Count(acked, found)
	}
	return tally
}

// TestPowerCutOfAStation: what Submit returned from outlives a power cut.
func TestPowerCutOfAStation(t *testing.T) {
	rounds := faults.Rounds(envPowerCuts, 6)
	begin := func(t *testing.T, dir string) *child { return startStation(t, dir) }
	tally := cutStation(t, (rounds+1)/2, faults.Strict, false, begin)
	tally.Add(cutStation(t, (rounds+1)/2, faults.Journal, false, begin))
	control := cutStation(t, 2, faults.Strict, true, begin)
	tally.Fault, tally.Control, tally.ControlBy = "power cut, station", control.Broken(), "fsync does nothing"
	tally.Record(t)
}

// TestPowerCutOfTram cuts the power below the real program, and below the same
// program without its fsyncs, which has to lose.
func TestPowerCutOfTram(t *testing.T) {
	enqueue := func(args ...string) func(*testing.T, string) *child {
		return func(t *testing.T, dir string) *child {
			args := append([]string{"bench", "enqueue", "--data", dir, "--bytes", "60000"}, args...)
			return start(t, exec.Command(program(t, "tram"), args...))
		}
	}
	rounds := faults.Rounds(envPowerCuts, 4)
	tally := cutStation(t, (rounds+1)/2, faults.Strict, false, enqueue())
	tally.Add(cutStation(t, (rounds+1)/2, faults.Journal, false, enqueue()))
	var control faults.Tally
	for range 3 {
		control.Add(cutStation(t, 1, faults.Strict, false, enqueue("--no-sync")))
	}
	tally.Fault, tally.Control, tally.ControlBy = "power cut, tram bench enqueue", control.Broken(), "the program without fsync"
	tally.Record(t)
}

// cutCentral cuts the power of a gateway's disk below the real program while
// a station delivers, and counts the receipts it had given.
func cutCentral(t *testing.T, rounds int, mode faults.Mode, lies bool) (tally faults.Tally) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(rounds), uint64(mode)+8))
	for tally.Runs < rounds {
		d := faults.NewDisk(mode)
		dir := mount(t, d)
		central := startCentral(t, dir, "127.0.0.1:0")
		station := central.enrol(t)
		d.Sync()
		if lies {
			d.Lie()
		}
		acked, tried := map[string]string{}, map[string]*envelope.Sealed{}
		var found []faults.Found
		var doubled int
		for range min(cutsEach, rounds-tally.Runs) {
			tally.Runs++
			d.CutAfter(20 + rng.IntN(600))
			ctx, stop := untilDead(t.Context(), d)
			for client := central.client("http://" + central.addr); ctx.Err() == nil; {
				s := station.seal(t, 20<<10)
				tried[s.ID.String()] = s
				if receipt, err := client.Deliver(ctx, s); err == nil {
					acked[s.ID.String()] = envelope.Sum(receipt.Signed).String()
				}
			}
			stop()
			central.kill()
			must(t, d.Unmount())
			must(t, d.Restart(rng.Uint64()))
			copied := t.TempDir()
			must(t, d.Export(copied))
			if found, doubled = auditCentral(t, copied, tried, station.key.Public()); lies {
				break
			}
			must(t, d.Mount(dir))
			central = startCentral(t, dir, "127.0.0.1:0")
		}
		central.kill()
		must(t, d.Unmount())
		tally.Count(acked, found)
		tally.Doubled += doubled
	}
	return tally
}

// untilDead returns a context that ends a moment after the power: what the
// gateway answers in that moment it had synced before.
func untilDead(ctx context.Context, d *faults.Disk) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for !d.Dead() && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond)
		cancel()
	}()
	return ctx, cancel
}

// TestPowerCutOfAGateway: what has a receipt outlives a power cut, with the
// same receipt.
func TestPowerCutOfAGateway(t *testing.T) {
	rounds := faults.Rounds(envPowerCuts, 2)
	tally := cutCentral(t, (rounds+1)/2, faults.Strict, false)
	tally.Add(cutCentral(t, (rounds+1)/2, faults.Journal, false))
	control := cutCentral(t, 1, faults.Strict, true)
	tally.Fault, tally.Control, tally.ControlBy = "power cut, gateway", control.Broken(), "fsync does nothing"
	tally.Record(t)
}
