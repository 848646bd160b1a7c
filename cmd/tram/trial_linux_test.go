//go:build realparts

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/chip"
)

// The trials drive the compiled station through an officer who knows nothing but
// the description of the API, and break something in each step. Every one of
// them has a control, which shows that it would see the loss.

// trial is one counter whose devices are virtual, and the API of its station.
type trial struct {
	*counter
	spec *spec
	api  *caller
	card *chip.Card
	laid *laid
	last *order // that was sent
}

// newTrial starts a counter with a fingerprint reader.
func newTrial(t *testing.T, args ...string) *trial {
	t.Helper()
	if len(args) == 0 {
		args = []string{"--scanner", "virtual"}
	}
	x := &trial{counter: newCounterWith(t, args...)}
	x.spec = readSpec(t, x.base)
	x.signIn(t)
	return x
}

// signIn takes over the session that the counter opened at its station's start.
func (x *trial) signIn(t *testing.T) {
	t.Helper()
	x.api = x.spec.caller(x.base, fmt.Sprintf("trial-%d", time.Now().UnixNano()))
	x.api.token = x.token
}

// browser is one more client, with a session of its own.
func (x *trial) browser(t *testing.T, name string) *caller {
	t.Helper()
	c := x.spec.caller(x.base, fmt.Sprintf("%s-%d", name, time.Now().UnixNano()))
	x.open(t, c, "/api/login")
	return c
}

// open signs a client in, or hands the desk over to it.
func (x *trial) open(t *testing.T, c *caller, path string) {
	t.Helper()
	var in struct{ Token string }
	if err := c.call(t.Context(), "POST", path, map[string]any{"officer": demoOfficer, "pin": x.pin}, &in); err != nil {
		t.Fatal(err)
	}
	c.token = in.Token
}

// window is one more window of the same session.
func (x *trial) window(name string) *caller {
	c := x.spec.caller(x.base, fmt.Sprintf("%s-%d", name, time.Now().UnixNano()))
	c.token = x.api.token
	return c
}

// put lays the citizen's card into the field.
func (x *trial) put(t *testing.T, card *chip.Card) {
	t.Helper()
	x.card, x.laid = card, x.lay(t, card)
}

func (x *trial) take(t *testing.T) {
	t.Helper()
	if x.laid != nil {
		x.clear(t, x.laid)
		x.laid = nil
	}
}

// cut is a power cut: the daemon is killed, started again, and the officer
// signs in.
func (x *trial) cut(t *testing.T) {
	t.Helper()
	x.crash(t)
	x.signIn(t)
}

