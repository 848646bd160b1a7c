//go:build realparts

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/chip"
)

// TestTrialExceptions: a chip that fails its check needs a supervisor. One at the
// central agrees, and the signed word goes with the dossier; where nobody says
// anything the citizen goes on after the rules' wait, and the dossier says so.
func TestTrialExceptions(t *testing.T) {
	x := newTrial(t)
	x.put(t, x.issue(t, chip.ProfileCCCD, chip.FaultSODHash))
	t.Run("decided at the central", func(t *testing.T) { decidedElsewhere(t, x) })
	hasty := filepath.Join(t.TempDir(), "hasty.json")
	if err := os.WriteFile(hasty, another(t, "thu-hasty", `"wait_s": 60`, `"wait_s": 1`), 0o600); err != nil {
		t.Fatal(err)
	}
	x.daemon.stop(t)
	x.args = append(x.args, "--rules", hasty)
	x.startDaemon(t)
	x.signIn(t)
	t.Run("nobody decides", func(t *testing.T) { nobodyDecides(t, x) })
	x.take(t)
}

// chipException is the snapshot's exception of the chip.
func chipException(t *testing.T, s shot) shot {
	t.Helper()
	for _, e := range s.list("exceptions") {
		if e.text("id") == "chip" {
			return e
		}
	}
	t.Fatalf("no exception of the chip: %v", s.at("exceptions"))
	return nil
}

// toException goes on until nothing but the exception keeps the officer from
// signing.
func (x *trial) toException(t *testing.T) shot {
	t.Helper()
	o := x.officer("citizen")
	o.run(t, "sign", nil)
	s := x.now(t)
	for c := o.past(s); c != nil; c = o.past(s) {
		x.must(t, c.name, c.args)
		s = x.now(t)
	}
	return s
}

func decidedElsewhere(t *testing.T, x *trial) {
	if s := chipException(t, x.toException(t)); s.text("state") != "open" || s.number("seconds_left") == 0 {
		t.Fatalf("before anybody was asked: %v", s)
	}
	if _, err := x.api.command(t.Context(), "sign", nil); err == nil { // the control
		t.Fatal("signed while the exception was open")
	}
	x.must(t, "exception-ask", map[string]any{"id": "chip", "reason": "seen"})
	var id string
	eventually(t, "the question at the central", deviceTime, func() bool {
		s := finish(t, command(t.Context(), t, "tram-gateway", "approvals", "ls", "--json", "--dir", x.path("gateway")))
		s.want(t, exitGood)
		var asked struct{ ID, Code string }
		if s.stdout == "" || json.Unmarshal([]byte(s.stdout), &asked) != nil || asked.Code != "chip-failed" {
			return false
		}
		id = asked.ID
		return true
	})
	finish(t, command(t.Context(), t, "tram-gateway", "approvals", "approve", id, "--dir", x.path("gateway"), "--by", "central-7", "--reason", "proof")).want(t, exitGood)
	s := chipException(t, x.await(t, "the decision", func(s shot) bool { return chipException(t, s).text("state") == "approved" }))
	if s.text("by") != "central-7" || s.text("why") != "proof" || !s.is("asked") {
		t.Errorf("the decision is shown as %v", s)
	}
	dossier := x.officer("").enrol(t, nil)
	got := x.exceptionOf(t, dossier)
	if got.State != "approved" || got.Decided == nil || !got.Decided.Remote {
		t.Fatalf("the dossier says %+v", got)
	}
	d, err := envelope.VerifyDecision(x.pairing.ReceiptKey, got.Decided.Signed)
	if err != nil || !d.Approved || d.Dossier.String() != dossier || d.Exception != "chip-failed" || d.Supervisor != "central-7" {
		t.Errorf("the signed decision: %+v, %v", d, err)
	}
}

func nobodyDecides(t *testing.T, x *trial) {
	x.toException(t)
	x.await(t, "the end of the wait", func(s shot) bool { return chipException(t, s).text("state") == "pending" })
	s := x.officer("").run(t, "done", nil)
	if words := s.text("receipt", "words", "vi"); words != "Chờ duyệt ngoại lệ" {
		t.Errorf("the receipt says %q", words)
	}
	flags, _ := s.at("receipt", "flags").([]any)
	pending := false
	for _, f := range flags {
		pending = pending || f == "exception-pending"
	}
	if !pending {
		t.Errorf("the dossier is flagged %v", flags)
	}
	dossier := s.text("id")
	x.custody(t, dossier)
	x.must(t, "finish", nil)
	if got := x.exceptionOf(t, dossier); got.State != "pending" || got.Why != "no-decision" || got.Decided != nil {
		t.Errorf("the dossier says %+v", got)
	}
}

// sealedException is an exception as the dossier's evidence has it.
type sealedException struct {
	ID, State, Why string
	Decided        *struct {
		Remote bool
		Signed []byte
	}
}

func (x *trial) exceptionOf(t *testing.T, dossier string) sealedException {
	t.Helper()
	var evidence struct {
		Excepts []sealedException `cbor:"exceptions"`
	}
	if err := cbor.Unmarshal(x.counter.open(t, dossier)["evidence"], &evidence); err != nil {
		t.Fatal(err)
	}
	for _, e := range evidence.Excepts {
		if e.ID == "chip" {
			return e
		}
	}
	t.Fatalf("no exception of the chip in the dossier: %+v", evidence)
	return sealedException{}
}
