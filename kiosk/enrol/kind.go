package enrol

import (
	"cmp"
	"slices"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// BeginArgs opens an enrolment. Kind is a code of RulesView.Kinds, "" for the
// first, or for the appointment's. Reason says why a card is issued, a code of
// KindView.Reasons. Appointment is the ID of AppointmentView whose turn it is.
// After is the ID of the enrolment whose receipt is shown: its guardian stands
// beside the next citizen too (see HouseholdView).
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
	// Booked is the appointment, Household the guardian of the enrolment before.
	Booked    *booked    `cbor:"booked,omitempty"`
	Household *household `cbor:"household,omitempty"`
}

// carried is the guardian that the enrolment was begun with.
func (o *opening) carried() guardian {
	if o == nil || o.Household == nil {
		return guardian{}
	}
	r := o.Household.Guardian
	return guardian{scan: r.Scan, chip: r.Chip, officer: r.Officer, at: r.At, household: o.Household}
}

// plain is the opening without people: what stays behind a receipt.
func (o *opening) plain() *opening {
	if o == nil {
		return nil
	}
	return &opening{Kind: o.Kind, Reason: o.Reason}
}

// KindView is one kind of enrolment.
type KindView struct {
	Code  string        `json:"code"`
	Words verdict.Words `json:"words"`
	Form  string        `json:"form,omitempty"`
	Steps []Step        `json:"steps"`
	// Card is "required", "optional" (IdentityArgs.Card says whether it is read)
	// or "none".
	Card string `json:"card"`
	// Papers are asked for in the step identity.
	Papers     []string              `json:"papers,omitempty"`
	MinimumAge int                   `json:"minimum_age"`
	UnderAge   int                   `json:"under_age,omitempty"` // 0: no bound
	Reasons    []rules.ExceptionRule `json:"reasons,omitempty"`   // for BeginArgs
	// Reason is the one that the enrolment was begun with.
	Reason   string        `json:"reason,omitempty"`
	Guardian *GuardianKind `json:"guardian,omitempty"`
	// Request is what the step request asks for.
	Request *rules.RequestRule `json:"request,omitempty"`
}

// GuardianKind says who may be the guardian.
type GuardianKind struct {
	MinimumAge int                   `json:"minimum_age"`
	Relations  []rules.ExceptionRule `json:"relations"`
	Papers     []string              `json:"papers"` // that show the relation
}

// ElsewhereView is a kind of enrolment that another office takes.
type ElsewhereView struct {
	Code  string        `json:"code"`
	Words verdict.Words `json:"words"`
	Where verdict.Words `json:"where"`
}

// StationKinds are what a station can be, by the rules' Kind.Stations.
var StationKinds = []string{"commune", "province", "ministry", "immigration"}

// offices name who runs a station of a kind.
var offices = map[string]verdict.Words{
	"commune":     words("Công an cấp xã", "The commune's police"),
	"province":    words("Công an cấp tỉnh", "The province's police"),
	"ministry":    words("Cơ quan quản lý căn cước Bộ Công an", "The ministry's ID authority"),
	"immigration": words("Cục Quản lý xuất nhập cảnh", "The Immigration Department"),
}

// office names who takes a kind.
func office(k *rules.Kind) verdict.Words {
	if len(k.Stations) == 0 {
		return verdict.Words{}
	}
	return offices[k.Stations[0]]
}

func viewOfKind(r *rules.Pack, k *rules.Kind) KindView {
	one, _ := r.For(k.Code)
	v := KindView{Code: k.Code, Words: k.Words, Form: k.Form, Steps: []Step{}, Card: k.Card, Papers: k.Papers,
		MinimumAge: one.MinimumAge, UnderAge: k.UnderAge, Reasons: k.Reasons, Request: k.Request}
	for _, step := range Order {
		if k.Takes(string(step)) && dones[step] != nil {
			v.Steps = append(v.Steps, step)
		}
	}
	if g := k.Guardian; g != nil {
		v.Guardian = &GuardianKind{g.MinimumAge, g.Relations, g.Papers}
	}
	return v
}

