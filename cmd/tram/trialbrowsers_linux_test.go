//go:build realparts

package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tram-station/tram/reader/chip"
)

// TestTrialTwoBrowsers lets two windows send everything at the same moment: the
// same command, the same wish under two numbers, and what only one of them may
// decide.
func TestTrialTwoBrowsers(t *testing.T) {
	x := newTrial(t)
	x.put(t, x.issue(t, chip.ProfileCCCD, chip.FaultNone))
	defer x.take(t)
	other := x.window("other")
	t.Run("one number, many senders", func(t *testing.T) { sameNumber(t, x, other) })
	t.Run("the version that was seen", func(t *testing.T) { staleOnce(t, x, other) })
	t.Run("a whole enrolment, everything twice", func(t *testing.T) {
		o := x.officer("")
		o.send = func(t *testing.T, c *order) error {
			errs := together(2, func(i int) error {
				_, err := []*caller{x.api, other}[i].command(t.Context(), c.name, c.args)
				return err
			})
			return oneOf(errs)
		}
		o.enrol(t, nil)
	})
	t.Run("two sessions", func(t *testing.T) { oneLeads(t, x) })
	// Taps of one number, its control, one stale decision, one whole, two sessions.
	acts := x.acts(t)
	for what, want := range map[string]int{"enrolment-begun": 5, "notice-heard": 3, "reviewed-signed": 1, "seal-ordered": 1} {
		if n := acts[what]; n != want {
			t.Errorf("%d acts %s, want %d", n, what, want)
		}
	}
}

// together runs f n times at the same moment.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var ready, all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		ready.Add(1)
		all.Go(func() {
			ready.Done()
			<-gate
			errs[i] = f(i)
		})
	}
	ready.Wait()
	close(gate)
	all.Wait()
	return errs
}

// oneOf wants one that was done; the others were done too, or refused in words.
func oneOf(errs []error) error {
	done := 0
	for _, err := range errs {
		var r *refusal
		switch {
		case err == nil:
			done++
		case !errors.As(err, &r) || r.status >= http.StatusInternalServerError || r.Err.Words.VI == "":
			return err
		}
	}
	if done == 0 {
		return errors.Join(errs...)
	}
	return nil
}

// sameNumber: eight taps are one step. The control is another number.
func sameNumber(t *testing.T, x *trial, other *caller) {
	var mu sync.Mutex
	ids := map[string]bool{}
	begin := func(c *caller, number string) error {
		s, err := c.commandAs(t.Context(), number, "begin", nil)
		mu.Lock()
		defer mu.Unlock()
		ids[s.text("id")] = true
		return err
	}
	if err := errors.Join(together(8, func(i int) error { return begin([]*caller{x.api, other}[i%2], "tap") })...); err != nil {
		t.Fatal(err)
	}
	if len(ids) != 1 {
		t.Fatalf("eight taps began %d enrolments", len(ids))
	}
	x.must(t, "cancel", nil)
	if err := begin(other, "another tap"); err != nil {
		t.Fatal(err)
	}
	if len(ids) != 2 {
		t.Error("the control began nothing: the trial sees no second enrolment")
	}
	x.must(t, "cancel", nil)
}

// staleOnce: of two who decide on the same picture one is heard. The control
// sends the same without the version.
func staleOnce(t *testing.T, x *trial, other *caller) {
	x.must(t, "begin", nil)
	send := func(c *caller, number string, version any) error {
		body := map[string]any{"id": number, "name": "notice"}
		if version != nil {
			body["if_version"] = version
		}
		return c.call(t.Context(), http.MethodPost, "/api/do", body, nil)
	}
	seen := x.now(t).at("version")
	errs := together(2, func(i int) error {
		return send([]*caller{x.api, other}[i], []string{"one", "two"}[i], seen)
	})
	var stale int
	for _, err := range errs {
		var r *refusal
		if errors.As(err, &r) && r.status == http.StatusConflict {
			stale++
		}
	}
	if stale != 1 {
		t.Errorf("two acted on the same snapshot, %d were refused: %v", stale, errs)
	}
	if s := x.now(t); s.step() != "card" {
		t.Errorf("in step %s", s.step())
	}
	x.must(t, "cancel", nil)
}

// oneLeads: of two sessions one leads the enrolment, the officer's newest; the
// other looks on until it takes the desk over, and then it is the other way
// round.
func oneLeads(t *testing.T, x *trial) {
	if _, err := x.api.command(t.Context(), "begin", nil); err != nil {
		t.Fatal(err)
	}
	second := x.browser(t, "second")
	leads := func(c *caller, name string) bool {
		_, err := c.command(t.Context(), name, nil)
		var r *refusal
		if err != nil && (!errors.As(err, &r) || r.Err.Code != "not-active") {
			t.Fatalf("%s: %v", name, err)
		}
		return err == nil
	}
	if leads(x.api, "notice") || !leads(second, "notice") {
		t.Error("the officer's older session was heard, or the newest was not")
	}
	if _, err := x.api.state(t.Context()); err != nil {
		t.Errorf("the session that does not lead may not look on: %v", err)
	}
	x.open(t, x.api, "/api/handover")
	if leads(second, "cancel") || !leads(x.api, "cancel") {
		t.Error("after the hand-over the former session was heard, or the new one was not")
	}
}

// acts stops the station and counts the acts in its log by their code.
func (x *trial) acts(t *testing.T) map[string]int {
	t.Helper()
	x.daemon.stop(t)
	s := tramProgram(t, "audit", "ls", "--json", "--last", "0", "--data", x.path("station"))
	s.want(t, exitGood)
	counts := map[string]int{}
	for line := range strings.Lines(s.stdout) {
		var act struct{ What string }
		if err := json.Unmarshal([]byte(line), &act); err != nil {
			t.Fatal(err)
		}
		counts[act.What]++
	}
	return counts
}
