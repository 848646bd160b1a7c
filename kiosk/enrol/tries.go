package enrol

import (
	"slices"
	"time"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/kiosk/rules"
)

// The states of PortraitView.
const (
	portraitIdle     = "idle"
	portraitStarting = "starting" // the camera is being opened
	portraitLive     = "live"
	portraitMissed   = "missed"  // the try's time is over; the best picture is shown
	portraitUsedUp   = "used-up" // so are all tries: by hand only
	portraitTaken    = "taken"   // waits for the comparison and the officer's word
	portraitStopped  = "stopped" // the officer does not see the same person
	portraitDone     = "done"
)

// What came of a try.
const (
	tryTaken   = "taken"
	tryMissed  = "missed"
	tryRetaken = "retaken" // taken, and then not wanted
)

// portraying is the portrait's share of an enrolment's state.
type portraying struct {
	wantPortrait bool
	byHand       string // reason of the session that waits for the trigger
	manual       string // reason of the trigger that was pressed
	portrait     *Portrait
	portraitHow  string    // reason, when it was taken by hand
	best         *Portrait // what the last try without a portrait is shown by
	runs         []try     // all that ended
	matched      *matched
	decision     *decision // the portrait is accepted
	stopped      *decision // the officer does not see the same person
}

// try is one run of the camera, whatever came of it.
type try struct {
	At       time.Time     `cbor:"at"`
	Elapsed  time.Duration `cbor:"elapsed"`
	Outcome  string        `cbor:"outcome"`
	Problems []string      `cbor:"problems"` // what was not in order, gravest first
	ByHand   bool          `cbor:"by_hand"`  // beyond the rules' tries
	Manual   bool          `cbor:"manual"`   // the trigger was pressed
	Reason   string        `cbor:"reason,omitempty"`
	// Of a portrait that was taken again: what was said of it.
	Match   *matched  `cbor:"match,omitempty"`
	Stopped *decision `cbor:"stopped,omitempty"`
}

// decision is the officer's word on the two pictures.
type decision struct {
	Same    bool      `cbor:"same"`    // said so; false: the machine's match stands for it
	Reason  string    `cbor:"reason"`  // "" where the rules ask for none
	Officer string    `cbor:"officer"` // the identifier
	At      time.Time `cbor:"at"`
}

// triesUsed counts the tries that the rules limit.
func (s *portraying) triesUsed() int {
	n := 0
	for _, t := range s.runs {
		if !t.ByHand {
			n++
		}
	}
	return n
}

func (s *portraying) usedUp(r *rules.Pack) bool { return s.triesUsed() >= r.PortraitTries }

// portraitState says where the portrait stands; a camera's own states are the
// live view's.
func (s *portraying) portraitState(r *rules.Pack) string {
	switch {
	case s.stopped != nil:
		return portraitStopped
	case s.portrait != nil && s.decision != nil:
		return portraitDone
	case s.portrait != nil:
		return portraitTaken
	case s.wantPortrait:
		return portraitStarting
	case s.usedUp(r):
		return portraitUsedUp
	case len(s.runs) > 0:
		return portraitMissed
	}
	return portraitIdle
}

func acceptStart(s *Station, c Command, e *event) *Problem {
	if p := acceptPlain(s, c, e); p != nil {
		return p
	}
	switch {
	case s.st.portrait != nil:
		return problem("portrait-taken")
	case !s.st.wantPortrait && s.st.usedUp(s.rules):
		return problem("tries-used")
	}
	return nil
}

// acceptManual presses the trigger, or, when the tries are used up, opens the
// session that waits for it. A session that was opened with a reason has one.
func acceptManual(s *Station, c Command, e *event) *Problem {
	var a ReasonArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	st := s.st
	if st.portrait != nil || !st.wantPortrait && !st.usedUp(s.rules) {
		return problem("not-live")
	}
	if a.Reason == "" {
		a.Reason = st.byHand
	}
	if !s.rules.PortraitReason(a.Reason) {
		return problem("bad-reason")
	}
	e.Reason = a.Reason
	return nil
}

