package enrol

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/offline/dossier"
)

// The child is this test binary: it enrols, says what was acknowledged, and is
// killed.
const (
	childDir  = "TRAM_ENROL_CHILD_DIR"
	childStop = "TRAM_ENROL_CHILD_STOP" // number of moves, after which it waits
	childHold = "TRAM_ENROL_CHILD_HOLD" // the device that does not finish the last of them
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	os.Exit(withPrints(m))
}

// fileOutbox keeps submitted dossiers in files: what is there survived.
type fileOutbox struct {
	*fakeBooks
	dir string
}

func (o fileOutbox) Submit(_ context.Context, d *dossier.Dossier) error {
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(o.dir, d.ID.String()+".*.new")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), strings.TrimSuffix(f.Name(), ".new")+".dossier") // a kill leaves a whole one or none
}

func (o fileOutbox) contents(t testing.TB) [][]byte {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(o.dir, "*.dossier"))
	var all [][]byte
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func crashBench(t testing.TB, dir string) *bench {
	t.Helper()
	b := newBench(t, filepath.Join(dir, "journal"))
	b.cfg.Outbox = fileOutbox{&fakeBooks{}, dir}
	return b
}

// childT lets the helpers of the tests run in the child.
type childT struct{ testing.TB }

func (childT) Helper()                  {}
func (childT) Context() context.Context { return context.Background() }
func (childT) Cleanup(func())           {}
func (childT) Fatal(a ...any)           { fmt.Fprintln(os.Stderr, a...); os.Exit(1) }
func (childT) Fatalf(f string, a ...any) {
	fmt.Fprintf(os.Stderr, f+"\n", a...)
	os.Exit(1)
}

func child(dir string) {
	t := childT{}
	stop, err := strconv.Atoi(os.Getenv(childStop))
	if err != nil {
		t.Fatal(err)
	}
	b := crashBench(t, dir)
	held := b.hold(os.Getenv(childHold))
	s := b.open(t)
	for i := range stop {
		snap, err := s.Do(context.Background(), moves[i].command(i))
		if err != nil {
			t.Fatalf("%s: %v", moves[i].name, err)
		}
		fmt.Printf("ack %d %s\n", i, snap.ID)
		if held != nil && i == stop-1 {
			await(t, s, "held "+moves[i].name, held)
		} else {
			await(t, s, moves[i].name, moves[i].until)
		}
	}
	if os.Getenv(childHold) == "look" {
		must(t, s, CmdScanCamera, CameraArgs{On: true})
		await(t, s, "looking", scanning(scanLooking))
	}
	if os.Getenv(childHold) == "citizen" {
		mustOwn(t, s, CmdCitizenPhone, CitizenPhoneArgs{Phone: otherPhone})
	}
	if scene, ok := scenes[strings.TrimPrefix(os.Getenv(childHold), "scene-")]; ok {
		scene.play(t, b, s)
		await(t, s, scene.state, portraitIs(scene.state))
	}
	snap, err := json.Marshal(comparable(s.Snapshot()))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("ready %s\n", snap)
	select {}
}

// TestKillInTheMiddle kills the station while a device is at work: the work
// begins again by itself, in the same step.
func TestKillInTheMiddle(t *testing.T) {
	for device, last := range map[string]string{"chip": CmdScan, "portrait": CmdPortraitStart, "match": CmdPortraitStart, "finger": CmdFingersStart,
		"outbox": CmdSeal} {
		t.Run(device, func(t *testing.T) {
			dir := t.TempDir()
			n := step(t, last) + 1
			cmd, lines := startChild(t, dir, n, device)
			before := ready(t, lines)
			kill(t, cmd)
			b := crashBench(t, dir)
			s := b.open(t)
			await(t, s, "by itself", moves[n-1].until)
			if got := s.Snapshot(); got.ID != before.ID || before.ID == "" {
				t.Fatalf("enrolment %q, want %q", got.ID, before.ID)
			}
			play(t, s, n, len(moves))
			sameDossiers(t, b.cfg.Outbox.(fileOutbox))
		})
	}
}

// ready waits until the child stands where it was told to, and returns what it
// shows there.
func ready(t *testing.T, lines <-chan string) (shown Snapshot) {
	t.Helper()
	for l := range lines {
		if rest, ok := strings.CutPrefix(l, "ready "); ok {
			if err := json.Unmarshal([]byte(rest), &shown); err != nil {
				t.Fatal(err)
			}
			return shown
		}
	}
	t.Fatal("the child ended")
	return shown
}

// comparable drops what a restart may change.
func comparable(s Snapshot) Snapshot {
	s.Version, s.Resumed, s.Chip.Photo = 0, false, "" // the photograph is decoded anew
	s.Prints.Reader = ""                              // and the reader opened anew
	s.Notices = nil                                   // of the station's, of what it has seen in this run
	return s
}

// startChild runs the child; lines delivers what it says.
func startChild(t *testing.T, dir string, stop int, hold string) (cmd *exec.Cmd, lines <-chan string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self)
	cmd.Env = append(os.Environ(), childDir+"="+dir, childStop+"="+strconv.Itoa(stop), childHold+"="+hold)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ch := make(chan string, 2*len(moves))
	go func() {
		defer close(ch)
		r := bufio.NewScanner(out)
		r.Buffer(nil, 1<<20)
		for r.Scan() {
			ch <- r.Text()
		}
	}()
	return cmd, ch
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

