package mrz

import "testing"

// Checks must name the digits that Parse computes: each is computed here from
// its spans.
func TestChecks(t *testing.T) {
	for _, s := range samples(t) {
		z, err := Parse(s.text)
		if err != nil || !z.Valid {
			continue
		}
		for _, c := range Checks(z.Format, z.VietnameseCard()) {
			covered := ""
			for _, p := range c.Covers {
				covered += z.Lines[p.Line][p.From:p.To]
			}
			f, ok := z.Field(c.Field)
			long := c.Field == FieldNumber && len(f.Value) > numberWidth
			if got := string(checkDigit(covered)); !ok || f.Printed == "" || !long && got != z.Lines[c.Line][c.Column:c.Column+1] {
				t.Errorf("%s: %s: %s over %s, field %+v", s.label, c.Field, got, covered, f)
			}
		}
	}
	if Checks("none", false) != nil || len(Checks(TD1, true)) != 5 || len(Checks(TD1, false)) != 4 || len(Checks(MRVB, false)) != 3 {
		t.Error("number of check digits")
	}
}
