package rules

import (
	"os"
	"testing"
)

func defaultPack(t testing.TB) *Pack {
	t.Helper()
	p, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTaxCode: the numbers are invented; their check digits were counted by
// hand, say 0123456787: 0·31+1·29+2·23+3·19+4·17+5·13+6·7+7·5+8·3 = 366, which
// is 3 modulo 11, and 10−3 = 7.
func TestTaxCode(t *testing.T) {
	p := defaultPack(t)
	for code, ok := range map[string]bool{
		"0123456787": true, "0123456787-001": true, "001090990001": true,
		"0123456788": false, "0123456789": false, "0123456787-01": false, "0123456787001": false, "012345678": false,
		"1000000001": true, // 31 is 9 modulo 11, and 10−9 = 1
	} {
		if p.DocumentOK("tax-code", code) != ok {
			t.Errorf("%s: %v", code, !ok)
		}
	}
	// 23·1 + 5·2 = 33 leaves 0, for which there is no digit.
	for last := range 10 {
		if code := "001000020" + string(rune('0'+last)); p.DocumentOK("tax-code", code) {
			t.Errorf("%s: accepted", code)
		}
	}
}

func TestNumberFormats(t *testing.T) {
	p := defaultPack(t)
	for _, c := range []struct {
		kind, number string
		ok           bool
	}{
		{"driving-licence", "010123456789", true}, {"driving-licence", "01012345678", false},
		{"vehicle-registration", "30A-123.45", true}, {"vehicle-registration", "29H1 2345", true}, {"vehicle-registration", "30-1234", false},
		{"health-insurance", "GD4010123456789", true}, {"health-insurance", "0123456789", true}, {"health-insurance", "GD401012345678", false},
		{"social-insurance", "0123456789", true}, {"social-insurance", "012345678x", false},
		{"passport", "X1234567", false}, // says who it is, and is not integrated
	} {
		if p.DocumentOK(c.kind, c.number) != c.ok {
			t.Errorf("%s %s: %v", c.kind, c.number, !c.ok)
		}
	}
	if !p.PaperOK("passport", "X1234567") || p.PaperOK("passport", "x") || p.PaperOK("driving-licence", "010123456789") {
		t.Error("papers")
	}
	for text, ok := range map[string]bool{"2026-02-28": true, "2026-02-29": false, "28/02/2026": false} {
		if p.FormatOK(FormatDate, text) != ok {
			t.Errorf("date %s: %v", text, !ok)
		}
	}
	if p.FormatOK("shoe-size", "42") || !p.FormatOK(FormatIDNumber, "001090990001") || p.FormatOK(FormatIDNumber, "001090990001\n") {
		t.Error("formats")
	}
}

// TestLastVersion: a pack of the last version reads, and applies as it did.
func TestLastVersion(t *testing.T) {
	b, err := os.ReadFile("testdata/vn-level2-2026-09-28.4.json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	one, ok := p.For("")
	if !ok || one.As().Code != Citizen || one.Kind != "citizen-level2" || one.MinimumAge != 14 || one.WorkingDays != 3 || len(one.Fingers) != 2 {
		t.Errorf("the plain kind: %+v", one.As())
	}
	if !p.DocumentOK("tax-code", "0123456789") { // it knew no check digit
		t.Error("a rule of this version holds in a pack of the last one")
	}
	if !p.FormatOK(FormatIDNumber, "001090990001") || p.Exceptions.WaitS != 60 || p.Exceptions.SamplePercent != 2 {
		t.Errorf("what it says nothing of: %+v", p.Exceptions)
	}
	if _, there := p.SkipsPhone("no-message"); !there || len(p.PhoneReasons) != 4 {
		t.Errorf("why a number stays unverified: %+v", p.PhoneReasons)
	}
	if _, there := p.SkipsPhone("because"); there {
		t.Error("a reason that nobody named")
	}
	if _, sure := p.Due(day); sure {
		t.Error("it knows no holidays, and is sure")
	}
	c := good(p, Citizen)
	c.Documents, c.Dependants = nil, nil
	if found := p.Validate(c); len(found) != 0 {
		t.Errorf("found %+v", found)
	}
}
