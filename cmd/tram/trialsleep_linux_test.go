//go:build realparts

package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/chip"
)

// envSoak asks for the long forms.
const envSoak = "TRAM_SOAK"

// TestTrialSleeps stops the station and what it started in each step, as the lid
// of a laptop does, and lets it go on. Nobody is signed out, nothing hangs, and
// the enrolment ends as if nothing had been.
func TestTrialSleeps(t *testing.T) {
	asleep := 500 * time.Millisecond
	if os.Getenv(envSoak) != "" {
		asleep = 2 * time.Minute
	}
	x := newTrial(t)
	x.put(t, x.issue(t, chip.ProfileCCCD, chip.FaultNone))
	defer x.take(t)
	sleeps := 0
	x.officer("").enrol(t, func(t *testing.T, c *order, settled bool) {
		if settled && os.Getenv(envSoak) == "" {
			return
		}
		before := x.now(t)
		x.sleep(t, asleep)
		sleeps++
		after := x.now(t) // with the same token
		if after.text("id") != before.text("id") || after.is("resumed") {
			t.Errorf("after %s (settled %v): enrolment %s, was %s", c.name, settled, after.text("id"), before.text("id"))
		}
	})
	t.Logf("%d times asleep for %s", sleeps, asleep)
	// The control: a station that was not asleep but gone has signed everybody out.
	former := x.window("former")
	x.crash(t)
	former.base = x.base
	var r *refusal
	if _, err := former.state(t.Context()); !errors.As(err, &r) || r.status != http.StatusUnauthorized {
		t.Errorf("the control: %v, want 401", err)
	}
}

// sleep stops the daemon and its camera processes for a while.
func (x *trial) sleep(t *testing.T, d time.Duration) {
	t.Helper()
	pids := append([]int{x.daemon.cmd.Process.Pid}, children(x.daemon.cmd.Process.Pid, "tram-camera")...)
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil && pid == pids[0] {
			t.Fatal(err)
		}
	}
	time.Sleep(d)
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}

// TestTrialClockJumps sets the wall clock of the running program ahead and back
// in each step: a day, a year back, across a working day. The program is this
// one, built over a package time that adds what a file says; no build of the
// station itself has that.
func TestTrialClockJumps(t *testing.T) {
	if os.Getenv(envSoak) == "" {
		t.Skip("long: builds the program and the standard library anew; set " + envSoak)
	}
	jumped := t.TempDir()
	clock := filepath.Join(jumped, "clock")
	t.Setenv("TRAM_TRIAL_CLOCK", clock)
	buildJumping(t, jumped)
	x := newTrial(t)
	x.daemon.stop(t)
	x.program = filepath.Join(jumped, "tram")
	x.startDaemon(t)
	x.signIn(t)
	x.put(t, x.issue(t, chip.ProfileCCCD, chip.FaultNone))
	defer x.take(t)
	jump := func(by string) {
		if err := os.WriteFile(clock, []byte(by), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := x.daemon.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
	}
	jumps := []string{"24h", "-26h", "8760h", "-8760h", "0s", "90s", "-1h"}
	n := 0
	id := x.officer("").enrol(t, func(t *testing.T, c *order, settled bool) {
		jump(jumps[n%len(jumps)])
		n++
		time.Sleep(50 * time.Millisecond)
		x.now(t) // with the same token
	})
	t.Logf("%d jumps in one enrolment, dossier %s", n, id)
	// The control: the program has seen the clock jump.
	jump("8760h")
	time.Sleep(time.Second)
	if s, err := x.api.command(t.Context(), "begin", nil); err != nil || s.text("id") == "" {
		t.Fatalf("after a year: %v", err)
	}
	x.await(t, "the next year", func(s shot) bool { return uuidYear(t, s.text("id")) > time.Now().Year() })
}

// uuidYear is the year of a UUIDv7.
func uuidYear(t *testing.T, id string) int {
	t.Helper()
	var at int64
	for _, c := range strings.ReplaceAll(id, "-", "")[:12] {
		at = at<<4 | int64(strings.IndexRune("0123456789abcdef", c))
	}
	return time.UnixMilli(at).Year()
}

// buildJumping compiles tram over a package time whose wall clock can be set.
func buildJumping(t *testing.T, dir string) {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	b, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	const now = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	text := strings.Replace(string(b), now, "// Jump sets the wall clock d ahead of the system's.\n"+
		"func Jump(d Duration) { jumped.Store(int64(d / Second)) }\n\nvar jumped atomic.Int64\n\n"+now+"\tsec += jumped.Load()\n", 1)
	if len(text) == len(b) {
		t.Fatal("package time has another Now than this test knows: adapt it")
	}
	text = strings.Replace(text, "import (\n", "import (\n\t\"sync/atomic\"\n", 1)
	hook := `package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

func init() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR2)
	go func() {
		for range c {
			b, _ := os.ReadFile(os.Getenv("TRAM_TRIAL_CLOCK"))
			if d, err := time.ParseDuration(string(b)); err == nil {
				time.Jump(d)
			}
		}
	}()
}
`
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay := map[string]map[string]string{"Replace": {
		source: filepath.Join(dir, "time.txt"), filepath.Join(here, "trialclock.go"): filepath.Join(dir, "hook.txt"),
	}}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"time.txt": text, "hook.txt": hook, "overlay.json": string(list)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", filepath.Join(dir, "tram"), ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	if err := os.Symlink(program(t, "tram-camera"), filepath.Join(dir, "tram-camera")); err != nil {
		t.Fatal(err)
	}
}
