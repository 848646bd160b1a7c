package enrol

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// signer is a reader that signs, and says how far somebody vouches for it.
type signer struct {
	cutter
	trust verdict.Outcome
}

func (s *signer) Trust() verdict.Check {
	return verdict.Check{Name: "scanner-signature", Outcome: s.trust,
		Reason: words("Chưa rõ ai chứng thực", "who vouches is told by "+s.trust.String()), Next: words("Báo quản trị viên", "Tell the administrator")}
}

// TestWhoVouchesForThePrints: it is shown before the first finger, and stands
// in the checks and with each try in the dossier.
func TestWhoVouchesForThePrints(t *testing.T) {
	for _, c := range []struct {
		name   string
		trusts []verdict.Outcome // of the reader, unit by unit; nil: it does not sign
		notes  int
		check  string // the gravest of the prints that were kept; "": there is none
	}{
		{"not signing", nil, 0, ""},
		{"genuine", []verdict.Outcome{verdict.Passed, verdict.Passed, verdict.Passed}, 0, "passed"},
		{"unknown", []verdict.Outcome{verdict.Inconclusive, verdict.Inconclusive, verdict.Inconclusive}, 1, "inconclusive"},
		{"exchanged", []verdict.Outcome{verdict.Passed, verdict.Inconclusive, verdict.Passed}, 0, "inconclusive"},
	} {
		t.Run(c.name, func(t *testing.T) {
			signs := &signer{}
			b, s, _ := byMode(t, rules.Slaps, func(b *bench, p *virtual.Scanner) {
				signs.Scanner = p
				b.cfg.Scanner = func(context.Context) (biometrics.Scanner, error) {
					if c.trusts == nil {
						return &signs.cutter, nil
					}
					return signs, nil
				}
			})
			var snap Snapshot
			for i, id := range []string{"13", "14", "15"} {
				if c.trusts != nil {
					signs.trust = c.trusts[i]
				}
				snap = lay(t, s, id)
			}
			told := 0
			for _, n := range snap.Prints.Notes {
				if strings.Contains(n.EN, "who vouches is told by inconclusive Tell the administrator") {
					told++
				}
			}
			if told != c.notes {
				t.Errorf("notes %+v", snap.Prints.Notes)
			}
			snap = await(t, s, "the next step", at(StepDocuments))
			i := slices.IndexFunc(snap.Checks, func(x verdict.Check) bool { return x.Name == "scanner-signature" })
			if (i >= 0) != (c.check != "") || i >= 0 && (snap.Checks[i].Outcome.String() != c.check || snap.Checks[i].Reason.VI == "") {
				t.Errorf("checks %+v", snap.Checks)
			}
			p := b.prints(t, s)
			if len(p.Tries) != 3 {
				t.Fatalf("%d tries", len(p.Tries))
			}
			for i, try := range p.Tries {
				switch {
				case c.trusts == nil && try.Trust != nil:
					t.Errorf("try %d: %+v", i, try.Trust)
				case c.trusts != nil && (try.Trust == nil || try.Trust.Outcome != c.trusts[i].String() || !strings.HasPrefix(try.Trust.Reason, "who vouches")):
					t.Errorf("try %d: %+v, want %v", i, try.Trust, c.trusts[i])
				}
			}
		})
	}
}
