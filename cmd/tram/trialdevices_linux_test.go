//go:build realparts

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/sbi/sbitest"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/pcsc/pcscd"
)

// losable is a device that goes and comes back.
type losable struct {
	name       string
	lose, back func(*testing.T)
	// stops lists the steps that wait for it; all others go on without.
	stops []string
	// says lists the problems that may stand in the snapshot meanwhile.
	says []string
}

// TestTrialDevicesLost takes away each device in each step. The step says so in
// words, or goes on; with the device back it ends.
func TestTrialDevicesLost(t *testing.T) {
	service, err := sbitest.Start(sbitest.Options{Kind: "Single", Seed: demoSeed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Unplug)
	x := newTrial(t, "--scanner", "sbi="+service.URL())
	film := filepath.Join(t.TempDir(), "citizen.mjpeg")
	copyFile(t, filmPath(), film)
	x.daemon.stop(t)
	x.film = film
	x.startDaemon(t)
	x.signIn(t)
	for _, d := range []losable{
		{"reader", x.readerGone, x.readerBack, []string{"portrait", "sign"}, []string{"no-reader", "card-lost"}},
		{"card", x.take, func(t *testing.T) { x.put(t, x.card) }, []string{"portrait", "sign"}, []string{"card-lost"}},
		{"camera", func(t *testing.T) { x.cameraGone(t, film) }, func(t *testing.T) { x.cameraBack(t, film) }, []string{"portrait"}, []string{"no-camera"}},
		{"scanner", func(*testing.T) { service.Unplug() }, func(t *testing.T) { plug(t, service) }, []string{"fingers"}, []string{"no-scanner"}},
		{"central", func(*testing.T) { x.gateway.kill() }, x.startGateway, nil, nil},
	} {
		t.Run(d.name, func(t *testing.T) {
			x.put(t, x.issue(t, chip.ProfileCCCD, chip.FaultNone))
			x.withoutInEachStep(t, d)
			x.take(t)
		})
	}
}

// withoutInEachStep enrols one citizen and takes the device away once in each
// step.
func (x *trial) withoutInEachStep(t *testing.T, d losable) {
	o := x.officer("")
	said := map[string]bool{}
	steps := 0
	for s := x.now(t); s.step() != "done"; s = x.now(t) {
		step := s.step()
		if steps++; steps > 60 {
			t.Fatalf("went round and round: %s", brief(s))
		}
		d.lose(t)
		stops, within := slices.Contains(d.stops, step), deviceTime/2
		if stops {
			within = 1500 * time.Millisecond
		}
		moved, codes := x.tryStep(t, o, step, within)
		for _, code := range codes {
			said[code] = true
			if !slices.Contains(d.says, code) {
				t.Errorf("in step %s: problem %s", step, code)
			}
		}
		waits := x.now(t).text("chip", "state") == "waiting"
		if waits {
			said["waiting"] = true
		}
		if !moved && !stops {
			t.Errorf("step %s does not go on without the %s: %s", step, d.name, brief(x.now(t)))
		} else if !moved && len(codes) == 0 && !waits {
			t.Errorf("step %s waits for the %s and does not say so: %s", step, d.name, brief(x.now(t)))
		}
		d.back(t)
		if moved, _ = x.tryStep(t, o, step, deviceTime); !moved {
			t.Fatalf("the %s is back, and step %s does not end: %s", d.name, step, brief(x.now(t)))
		}
	}
	if d.says != nil && len(said) == 0 {
		t.Errorf("nothing was ever said of the %s: the trial takes nothing away", d.name)
	}
	t.Logf("without the %s: said %v", d.name, said)
	x.custody(t, x.now(t).text("id"))
	x.must(t, "finish", nil)
}

// tryStep has the officer work until the step is over or the time is; codes are
// the problems of devices that were shown.
func (x *trial) tryStep(t *testing.T, o *officer, step string, within time.Duration) (moved bool, codes []string) {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		s := x.now(t)
		if code := s.text("error", "code"); code != "" && !slices.Contains(codes, code) {
			codes = append(codes, code)
			if s.text("error", "words", "vi") == "" || s.text("error", "next", "vi") == "" {
				t.Errorf("%s has no words or no next step", code)
			}
		}
		if s.step() != step {
			return true, codes
		}
		c := o.next(s)
		if c == nil || x.last == c {
			continue
		}
		if err := o.carryOut(t, c); err != nil && within == deviceTime {
			t.Fatalf("%s in step %s: %v\n%s", c.name, step, err, brief(s))
		}
	}
	return false, codes
}

// readerGone ends the PC/SC service, and with it the reader.
func (x *trial) readerGone(t *testing.T) {
	t.Helper()
	x.laid.cancel()
	if err := x.service.Stop(); err != nil {
		t.Fatal(err)
	}
}

func (x *trial) readerBack(t *testing.T) {
	t.Helper()
	var err error
	if x.service, err = pcscd.Start(x.owner.Context(), nil); err != nil {
		t.Fatal(err)
	}
	x.put(t, x.card)
}

// cameraGone takes the film away and ends whoever plays it.
func (x *trial) cameraGone(t *testing.T, film string) {
	t.Helper()
	if err := os.Rename(film, film+".away"); err != nil {
		t.Fatal(err)
	}
	for _, pid := range children(x.daemon.cmd.Process.Pid, "tram-camera") {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func (x *trial) cameraBack(t *testing.T, film string) {
	t.Helper()
	if err := os.Rename(film+".away", film); err != nil {
		t.Fatal(err)
	}
}

func plug(t *testing.T, s *sbitest.Server) {
	t.Helper()
	before := s.URL()
	if err := s.Plug(); err != nil {
		t.Fatal(err)
	}
	if s.URL() != before {
		t.Fatal(fmt.Errorf("the service came back at %s, was at %s", s.URL(), before))
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
