//go:build realparts

package main

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/reader/chip"
)

// TestTrialKilled cuts the station's power after each command, while devices
// work on it, and again once they have done their part.
func TestTrialKilled(t *testing.T) {
	x := newTrial(t)
	x.put(t, x.issue(t, chip.ProfileCCCD, chip.FaultNone))
	o := x.officer("")
	cuts := 0
	o.enrol(t, func(t *testing.T, c *order, settled bool) {
		cuts++
		if settled {
			x.cutAtRest(t, c.name)
		} else {
			x.cutAtWork(t, c.name)
		}
	})
	if want := 2 * len(o.done); cuts < want {
		t.Errorf("%d cuts, want at least %d", cuts, want)
	}
	t.Logf("%d power cuts in one enrolment", cuts)
	t.Run("control", func(t *testing.T) { lossIsSeen(t, x) })
	x.take(t)
}

// cutAtWork kills the station in the middle of what a command began. It has to
// stand in the same enrolment, and to know the command.
func (x *trial) cutAtWork(t *testing.T, name string) {
	t.Helper()
	at := x.now(t)
	if working := workOf[name]; working != nil {
		at = x.await(t, "work on "+name, working)
	}
	sent, id := x.api.sent, x.api.name
	x.cut(t)
	s := x.now(t)
	if s.text("id") != at.text("id") || !s.is("resumed") {
		t.Fatalf("after %s: enrolment %s resumed %v, was %s", name, s.text("id"), s.is("resumed"), at.text("id"))
	}
	// A page that did not hear the answer sends the command again.
	before := essence(x.rest(t))
	again := &caller{base: x.base, token: x.api.token, http: x.api.http, name: id}
	again.sent = sent - 1
	if _, err := again.command(t.Context(), name, x.last.args); err != nil {
		t.Fatalf("%s twice: %v", name, err)
	}
	if after := essence(x.rest(t)); after != before {
		t.Fatalf("%s twice:\n%s", name, firstDifference(before, after))
	}
}

// workOf says by what a device shows that it is at work on a command.
var workOf = map[string]func(shot) bool{
	"scan": func(s shot) bool {
		return s.text("chip", "state") == "done" || s.text("chip", "state") == "reading" && s.number("chip", "done") > 0
	},
	"portrait-start": func(s shot) bool {
		return s.text("portrait", "state") == "live" || s.text("portrait", "state") == "taken"
	},
	"fingers-start": func(s shot) bool { return s.at("prints", "units") != nil },
}

// rest waits until what was given is read, decoded, compared or sent.
func (x *trial) rest(t *testing.T) shot {
	t.Helper()
	return x.await(t, "rest", func(s shot) bool {
		switch state := s.text("chip", "state"); {
		case state == "waiting" && x.laid != nil, state == "reading":
			return false
		case state == "done" && s.text("chip", "photo") == "" && s.step() != "done":
			return false
		}
		switch s.text("portrait", "state") {
		case "starting", "live":
			return false
		case "taken":
			match := s.text("portrait", "match", "state")
			return match == "done" || match == "not-done"
		}
		units := s.list("prints", "units")
		todo := slices.ContainsFunc(units, func(u shot) bool { return u.text("state") == "todo" })
		if slices.ContainsFunc(units, func(u shot) bool { return u.text("state") == "active" }) ||
			s.step() == "fingers" && !todo && len(s.list("prints", "clashes")) == 0 { // the prints are compared
			return false
		}
		return s.step() != "seal" || x.last.name != "seal"
	})
}

// cutAtRest kills the station while nothing is under way: the same step, the
// same data, the same pictures.
func (x *trial) cutAtRest(t *testing.T, name string) {
	t.Helper()
	if name == "seal" {
		x.cut(t) // the receipt's state moves on by itself
		return
	}
	before := x.rest(t)
	pictures := x.pictures(t, before)
	x.cut(t)
	if after := x.rest(t); essence(after) != essence(before) || !after.is("resumed") {
		t.Fatalf("after %s:\n%s", name, firstDifference(essence(after), essence(before)))
	}
	for image, b := range x.pictures(t, before) {
		if b != pictures[image] {
			t.Fatalf("after %s the picture %s has changed", name, image)
		}
	}
}

// pictures are the images of the present enrolment.
func (x *trial) pictures(t *testing.T, s shot) map[string]string {
	t.Helper()
	all := map[string]string{}
	for image, there := range map[string]bool{
		"dg2":      s.text("chip", "state") == "done" && s.text("chip", "photo") == "shown",
		"portrait": s.text("portrait", "state") == "taken" || s.text("portrait", "state") == "done",
	} {
		if there {
			all[image] = string(x.picture(t, image))
		}
	}
	return all
}

// lossIsSeen is the control: a journal that has lost its last record, and one
// that is gone.
func lossIsSeen(t *testing.T, x *trial) {
	path := x.path("station", "journal", journal.Name)
	o := x.officer("")
	o.run(t, "card", nil)
	before, size := essence(x.rest(t)), fileSize(t, path)
	o.run(t, "person", nil)
	x.rest(t)
	x.daemon.kill()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	x.startDaemon(t)
	x.signIn(t)
	if s := x.now(t); s.step() != "card" || essence(x.rest(t)) != before {
		t.Errorf("the scan was cut away, the trial sees step %s", s.step())
	}
	x.daemon.kill()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	x.startDaemon(t)
	x.signIn(t)
	if s := x.now(t); s.step() != "idle" || s.is("resumed") {
		t.Errorf("the journal is gone, the trial sees step %s", s.step())
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	time.Sleep(100 * time.Millisecond)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
