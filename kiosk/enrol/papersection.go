package enrol

import (
	"time"
)

// brings reports whether a section that not every dossier has is to be there.
func (s *state) brings(section string) bool {
	switch section {
	case sectionFamily:
		return s.takes(StepFamily)
	case sectionDependants:
		return len(s.dependants) > 0
	case sectionPages:
		return len(s.givenPages()) > 0
	}
	return true
}

// consentJSON is the record of what the citizen agreed to, when, and in which
// words; what was taken back stays in it.
func consentJSON(s *state) any {
	type choice struct {
		Document
		Consent   bool       `json:"consent"`
		Answer    string     `json:"answer"`
		At        *time.Time `json:"at,omitempty"`
		Withdrawn *time.Time `json:"withdrawn_at,omitempty"`
		Text      string     `json:"text,omitempty"` // SHA-256
	}
	type taken struct {
		What    string    `json:"what"`
		Type    string    `json:"type,omitempty"`
		At      time.Time `json:"at"`
		Officer string    `json:"officer"`
		Own     bool      `json:"own_screen,omitempty"`
	}
	out := struct {
		Schema       int       `json:"schema"`
		Notice       time.Time `json:"notice_heard"`
		Registration bool      `json:"registration"`
		Documents    []choice  `json:"documents"`
		At           time.Time `json:"at"`
		Officer      string    `json:"officer"`
		Rules        string    `json:"rules,omitempty"`      // whose words were shown
		Text         string    `json:"text,omitempty"`       // SHA-256 of the registration's
		Shown        bool      `json:"text_shown"`           // the page said that it showed just these
		Own          bool      `json:"own_screen,omitempty"` // the citizen answered on their own screen
		Signed       string    `json:"signed,omitempty"`
		Signature    string    `json:"signature,omitempty"` // page
		Withdrawn    []taken   `json:"withdrawn"`
	}{Schema: sectionSchema, Notice: s.notice, Documents: []choice{}, Rules: s.consentRules, Signed: s.signed, Signature: s.signature, Withdrawn: []taken{}}
	if r := s.registration; r != nil {
		out.Registration, out.At, out.Officer, out.Text, out.Shown, out.Own = r.yes, r.at, r.officer, r.text, r.shown, r.own
	}
	for _, d := range s.documents {
		a := s.choices[d.key()]
		c := choice{Document: d, Consent: a.yes, Answer: s.answer(d), Text: a.text}
		if !a.at.IsZero() {
			c.At = &a.at
		}
		if !a.taken.IsZero() {
			c.Withdrawn = &a.taken
		}
		out.Documents = append(out.Documents, c)
	}
	for _, w := range s.withdrawals {
		out.Withdrawn = append(out.Withdrawn, taken{w.what, w.document.Type, w.at, w.officer, w.own})
	}
	return out
}

// documentsJSON lists only the papers that the citizen wants integrated.
func documentsJSON(s *state) any {
	docs := []Document{}
	for _, d := range s.documents {
		if s.agreesTo(d) {
			docs = append(docs, d)
		}
	}
	return struct {
		Schema    int        `json:"schema"`
		Documents []Document `json:"documents"`
	}{sectionSchema, docs}
}

func (s *Station) projectPapers(snap *Snapshot, pictures map[string]picture) {
	st := s.st
	s.projectPages(snap, pictures)
	snap.Documents = append(snap.Documents, st.documents...)
	snap.Dependants = append(snap.Dependants, st.dependants...)
	snap.Family = st.familyView(s.cfg.Now())
	snap.Consent = st.consentView()
	if st.takes(StepConsent) {
		snap.ConsentText = st.consentText(s.rules)
	}
}

// paperIssue is an issue of the papers and the consents.
type paperIssue struct {
	code  string
	final bool
}

func (s *state) paperIssues(fields []Field) (out []paperIssue) {
	for _, code := range s.warnings(fields) {
		out = append(out, paperIssue{"warning:" + code, false})
	}
	if s.withdrawn {
		out = append(out, paperIssue{"consent-withdrawn", true})
	}
	return out
}
