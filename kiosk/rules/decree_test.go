package rules

import (
	"testing"
	"time"

	"github.com/tram-station/tram/mrz/compare"
)

// TestAnotherDecree: a changed law is another pack and no other program. Edits
// of the JSON alone change ages, fingers, deadlines, papers and the steps of a
// kind; the pack before them goes on to say what it said.
func TestAnotherDecree(t *testing.T) {
	b := embeddedRules
	for _, e := range []edited{
		{"version", "thu-decree-2027"},
		{"kinds.0.minimum_age", 16}, {"kinds.0.expired_card", "acknowledge"},
		{"fingers", []any{1, 2, 6, 7}}, {"finger_quality", 60},
		{"working_days", 2}, {"calendar.working", []any{"2026-11-21"}},
		{"documents.0.pattern", "GP[0-9]{8}"}, {"documents.0.example", "GP01234567"},
		{"kinds.0.steps", []any{"notice", "card", "person", "request", "portrait", "fingers", "documents", "consent", "sign", "seal"}},
		{"kinds.0.request", object{"actions": []any{object{"code": "language", "words": object{"vi": "Ngôn ngữ", "en": "Language"}}}}},
		{"kinds.2.stations", []any{"province"}},
		{"signature", true}, {"exceptions.wait_s", 30},
	} {
		b = edit(t, b, e.path, e.value)
	}
	if flaws, err := Check(b); err != nil || len(flaws) != 0 {
		t.Fatalf("%v, %v", flaws, err)
	}
	changed, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	before := defaultPack(t)
	old, _ := before.For(Citizen)
	law, _ := changed.For(Citizen)
	friday := time.Date(2026, 11, 20, 10, 0, 0, 0, Hanoi)
	if law.MinimumAge != 16 || law.ExpiredCard != "acknowledge" || len(law.Fingers) != 4 || law.Threshold(1) != 60 || changed.Exceptions.WaitS != 30 ||
		law.As().Takes("phone") || !law.As().Takes("request") || law.Deadline(friday).Format(time.DateOnly) != "2026-11-23" ||
		!law.DocumentOK("driving-licence", "GP01234567") || law.DocumentOK("driving-licence", "010123456789") {
		t.Errorf("the new law: %+v", law.As())
	}
	if old.MinimumAge != 14 || old.ExpiredCard != "refuse" || len(old.Fingers) != 2 || old.Threshold(1) != 40 || before.Exceptions.WaitS != 60 ||
		!old.As().Takes("phone") || old.Deadline(friday).Format(time.DateOnly) != "2026-11-26" || !old.DocumentOK("driving-licence", "010123456789") {
		t.Errorf("the old law: %+v", old.As())
	}

	// One citizen of 15 years without a phone, whose card has expired: what one
	// law asks for, the other does not.
	c := good(before, Citizen)
	c.Fields[compare.Birth], c.Fields[compare.Issue], c.Fields[compare.Expiry] = "2011-05-05", "2024-01-01", "2026-01-01"
	c.Phone, c.Consent.Signed = "", false
	for i, law := range []*Pack{before, changed} {
		found := map[string]bool{}
		for _, f := range law.Validate(c) {
			found[f.Code] = true
		}
		for code, byOld := range map[string]bool{
			FindPhone: true, FindExpired: true, FindAge: false, FindFinger: false, FindRequest: false, FindSignature: false, FindPaperNumber: false,
		} {
			if found[code] != (byOld == (i == 0)) {
				t.Errorf("law %d, %s: %v", i, code, found[code])
			}
		}
	}
	if found := changed.Validate(good(before, Child)); len(found) == 0 || found[0].Code != FindStation {
		t.Errorf("the station of a child: %+v", found)
	}
}

// TestFor: what a kind says stands in place of the pack's own, in a copy.
func TestFor(t *testing.T) {
	p := defaultPack(t)
	for _, k := range p.Kinds {
		one, ok := p.For(k.Code)
		if !ok || one.As().Code != k.Code || one.Kind != k.Dossier {
			t.Errorf("%s: %v", k.Code, ok)
		}
	}
	if one, _ := p.For(Verify); one.MinimumAge != 0 {
		t.Error("a child's card can not be looked at")
	}
	if one, _ := p.For(Issuance); len(one.Fingers) != 10 || one.FingerMode != Slaps || one.WorkingDays != 7 || p.WorkingDays != 3 || len(p.Fingers) != 2 {
		t.Errorf("issuance: %v, and the pack's own %v", one.Fingers, p.Fingers)
	}
	if one, _ := p.For(""); one.As().Code != Citizen || p.As().Code != Citizen {
		t.Error("the plain kind")
	}
	if _, ok := p.For("another"); ok {
		t.Error("a kind that nobody knows")
	}
}
