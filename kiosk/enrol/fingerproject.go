package enrol

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// noPrints is the view of an enrolment without any.
func noPrints() PrintsView {
	return PrintsView{Units: []UnitView{}, Rolled: []FingerView{}, Clashes: []ClashView{}, Notes: []verdict.Words{}, Hand: HandView{State: handOff}}
}

func (s *Station) projectFingers(snap *Snapshot, pictures map[string]picture) {
	st, v := s.st, &snap.Prints
	v.Reader = s.live.reader
	for _, f := range st.fingers(s.rules) {
		snap.Fingers = append(snap.Fingers, s.fingerView(spot{f, false}, pictures))
		if x, ok := st.exceptions[f]; ok && x.photo != nil {
			pictures[fmt.Sprintf("exception-%d", f)] = picture{x.photo.JPEG, mediaJPEG}
		}
	}
	units := unitsOf(s.rules, st.reader)
	if st.want != noUnit && !slices.Contains(units, st.want) { // taken again by itself
		units = append(units, st.want)
	}
	for _, u := range units {
		v.Units = append(v.Units, s.unitView(u))
		if u.rolled {
			v.Rolled = append(v.Rolled, s.fingerView(spot(u), pictures))
		}
	}
	for _, c := range st.clashes() {
		w, next := c.words()
		_, known := st.acks[c.issue()]
		v.Clashes = append(v.Clashes, ClashView{Issue: c.issue(), A: c.A, B: c.B, Words: w, Next: next, Acknowledged: known})
	}
	v.Notes = append(v.Notes, s.notes()...)
	v.Hand = s.handView()
	if p := st.slapProblem; p != "" && snap.Error == nil {
		snap.Error = problem(p)
	}
}

func (s *Station) unitView(u unit) UnitView {
	st := s.st
	expected := append([]biometrics.Finger{}, st.expected(u)...)
	v := UnitView{ID: u.id(), Finger: u.finger, Rolled: u.rolled, Words: u.words(), Prompt: u.prompt(expected), Fingers: expected,
		State: fingerTodo, Tries: st.tries[u], MaxTries: s.rules.FingerTries}
	switch {
	case st.want == u:
		v.State = fingerActive
	case len(expected) == 0:
		v.State = fingerException
	case !slices.ContainsFunc(expected, func(f biometrics.Finger) bool { return st.kept[spot{f, u.rolled}] == nil }):
		v.State = fingerDone
	}
	return v
}

func (s *Station) fingerView(at spot, pictures map[string]picture) FingerView {
	st, u := s.st, unit(at)
	v := FingerView{Finger: at.finger, Words: u.words(), Required: slices.Contains(s.rules.Fingers, at.finger), State: fingerTodo,
		Tries: len(st.scores[at]), Threshold: s.rules.Threshold(at.finger), Scores: append([]int{}, st.scores[at]...), Causes: []verdict.Words{}}
	if p := st.kept[at]; p != nil {
		q := p.Quality
		v.State, v.DPI, v.Quality, v.Virtual = fingerDone, p.DPI, &q, p.Device.Virtual
		v.Good, v.Picture = good(p, s.rules), p.mark
		pictures["print-"+u.id()] = picture{p.PNG, "image/png"}
	}
	if p := st.last[at]; p != nil && !good(p, s.rules) {
		for _, c := range p.Quality.Causes {
			if w := finger.Cause(c).Words(); w != (verdict.Words{}) {
				v.Causes = append(v.Causes, w)
			}
		}
	}
	if c, ok := st.onCard(at.finger); ok && !at.rolled {
		v.Card = map[bool]string{true: "same", false: "differs"}[c.Same]
	}
	if x, ok := st.exceptions[at.finger]; ok {
		v.State, v.Reason, v.Exception = fingerException, x.Reason, s.exceptionView(x)
	} else if st.want.rolled == at.rolled && slices.Contains(st.want.finger.Fingers(), at.finger) {
		v.State = fingerActive
	}
	return v
}

func (s *Station) exceptionView(x exception) *ExceptionView {
	v := &ExceptionView{Code: x.Reason, Photo: x.photo != nil, Supervisor: x.supervisor, At: x.At, Approved: x.approved, Picture: x.photo.picture()}
	if rule := s.rules.Finger(x.Reason); rule != nil {
		v.Reason = rule.Words
	}
	v.WantsPhoto, v.WantsSupervisor = x.wants(s.rules)
	return v
}

// notes say that nobody vouches for the reader, and what it can not take.
func (s *Station) notes() (out []verdict.Words) {
	r := s.st.reader
	if r == nil {
		return nil
	}
	if x := r.Trust; x.Name != "" && x.Outcome != verdict.Passed {
		out = append(out, words(x.Reason.VI+" "+x.Next.VI, x.Reason.EN+" "+x.Next.EN))
	}
	if s.rules.FingerMode == rules.Single {
		return out
	}
	if !r.Slaps {
		out = append(out, words("Máy quét này không thu nhiều ngón cùng lúc: thu từng ngón một", "This reader takes no slaps: the fingers are captured one by one"))
	}
	if s.rules.FingerMode == rules.SlapsRolled && !r.Rolled {
		out = append(out, words("Máy quét này không thu được vân tay lăn", "This reader takes no rolled prints"))
	}
	return out
}

func (s *Station) handView() HandView {
	switch {
	case s.st.wantPhoto != biometrics.UnknownFinger && s.live.handState == handLive:
		return HandView{handTaking, s.st.wantPhoto}
	case s.st.wantPhoto != biometrics.UnknownFinger || s.live.hand:
		return HandView{cmp.Or(s.live.handState, handStarting), s.st.wantPhoto}
	}
	return HandView{State: handOff}
}
