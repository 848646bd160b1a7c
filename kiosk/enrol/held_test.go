package enrol

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/dossier"
)

// heldOne plays an enrolment that waits for a supervisor, and shows it to one.
func heldOne(t *testing.T, code, supervisor string, change func(*bench)) HeldView {
	t.Helper()
	b := reviewing(t, newBench(t, t.TempDir()), rules.ReviewReasons...)
	if change != nil {
		change(b)
	}
	s := b.open(t)
	playMoves(t, s, scenesOfReview(t)[code](b))
	if len(b.outbox.held) != 1 {
		t.Fatalf("%d held", len(b.outbox.held))
	}
	v, err := s.Held(t.Context(), b.outbox.held[0], supervisor)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (v HeldView) picture(name string) string {
	for _, p := range v.Pictures {
		if p.Name == name {
			return p.JPEG
		}
	}
	return ""
}

// TestHeldShowsWhatToDecideBy: why it waits, who worked at it, the portrait, the
// data, what the comparison said.
func TestHeldShowsWhatToDecideBy(t *testing.T) {
	v := heldOne(t, rules.ReviewUnsure, "supervisor-1", nil)
	if !slices.Equal(v.Review, []string{rules.ReviewUnsure}) || !slices.Equal(v.Officers, []string{"officer-1"}) || v.May != nil {
		t.Errorf("review %v, officers %v, may %+v", v.Review, v.Officers, v.May)
	}
	if v.Match == nil || v.Match.Band != "review" || v.Match.Score != 0.42 {
		t.Errorf("match %+v", v.Match)
	}
	if jpeg, err := base64.StdEncoding.DecodeString(v.picture("portrait")); err != nil || len(jpeg) == 0 {
		t.Errorf("portrait: %d bytes, %v", len(jpeg), err)
	}
	i := slices.IndexFunc(v.Person, func(f HeldFact) bool { return f.Name == fieldNumber })
	if i < 0 || v.Person[i].Value != testNumber {
		t.Errorf("person %+v", v.Person)
	}
	if slices.ContainsFunc(v.Person, func(f HeldFact) bool {
		return strings.Contains(f.Name, "religion") || strings.Contains(f.Name, "ethnic")
	}) {
		t.Error("it shows what nobody decides by")
	}
}

// TestHeldShowsExceptions: a failed check with the officer's reason and the
// decision at the counter, and the hand without a finger.
func TestHeldShowsExceptions(t *testing.T) {
	v := heldOne(t, rules.ReviewCheck, "supervisor-2", nil)
	if !slices.Equal(v.Checks, []HeldCheck{{"sod-hashes", "failed"}, {"chain", "inconclusive"}}) {
		t.Errorf("checks %+v", v.Checks)
	}
	if len(v.Issues) != 1 || v.Issues[0].Officer != "officer-1" || v.Issues[0].Reason == "" {
		t.Errorf("issues %+v", v.Issues)
	}
	if len(v.Exceptions) != 1 || v.Exceptions[0].State != exceptApproved || v.Exceptions[0].By != "supervisor-1" {
		t.Errorf("exceptions %+v", v.Exceptions)
	}
	v = heldOne(t, rules.ReviewException, "supervisor-2", nil)
	if v.picture("exception-7") == "" {
		t.Errorf("pictures %+v", v.Pictures)
	}
}

// TestHeldIsNobodysOwn: who worked at it, and the citizen, decide nothing.
func TestHeldIsNobodysOwn(t *testing.T) {
	if v := heldOne(t, rules.ReviewUnsure, "officer-1", nil); v.May == nil || v.May.Code != "own-approval" {
		t.Errorf("the officer: %+v", v.May)
	}
	mine := func(b *bench) {
		b.cfg.OwnCard = func(who, number string) bool { return who == "supervisor-9" && number == testNumber }
	}
	if v := heldOne(t, rules.ReviewUnsure, "supervisor-9", mine); v.May == nil || v.May.Code != "supervisor-is-citizen" {
		t.Errorf("the citizen: %+v", v.May)
	}
}

// TestHeldDamaged: sections that are none are an error, no panic.
func TestHeldDamaged(t *testing.T) {
	s := newBench(t, t.TempDir()).open(t)
	for _, name := range []string{sectionEvidence, sectionPortrait, sectionPrints, sectionPerson, sectionGuardian} {
		d := &dossier.Dossier{Sections: []dossier.Section{{Name: name, Bytes: []byte("\xff{")}}}
		if _, err := s.Held(t.Context(), d, "supervisor-1"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