// now is the present snapshot.
func (x *trial) now(t *testing.T) shot {
	t.Helper()
	s, err := x.api.state(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// await waits for a snapshot.
func (x *trial) await(t *testing.T, what string, so func(shot) bool) shot {
	t.Helper()
	var s shot
	for end := time.Now().Add(deviceTime); ; time.Sleep(20 * time.Millisecond) {
		if s = x.now(t); so(s) {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("no %s: %s", what, brief(s))
		}
	}
}

// brief is what a failed trial shows of a snapshot.
func brief(s shot) string {
	return fmt.Sprintf("step %s, chip %v, portrait %s, prints %v, error %v, issues %v", s.step(), s.at("chip"),
		s.text("portrait", "state"), s.at("prints", "units"), s.at("error"), s.at("issues"))
}

// order is what the officer does next.
type order struct {
	name string
	args any
}

// officer answers each step as the description tells. What one kind of
// enrolment wants else stands in its own table.
type officer struct {
	x     *trial
	begin map[string]any               // arguments of begin; nil: none
	qr    string                       // of the card
	steps map[string]func(shot) *order // of this kind, before the plain ones
	done  map[string]bool              // what this officer has done once
	seen  map[string]bool              // the steps that were gone through
	// send carries a command out otherwise than once; nil: once.
	send func(*testing.T, *order) error
}

func (x *trial) officer(kind string) *officer {
	o := &officer{x: x, done: map[string]bool{}, seen: map[string]bool{}}
	if kind != "" {
		o.begin = map[string]any{"kind": kind}
	}
	if x.card != nil {
		o.qr = x.card.QR()
	}
	return o
}

// next is the officer's next command; nil while devices are waited for.
func (o *officer) next(s shot) *order {
	step := s.step()
	if f := o.steps[step]; f != nil {
		if c := f(s); c != nil {
			return c
		}
	}
	switch step {
	case "idle":
		if o.begin == nil {
			return &order{"begin", nil}
		}
		return &order{"begin", o.begin}
	case "notice", "register-check":
		return &order{step, nil}
	case "card":
		return o.scan(s)
	case "person":
		if s.is("person", "ready") {
			return &order{"confirm-person", map[string]any{"phone": inventedPhone}}
		}
	case "register":
		return &order{"register-check", nil}
	case "phone":
		for _, reason := range s.list("phone", "reasons") {
			return &order{"phone-skip", map[string]any{"reason": reason.text("code")}}
		}
	case "portrait":
		return o.portrait(s)
	case "fingers":
		return o.fingers(s)
	case "documents":
		return &order{"documents", map[string]any{"documents": []any{map[string]any{
			"type": "driving-licence", "number": "010123456789", "original_seen": true}}}}
	case "consent":
		agreed := make([]bool, len(s.list("documents")))
		for i := range agreed {
			agreed[i] = true
		}
		return &order{"consent", map[string]any{"registration": true, "documents": agreed}}
	case "sign":
		return o.sign(s)
	case "seal":
		if !o.done["seal"] {
			return &order{"seal", nil}
		}
	}
	return nil
}

func (o *officer) scan(s shot) *order {
	if state := s.text("chip", "state"); state == "idle" || state == "failed" {
		return &order{"scan", map[string]any{"qr": o.qr}}
	}
	return nil
}

func (o *officer) portrait(s shot) *order {
	switch s.text("portrait", "state") {
	case "taken":
		if state := s.text("portrait", "match", "state"); state == "done" || state == "not-done" {
			return &order{"portrait-accept", map[string]any{"same": true, "reason": "so bằng mắt trong phép thử"}}
		}
	case "missed":
		return &order{"portrait-start", nil}
	case "used-up":
		return &order{"portrait-manual", map[string]any{"reason": "device"}}
	case "idle":
		return &order{"portrait-start", nil}
	case "live":
		if s.is("portrait", "waits") {
			return &order{"portrait-manual", map[string]any{"reason": "device"}}
		}
	}
	return nil
}

func (o *officer) fingers(s shot) *order {
	units := s.list("prints", "units")
	if slices.ContainsFunc(units, func(u shot) bool { return u.text("state") == "active" }) {
		return nil
	}
	for _, u := range units {
		if u.text("state") == "todo" {
			return &order{"fingers-start", map[string]any{"unit": u.text("id")}}
		}
	}
	return o.past(s)
}

// past acknowledges the first issue that is open.
func (o *officer) past(s shot) *order {
	for _, i := range s.list("issues") {
		if !i.is("acknowledged") && !i.is("final") {
			return &order{"acknowledge", map[string]any{"code": i.text("code"), "reason": "so trực tiếp với người và thẻ"}}
		}
	}
	return nil
}

func (o *officer) sign(s shot) *order {
	if state := s.text("chip", "state"); state == "waiting" || state == "reading" {
		return nil // the card is being read
	}
	if s.text("register", "state") == "asking" {
		return nil // the description: wait for the answer before the signature
	}
	if c := o.past(s); c != nil {
		return c
	}
	return &order{"sign", nil}
}

// between is called after each command that was taken, before the devices have
// done their part, and again once they have. It may do anything to the station.
type between func(t *testing.T, c *order, settled bool)

// run goes on to the step until, or fails. It returns the snapshot there.
func (o *officer) run(t *testing.T, until string, hook between) shot {
	t.Helper()
	var last *order
	for end := time.Now().Add(longRun); time.Now().Before(end); {
		s := o.x.now(t)
		o.seen[s.step()] = true
		c := o.next(s)
		if s.step() == until {
			c = nil
		} else if c == nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if last != nil && hook != nil {
			hook(t, last, true)
			last = nil
			continue // the station may be another one now
		}
		if s.step() == until {
			return s
		}
		if err := o.carryOut(t, c); err != nil {
			t.Fatalf("%s in step %s: %v\n%s", c.name, s.step(), err, brief(s))
		}
		if last = c; hook != nil {
			hook(t, c, false)
		}
	}
	t.Fatalf("never came to %s: %s", until, brief(o.x.now(t)))
	return nil
}

// longRun bounds one enrolment on a busy machine with every fault in it.
const longRun = 8 * time.Minute

// carryOut sends a command. One that the devices were faster than is no error.
func (o *officer) carryOut(t *testing.T, c *order) error {
	if described := o.x.spec.command(c.name); described == nil {
		return fmt.Errorf("the description has no command %q", c.name)
	}
	o.x.last = c
	send := o.send
	if send == nil {
		send = func(t *testing.T, c *order) error {
			_, err := o.x.api.command(t.Context(), c.name, c.args)
			return err
		}
	}
	err := send(t, c)
	if r := (*refusal)(nil); errors.As(err, &r) && r.status == 409 {
		return nil
	}
	if err == nil {
		o.done[c.name] = true
	}
	return err
}

// enrol takes one citizen from the card to the receipt in the gateway's hands.
func (o *officer) enrol(t *testing.T, hook between) (id string) {
	t.Helper()
	s := o.run(t, "done", hook)
	id = s.text("id")
	o.x.custody(t, id)
	o.x.must(t, "finish", nil)
	return id
}

// essence is what has to be the same after a power cut: all of a snapshot but
// its number, that it went on after a restart, and what is live.
func essence(s shot) string {
	s = maps.Clone(s)
	for _, name := range []string{"version", "resumed", "scanning", "notices", "error"} {
		delete(s, name)
	}
	if prints, ok := s["prints"].(map[string]any); ok {
		prints = maps.Clone(prints)
		prints["reader"] = "" // whether it is open now
		s["prints"] = prints
	}
	b, err := json.Marshal(s)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(0, i-120)
	cut := func(s string) string { return s[min(from, len(s)):min(i+200, len(s))] }
	return strings.Join([]string{cut(a), cut(b)}, "\n---\n")
}
