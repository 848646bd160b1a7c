package enrol

import (
	"slices"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
)

// ConsentArgs is the citizen's consent: to the registration, and one for each
// document, in the order of the list. Silence is no consent.
type ConsentArgs struct {
	Registration bool   `json:"registration"`
	Documents    []bool `json:"documents"`
	// Text is ConsentText.SHA256 of the words that the citizen saw; "": the
	// client showed its own.
	Text string `json:"text,omitempty" cbor:"text,omitempty"`
	// Signature is the page with the citizen's signature. Signed says where the
	// citizen signed besides: "paper" or "pad".
	Signature string `json:"signature,omitempty" cbor:"signature,omitempty"`
	Signed    string `json:"signed,omitempty" cbor:"signed,omitempty"`
}

// Where a citizen signs.
const (
	SignedPaper  = "paper"
	SignedPad    = "pad"
	SignedScreen = "screen" // a picture of the signature is attached
)

// What a consent is to.
const (
	ConsentRegistration = "registration"
	ConsentDocument     = "document"
)

// WithdrawArgs takes a consent back: to the registration, or to one document of
// the list by its index.
type WithdrawArgs struct {
	What  string `json:"what" cbor:"what"`
	Index int    `json:"index,omitempty" cbor:"index,omitempty"`
}

// agreement is what the citizen agreed to so far.
type agreement struct {
	registration *agreed           // nil: not asked, or taken back
	choices      map[string]agreed // by Document.key
	withdrawn    bool              // the registration, and not given anew
	withdrawals  []withdrawal
	signature    string // page
	signed       string
	consentRules string // version under which the words were shown
}

// agreed is one answer of the citizen.
type agreed struct {
	yes     bool
	at      time.Time
	officer string
	text    string // SHA-256 of the words
	shown   bool   // the client said that it had shown just these
	own     bool   // on the citizen's own screen
	taken   time.Time
}

// withdrawal is a consent that was taken back.
type withdrawal struct {
	what     string
	document Document // of a document's
	at       time.Time
	officer  string
	own      bool // on the citizen's own screen
}

func acceptConsent(s *Station, c Command, e *event) *Problem {
	var a ConsentArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	text := s.st.consentText(s.rules)
	switch {
	case c.Citizen != "" && a.Text == "": // what was shown there is known
		return problem("consent-text")
	case c.Citizen != "" && a.Signature == "" && a.Signed == "": // nor is it left open who signs where
		return problem("bad-signature")
	case !a.Registration:
		return problem("no-consent")
	case len(a.Documents) != len(s.st.documents):
		return problem("consent-mismatch")
	case a.Text != "" && a.Text != text.SHA256:
		return problem("consent-text")
	case !slices.Contains([]string{"", SignedPaper, SignedPad}, a.Signed):
		return problem("bad-args")
	}
	if a.Signature != "" {
		if p := s.st.page(a.Signature); p == nil || p.Purpose != PageSignature {
			return problem("bad-signature")
		}
	}
	e.Consent, e.Paper = &a, &paperEvent{Texts: text.kept()}
	return nil
}

func foldConsent(s *state, e *event, _ *rules.Pack) {
	a, texts := e.Consent, &consentTexts{}
	if e.Paper != nil && e.Paper.Texts != nil { // an earlier version kept none
		texts = e.Paper.Texts
	}
	s.registration = &agreed{yes: a.Registration, at: e.At, officer: e.Officer, text: texts.Registration, shown: a.Text != "", own: e.Citizen}
	s.choices = map[string]agreed{}
	for i, d := range s.documents {
		if i >= len(a.Documents) {
			break
		}
		answer := agreed{yes: a.Documents[i], at: e.At, officer: e.Officer, shown: a.Text != ""}
		if i < len(texts.Documents) {
			answer.text = texts.Documents[i]
		}
		s.choices[d.key()] = answer
	}
	s.withdrawn, s.consentRules = false, texts.Rules
	s.signature, s.signed = a.Signature, a.Signed
	if s.signature != "" && s.signed == "" {
		s.signed = SignedScreen
	}
}

