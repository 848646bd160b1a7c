package enrol

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

// The register check compares the citizen with the central's register while the
// enrolment goes on: the data first, the face and the fingers as soon as they
// are there. It never waits for the network: a question that gets no answer is
// a check that was not done.

// questionPatience bounds one question, whatever the central does.
const questionPatience = inquiry.DefaultTimeout

// The outcomes of a check at the register, beside those of an answer.
const outcomeNotDone = "not-done"

// Why a question has no answer.
const (
	noCentral     = "no-central"  // the station is not paired
	noLine        = "offline"     // no answer within its time
	noService     = "unavailable" // the gateway has no such service
	askedTooOften = "rate"
	notTaken      = "question" // the central can not make sense of it
	noTemplate    = "no-template"
	noMinutiae    = "no-minutiae"
)

// checked is what came of one question to the register.
type checked struct {
	Kind inquiry.Kind `cbor:"kind"`
	// Mark tells what was asked: another person, portrait or print is another
	// question.
	Mark    string          `cbor:"mark"`
	Order   int             `cbor:"order"` // of the officer's orders
	Outcome inquiry.Outcome `cbor:"outcome"`
	Code    string          `cbor:"code,omitempty"`   // why it was not done
	Failed  []string        `cbor:"failed,omitempty"` // the fields that do not fit
	At      time.Time       `cbor:"at"`

	turn int // of the answers
}

func (c *checked) answered() bool { return c != nil && c.Outcome != outcomeNotDone }

// mendable reports whether a question that got no answer may get one now.
func (c *checked) mendable() bool { return c.Code == noLine || c.Code == askedTooOften }

// registering is the register's share of an enrolment's state.
type registering struct {
	orders   int // how often the officer ordered the check
	compares map[inquiry.Kind]*checked
	turn     int // of all answers
	lastGot  int // the turn of the last one that came from the register
}

// evRegister is the event of an answer, or of none.
const evRegister = "register-answer" // Checked

func foldRegister(s *state, _ *event, _ *rules.Pack) {
	s.register = true
	s.orders++
}

// foldChecked keeps an answer. What the officer said of an earlier one is about
// other data.
func foldChecked(s *state, e *event, _ *rules.Pack) {
	c := e.Checked
	s.numbered(c)
	if old := s.compares[c.Kind]; old != nil && (old.Mark != c.Mark || !slices.Equal(old.Failed, c.Failed)) {
		for _, f := range old.Failed {
			delete(s.acks, registerIssue(f))
		}
	}
	if s.compares == nil {
		s.compares = map[inquiry.Kind]*checked{}
	}
	s.compares[c.Kind] = c
	s.machine[StepRegister] += e.Elapsed
}

func (r *registering) numbered(c *checked) {
	r.turn++
	if c.turn = r.turn; c.answered() {
		r.lastGot = r.turn
	}
}

// registerKinds are the checks in the order in which they are asked.
var registerKinds = []inquiry.Kind{inquiry.Data, inquiry.Face, inquiry.Fingers}

// mark tells what there is to ask of a kind; "" while there is nothing.
func (s *state) mark(k inquiry.Kind, fields []Field, r *rules.Pack) string {
	switch k {
	case inquiry.Data:
		if s.person != nil {
			return digestOf(questionFields(fields), value(fields, fieldNumber))
		}
	case inquiry.Face:
		if s.portrait != nil {
			return fmt.Sprint(len(s.runs))
		}
	case inquiry.Fingers:
		if prints := s.sortedPrints(); len(prints) > 0 && s.fingersDone(r) {
			marks := []string{}
			for _, p := range prints {
				marks = append(marks, p.mark)
			}
			return digestOf(nil, marks...)
		}
	}
	return ""
}

// digestOf tells one question from another; the journal that it stands in is
// sealed.
func digestOf(fields map[string]string, more ...string) string {
	b, err := json.Marshal([]any{fields, more})
	if err != nil {
		panic(err) // text always marshals
	}
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:markBytes])
}

// unasked are the fields that the register is not asked about: the number says
// whom, the rest is a document's own.
var unasked = []string{fieldNumber, fieldOldNumber, fieldDocument, fieldExpiry}

func questionFields(fields []Field) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if !slices.Contains(unasked, f.Name) && len(f.Value) <= inquiry.MaxValue && len(out) < inquiry.MaxFields {
			out[f.Name] = f.Value
		}
	}
	return out
}

// registerAsk is one question to the register that is still to be asked.
type registerAsk struct {
	kind  inquiry.Kind
	mark  string
	order int
}

