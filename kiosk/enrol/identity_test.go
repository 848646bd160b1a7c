package enrol

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz"
)

// standing opens a station of a kind and carries it to a step.
func standing(t *testing.T, name string, to Step) (*bench, *Station) {
	t.Helper()
	k := kindScripts[name]
	b := k.bench(t, t.TempDir())
	s := b.open(t)
	must(t, s, CmdBegin, k.begin)
	return b, k.carry(t, b, s, to, nil)
}

// saidBy is what a refusal says.
func saidBy(err error) Problem {
	var refused *CommandError
	if !errors.As(err, &refused) {
		return Problem{}
	}
	return *refused.Problem
}

// TestBeginRefuses: which kinds a station takes, and with what reason.
func TestBeginRefuses(t *testing.T) {
	for _, x := range []struct {
		station, code string
		args          BeginArgs
	}{
		{"", "bad-kind", BeginArgs{Kind: "marriage"}},
		{"", "other-station", BeginArgs{Kind: "foreigner"}},
		{"immigration", "other-station", BeginArgs{Kind: "citizen"}},
		{"", "bad-reason", BeginArgs{Kind: "issuance"}},
		{"", "bad-reason", BeginArgs{Kind: "issuance", Reason: "lost in a bet"}},
		{"", "bad-reason", BeginArgs{Kind: "citizen", Reason: "first"}},
	} {
		b := newBench(t, t.TempDir())
		b.cfg.StationKind = x.station
		s := b.open(t)
		refusedWith(t, s, cmd(CmdBegin, x.args), x.code)
		_, err := s.Do(t.Context(), cmd(CmdBegin, x.args))
		if p := saidBy(err); x.args.Kind == "foreigner" && !strings.Contains(p.Next.VI, "Cục Quản lý xuất nhập cảnh") {
			t.Errorf("shown to %q", p.Next.VI)
		}
		if s.Snapshot().Step != StepIdle {
			t.Errorf("%+v began", x.args)
		}
		_ = s.Close()
	}
}

// TestKindsOfAStation: those that it takes are offered, the others are shown
// the way.
func TestKindsOfAStation(t *testing.T) {
	for station, first := range map[string]string{"": "citizen", "immigration": "foreigner"} {
		b := newBench(t, t.TempDir())
		b.cfg.StationKind = station
		s := b.open(t)
		r := s.Snapshot().Rules
		if len(r.Kinds)+len(r.Elsewhere) != 9 || len(r.Elsewhere) == 0 || r.Elsewhere[0].Where.VI == "" {
			t.Errorf("%q: %d kinds, elsewhere %+v", station, len(r.Kinds), r.Elsewhere)
		}
		// Who is under 14 has a kind here, who is under 6 has none.
		if len(r.Refused) != 1 || r.Refused[0].Code != "under-6" || r.Refused[0].Next.VI == "" {
			t.Errorf("%q: refused %+v", station, r.Refused)
		}
		must(t, s, CmdBegin, nil)
		if k := s.Snapshot().Kind; k.Code != first {
			t.Errorf("%q begins as %q", station, k.Code)
		}
		_ = s.Close()
	}
}

// TestIdentityRefuses: each wrong word of the identity has its own problem, and
// the right ones are taken.
func TestIdentityRefuses(t *testing.T) {
	change := func(f func(a *IdentityArgs)) IdentityArgs {
		a := typedIdentity
		a.Fields, a.Papers = maps.Clone(a.Fields), slices.Clone(a.Papers)
		f(&a)
		return a
	}
	field := func(name, value string) IdentityArgs {
		return change(func(a *IdentityArgs) { a.Fields[name] = value })
	}
	_, s := standing(t, "issuance without a card", StepIdentity)
	for what, x := range map[string]struct {
		args any
		code string
	}{
		"no word on the card":   {change(func(a *IdentityArgs) { a.Card = "" }), "card-said"},
		"another word":          {change(func(a *IdentityArgs) { a.Card = "torn" }), "card-said"},
		"a card and fields":     {change(func(a *IdentityArgs) { a.Card = cardRead }), "bad-args"},
		"unreadable, no reason": {change(func(a *IdentityArgs) { a.Card = cardUnreadable }), "bad-reason"},
		"eleven digits":         {field("number", "00109099000"), "bad-identity"},
		"no name":               {change(func(a *IdentityArgs) { delete(a.Fields, "name") }), "bad-identity"},
		"a birth to come":       {field("birth", time.Now().AddDate(1, 0, 0).Format(isoDate)), "bad-identity"},
		"no date":               {field("birth", "14/02/1990"), "bad-identity"},
		"no sex":                {field("sex", "?"), "bad-identity"},
		"a field of nobody":     {field("religion", "x"), "bad-identity"},
		"a control character":   {field("residence", "a\x00b"), "bad-identity"},
		"no paper":              {change(func(a *IdentityArgs) { a.Papers = nil }), "paper-missing"},
		"a paper of no kind":    {change(func(a *IdentityArgs) { a.Papers[0].Type = "library-card" }), "bad-paper"},
		"a paper twice":         {change(func(a *IdentityArgs) { a.Papers = append(a.Papers, a.Papers[0]) }), "bad-paper"},
		"a copy":                {change(func(a *IdentityArgs) { a.Papers[0].OriginalSeen = false }), "original-unseen"},
		"a passport's zone":     {change(func(a *IdentityArgs) { a.MRZ = passport(t, nil) }), "bad-args"},
		"an unknown word":       {map[string]any{"card": "none", "iris": true}, "bad-args"},
	} {
		t.Run(what, func(t *testing.T) { refusedWith(t, s, cmd(CmdIdentity, x.args), x.code) })
	}
	refusedWith(t, s, cmd(CmdScan, ScanArgs{Number: testNumber}), "wrong-step")
	must(t, s, CmdIdentity, typedIdentity) // the control
	if snap := s.Snapshot(); snap.Step != StepPerson || !snap.Person.Ready || snap.Person.Fields[0].Source != "paper" {
		t.Errorf("step %s, %+v", snap.Step, snap.Person)
	}
}