func acceptWithdraw(s *Station, c Command, e *event) *Problem {
	var a WithdrawArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	switch {
	case a.What == ConsentRegistration && a.Index == 0:
		if s.st.registration == nil || !s.st.registration.yes {
			return problem("not-agreed")
		}
	case a.What == ConsentDocument && a.Index >= 0 && a.Index < len(s.st.documents):
		if !s.st.agreesTo(s.st.documents[a.Index]) {
			return problem("not-agreed")
		}
	case a.What == ConsentDocument:
		return problem("unknown-document")
	default:
		return problem("bad-args")
	}
	e.Code, e.Paper = a.What, &paperEvent{Withdraw: &a}
	return nil
}

func foldWithdraw(s *state, e *event, _ *rules.Pack) {
	w := e.Paper.Withdraw
	back := withdrawal{what: w.What, at: e.At, officer: e.Officer, own: e.Citizen}
	if w.What == ConsentDocument {
		if w.Index < 0 || w.Index >= len(s.documents) || s.choices == nil {
			return
		}
		back.document = s.documents[w.Index]
		answer := s.choices[back.document.key()]
		answer.yes, answer.taken = false, e.At
		s.choices[back.document.key()] = answer
	} else {
		s.registration, s.withdrawn = nil, true
	}
	s.withdrawals = append(slices.Clone(s.withdrawals), back)
}

// agreesTo reports whether the citizen wants a document integrated.
func (s *state) agreesTo(d Document) bool { return s.choices[d.key()].yes }

// keepChoices drops the answers to what has changed.
func (s *state) keepChoices() {
	kept := map[string]agreed{}
	for _, d := range s.documents {
		if answer, ok := s.choices[d.key()]; ok {
			kept[d.key()] = answer
		}
	}
	s.choices = kept
}

// consentDone: the citizen has agreed to the registration and has answered for
// each document as it now stands.
func consentDone(s *state, _ *rules.Pack) bool {
	return s.registration != nil && s.registration.yes && !slices.ContainsFunc(s.documents, func(d Document) bool {
		_, answered := s.choices[d.key()]
		return !answered
	})
}

// Answers of ConsentView.
const (
	answerYes   = "yes"
	answerNo    = "no"
	answerTaken = "withdrawn"
	answerOpen  = "open" // nobody has asked, or the document has changed
)

// ConsentView is what the citizen agreed to.
type ConsentView struct {
	Registration bool             `json:"registration"`
	Documents    []bool           `json:"documents"` // one for each document, in order
	Answers      []string         `json:"answers"`   // "yes", "no", "withdrawn" or "open", in the same order
	Signed       string           `json:"signed,omitempty"`
	Signature    string           `json:"signature,omitempty"` // page
	Withdrawn    []WithdrawalView `json:"withdrawn"`
}

// WithdrawalView is a consent that was taken back.
type WithdrawalView struct {
	What   string    `json:"what"` // "registration" or "document"
	Type   string    `json:"type,omitempty"`
	Number string    `json:"number,omitempty"`
	At     time.Time `json:"at"`
}

// consentView is nil until the citizen was asked.
func (s *state) consentView() *ConsentView {
	if s.registration == nil && len(s.withdrawals) == 0 {
		return nil
	}
	v := &ConsentView{Registration: s.registration != nil && s.registration.yes, Documents: []bool{}, Answers: []string{},
		Signed: s.signed, Signature: s.signature, Withdrawn: []WithdrawalView{}}
	for _, d := range s.documents {
		v.Documents = append(v.Documents, s.agreesTo(d))
		v.Answers = append(v.Answers, s.answer(d))
	}
	for _, w := range s.withdrawals {
		v.Withdrawn = append(v.Withdrawn, WithdrawalView{w.what, w.document.Type, w.document.Number, w.at})
	}
	return v
}

func (s *state) answer(d Document) string {
	a, known := s.choices[d.key()]
	switch {
	case !known:
		return answerOpen
	case a.yes:
		return answerYes
	case !a.taken.IsZero():
		return answerTaken
	}
	return answerNo
}