// kindView is what the present enrolment is of.
func (s *state) kindView(r *rules.Pack) *KindView {
	if s.as == nil {
		return nil
	}
	v := viewOfKind(r, s.as)
	if s.opening != nil {
		v.Reason = s.opening.Reason
	}
	return &v
}

// kindViews lists the kinds that a station of a kind can begin, and those of
// other offices.
func kindViews(r *rules.Pack, station string) ([]KindView, []ElsewhereView) {
	here, elsewhere := []KindView{}, []ElsewhereView{}
	for i := range r.Kinds {
		if k := &r.Kinds[i]; slices.Contains(k.Stations, station) {
			here = append(here, viewOfKind(r, k))
		} else {
			elsewhere = append(elsewhere, ElsewhereView{k.Code, k.Words, office(k)})
		}
	}
	return here, elsewhere
}

// refusedHere are the refusals that hold for every kind of this list which turns
// anybody away by age: whoever they are of, no kind is for them.
func refusedHere(r *rules.Pack, here []KindView) []rules.Refusal {
	var shared []rules.Refusal
	first := true
	for _, v := range here {
		one, _ := r.For(v.Code)
		theirs := one.As().Refuse
		switch {
		case len(theirs) == 0:
		case first:
			shared, first = slices.Clone(theirs), false
		default:
			shared = slices.DeleteFunc(shared, func(x rules.Refusal) bool {
				return !slices.ContainsFunc(theirs, func(o rules.Refusal) bool { return o.Code == x.Code })
			})
		}
	}
	return append([]rules.Refusal{}, shared...)
}

// opens checks what an enrolment is begun as.
func (s *Station) opens(c Command) (*opening, *rules.Pack, *Problem) {
	var a BeginArgs
	if p := readArgs(c.Args, &a); p != nil {
		return nil, nil, p
	}
	o := &opening{Reason: a.Reason}
	var p *Problem
	if a.Appointment != "" {
		if o.Booked, p = s.booking(a.Appointment); p != nil {
			return nil, nil, p
		}
		a.Kind = cmp.Or(a.Kind, o.Booked.Kind)
	}
	if a.After != "" {
		if o.Household, p = s.follows(a.After, c.Officer); p != nil {
			return nil, nil, p
		}
		a.Kind = cmp.Or(a.Kind, s.st.as.Code)
	}
	pack, p := s.kindNamed(a.Kind)
	if p != nil {
		return nil, nil, p
	}
	k := pack.As()
	o.Kind = k.Code
	if o.Household != nil && k.Guardian == nil {
		return nil, nil, problem("no-family")
	}
	coded := len(k.Reasons) > 0
	if coded != slices.ContainsFunc(k.Reasons, func(x rules.ExceptionRule) bool { return x.Code == a.Reason }) || !coded && a.Reason != "" {
		return nil, nil, problem("bad-reason")
	}
	return o, pack, nil
}

// kindNamed returns the rules of a kind; those of the first that this station
// takes, where none is named.
func (s *Station) kindNamed(code string) (*rules.Pack, *Problem) {
	if code == "" {
		i := slices.IndexFunc(s.pack.Kinds, func(k rules.Kind) bool { return slices.Contains(k.Stations, s.cfg.StationKind) })
		code = s.pack.Kinds[max(i, 0)].Code
	}
	pack, ok := s.pack.For(code)
	if !ok {
		return nil, problem("bad-kind")
	}
	if k := pack.As(); !slices.Contains(k.Stations, s.cfg.StationKind) {
		p := problem("other-station")
		if w := office(k); w.VI != "" {
			p.Next = words("Hướng dẫn công dân đến: "+w.VI, "Show the citizen the way to: "+w.EN)
		}
		return nil, p
	}
	return pack, nil
}

// ofDossier returns the rules under which a dossier of a kind is corrected.
func (s *Station) ofDossier(kind string) *rules.Pack {
	i := slices.IndexFunc(s.pack.Kinds, func(k rules.Kind) bool { return k.Dossier != "" && k.Dossier == kind })
	one, _ := s.pack.For(s.pack.Kinds[max(i, 0)].Code)
	return one
}
