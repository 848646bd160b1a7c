//go:build realparts

package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/chip"
)

// remembered is what has to be the same after a power cut.
type remembered struct {
	snapshot string
	portrait []byte
	dg2      []byte
}

// remember drops what a restart may change: the count of snapshots, that it
// went on after a restart, the preview's words, and how long a supervisor is
// still waited for.
func (c *counter) remember(t *testing.T) remembered {
	t.Helper()
	s := c.until(t, "the photograph", func(s *enrol.Snapshot) bool {
		return s.Chip.State != "done" || s.Chip.Photo != "" // decoded anew after a restart
	})
	s.Version, s.Resumed = 0, false
	for i := range s.Exceptions {
		s.Exceptions[i].SecondsLeft = 0
	}
	var r remembered
	if s.Chip.State == "done" && s.Step != enrol.StepDone {
		r.dg2 = c.picture(t, "dg2")
	}
	if s.Portrait.State == "taken" || s.Portrait.State == "done" {
		r.portrait = c.picture(t, "portrait")
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	r.snapshot = string(b)
	return r
}

// killedEverywhere cuts the power after every step of one enrolment, and in
// the middle of the chip, of the portrait and of the sealing.
func killedEverywhere(t *testing.T, c *counter) {
	card := c.issue(t, chip.ProfileCCCD, chip.FaultNone)
	l := c.lay(t, card)
	defer func() { c.clear(t, l) }()
	moves := c.moves(card.QR())
	var id string
	for i, m := range moves {
		sent := c.must(t, m.name, m.args)
		if id == "" {
			id = sent.ID
		}
		switch m.name {
		case "scan":
			c.until(t, "reading", func(s *enrol.Snapshot) bool {
				return s.Chip.State == "reading" && s.Chip.Done > 0 || s.Chip.State == "done"
			})
			c.crash(t)
		case "portrait-start":
			c.until(t, "live", func(s *enrol.Snapshot) bool { return s.Portrait.State == "live" || s.Portrait.State == "taken" })
			c.crash(t)
		case "seal":
			c.crash(t) // between the officer's word and the outbox
		}
		c.until(t, m.name, m.until)
		if m.name == "seal" {
			break // the receipt's state moves on by itself
		}
		before := c.remember(t)
		c.crash(t)
		s := c.state(t)
		if !s.Resumed || s.ID != id {
			t.Fatalf("after %s: resumed %v, enrolment %s, want %s", m.name, s.Resumed, s.ID, id)
		}
		after := c.remember(t)
		if after.snapshot != before.snapshot {
			t.Fatalf("after %s:\n%s\nwas\n%s", m.name, after.snapshot, before.snapshot)
		}
		if string(after.portrait) != string(before.portrait) || string(after.dg2) != string(before.dg2) {
			t.Fatalf("after %s a picture has changed", m.name)
		}
		if i > 0 && i < len(moves)-1 && m.name != "finger-approve" { // the PIN is asked for each time
			c.again(t, m.name)
		}
	}
	q := c.custody(t, id)
	receipt := c.receipt(t, q)
	c.crash(t) // in custody
	if s := c.until(t, "custody after a power cut", func(s *enrol.Snapshot) bool {
		return s.Receipt != nil && s.Receipt.State == "custody"
	}); s.ID != id {
		t.Errorf("dossier %s, want %s", s.ID, id)
	}
	if got := c.receipt(t, q); string(got) != string(receipt) || c.stored(t) != c.enrolled {
		t.Error("a power cut after custody sent the dossier again")
	}
	c.must(t, "finish", nil)
	lossWouldBeSeen(t, c)
}

// lossWouldBeSeen is the control: a journal that is gone must be found out.
func lossWouldBeSeen(t *testing.T, c *counter) {
	t.Helper()
	id := c.must(t, "begin", nil).ID
	c.must(t, "notice", nil)
	before := c.remember(t)
	c.daemon.kill()
	if err := os.RemoveAll(c.path("station", "journal")); err != nil {
		t.Fatal(err)
	}
	c.startDaemon(t)
	if s := c.state(t); s.Resumed || s.ID == id || s.Step != enrol.StepIdle || c.remember(t).snapshot == before.snapshot {
		t.Errorf("the journal was lost, the test sees step %s", s.Step)
	}
}

// again repeats the last command by its number, as a page does that did not
// hear the answer: it is known and changes nothing.
func (c *counter) again(t *testing.T, name string) {
	t.Helper()
	before := c.state(t)
	c.next--
	after := c.must(t, name, nil) // a new command of this name would need arguments
	if after.Step != before.Step || after.ID != before.ID {
		t.Errorf("%s twice led from %s to %s", name, before.Step, after.Step)
	}
}