func zoneOf(t *testing.T, lines []string) *mrz.Zone {
	t.Helper()
	z, err := mrz.Parse(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestPassportRefuses: a foreigner's papers.
func TestPassportRefuses(t *testing.T) {
	lines := passport(t, nil)
	digit := slices.Clone(lines)
	digit[1] = digit[1][:9] + "0" + digit[1][10:]
	change := func(f func(a *IdentityArgs)) IdentityArgs {
		a := foreigner(t)
		f(&a)
		return a
	}
	zone := func(f func(*mrz.Data)) IdentityArgs {
		return change(func(a *IdentityArgs) { a.MRZ = passport(t, f) })
	}
	_, s := standing(t, "foreigner", StepIdentity)
	for what, x := range map[string]struct {
		args IdentityArgs
		code string
	}{
		"a wrong check digit": {change(func(a *IdentityArgs) { a.MRZ = digit }), "bad-passport"},
		"one line":            {change(func(a *IdentityArgs) { a.MRZ = lines[:1] }), "bad-passport"},
		"no zone":             {change(func(a *IdentityArgs) { a.MRZ = nil }), "bad-passport"},
		"an expired passport": {zone(func(d *mrz.Data) { d.Expiry = "200101" }), "passport-expired"},
		"a visa":              {zone(func(d *mrz.Data) { d.Code = "IP" }), "bad-passport"},
		"a citizen's":         {zone(func(d *mrz.Data) { d.Nationality = "VNM" }), "not-foreign"},
		"another name typed":  {change(func(a *IdentityArgs) { a.Fields["name"] = "Somebody" }), "bad-identity"},
		"no residence card":   {change(func(a *IdentityArgs) { a.Papers = nil }), "paper-missing"},
		"one without its end": {change(func(a *IdentityArgs) { a.Papers[0].Expiry = "" }), "bad-paper"},
		"an expired one":      {change(func(a *IdentityArgs) { a.Papers[0].Expiry = "2020-01-01" }), "paper-expired"},
		"a Vietnamese card":   {change(func(a *IdentityArgs) { a.Card = cardRead }), "bad-args"},
	} {
		t.Run(what, func(t *testing.T) { refusedWith(t, s, cmd(CmdIdentity, x.args), x.code) })
	}
	if p := passportProblem(zoneOf(t, digit)); p.Next != words("Kiểm tra lại dòng 2: số hộ chiếu", "Check line 2 again: passport number") {
		t.Errorf("a wrong check digit: %+v", p)
	}
	refusedWith(t, s, cmd(CmdScan, ScanArgs{Number: testNumber}), "wrong-step")
	if i := s.Snapshot().Identity; i != nil {
		t.Errorf("before the step is done: %+v", i)
	}
	must(t, s, CmdIdentity, foreigner(t)) // the control
	if i := s.Snapshot().Identity; i == nil || !slices.Equal(i.MRZ, lines) || len(i.Papers) != 1 || i.Fields[fieldDocument] != "L898902C3" {
		t.Errorf("it is shown as %+v", i)
	}
	if n := value(s.Snapshot().Person.Fields, fieldNumber); n != "L898902C3" {
		t.Errorf("number %q", n)
	}
	with := change(func(a *IdentityArgs) { a.Fields["number"] = "001190000033" }) // a personal number of their own
	must(t, s, CmdIdentity, with)
	fields := s.Snapshot().Person.Fields
	if value(fields, fieldNumber) != "001190000033" || value(fields, fieldDocument) != "L898902C3" {
		t.Errorf("%+v", fields)
	}
}

// TestUnreadableCard: its print still counts, and the reason goes along.
func TestUnreadableCard(t *testing.T) {
	k := kindScripts["issuance with an expired card"]
	b, s := standing(t, "issuance with an expired card", StepCard)
	b.chip.errs = slices.Repeat([]error{errors.New("lying length")}, maxChipErrors)
	must(t, s, CmdScan, ScanArgs{QR: testQR})
	await(t, s, "given up", func(s Snapshot) bool {
		return s.Chip.State == "failed" && s.Error != nil && s.Error.Code == "chip-unreadable"
	})
	a := IdentityArgs{Card: cardUnreadable, Reason: "chip bong khỏi thẻ", Papers: []Paper{{Type: "earlier-card", Number: testNumber, OriginalSeen: true}}}
	must(t, s, CmdIdentity, a)
	s = reopened(t, b, s)
	if got := s.Snapshot(); got.Step != StepPerson || value(got.Person.Fields, fieldName) != testName {
		t.Fatalf("step %s, %+v", got.Step, got.Person)
	}

	own := maps.Clone(k.own)
	delete(own, StepSign)
	kindScript{begin: k.begin, own: own}.carry(t, b, s, StepDone, nil)
	var section1 identitySection
	if err := json.Unmarshal(section(t, b, sectionIdentity), &section1); err != nil || section1.Why != a.Reason || section1.Reason != "exchange" {
		t.Errorf("%+v, %v", section1, err)
	}
	if reads := b.chip.reads; reads != maxChipErrors {
		t.Errorf("%d reads", reads)
	}
}

// TestAges: who is too young or too old for a kind is told what to do instead.
func TestAges(t *testing.T) {
	for _, x := range []struct {
		kind  BeginArgs
		years int
		code  string
	}{
		{BeginArgs{Kind: "issuance", Reason: "first"}, 5, "under-6"},
		{BeginArgs{Kind: "issuance", Reason: "first"}, 13, "under-14"},
		{BeginArgs{Kind: "issuance", Reason: "first"}, 14, ""},
	} {
		k := kindScripts["issuance without a card"]
		b := k.bench(t, t.TempDir())
		s := b.open(t)
		must(t, s, CmdBegin, x.kind)
		k.carry(t, b, s, StepIdentity, nil)
		a := typedIdentity
		a.Fields = maps.Clone(a.Fields)
		a.Fields["birth"] = yearsAgo(x.years).Format(isoDate)
		must(t, s, CmdIdentity, a)
		snap := s.Snapshot()
		if code := finalIssue(snap.Issues); code != x.code {
			t.Errorf("%s at %d: %q, want %q", x.kind.Kind, x.years, code, x.code)
		}
		for _, i := range snap.Issues {
			if i.Words.VI == "" || i.Next.VI == "" || i.Next.EN == "" {
				t.Errorf("%s without words", i.Code)
			}
		}
		if x.code != "" {
			refusedWith(t, s, cmd(CmdConfirmPerson, PersonArgs{Phone: testPhone}), x.code)
		}
		_ = s.Close()
	}
}

// FuzzIdentity: no arguments bring the reading of papers down, and what is taken
// is within bounds.
func FuzzIdentity(f *testing.F) {
	for _, a := range []IdentityArgs{typedIdentity, {Card: cardRead}, {Card: cardUnreadable, Reason: "worn out"}, {MRZ: passport(f, nil)}} {
		b, _ := json.Marshal(a)
		f.Add(b, a.MRZ != nil)
	}
	r := kindPack(f)
	f.Fuzz(func(t *testing.T, b []byte, foreign bool) {
		var a IdentityArgs
		if readArgs(b, &a) != nil {
			return
		}
		one, _ := r.For(rules.Issuance)
		if foreign {
			one, _ = r.For(rules.Foreigner)
		}
		s := &Station{rules: one, st: newState(), cfg: Config{Now: time.Now}}
		i, p := s.readIdentity(a, one.As())
		if (i == nil) == (p == nil) {
			t.Fatalf("%+v and %+v", i, p)
		}
		if i == nil {
			return
		}
		for name, v := range i.Fields {
			if len([]rune(v)) > maxField || !slices.Contains(append(typed, fieldDocument), name) {
				t.Errorf("%s: %q", name, v)
			}
		}
		if len(i.Papers) > maxPapers {
			t.Errorf("%d papers", len(i.Papers))
		}
	})
}
