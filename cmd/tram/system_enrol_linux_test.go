//go:build realparts

package main

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/chip"
)

// TestStationPrograms runs a station, its gateway, pcscd and the camera process
// through an officer's day, and breaks each of them on the way.
func TestStationPrograms(t *testing.T) {
	c := newCounter(t)
	for _, part := range []struct {
		name string
		run  func(*testing.T, *counter)
	}{
		{"whole enrolment", wholeEnrolment},
		{"serial scanner", scannedBySerial},
		{"card pulled, camera killed", pulledAndBlind},
		{"chip does not verify", notAuthentic},
		{"gateway down", gatewayDown},
		{"virtual devices refused", virtualRefused},
		{"station stopped at work", stoppedAtWork},
		{"station killed in every step", killedEverywhere},
		{"log", quietLog},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.run(t, c) }) {
			t.Fatalf("the station's log:\n%s", c.logged(t))
		}
	}
	c.daemon.stop(t)
	c.gateway.stop(t)
}

// wholeEnrolment goes straight through; then the gateway is killed at once.
func wholeEnrolment(t *testing.T, c *counter) {
	card := c.issue(t, chip.ProfileCCCD, chip.FaultNone)
	l := c.lay(t, card)
	moves := c.moves(card.QR())
	s := c.play(t, moves[:len(moves)-2])
	if len(s.Issues) != 0 || !s.Chip.Virtual || s.Portrait.Manual {
		t.Errorf("issues %+v, chip %+v, portrait %+v", s.Issues, s.Chip, s.Portrait)
	}
	portrait := c.picture(t, "portrait")
	if got, want := pixels(t, c.picture(t, "dg2")), pixels(t, c.citizen.Portrait); got != want {
		t.Errorf("DG2 is shown as %v, the chip's picture is %v", got, want)
	}
	c.clear(t, l)
	id := c.play(t, moves[len(moves)-2:]).ID
	q := c.custody(t, id)

	c.gateway.kill() // right after its word was taken
	c.startGateway(t)
	first := c.receipt(t, q)
	c.gateway.kill()
	c.startGateway(t)
	if !bytes.Equal(c.receipt(t, q), first) {
		t.Error("the receipt is another one after a restart")
	}
	sections := c.open(t, id)
	if !bytes.Contains(sections["person"], []byte(c.citizen.Name)) || !bytes.Contains(sections["person"], []byte(inventedPhone)) {
		t.Errorf("person: %s", sections["person"])
	}
	if !bytes.Contains(sections["portrait"], portrait) {
		t.Error("the dossier holds another portrait than the officer saw")
	}
	if !bytes.Contains(sections["evidence"], c.citizen.Portrait) || bytes.Contains(sections["evidence"], []byte("check:")) {
		t.Error("the evidence lacks DG2, or names an issue that was none")
	}
}

