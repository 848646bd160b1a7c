package enrol

import (
	"slices"

	"github.com/tram-station/tram/biometrics"
)

// acceptUnit begins a unit: one that the rules list, or any single finger laid
// down flat.
func acceptUnit(s *Station, c Command, e *event) *Problem {
	var a FingerArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if a.Reason != "" || (a.Unit == "") == (a.Finger == 0) {
		return problem("bad-args")
	}
	if a.Unit == "" {
		f, p := single(a.Finger)
		if p != nil {
			return p
		}
		a.Unit = unit{finger: f}.id()
	}
	u, ok := parseUnit(a.Unit)
	if !ok || (u.rolled || u.finger.Slap()) && !slices.Contains(unitsOf(s.rules, s.st.reader), u) {
		return problem("bad-finger")
	}
	if u.finger.Slap() && len(s.st.expected(u)) == 0 {
		return problem("all-excepted")
	}
	e.Unit = a.Unit
	return nil
}

// single is one of the ten fingers.
func single(n int) (biometrics.Finger, *Problem) {
	if n < int(biometrics.RightThumb) || n > int(biometrics.LeftLittle) {
		return biometrics.UnknownFinger, problem("bad-finger")
	}
	return biometrics.Finger(n), nil
}

func acceptException(s *Station, c Command, e *event) (p *Problem) {
	var a FingerArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if e.Finger, p = single(a.Finger); p != nil {
		return p
	}
	if a.Unit != "" || s.rules.Finger(a.Reason) == nil {
		return problem("bad-reason")
	}
	e.Reason = a.Reason
	return nil
}

// acceptFingerPhoto has the picture of the hand taken, again where there is one.
func acceptFingerPhoto(s *Station, c Command, e *event) (p *Problem) {
	var a FingerArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if e.Finger, p = single(a.Finger); p != nil {
		return p
	}
	if a.Unit != "" || a.Reason != "" {
		return problem("bad-args")
	}
	if _, ok := s.st.exceptions[e.Finger]; !ok {
		return problem("no-exception")
	}
	return nil
}

// acceptApprove takes a supervisor's word for an exception: a second person,
// who has seen the picture where there has to be one.
func acceptApprove(s *Station, c Command, e *event) (p *Problem) {
	var a ApproveArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if e.Finger, p = single(a.Finger); p != nil {
		return p
	}
	x, ok := s.st.exceptions[e.Finger]
	switch {
	case !ok:
		return problem("no-exception")
	case a.Supervisor == "":
		return problem("bad-args")
	case a.Supervisor == e.Officer || a.Supervisor == x.Officer:
		return problem("own-approval")
	}
	if p := s.mayApprove(a.Supervisor); p != nil {
		return p
	}
	photo, _ := s.rules.Proofs(x.Reason)
	switch {
	case photo && x.photo == nil:
		return problem("photo-first")
	case a.Picture != x.photo.picture() && (photo || a.Picture != ""):
		return problem("photo-changed")
	}
	e.Supervisor = a.Supervisor
	return nil
}