// TestKillInEachStep kills the station after every move: it comes back with
// the same data in the same step, and the enrolment can be finished.
func TestKillInEachStep(t *testing.T) {
	for n := 1; n <= len(moves); n++ {
		t.Run(fmt.Sprintf("%02d-%s", n, moves[n-1].name), func(t *testing.T) {
			dir := t.TempDir()
			cmd, lines := startChild(t, dir, n, "")
			var want string
			for l := range lines {
				if rest, ok := strings.CutPrefix(l, "ready "); ok {
					want = rest
					break
				}
			}
			kill(t, cmd)
			b := crashBench(t, dir)
			s := b.open(t)
			got, _ := json.Marshal(comparable(s.Snapshot()))
			if string(got) != want {
				t.Fatalf("resumed with other data:\n got %s\nwant %s", got, want)
			}
			if !s.Snapshot().Resumed {
				t.Fatal("not marked as resumed")
			}
			if n > step(t, CmdScan) && b.chip.reads != 0 {
				t.Fatal("the chip was read a second time")
			}
			play(t, s, n, len(moves))
			sameDossiers(t, b.cfg.Outbox.(fileOutbox))
		})
	}
}

// sameDossiers: a dossier handed over twice is the same to the byte.
func sameDossiers(t *testing.T, o fileOutbox) {
	t.Helper()
	all := o.contents(t)
	if len(all) == 0 {
		t.Fatal("no dossier reached the outbox")
	}
	for _, d := range all[1:] {
		if !bytes.Equal(d, all[0]) {
			t.Fatal("the same enrolment gave two different dossiers")
		}
	}
}

// TestKillAtRandom kills at any moment. Whatever was acknowledged is there.
func TestKillAtRandom(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		dir := t.TempDir()
		cmd, lines := startChild(t, dir, len(moves), "")
		var acked []string
		var id string
		timer := time.After(time.Duration(rand.IntN(400)) * time.Millisecond)
	reading:
		for {
			select {
			case l, ok := <-lines:
				if !ok {
					break reading
				}
				var n int
				if _, err := fmt.Sscanf(l, "ack %d %s", &n, &id); err == nil {
					acked = append(acked, moves[n].command(n).ID)
				}
			case <-timer:
				break reading
			}
		}
		kill(t, cmd)
		for l := range lines { // what it had still said
			var n int
			if _, err := fmt.Sscanf(l, "ack %d %s", &n, &id); err == nil {
				acked = append(acked, moves[n].command(n).ID)
			}
		}
		b := crashBench(t, dir)
		s := b.open(t)
		missing(t, s, acked, id)
		if t.Failed() {
			t.Fatalf("round %d: %d acknowledged", round, len(acked))
		}
		finish(t, s)
		sameDossiers(t, b.cfg.Outbox.(fileOutbox))
		_ = s.Close()
	}
}

// lost lists the acknowledged commands that the station does not know.
func lost(s *Station, acked []string) []string {
	var out []string
	done := make(chan struct{})
	s.send(s.ctx, func() {
		defer close(done)
		for _, c := range acked {
			if _, ok := s.seen(c); !ok {
				out = append(out, c)
			}
		}
	})
	<-done
	return out
}

func missing(t *testing.T, s *Station, acked []string, id string) {
	t.Helper()
	if out := lost(s, acked); len(out) > 0 {
		t.Errorf("acknowledged, but lost: %v", out)
	}
	if got := s.Snapshot().ID; len(acked) > 0 && got != id {
		t.Errorf("enrolment %s, want %s", got, id)
	}
}

// finish repeats every move, as a page does that does not know what went
// through: those that are done already change nothing.
func finish(t *testing.T, s *Station) {
	t.Helper()
	for i, m := range moves {
		if s.Snapshot().Step == StepDone {
			return
		}
		c := m.command(i)
		if m.name == CmdFingerPhoto && !photographed(s.Snapshot()) {
			c.ID += "-again" // a picture that the cut kept from being taken is not wanted any more
		}
		if _, err := s.Do(t.Context(), c); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		await(t, s, m.name, func(snap Snapshot) bool { return snap.Step == StepDone || settled(m, snap) })
	}
}

// settled reports whether the devices have done what a move asked of them.
func settled(m move, s Snapshot) bool {
	switch m.name {
	case CmdScan:
		return s.Chip.State == "done"
	case CmdPortraitStart:
		return compared(s) || s.Portrait.State == portraitDone
	case CmdFingersStart, CmdSeal:
		return m.until(s)
	case CmdFingerPhoto:
		return photographed(s)
	case CmdFingerApprove: // the prints are compared before the next step
		return s.Step != StepFingers
	}
	return true
}

// TestLossWouldBeSeen is the control of the tests above: a journal whose last
// acknowledged record is gone must be found out.
func TestLossWouldBeSeen(t *testing.T) {
	dir := t.TempDir()
	b := crashBench(t, dir)
	s := b.open(t)
	play(t, s, 0, 2)
	id := s.Snapshot().ID
	size := s.journal.Size()
	play(t, s, 2, 4)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "journal", journal.Name), size); err != nil {
		t.Fatal(err)
	}
	s = crashBench(t, dir).open(t)
	if got := lost(s, []string{"move-0", "move-1", "move-2", "move-3"}); len(got) != 2 || s.Snapshot().ID != id {
		t.Fatalf("two commands were cut away, the test sees %v", got)
	}
}