// scannedBySerial: the officer touches nothing between the notice and the
// person. What a scanner reads outside the step is not taken, and a bad scan is
// named.
func scannedBySerial(t *testing.T, c *counter) {
	card := c.issue(t, chip.ProfileCCCD, chip.FaultNone)
	moves := c.moves(card.QR())
	send := func(text string) {
		if _, err := c.scanner.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	c.play(t, moves[:1])
	send(card.QR() + "\r")
	eventually(t, "a refusal", deviceTime, func() bool { return strings.Contains(c.logged(t), "a scan was not taken") })
	c.play(t, moves[1:2])
	time.Sleep(300 * time.Millisecond) // the control: the early scan opens nothing
	if s := c.state(t); s.Chip.State != "idle" {
		t.Errorf("chip %+v", s.Chip)
	}
	send(strings.ReplaceAll(card.QR(), "|", "~") + "\r")
	c.problem(t, "mangled-scan")
	l := c.lay(t, card)
	send(strings.Join(card.MRZ(), "\r") + "\r")
	s := c.until(t, "read", moves[2].until)
	if s.Error != nil {
		t.Errorf("the problem stays: %+v", s.Error)
	}
	c.clear(t, l)
	c.must(t, "cancel", nil)
}

// pulledAndBlind: a card that leaves in the middle is waited for, a wrong key
// asks for another scan, and a camera process that dies is started again.
func pulledAndBlind(t *testing.T, c *counter) {
	card := c.issue(t, chip.ProfileCCCD, chip.FaultPullOnce)
	l := c.lay(t, card)
	moves := c.moves(card.QR())
	c.play(t, moves[:2])
	c.must(t, "scan", enrol.ScanArgs{CAN: "000000"})
	c.problem(t, "wrong-key")
	c.must(t, "scan", moves[2].args)
	c.problem(t, "card-lost")
	if err := <-l.gone; !errors.Is(err, chip.ErrPulled) {
		t.Fatalf("the card ended with %v", err)
	}
	c.clear(t, l)
	time.Sleep(time.Second) // the control: nothing comes of an empty field
	if s := c.state(t); s.Chip.State == "done" || s.Error == nil || s.Error.Code != "card-lost" {
		t.Fatalf("without a card: %+v, %+v", s.Chip, s.Error)
	}
	l = c.lay(t, card)
	if s := c.until(t, "second read", moves[2].until); s.Error != nil {
		t.Errorf("the problem stays: %+v", s.Error)
	}
	c.play(t, moves[3:5])
	if log := c.logged(t); strings.Contains(log, "camera process") {
		t.Fatalf("camera trouble before there was any:\n%s", log)
	}
	warm := c.killCamera(t, 0)
	c.must(t, "portrait-start", nil)
	c.killCamera(t, warm) // the one that was started in its place
	c.until(t, "portrait", moves[5].until)
	for _, event := range []string{"died", "restarted"} {
		if !strings.Contains(c.logged(t), `"camera process","event":"`+event+`"`) {
			t.Errorf("the log does not say that the camera %s", event)
		}
	}
	c.clear(t, l)
	c.custody(t, c.play(t, moves[6:]).ID)
}

// problem waits until the page shows this problem.
func (c *counter) problem(t *testing.T, code string) {
	t.Helper()
	c.until(t, code, func(s *enrol.Snapshot) bool { return s.Error != nil && s.Error.Code == code })
}

// killCamera kills the daemon's tram-camera, once there is one, but not the one
// that was killed before.
func (c *counter) killCamera(t *testing.T, before int) (killed int) {
	t.Helper()
	eventually(t, "a camera process", deviceTime, func() bool {
		for _, pid := range children(c.daemon.cmd.Process.Pid, "tram-camera") {
			if pid != before && syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed = pid
				return true
			}
		}
		return false
	})
	return killed
}

