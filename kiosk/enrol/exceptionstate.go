package enrol

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

// An exception is something that a supervisor has to see: a finger that is not
// there, two pictures that do not match, a chip or data that failed a check.
// The supervisor decides at the station or elsewhere; after the rules' wait the
// enrolment goes on without, and the dossier says so. What could not be checked
// is no exception.

// The IDs of exceptions; a finger's is "finger-2".
const (
	chipException     = "chip"
	faceException     = "face"
	registerException = "register"
	fingerPrefix      = "finger-"
)

// The states of an exception.
const (
	exceptOpen     = "open"  // nobody was asked yet
	exceptAsked    = "asked" // the central was
	exceptApproved = "approved"
	exceptRefused  = "refused"
	exceptPending  = "pending" // nobody decided in time: the dossier waits for it
)

// openException is one exception as the state shows it.
type openException struct {
	id, code string
	mark     string    // another one is another exception
	since    time.Time // a supervisor can look at it from then on
	detail   verdict.Words
	finger   biometrics.Finger
}

// ruling is what became of an exception.
type ruling struct {
	mark      string
	ask       uuid.UUID // the question's own; nil: the central was not asked
	reason    string    // of the officer who asked
	officer   string
	askedAt   time.Time
	pending   string // why nobody decided in time; "": it is not pending
	pendingAt time.Time
	decided   *decided
}

// decided is a supervisor's decision.
type decided struct {
	Approved bool      `cbor:"approved"`
	By       string    `cbor:"by"`
	Reason   string    `cbor:"reason"`
	Words    string    `cbor:"words,omitempty"`
	At       time.Time `cbor:"at"`
	Remote   bool      `cbor:"remote"`
	Signed   []byte    `cbor:"signed,omitempty"` // by the central's key, where it was decided there
}

// exceptionEvent is what happened to an exception. Which field is filled
// follows from the event's kind.
type exceptionEvent struct {
	ID      string    `cbor:"id"`
	Mark    string    `cbor:"mark"`
	Ask     uuid.UUID `cbor:"ask,omitempty"`
	Reason  string    `cbor:"reason,omitempty"`
	Code    string    `cbor:"code,omitempty"` // why it is pending
	Decided *decided  `cbor:"decided,omitempty"`
}

// excepting is the exceptions' share of an enrolment's state.
type excepting struct {
	rulings map[string]*ruling
	chipAt  time.Time
	sampled bool // the dossier is of the day's sample
}

// rulingOf is what became of an exception; one of another mark is about
// something else.
func (x *excepting) rulingOf(id, mark string) *ruling {
	if r := x.rulings[id]; r != nil && r.mark == mark {
		return r
	}
	return &ruling{mark: mark}
}

func (x *excepting) rule(e *exceptionEvent) *ruling {
	r := x.rulingOf(e.ID, e.Mark)
	if x.rulings == nil {
		x.rulings = map[string]*ruling{}
	}
	x.rulings[e.ID] = r
	return r
}

func foldAsk(s *state, e *event, _ *rules.Pack) {
	r := s.rule(e.Exception)
	r.ask, r.reason, r.officer, r.askedAt = e.Exception.Ask, e.Exception.Reason, e.Officer, e.At
}

func foldPending(s *state, e *event, _ *rules.Pack) {
	r := s.rule(e.Exception)
	r.pending, r.pendingAt = e.Exception.Code, e.At
	s.letFinger(e.Exception, true)
}

func foldDecided(s *state, e *event, _ *rules.Pack) {
	d := e.Exception.Decided
	s.rule(e.Exception).decided = d
	s.letFinger(e.Exception, d.Approved)
	if f, ok := fingerNamed(e.Exception.ID); ok && d.Approved && !d.Remote {
		foldApprove(s, &event{Finger: f, Supervisor: d.By, At: d.At}, nil)
	}
}

// unapprove takes back what somebody approved who works at the enrolment now:
// nobody approves their own. Another supervisor decides, or the wait is over.
func (s *state) unapprove(who string) {
	if !s.signedAt.IsZero() { // another officer has signed it with that approval
		return
	}
	for id, r := range s.rulings {
		if d := r.decided; d != nil && !d.Remote && d.By == who {
			r.decided = nil
			s.letFinger(&exceptionEvent{ID: id, Mark: r.mark}, r.pending != "")
		}
	}
	for f, x := range s.exceptions {
		if x.supervisor == who {
			x.supervisor, x.approved = "", time.Time{}
			s.exceptions[f] = x
		}
	}
}

