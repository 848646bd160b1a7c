package enrol

import (
	"slices"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// BeginArgs opens an enrolment. Kind is a code of RulesView.Kinds, "" for the
// first. Reason says why a card is issued, Appointment whose turn it is, After
// which finished enrolment had the same guardian.
type BeginArgs struct {
	Kind        string `json:"kind,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Appointment string `json:"appointment,omitempty"`
	After       string `json:"after,omitempty"`
}

// opening is what the journal keeps of BeginArgs.
type opening struct {
	Kind   string `cbor:"kind"`
	Reason string `cbor:"reason,omitempty"`
}

// KindView is one kind of enrolment.
type KindView struct {
	Code  string        `json:"code"`
	Words verdict.Words `json:"words"`
	Form  string        `json:"form,omitempty"`
	Steps []Step        `json:"steps"`
}

func viewOfKind(k *rules.Kind) KindView {
	v := KindView{Code: k.Code, Words: k.Words, Form: k.Form, Steps: []Step{}}
	for _, step := range Order {
		if k.Takes(string(step)) && dones[step] != nil {
			v.Steps = append(v.Steps, step)
		}
	}
	return v
}

func kindViews(r *rules.Pack) []KindView {
	out := make([]KindView, 0, len(r.Kinds))
	for i := range r.Kinds {
		out = append(out, viewOfKind(&r.Kinds[i]))
	}
	return out
}

// opens checks what an enrolment is begun as.
func (s *Station) opens(c Command) (*opening, *rules.Pack, *Problem) {
	var a BeginArgs
	if p := readArgs(c.Args, &a); p != nil {
		return nil, nil, p
	}
	pack, ok := s.pack.For(a.Kind)
	if !ok {
		return nil, nil, problem("bad-kind")
	}
	if k := pack.As(); !slices.Contains(k.Stations, s.cfg.StationKind) {
		return nil, nil, problem("other-station")
	}
	if a.Reason != "" && !slices.ContainsFunc(pack.As().Reasons, func(x rules.ExceptionRule) bool { return x.Code == a.Reason }) {
		return nil, nil, problem("bad-reason")
	}
	return &opening{Kind: pack.As().Code, Reason: a.Reason}, pack, nil
}