// acceptPortrait takes the picture into the enrolment. What the comparison
// does not settle needs the officer's word, an alarm also a reason: nothing of
// it is passed over in silence.
func acceptPortrait(s *Station, c Command, e *event) *Problem {
	var a PortraitArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	st := s.st
	switch {
	case st.portrait == nil || st.stopped != nil:
		return problem("no-portrait")
	case st.matched == nil:
		return problem("match-pending")
	}
	band := st.matched.band()
	if band != face.Accept && !a.Same {
		return problem("undecided")
	}
	if band == face.Alarm || a.Reason != "" {
		var ok bool
		if a.Reason, ok = s.reason(a.Reason); !ok {
			return problem("bad-reason")
		}
	}
	e.Decision = &decision{Same: a.Same, Reason: a.Reason, Officer: e.Officer, At: e.At}
	return nil
}

// acceptDiffers stops the enrolment: it can be cancelled, or the portrait
// taken again.
func acceptDiffers(s *Station, c Command, e *event) *Problem {
	var a ReasonArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if s.st.portrait == nil {
		return problem("no-portrait")
	}
	reason, ok := s.reason(a.Reason)
	if !ok {
		return problem("bad-reason")
	}
	e.Decision = &decision{Reason: reason, Officer: e.Officer, At: e.At}
	return nil
}

func foldStart(s *state, _ *event, _ *rules.Pack) { s.wantPortrait, s.best = true, nil }

func foldManual(s *state, e *event, _ *rules.Pack) {
	if s.wantPortrait {
		s.manual = e.Reason
		return
	}
	s.wantPortrait, s.byHand, s.best = true, e.Reason, nil
}

// foldRetake gives the portrait up. Beyond the tries it is taken by hand only,
// and the picture stays in view until then.
func foldRetake(s *state, _ *event, r *rules.Pack) {
	if n := len(s.runs); s.portrait != nil && n > 0 {
		t := &s.runs[n-1]
		t.Outcome, t.Match, t.Stopped = tryRetaken, s.matched, s.stopped
	}
	s.best, s.portrait, s.portraitHow = s.portrait, nil, ""
	s.matched, s.decision, s.stopped = nil, nil, nil
	s.manual, s.byHand = "", ""
	delete(s.acks, faceIssue)
	if s.wantPortrait = !s.usedUp(r); s.wantPortrait {
		s.best = nil
	}
}

// foldPortrait ends a try with a portrait.
func foldPortrait(s *state, e *event, _ *rules.Pack) {
	s.endTry(e, tryTaken)
	s.portrait, s.best = e.Portrait, nil
	s.matched, s.decision, s.stopped = nil, nil, nil
}

// foldMissed ends a try without one.
func foldMissed(s *state, e *event, _ *rules.Pack) {
	s.endTry(e, tryMissed)
	s.best = e.Portrait
}

func (s *state) endTry(e *event, outcome string) {
	t := try{At: e.At, Elapsed: e.Elapsed, Outcome: outcome, Problems: []string{"no-face"}, ByHand: s.byHand != ""}
	s.portraitHow = ""
	if e.Portrait != nil {
		t.Problems = slices.Clone(e.Portrait.Problems)
		if t.Manual = e.Portrait.Manual; t.Manual {
			t.Reason = s.manual
			s.portraitHow = s.manual
		}
	}
	s.runs = append(s.runs, t)
	s.wantPortrait, s.manual, s.byHand = false, "", ""
	s.machine[StepPortrait] += e.Elapsed
}

func foldMatch(s *state, e *event, _ *rules.Pack) {
	s.matched = e.Match
	s.machine[StepPortrait] += e.Elapsed
}

// faceIssue is the issue of a comparison in the alarm band: the reason for
// accepting the portrait is the reason for going on past it.
const faceIssue = "check:face-match"

func foldAccept(s *state, e *event, _ *rules.Pack) {
	s.decision = e.Decision
	if s.matched.band() == face.Alarm {
		s.acks[faceIssue] = ack{e.Decision.Reason, e.Decision.Officer, e.Decision.At}
	}
}

func foldDiffers(s *state, e *event, _ *rules.Pack) { s.stopped, s.decision = e.Decision, nil }
