package enrol

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// consentStation stands in the step consent with two papers.
func consentStation(t *testing.T) (*bench, *Station) {
	t.Helper()
	b, s := papersStation(t)
	must(t, s, CmdDocuments, DocumentsArgs{Documents: []Document{licence, tax}})
	return b, s
}

// TestConsentMatrix: each paper is asked for by itself, in whatever order things
// happen, and only what the citizen agreed to and did not take back goes out.
func TestConsentMatrix(t *testing.T) {
	changed := licence
	changed.Holder = "Trần Thị Mẫu"
	type act struct {
		name string
		args any
	}
	agree := func(choices ...bool) act { return act{CmdConsent, ConsentArgs{Registration: true, Documents: choices}} }
	takeBack := func(i int) act { return act{CmdConsentWithdraw, WithdrawArgs{What: ConsentDocument, Index: i}} }
	for name, x := range map[string]struct {
		acts    []act
		step    Step
		answers string
	}{
		"both":                        {[]act{agree(true, true)}, StepSign, "yes yes"},
		"one":                         {[]act{agree(false, true)}, StepSign, "no yes"},
		"none":                        {[]act{agree(false, false)}, StepSign, "no no"},
		"taken back":                  {[]act{agree(true, true), takeBack(1)}, StepSign, "yes withdrawn"},
		"and given again":             {[]act{agree(true, true), takeBack(1), agree(true, true)}, StepSign, "yes yes"},
		"a paper that changed":        {[]act{agree(true, true), {CmdDocumentAdd, DocumentArgs{changed}}}, StepConsent, "open yes"},
		"a paper that is the same":    {[]act{agree(true, true), {CmdDocumentAdd, DocumentArgs{licence}}}, StepSign, "yes yes"},
		"a paper that went":           {[]act{agree(true, false), {CmdDocumentRemove, DocumentRemoveArgs{tax.Type, tax.Number}}}, StepSign, "yes"},
		"and came again":              {[]act{agree(true, true), {CmdDocumentRemove, DocumentRemoveArgs{tax.Type, tax.Number}}, {CmdDocumentAdd, DocumentArgs{tax}}}, StepConsent, "yes open"},
		"the list in another order":   {[]act{agree(true, false), {CmdDocuments, DocumentsArgs{Documents: []Document{tax, licence}}}}, StepSign, "no yes"},
		"the registration taken back": {[]act{agree(true, true), {CmdConsentWithdraw, WithdrawArgs{What: ConsentRegistration}}}, StepConsent, "yes yes"},
	} {
		_, s := consentStation(t)
		for _, a := range x.acts {
			must(t, s, a.name, a.args)
		}
		snap := s.Snapshot()
		if got := strings.Join(snap.Consent.Answers, " "); snap.Step != x.step || got != x.answers {
			t.Errorf("%s: step %s, %s", name, snap.Step, got)
		}
	}
}

func TestConsentIsChecked(t *testing.T) {
	_, s := consentStation(t)
	both := []bool{true, true}
	page, signature := attached(t, s, PageDocument, 30), attached(t, s, PageSignature, 31)
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Documents: both}), "no-consent")
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Registration: true}), "consent-mismatch") // silence
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true}}), "consent-mismatch")
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Registration: true, Documents: both, Text: "00"}), "consent-text")
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Registration: true, Documents: both, Signed: "air"}), "bad-args")
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Registration: true, Documents: both, Signature: page}), "bad-signature")
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Registration: true, Documents: both, Signature: "page-9"}), "bad-signature")
	refusedWith(t, s, cmd(CmdConsentWithdraw, WithdrawArgs{What: ConsentRegistration}), "not-agreed")
	text := s.Snapshot().ConsentText
	if len(text.Documents) != 2 || text.Documents[0].Purpose.VI == "" || text.Documents[0].SHA256 == text.Documents[1].SHA256 ||
		!strings.Contains(text.Documents[0].Words.VI, licence.Number) {
		t.Errorf("%+v", text)
	}
	must(t, s, CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true, false}, Text: text.SHA256, Signature: signature})
	refusedWith(t, s, cmd(CmdConsentWithdraw, WithdrawArgs{What: ConsentDocument, Index: 1}), "not-agreed")
	refusedWith(t, s, cmd(CmdConsentWithdraw, WithdrawArgs{What: ConsentDocument, Index: 2}), "unknown-document")
	refusedWith(t, s, cmd(CmdConsentWithdraw, WithdrawArgs{What: ConsentDocument, Index: -1}), "unknown-document")
	refusedWith(t, s, cmd(CmdConsentWithdraw, WithdrawArgs{What: "all"}), "bad-args")
	refusedWith(t, s, cmd(CmdPageRemove, PageArgs{signature}), "page-in-use")
	// Other words are another text: what was shown for an earlier list is refused.
	must(t, s, CmdDocumentRemove, DocumentRemoveArgs{tax.Type, tax.Number})
	refusedWith(t, s, cmd(CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true}, Text: text.SHA256}), "consent-text")
}

