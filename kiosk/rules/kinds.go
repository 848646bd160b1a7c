package rules

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tram-station/tram/reader/verdict"
)

// The kinds of enrolment.
const (
	Citizen      = "citizen"      // level 2 with a valid chip card
	Issuance     = "issuance"     // level 2 together with a new card
	Child        = "child"        // with a card and a guardian
	Ward         = "ward"         // with a guardian
	Foreigner    = "foreigner"    // passport and residence card
	Documents    = "documents"    // papers added to, or taken out of, an account
	Lock         = "lock"         // forwards a request to lock or unlock an account
	Organisation = "organisation" // forwards an organisation's request
	Verify       = "verify"       // looks at a card; no dossier
)

// How much of a card a kind needs.
const (
	CardRequired = "required"
	CardOptional = "optional" // none, or one that can not be read, with a reason
	CardNone     = "none"
)

// Steps are the steps of an enrolment in their order; a kind takes some of them.
var Steps = []string{"notice", "identity", "guardian", "card", "person", "request", "register", "phone", "portrait",
	"fingers", "family", "documents", "consent", "sign", "seal"}

// plainSteps are those of the kind that a pack from before the kinds has.
var plainSteps = []string{"notice", "card", "person", "register", "phone", "portrait", "fingers", "documents", "consent", "sign", "seal"}

// Kind is one kind of enrolment: what differs from the pack's own words.
type Kind struct {
	Code     string        `json:"code"`
	Words    verdict.Words `json:"words"`
	Dossier  string        `json:"dossier"`  // the dossier's kind; "": none is made
	Form     string        `json:"form"`     // TK01, TK02, TK03
	Stations []string      `json:"stations"` // station kinds that may: commune, province, ministry, immigration
	Steps    []string      `json:"steps"`    // some of Steps, in their order
	Card     string        `json:"card"`     // CardRequired, CardOptional or CardNone
	// Papers that say who the citizen is, instead of the card or beside it.
	Papers     []string `json:"papers,omitempty"`
	MinimumAge int      `json:"minimum_age,omitempty"` // full years on the day; 0: the pack's
	UnderAge   int      `json:"under_age,omitempty"`   // below this; 0: no bound
	// ExpiredCard is "refuse" or "acknowledge"; "": the pack's.
	ExpiredCard string          `json:"expired_card,omitempty"`
	Reasons     []ExceptionRule `json:"reasons,omitempty"` // why a card is issued
	Guardian    *GuardianRule   `json:"guardian,omitempty"`
	Refuse      []Refusal       `json:"refuse,omitempty"`
	Fingers     Fingers         `json:"fingers,omitempty"` // none: the pack's
	FingerMode  string          `json:"finger_mode,omitempty"`
	WorkingDays int             `json:"working_days,omitempty"`
	Level       int             `json:"level,omitempty"`
	Request     *RequestRule    `json:"request,omitempty"` // what the step request asks for
}

// GuardianRule says who may stand beside the citizen.
type GuardianRule struct {
	MinimumAge int             `json:"minimum_age"` // full years
	Relations  []ExceptionRule `json:"relations"`   // to the citizen
	Papers     []string        `json:"papers"`      // that show the relation
	// FamilyMinutes is for how long a guardian who was verified once may stand
	// beside further citizens without another verification; 0: an hour.
	FamilyMinutes int `json:"family_minutes,omitempty"`
}

const defaultFamily = time.Hour

// Family is FamilyMinutes as a duration.
func (g *GuardianRule) Family() time.Duration {
	if g.FamilyMinutes == 0 {
		return defaultFamily
	}
	return time.Duration(g.FamilyMinutes) * time.Minute
}

// Refusal is who is shown another way: whoever is younger than an age.
type Refusal struct {
	Code     string        `json:"code"`
	UnderAge int           `json:"under_age"`
	Words    verdict.Words `json:"words"`
	Next     verdict.Words `json:"next"`
}

// For returns the pack as it holds for one kind of enrolment: what the kind says
// stands in place of the pack's own. "" is the first kind.
func (r *Pack) For(code string) (*Pack, bool) {
	i := slices.IndexFunc(r.Kinds, func(k Kind) bool { return k.Code == code || code == "" })
	if i < 0 {
		return nil, false
	}
	p, k := *r, r.Kinds[i]
	p.as, p.Kind = &k, k.Dossier
	if k.MinimumAge != 0 || !k.Takes("person") { // nobody is enrolled: any age will do
		p.MinimumAge = k.MinimumAge
	}
	if k.ExpiredCard != "" {
		p.ExpiredCard = k.ExpiredCard
	}
	if len(k.Fingers) > 0 {
		p.Fingers = k.Fingers
	}
	if k.FingerMode != "" {
		p.FingerMode = k.FingerMode
	}
	if k.WorkingDays != 0 {
		p.WorkingDays = k.WorkingDays
	}
	if k.Level != 0 {
		p.Level = k.Level
	}
	return &p, true
}

// As is the kind that the pack was asked for; the first, where none was.
func (r *Pack) As() *Kind {
	if r.as != nil {
		return r.as
	}
	return &r.Kinds[0]
}