// wantedQuestion is the next one, nil where there is none: each kind once, and
// anew where what it asks about has changed, where the officer orders it, or
// where another answer shows that the line is there again.
func (s *state) wantedQuestion(fields []Field, r *rules.Pack) *registerAsk {
	if s.done != nil || !s.signedAt.IsZero() || !s.register || s.person == nil || !s.takes(StepRegister) {
		return nil
	}
	for _, k := range registerKinds {
		mark, c := s.mark(k, fields, r), s.compares[k]
		switch {
		case mark == "":
		case c == nil, c.Mark != mark:
			return &registerAsk{k, mark, s.orders}
		case !c.answered() && (c.Order < s.orders || c.mendable() && c.turn < s.lastGot):
			return &registerAsk{k, mark, s.orders}
		}
	}
	return nil
}

// driveRegister asks the next question in the background.
func (s *Station) driveRegister() {
	var q *registerAsk
	var fields []Field
	if s.st != nil && s.cfg.Central != nil && s.st.register {
		fields = s.st.personFields(s.cfg.Now())
		q = s.st.wantedQuestion(fields, s.rules)
	}
	if q == nil {
		s.ensure(&s.asking, "", nil)
		return
	}
	st := s.st
	asks := inquiry.Question{Kind: q.kind, Number: value(fields, fieldNumber)}
	var template func(context.Context) error
	why := ""
	switch q.kind {
	case inquiry.Data:
		asks.Fields = questionFields(fields)
	case inquiry.Face:
		p := st.portrait
		template, why = func(ctx context.Context) (err error) { asks.Face, err = s.faceTemplate(ctx, p); return err }, noTemplate
	case inquiry.Fingers:
		prints := st.sortedPrints()
		template, why = func(context.Context) (err error) { asks.Fingers, err = minutiaeOf(prints); return err }, noMinutiae
	}
	key := fmt.Sprintf("%s/register/%s/%s/%d/%d", st.id, q.kind, q.mark, q.order, st.turn)
	s.ensure(&s.asking, key, func(ctx context.Context) {
		begun := s.cfg.Now()
		c := &checked{Kind: q.kind, Mark: q.mark, Order: q.order, Outcome: outcomeNotDone, Code: why}
		if template == nil || template(ctx) == nil {
			s.ask(ctx, asks, c)
		}
		if ctx.Err() != nil {
			return
		}
		c.At = s.cfg.Now()
		s.deliver(ctx, "", event{Kind: evRegister, At: c.At, Elapsed: c.At.Sub(begun), Checked: c})
	})
}

// ask puts one question; what comes of it is in c.
func (s *Station) ask(ctx context.Context, q inquiry.Question, c *checked) {
	limited, cancel := context.WithTimeout(ctx, questionPatience)
	defer cancel()
	a, err := s.cfg.Central.Check(limited, q)
	if err != nil {
		c.Code = unanswered(err)
		s.log.Info("the register was not asked", "kind", q.Kind, "why", c.Code)
		return
	}
	c.Outcome, c.Code = a.Outcome, ""
	for _, f := range a.Fields {
		if f.Outcome == inquiry.Fail {
			c.Failed = append(c.Failed, cleanText(f.Name))
		}
	}
	if c.Outcome == inquiry.Fail && len(c.Failed) == 0 {
		c.Failed = []string{string(q.Kind)}
	}
}

// unanswered names why a question has no answer.
func unanswered(err error) string {
	var often *inquiry.RateError
	switch {
	case errors.As(err, &often):
		return askedTooOften
	case errors.Is(err, inquiry.ErrUnavailable):
		return noService
	case errors.Is(err, inquiry.ErrQuestion):
		return notTaken
	}
	return noLine
}

// registerPending reports whether an answer is still under way: it comes within
// questionPatience.
func (s *Station) registerPending() bool {
	return s.cfg.Central != nil && s.st.wantedQuestion(s.st.personFields(s.cfg.Now()), s.rules) != nil
}

const registerPrefix = "register:"

// registerIssue is the code of a field that does not fit the register.
func registerIssue(field string) string { return registerPrefix + field }

// registerCheck is the name of a kind's check.
func registerCheck(k inquiry.Kind) string {
	if k == inquiry.Data {
		return "register"
	}
	return "register-" + string(k)
}

// ofRegister reports whether a check is one of the register's, whose failures
// are issues field by field.
func ofRegister(check string) bool {
	return check == "register" || strings.HasPrefix(check, "register-")
}

// registerChecks are the checks at the register once they are ordered.
func (s *state) registerChecks() (out []verdict.Check) {
	if !s.register {
		return nil
	}
	for _, k := range registerKinds {
		c := s.compares[k]
		if c != nil || k == inquiry.Data || k == inquiry.Face && s.portrait != nil || k == inquiry.Fingers && len(s.sortedPrints()) > 0 {
			out = append(out, c.verdict(k))
		}
	}
	return out
}