// TestConsentIsRecorded: the dossier has each answer with its time and the words
// it was to, and what was taken back.
func TestConsentIsRecorded(t *testing.T) {
	b, s := consentStation(t)
	must(t, s, CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true, true}, Text: s.Snapshot().ConsentText.SHA256, Signed: SignedPaper})
	must(t, s, CmdConsentWithdraw, WithdrawArgs{What: ConsentDocument, Index: 0})
	text := s.Snapshot().ConsentText
	play(t, s, step(t, CmdSign), step(t, CmdSeal))
	refusedWith(t, s, cmd(CmdConsentWithdraw, WithdrawArgs{What: ConsentRegistration}), "wrong-step") // signed
	play(t, s, step(t, CmdSeal), len(moves))
	sections := sectionsOf(b.outbox.dossiers[0])
	var got struct {
		Rules, Text, Signed string
		TextShown           bool `json:"text_shown"`
		Documents           []struct {
			Type, Answer, Text string
			Consent            bool
			At                 string
			WithdrawnAt        string `json:"withdrawn_at"`
		}
		Withdrawn []struct{ What, Type, At, Officer string }
	}
	if err := json.Unmarshal(sections[sectionConsent], &got); err != nil {
		t.Fatal(err)
	}
	first, second := got.Documents[0], got.Documents[1]
	if got.Rules != text.Rules || got.Text != text.Registration.SHA256 || !got.TextShown || got.Signed != SignedPaper ||
		first.Consent || first.Answer != "withdrawn" || first.WithdrawnAt == "" || !second.Consent || second.Text != text.Documents[1].SHA256 || second.At == "" ||
		fmt.Sprintf("%d %s %s", len(got.Withdrawn), got.Withdrawn[0].Type, got.Withdrawn[0].Officer) != "1 driving-licence officer-1" {
		t.Errorf("%s", sections[sectionConsent])
	}
	if docs := string(sections[sectionDocuments]); strings.Contains(docs, licence.Number) || !strings.Contains(docs, tax.Number) {
		t.Errorf("documents: %s", docs)
	}
}

// TestRegistrationTakenBack: without it nothing is sealed and nothing is sent,
// also over a restart, until the citizen agrees again.
func TestRegistrationTakenBack(t *testing.T) {
	b, s := consentStation(t)
	must(t, s, CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true, true}})
	must(t, s, CmdConsentWithdraw, WithdrawArgs{What: ConsentRegistration})
	for range 2 {
		snap := s.Snapshot()
		if snap.Step != StepConsent || !hasIssue(snap, "consent-withdrawn") || snap.Consent.Registration || len(snap.Consent.Withdrawn) != 1 {
			t.Fatalf("step %s, %+v, %+v", snap.Step, snap.Issues, snap.Consent)
		}
		refusedWith(t, s, cmd(CmdSign, nil), "wrong-step")
		refusedWith(t, s, cmd(CmdSeal, nil), "wrong-step")
		refusedWith(t, s, cmd(CmdAcknowledge, AcknowledgeArgs{Code: "consent-withdrawn", Reason: "công dân vội"}), "unknown-issue")
		_ = s.Close()
		s = b.open(t)
	}
	if len(b.outbox.dossiers) != 0 {
		t.Fatal("something was sent")
	}
	must(t, s, CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true, true}}) // the control
	play(t, s, step(t, CmdSign), len(moves))
	if got := string(sectionsOf(b.outbox.dossiers[0])[sectionConsent]); !strings.Contains(got, `"what":"registration"`) {
		t.Errorf("the dossier does not say that it was taken back once: %s", got)
	}
}
