package kiosk

import (
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// citizenView is what the citizen's screen is told: what it shows and no more.
// Nothing of checks, comparisons, conflicts and other people is in it.
type citizenView struct {
	Version uint64             `json:"version"`
	Screen  string             `json:"screen"`
	ID      string             `json:"id,omitempty"`
	Notice  *citizenNotice     `json:"notice,omitempty"`
	Chip    *citizenChip       `json:"chip,omitempty"`
	Person  *citizenPerson     `json:"person,omitempty"`
	Phone   *citizenPhone      `json:"phone,omitempty"`
	Picture *citizenPicture    `json:"portrait,omitempty"`
	Prints  *citizenPrints     `json:"prints,omitempty"`
	Text    *enrol.ConsentText `json:"consent_text,omitempty"`
	Papers  []citizenPaper     `json:"documents,omitempty"`
	Consent *enrol.ConsentView `json:"consent,omitempty"`
	Receipt *citizenReceipt    `json:"receipt,omitempty"`
	Steps   []citizenStep      `json:"steps"`
}

// citizenNotice is what differs from one enrolment to another in the notice.
type citizenNotice struct {
	Kind        verdict.Words   `json:"kind"`
	WorkingDays int             `json:"working_days"`
	Fingers     []verdict.Words `json:"fingers"` // that are taken
	Portrait    bool            `json:"portrait"`
	Phone       bool            `json:"phone"`
}

type citizenChip struct {
	State string `json:"state"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

type citizenPerson struct {
	Name      string `json:"name,omitempty"`
	Number    string `json:"number,omitempty"`
	Birth     string `json:"birth,omitempty"`
	Sex       string `json:"sex,omitempty"`
	Residence string `json:"residence,omitempty"`
}

// citizenPhone is the citizen's number and how far its verification is.
type citizenPhone struct {
	Number   string        `json:"number,omitempty"`
	Email    string        `json:"email,omitempty"`
	State    string        `json:"state"`
	Words    verdict.Words `json:"words"`
	Busy     bool          `json:"busy"`
	ResendAt time.Time     `json:"resend_at,omitzero"`
	Expires  time.Time     `json:"expires,omitzero"`
	Tries    int           `json:"tries"`
	Digits   int           `json:"digits"`
}

type citizenPicture struct {
	State    string        `json:"state"`
	Guidance verdict.Words `json:"guidance"`
	OK       bool          `json:"ok"`
	Progress float64       `json:"progress"`
	// Asked is what the citizen is to do now, of the test that a person stands
	// there.
	Asked verdict.Words `json:"asked,omitzero"`
	Shown bool          `json:"shown"` // there is a picture to look at
}

type citizenPrints struct {
	Units   []citizenUnit   `json:"units"`
	Fingers []citizenFinger `json:"fingers"`
}

type citizenUnit struct {
	ID      string            `json:"id"`
	Finger  biometrics.Finger `json:"finger"`
	Rolled  bool              `json:"rolled"`
	Words   verdict.Words     `json:"words"`
	Prompt  verdict.Words     `json:"prompt"`
	Fingers rules.Fingers     `json:"fingers"`
	State   string            `json:"state"`
}

type citizenFinger struct {
	Finger biometrics.Finger `json:"finger"`
	Words  verdict.Words     `json:"words"`
	State  string            `json:"state"`
	Causes []verdict.Words   `json:"causes"` // why the last try was weak
}

// citizenPaper is one document that the citizen is asked about.
type citizenPaper struct {
	Type   string        `json:"type"`
	Words  verdict.Words `json:"words"`
	Number string        `json:"number"`
}

type citizenReceipt struct {
	ID      string        `json:"id"`
	State   string        `json:"state"`
	Due     string        `json:"due,omitempty"`
	DueSure bool          `json:"due_sure,omitempty"`
	Words   verdict.Words `json:"words,omitzero"`
	Hotline string        `json:"hotline"` // as the papers have it
}

type citizenStep struct {
	Name  enrol.Step      `json:"name"`
	State enrol.StepState `json:"state"`
}

// citizenParts say what each screen needs.
var citizenParts = map[string][]func(*citizenView, *enrol.Snapshot){
	enrol.ScreenNotice:   {partNotice},
	enrol.ScreenCard:     {partChip},
	enrol.ScreenPerson:   {partChip, partPerson, partSaid},
	enrol.ScreenPhone:    {partChip, partWanted},
	enrol.ScreenOTP:      {partCode},
	enrol.ScreenPortrait: {partPortrait},
	enrol.ScreenFingers:  {partPrints},
	enrol.ScreenConsent:  {partConsent},
	enrol.ScreenStatus:   {partReceipt},
}

// partsAtTheEnd are shown while the officer reviews: all that the citizen gave,
// and what they may still take back.
var partsAtTheEnd = []func(*citizenView, *enrol.Snapshot){partPerson, partReached, partPortrait, partConsent}

// seen is what the citizen's screen is told of a snapshot: nothing where nobody
// is at the desk, or has locked it.
func (s *Server) seen(snapshot enrol.Snapshot) citizenView {
	v := citizenView{Version: snapshot.Version, Screen: enrol.ScreenBlank, Steps: []citizenStep{}}
	if _, err := s.cfg.Operators.Desk(); err != nil {
		return v
	}
	if v.Screen = enrol.CitizenScreen(snapshot); v.Screen == enrol.ScreenBlank {
		return v
	}
	v.ID = snapshot.ID
	for _, step := range snapshot.Steps {
		v.Steps = append(v.Steps, citizenStep{step.Name, step.State})
	}
	parts := citizenParts[v.Screen]
	if v.Screen == enrol.ScreenWait && snapshot.Step == enrol.StepSign {
		parts = partsAtTheEnd
	}
	for _, part := range parts {
		part(&v, &snapshot)
	}
	if v.Receipt != nil {
		v.Receipt.Hotline = s.cfg.Office.Hotline
	}
	return v
}

func has(s *enrol.Snapshot, step enrol.Step) bool {
	for _, v := range s.Steps {
		if v.Name == step {
			return true
		}
	}
	return false
}

func partNotice(v *citizenView, s *enrol.Snapshot) {
	n := citizenNotice{WorkingDays: s.Rules.WorkingDays, Fingers: []verdict.Words{}, Portrait: has(s, enrol.StepPortrait), Phone: has(s, enrol.StepPhone)}
	if s.Kind != nil {
		n.Kind = s.Kind.Words
	}
	for _, u := range s.Prints.Units {
		if !u.Rolled && has(s, enrol.StepFingers) {
			n.Fingers = append(n.Fingers, u.Words)
		}
	}
	v.Notice = &n
}

func partChip(v *citizenView, s *enrol.Snapshot) {
	v.Chip = &citizenChip{s.Chip.State, s.Chip.Done, s.Chip.Total}
}

func partPerson(v *citizenView, s *enrol.Snapshot) {
	p := citizenPerson{}
	for _, f := range s.Person.Fields {
		switch f.Name {
		case "name":
			p.Name = f.Value
		case "number":
			p.Number = f.Value
		case "birth":
			p.Birth = f.Value
		case "sex":
			p.Sex = f.Value
		case "residence":
			p.Residence = f.Value
		}
	}
	v.Person = &p
}

// partSaid shows the number as it was typed, before the officer confirms it.
func partSaid(v *citizenView, s *enrol.Snapshot) {
	p := citizenPhone{State: s.Phone.State, Digits: s.Phone.Digits, Number: s.Person.Phone, Email: s.Person.Email}
	if said := s.Citizen; said != nil {
		p.Number, p.Email = said.Phone, said.Email
	}
	v.Phone = &p
}

// partReached shows how the citizen will be reached, once the officer has it.
func partReached(v *citizenView, s *enrol.Snapshot) {
	if p := s.Person; p.Phone != "" || p.Email != "" {
		v.Phone = &citizenPhone{Number: p.Phone, Email: p.Email, State: s.Phone.State, Digits: s.Phone.Digits}
	}
}

// partWanted asks for a number, or for another one than serves an account.
func partWanted(v *citizenView, s *enrol.Snapshot) {
	partSaid(v, s)
	v.Phone.Words = citizenPhoneWords(s.Phone)
}

func partCode(v *citizenView, s *enrol.Snapshot) {
	p := s.Phone
	v.Phone = &citizenPhone{Number: s.Person.Phone, Email: s.Person.Email, State: p.State, Words: citizenPhoneWords(p), Busy: p.Busy,
		ResendAt: p.ResendAt, Expires: p.Expires, Tries: p.Tries, Digits: p.Digits}
}

func partPortrait(v *citizenView, s *enrol.Snapshot) {
	if !has(s, enrol.StepPortrait) {
		return
	}
	p := s.Portrait
	v.Picture = &citizenPicture{State: p.State, Guidance: p.Guidance, OK: p.OK, Progress: p.Progress, Shown: portraitShown(s)}
	if c := p.Challenge; c != nil && !c.Done {
		v.Picture.Asked = c.Message
	}
}

// portraitShown reports whether there is a portrait, not only a try.
func portraitShown(s *enrol.Snapshot) bool { return s.Portrait.Match != nil }

func partPrints(v *citizenView, s *enrol.Snapshot) {
	p := citizenPrints{Units: []citizenUnit{}, Fingers: []citizenFinger{}}
	for _, u := range s.Prints.Units {
		p.Units = append(p.Units, citizenUnit{u.ID, u.Finger, u.Rolled, u.Words, u.Prompt, u.Fingers, u.State})
	}
	for _, f := range s.Fingers {
		p.Fingers = append(p.Fingers, citizenFinger{f.Finger, f.Words, f.State, f.Causes})
	}
	v.Prints = &p
}

func partConsent(v *citizenView, s *enrol.Snapshot) {
	v.Text, v.Consent = s.ConsentText, s.Consent
	for _, d := range s.Documents {
		one := citizenPaper{Type: d.Type, Words: verdict.Words{VI: d.Type, EN: d.Type}, Number: d.Number}
		for _, rule := range s.Rules.Documents {
			if rule.Type == d.Type {
				one.Words = rule.Words
			}
		}
		v.Papers = append(v.Papers, one)
	}
}

func partReceipt(v *citizenView, s *enrol.Snapshot) {
	r := s.Receipt
	v.Receipt = &citizenReceipt{ID: r.ID, State: r.State, Due: r.Due, DueSure: r.DueSure, Words: r.Words}
}