// letFinger lets the enrolment go on without a finger, or takes that back.
func (s *state) letFinger(e *exceptionEvent, let bool) {
	f, ok := fingerNamed(e.ID)
	if x, there := s.exceptions[f]; ok && there && x.mark() == e.Mark {
		x.let = let
		s.exceptions[f] = x
	}
}

func fingerNamed(id string) (biometrics.Finger, bool) {
	var n int
	if _, err := fmt.Sscanf(id, fingerPrefix+"%d", &n); err != nil || !biometrics.Finger(n).Single() {
		return biometrics.UnknownFinger, false
	}
	return biometrics.Finger(n), true
}

// mark tells a finger's exception from an earlier one of the same finger, and
// from the one with another picture.
func (x exception) mark() string { return fmt.Sprintf("%d %s", x.At.UnixNano(), x.photo.picture()) }

// openExceptions lists all that needs a supervisor, whatever became of it.
// Of a card that is only looked at nothing is decided.
func (s *state) openExceptions(r *rules.Pack) (out []openException) {
	if s.looksOnly() {
		return nil
	}
	add := func(x openException) {
		if r.Exceptions.Excepts(x.code) {
			out = append(out, x)
		}
	}
	if failed := s.failedChip(); len(failed) > 0 {
		add(openException{id: chipException, code: rules.ExceptChip, mark: strings.Join(failed, " "), since: s.chipAt})
	}
	if s.portrait != nil && s.decision != nil && s.matched.band() == face.Alarm {
		add(openException{id: faceException, code: rules.ExceptFace, mark: fmt.Sprint(len(s.runs)), since: s.decision.At})
	}
	for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
		x, ok := s.exceptions[f]
		photo, supervisor := r.Proofs(x.Reason)
		if !ok || !supervisor || photo && x.photo == nil {
			continue
		}
		one := openException{id: fmt.Sprintf("%s%d", fingerPrefix, f), code: rules.ExceptFinger, mark: x.mark(), since: x.At, finger: f, detail: nameOf(f)}
		if x.photo != nil {
			one.since = x.photo.At
		}
		add(one)
	}
	if x, ok := s.failedRegister(); ok {
		add(x)
	}
	return out
}

// failedChip names the chip's own checks that failed. What was inconclusive for
// want of a trust list did not.
func (s *state) failedChip() (out []string) {
	if s.chip == nil {
		return nil
	}
	for _, c := range s.chip.Checks {
		if c.Outcome == verdict.Failed {
			out = append(out, c.Name)
		}
	}
	return out
}

func (s *state) failedRegister() (x openException, ok bool) {
	x = openException{id: registerException, code: rules.ExceptRegister}
	for _, k := range registerKinds {
		if c := s.compares[k]; s.register && c != nil && c.Outcome == inquiry.Fail {
			x.mark += c.Mark + " " + strings.Join(c.Failed, ",") + " "
			x.since, ok = c.At, true
		}
	}
	return x, ok
}

// exceptionState is where an exception stands.
func (s *state) exceptionState(x openException) (string, *ruling) {
	r := s.rulingOf(x.id, x.mark)
	switch by := s.exceptions[x.finger].supervisor; {
	case r.decided != nil && r.decided.Approved, x.finger != biometrics.UnknownFinger && by != "":
		return exceptApproved, r
	case r.decided != nil:
		return exceptRefused, r
	case r.pending != "":
		return exceptPending, r
	case r.ask != uuid.Nil:
		return exceptAsked, r
	}
	return exceptOpen, r
}

// exceptionPending reports whether the dossier waits for a supervisor's word on
// an exception.
func (s *state) exceptionPending(r *rules.Pack) bool {
	return slices.ContainsFunc(s.openExceptions(r), func(x openException) bool { state, _ := s.exceptionState(x); return state == exceptPending })
}

// exceptionGate is what keeps the officer from signing: for a minute at most, but
// for what a supervisor has refused.
func (s *state) exceptionGate(r *rules.Pack) *Problem {
	for _, x := range s.openExceptions(r) {
		switch state, _ := s.exceptionState(x); state {
		case exceptRefused:
			return problem("exception-refused")
		case exceptOpen, exceptAsked:
			return problem("exception-waits")
		}
	}
	return nil
}

// flags are what a supervisor looks for at the end of the day.
func (s *state) flags(r *rules.Pack) (out []string) {
	for _, x := range s.openExceptions(r) {
		if !slices.Contains(out, x.code) {
			out = append(out, x.code)
		}
	}
	if s.exceptionPending(r) {
		out = append(out, rules.ReviewPending)
	}
	if s.sampled {
		out = append(out, rules.ReviewSample)
	}
	return out
}
