package enrol

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/queue"
)

// TestPagesOfPapers: the photographs of the papers that say who somebody is, or
// what may be asked for, reach the dossier; one that no paper names stays out,
// and so does one that was taken for something else.
func TestPagesOfPapers(t *testing.T) {
	lock := RequestArgs{Action: "lock", Reason: "device-lost", By: "guardian", Account: childNumber,
		Papers: []Paper{{Type: "guardianship-decision", Number: "12/QĐ-UBND", OriginalSeen: true}}}
	for name, x := range map[string]struct {
		step             Step
		purpose, command string
		args             func(t *testing.T, pages ...string) any
	}{
		"issuance without a card": {StepIdentity, PageIdentity, CmdIdentity, func(_ *testing.T, pages ...string) any {
			a := typedIdentity
			a.Papers = slices.Clone(a.Papers)
			a.Papers[0].Pages = pages
			return a
		}},
		"foreigner": {StepIdentity, PageIdentity, CmdIdentity, func(t *testing.T, pages ...string) any {
			a := foreigner(t)
			a.Papers = append(a.Papers, Paper{Type: paperPassport, Number: "L898902C3", OriginalSeen: true, Pages: pages})
			return a
		}},
		"ward": {StepGuardian, PageGuardian, CmdGuardian, func(_ *testing.T, pages ...string) any {
			return GuardianArgs{Relation: "guardian", Paper: Paper{Type: "court-decision", Number: "12/2015", OriginalSeen: true, Pages: pages},
				Reason: "thẻ đang làm thủ tục cấp đổi", Fields: map[string]string{"number": guardianNumber, "name": guardianName, "birth": yearsAgo(40).Format(isoDate)}}
		}},
		"lock": {StepRequest, PageRequest, CmdRequest, func(_ *testing.T, pages ...string) any {
			a := lock
			a.Papers = slices.Clone(a.Papers)
			a.Papers[0].Pages = pages
			return a
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := standing(t, name, x.step)
			kept, other, loose := attached(t, s, x.purpose, 30), attached(t, s, PageDocument, 31), attached(t, s, x.purpose, 32)
			for _, wrong := range [][]string{{"page-9"}, {other}, {kept, kept}} {
				refusedWith(t, s, cmd(x.command, x.args(t, wrong...)), "unknown-page")
			}
			must(t, s, x.command, x.args(t, kept))
			refusedWith(t, s, cmd(CmdPageRemove, PageArgs{kept}), "page-in-use")
			s = reopened(t, b, s)
			for _, p := range s.Snapshot().Pages {
				if p.Used != (p.Name == kept) {
					t.Errorf("%s of %s: used %v", p.Name, p.Purpose, p.Used)
				}
			}
			kindScripts[name].carry(t, b, s, StepDone, nil)
			onlyPage(t, b, s, kept, x.purpose)
			_ = loose // the control: nothing names it
		})
	}
}

// onlyPage looks for the one page of the last dossier.
func onlyPage(t *testing.T, b *bench, s *Station, name, purpose string) {
	t.Helper()
	var got pagesSection
	if err := s.codec.dec.Unmarshal(section(t, b, sectionPages), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Pages) != 1 || got.Pages[0].Name != name || got.Pages[0].Purpose != purpose || !bytes.Equal(got.Pages[0].Bytes, testJPEG(30, 20)) {
		t.Errorf("%d pages, want %s", len(got.Pages), name)
	}
}

// TestPagesOfACorrection: a guardian's paper that is taken anew takes its
// picture along.
func TestPagesOfACorrection(t *testing.T) {
	k := kindScripts["child"]
	b := k.bench(t, t.TempDir())
	b.outbox.known = map[string]offline.Status{numberFor(yearsAgo(11)): {ID: corrected, Kind: k.dossier, State: offline.FixNeeded,
		Fix: &queue.Fix{Section: sectionGuardian, Reason: "document", Words: "Thiếu trang", Deadline: time.Now().Add(time.Hour)}}}
	s := b.open(t)
	must(t, s, CmdCorrect, correctArgs)
	page := attached(t, s, PageGuardian, 30)
	k.own = maps.Clone(k.own)
	k.own[StepGuardian] = func(t *testing.T, b *bench, s *Station) {
		b.chip.lay(cardOf(t, guardianNumber, guardianName, yearsAgo(40)))
		must(t, s, CmdGuardianScan, ScanArgs{Number: guardianNumber})
		await(t, s, "the guardian's chip", func(s Snapshot) bool { return s.Guardian.Chip.State == "done" })
		a := fathersPaper
		a.Paper.Pages = []string{page}
		must(t, s, CmdGuardian, a)
	}
	k.carry(t, b, s, StepDone, nil)
	onlyPage(t, b, s, page, PageGuardian)
}

// TestPapersThatNeedAPage: where the rules want a picture of a paper, it is asked
// for at once; another passport than the one that was read is none.
func TestPapersThatNeedAPage(t *testing.T) {
	k := kindScripts["issuance without a card"]
	b := k.bench(t, t.TempDir())
	b.cfg.Rules.Paper("birth-certificate").Scan = true
	s := b.open(t)
	must(t, s, CmdBegin, k.begin)
	k.carry(t, b, s, StepIdentity, nil)
	refusedWith(t, s, cmd(CmdIdentity, typedIdentity), "pages-missing")
	a := typedIdentity
	a.Papers = slices.Clone(a.Papers)
	a.Papers[0].Pages = []string{attached(t, s, PageIdentity, 30)}
	must(t, s, CmdIdentity, a) // the control
	k.carry(t, b, s, StepSign, nil)
	if issues := s.Snapshot().Issues; len(issues) != 0 {
		t.Errorf("%+v", issues)
	}
	_, s = standing(t, "foreigner", StepIdentity)
	f := foreigner(t)
	f.Papers = append(f.Papers, Paper{Type: paperPassport, Number: "X1234567", OriginalSeen: true})
	refusedWith(t, s, cmd(CmdIdentity, f), "bad-paper")
}

// TestPassportsPicture: the validator does not take a zone for a picture.
func TestPassportsPicture(t *testing.T) {
	scan := func(papers ...Paper) (seen []bool) {
		s := newState()
		s.identity = &identified{Zone: passport(t, nil), Fields: map[string]string{fieldDocument: "L898902C3"}, Papers: papers}
		var c rules.Candidate
		candidateIdentity(s, &c, nil)
		for _, p := range c.Identity {
			seen = append(seen, p.Scan)
		}
		return seen
	}
	if got := scan(); !slices.Equal(got, []bool{false}) {
		t.Errorf("without a page: %v", got)
	}
	if got := scan(Paper{Type: paperPassport, Pages: []string{"page-1"}}); !slices.Equal(got, []bool{true}) {
		t.Errorf("with a page: %v", got)
	}
	if b, err := json.Marshal(Paper{}); err != nil || bytes.Contains(b, []byte("pages")) {
		t.Errorf("a paper without a page: %s, %v", b, err)
	}
}