// children lists the processes of a name that a process has started.
func children(parent int, name string) (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// pid (name) state parent …; a zombie is no process any more.
		f := strings.Fields(string(b))
		if len(f) < 4 || f[1] != "("+name+")" || f[2] == "Z" || f[3] != strconv.Itoa(parent) {
			continue
		}
		if pid, err := strconv.Atoi(f[0]); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// notAuthentic: a chip whose files are not what was signed is shown as such,
// and the officer cannot sign over it without a word.
func notAuthentic(t *testing.T, c *counter) {
	card := c.issue(t, chip.ProfileCCCD, chip.FaultSODHash)
	l := c.lay(t, card)
	moves := c.moves(card.QR())
	s := c.play(t, moves[:len(moves)-2])
	c.clear(t, l)
	if len(s.Issues) != 1 || s.Issues[0].Code != "check:sod-hashes" || s.Issues[0].Acknowledged || s.Issues[0].Final ||
		!strings.HasPrefix(s.Issues[0].Words.VI, "Chip không xác thực được") {
		t.Fatalf("issues %+v", s.Issues)
	}
	for _, check := range s.Checks {
		if failed := check.Outcome.String() == "failed"; failed != (check.Name == "sod-hashes") {
			t.Errorf("check %s: %s", check.Name, check.Outcome)
		}
	}
	if _, err := c.do(t.Context(), "sign", nil); err == nil {
		t.Fatal("signed over a failed check")
	}
	if s := c.state(t); s.Step != enrol.StepSign {
		t.Fatalf("in step %s", s.Step)
	}
	const reason = "so trực tiếp với người và thẻ"
	c.must(t, "acknowledge", enrol.AcknowledgeArgs{Code: "check:sod-hashes", Reason: reason})
	if _, err := c.do(t.Context(), "sign", nil); err == nil {
		t.Fatal("signed without a supervisor's word")
	}
	c.must(t, "exception-approve", map[string]any{"id": "chip", "reason": "seen", "officer": "supervisor-1", "pin": c.supervisorPIN})
	id := c.play(t, moves[len(moves)-2:]).ID
	c.custody(t, id)
	if e := c.open(t, id)["evidence"]; !bytes.Contains(e, []byte("check:sod-hashes")) || !bytes.Contains(e, []byte(reason)) {
		t.Error("the dossier does not tell of the exception")
	}
}

// gatewayDown: the dossier waits, also over a power cut of the station, and
// goes out by itself.
func gatewayDown(t *testing.T, c *counter) {
	card := c.issue(t, chip.ProfileCCCD, chip.FaultNone)
	l := c.lay(t, card)
	moves := c.moves(card.QR())
	c.play(t, moves[:len(moves)-1])
	c.clear(t, l)
	c.gateway.stop(t)
	id := c.play(t, moves[len(moves)-1:]).ID
	c.waits(t, id)
	c.crash(t)
	s := c.state(t)
	if s.Step != enrol.StepDone || s.ID != id {
		t.Fatalf("after a power cut: step %s, dossier %s, want %s", s.Step, s.ID, id)
	}
	c.waits(t, id)
	c.must(t, "finish", nil) // the next citizen does not wait
	c.startGateway(t)
	eventually(t, "custody", 2*deviceTime, func() bool { return c.queued(t, id).State == "custody" })
	c.enrolled++
	if n := c.stored(t); n != c.enrolled {
		t.Errorf("the gateway holds %d dossiers, want %d", n, c.enrolled)
	}
	c.receipt(t, c.queued(t, id))
}

// waits watches for a while that a dossier stays at the station.
func (c *counter) waits(t *testing.T, id string) {
	t.Helper()
	for range 15 {
		if q := c.queued(t, id); q.State != "sealed" && q.State != "sending" {
			t.Fatalf("the dossier is %s, and the gateway is down", q.State)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// virtualRefused: a central in earnest takes nothing from virtual devices, and
// the station says that it was refused.
func virtualRefused(t *testing.T, c *counter) {
	c.gateway.stop(t)
	c.startGatewayWith(t)
	card := c.issue(t, chip.ProfileCCCD, chip.FaultNone)
	l := c.lay(t, card)
	id := c.play(t, c.moves(card.QR())).ID
	c.clear(t, l)
	s := c.until(t, "refusal on the page", func(s *enrol.Snapshot) bool { return s.Receipt != nil && s.Receipt.State == "refused" })
	if q := c.queued(t, id); s.ID != id || !s.Receipt.Virtual || q.State != "refused" || !strings.Contains(q.Detail, "virtual") {
		t.Errorf("receipt %+v, queue %+v", s.Receipt, q)
	}
	if n := c.stored(t); n != c.enrolled {
		t.Errorf("the gateway holds %d dossiers, want %d", n, c.enrolled)
	}
	c.gateway.stop(t)
	c.startGateway(t)
	c.must(t, "finish", nil)
}

// stoppedAtWork: Ctrl-C while the chip is waited for, the camera films and a
// page listens. Beside it, nobody else gets at the station's folder.
func stoppedAtWork(t *testing.T, c *counter) {
	card := c.issue(t, chip.ProfileCCCD, chip.FaultNone)
	moves := c.moves(card.QR())
	c.play(t, moves[:2])
	c.must(t, "scan", moves[2].args)
	c.play(t, moves[3:5])
	page := make(chan error, 1)
	go func() {
		page <- c.follow(t.Context(), func(*enrol.Snapshot) (bool, error) { return false, nil })
	}()
	run := []string{"run", "--json", "--pairing", c.path("gateway", "pairing.json"), "--listen"}
	tramProgram(t, append(run, "127.0.0.1:0", "--data", c.path("station"))...).want(t, exitQueue, "in use")
	tramProgram(t, append(run, "0.0.0.0:0", "--data", c.path("other"))...).want(t, exitUsage, "loopback")
	id := c.must(t, "portrait-start", nil).ID
	begun := time.Now()
	c.daemon.stop(t)
	took := time.Since(begun)
	t.Logf("the station stopped within %s", took)
	if took > deviceTime/2 { // the detector ends its frame first, on a busy machine
		t.Errorf("the station took %s to stop", took)
	}
	if err := <-page; err == nil {
		t.Error("the page's events did not end")
	}
	if left := children(c.daemon.cmd.Process.Pid, "tram-camera"); len(left) > 0 {
		t.Errorf("camera processes left: %v", left)
	}
	c.startDaemon(t)
	if s := c.state(t); s.ID != id || s.Step != enrol.StepPortrait || s.Person.Phone != inventedPhone {
		t.Errorf("resumed %s in step %s", s.ID, s.Step)
	}
	l := c.lay(t, card)
	c.until(t, "portrait", moves[5].until)
	c.until(t, "chip", func(s *enrol.Snapshot) bool { return s.Chip.State == "done" })
	c.clear(t, l)
	c.custody(t, c.play(t, moves[6:]).ID)
}

// quietLog: nothing of the citizen, and no secret, was logged by anybody. That
// the search finds what is there shows the API's answer.
func quietLog(t *testing.T, c *counter) {
	card := c.issue(t, chip.ProfileCCCD, chip.FaultNone)
	l := c.lay(t, card)
	moves := c.moves(card.QR())
	c.play(t, moves[:4])
	answer, _ := c.get(t, "/api/state")
	c.clear(t, l)
	c.must(t, "cancel", nil)
	if found := givenAway(string(answer), []string{c.citizen.Name, c.citizen.Number, inventedPhone}); len(found) != 3 {
		t.Fatalf("of three secrets the search finds %q in the answer", found)
	}
	secrets := c.secrets(card)
	for _, name := range []string{"station.log", "gateway.log"} {
		text, err := os.ReadFile(c.path(name))
		if err != nil || len(text) == 0 {
			t.Fatalf("%s: %d bytes, %v", name, len(text), err)
		}
		if found := givenAway(string(text), secrets); len(found) > 0 {
			t.Errorf("%s tells %q", name, found)
		}
	}
	// Neither do the files that the station keeps.
	for _, s := range secrets {
		if out, err := exec.Command("grep", "-rlaF", "--", s, c.path("station", "queue"), c.path("station", "journal")).Output(); err == nil {
			t.Errorf("%q lies open in %s", s, out)
		}
	}
}

// givenAway lists the secrets that a text holds. A number counts as a whole only: a
// PIN's digits also occur in times.
func givenAway(text string, secrets []string) (found []string) {
	for _, s := range secrets {
		if regexp.MustCompile(`(^|[^0-9])` + regexp.QuoteMeta(s) + `($|[^0-9])`).MatchString(text) {
			found = append(found, s)
		}
	}
	return found
}

// pixels is the size of a JPEG in pixels.
func pixels(t *testing.T, b []byte) image.Point {
	t.Helper()
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return image.Pt(c.Width, c.Height)
}