// Takes reports whether the kind goes through a step.
func (k *Kind) Takes(step string) bool { return slices.Contains(k.Steps, step) }

// earlierKinds are those of a pack from before there were kinds.
func (r *Pack) earlierKinds() []Kind {
	return []Kind{{
		Code: Citizen, Dossier: r.Kind, Form: "TK01", Stations: []string{"commune", "province", "ministry"}, Steps: slices.Clone(plainSteps), Card: CardRequired,
		Words: verdict.Words{VI: "Công dân có thẻ căn cước", EN: "Citizen with an ID card"},
	}}
}

// checkKinds refuses a kind that can not be told from another, or whose rules do
// not hold together.
func (r *Pack) checkKinds() error {
	for i := range r.Kinds {
		k := &r.Kinds[i]
		if k.Code == "" || slices.ContainsFunc(r.Kinds[:i], func(o Kind) bool { return o.Code == k.Code }) {
			return fmt.Errorf("kind %q is empty or listed twice", k.Code)
		}
		if err := k.check(); err != nil {
			return fmt.Errorf("kind %q: %w", k.Code, err)
		}
		one, _ := r.For(k.Code)
		if err := errors.Join(one.checkFingers(), r.checkParts(k)); err != nil {
			return fmt.Errorf("kind %q: %w", k.Code, err)
		}
	}
	return nil
}

// stationKinds are the kinds of stations.
var stationKinds = []string{"commune", "province", "ministry", "immigration"}

// checkParts looks at the kind's own lists.
func (r *Pack) checkParts(k *Kind) error {
	papers := slices.Clone(k.Papers)
	for i, s := range k.Stations {
		if !slices.Contains(stationKinds, s) || slices.Contains(k.Stations[:i], s) {
			return fmt.Errorf("stations: %q is none of %v, or listed twice", s, stationKinds)
		}
	}
	if err := distinct("reasons", k.Reasons); err != nil {
		return err
	}
	if g := k.Guardian; g != nil {
		papers = append(papers, g.Papers...)
		if err := distinct("guardian.relations", g.Relations); err != nil {
			return err
		}
		if g.MinimumAge < 0 || g.FamilyMinutes < 0 || len(g.Relations) == 0 {
			return fmt.Errorf("guardian: minimum_age and family_minutes are at least 0, and there is a relation at least")
		}
	}
	for _, paper := range papers {
		if len(r.Papers) > 0 && r.Paper(paper) == nil {
			return fmt.Errorf("paper %q is none of the pack's papers", paper)
		}
	}
	for i, x := range k.Refuse {
		if x.Code == "" || x.UnderAge < 1 || !worded(x.Words) || !worded(x.Next) || slices.ContainsFunc(k.Refuse[:i], func(o Refusal) bool { return o.Code == x.Code }) {
			return fmt.Errorf("refuse: %q is empty, listed twice, without an age or without words", x.Code)
		}
	}
	if q := k.Request; q != nil {
		if len(q.Actions) == 0 {
			return fmt.Errorf("request: no actions")
		}
		return errors.Join(distinct("request.actions", q.Actions), distinct("request.reasons", q.Reasons), r.checkFields("request", q.Fields))
	}
	return nil
}

func (k *Kind) check() error {
	at := -1
	for _, step := range k.Steps {
		i := slices.Index(Steps, step)
		if i <= at {
			return fmt.Errorf("steps: %q is unknown, or out of order", step)
		}
		at = i
	}
	switch {
	case len(k.Steps) == 0:
		return fmt.Errorf("no steps")
	case !slices.Contains([]string{CardRequired, CardOptional, CardNone}, k.Card):
		return fmt.Errorf("card is %s, %s or %s", CardRequired, CardOptional, CardNone)
	case k.ExpiredCard != "" && k.ExpiredCard != "refuse" && k.ExpiredCard != "acknowledge":
		return fmt.Errorf("expired_card is refuse or acknowledge")
	case k.MinimumAge < 0 || k.UnderAge < 0 || k.WorkingDays < 0:
		return fmt.Errorf("a number is out of range")
	case (k.Dossier == "") == k.Takes("seal"):
		return fmt.Errorf("a kind makes a dossier where it takes the step seal, and only there")
	case k.Takes("guardian") != (k.Guardian != nil):
		return fmt.Errorf("the step guardian and the section guardian go together")
	case !worded(k.Words):
		return fmt.Errorf("it has no words in Vietnamese and English")
	case len(k.Stations) == 0:
		return fmt.Errorf("no station may: name one kind at least")
	case k.Takes("request") != (k.Request != nil):
		return fmt.Errorf("the step request and the section request go together")
	case k.Takes("sign") != k.Takes("seal"):
		return fmt.Errorf("the steps sign and seal go together")
	case k.Card != CardNone && !k.Takes("card"):
		return fmt.Errorf("a card is read in the step card, which it does not take")
	case k.Card != CardRequired && !k.Takes("identity"):
		return fmt.Errorf("who has no card is known by the step identity, which it does not take")
	case k.UnderAge != 0 && k.UnderAge <= k.MinimumAge:
		return fmt.Errorf("under_age is not above minimum_age")
	}
	return nil
}
