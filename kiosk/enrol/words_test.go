package enrol

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/verdict"
)

// TestEveryCodeHasWords finds the codes in the sources: each has both
// languages, and none accuses.
func TestEveryCodeHasWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	call := regexp.MustCompile(`problem\("([a-z-]+)"\)|[cC]ode[:,= ]+"([a-z-]+)"|return "([a-z]+-[a-z-]+)"`)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(src), -1) {
			used[m[1]+m[2]+m[3]] = true
		}
	}
	if len(used) < 30 {
		t.Fatalf("only %d codes found: the pattern no longer fits", len(used))
	}
	for code := range used {
		if w := matchReasons[code]; w.VI != "" && w.EN != "" {
			continue // a reason, which has no next step of its own
		}
		if allowed[code] != nil {
			continue // a command's name
		}
		if p := problem(code); p.Words.VI == "" || p.Next.EN == "" {
			t.Errorf("code %q has no words", code)
		}
	}
	all := maps.Clone(problems)
	for code, w := range matchReasons {
		all["match:"+code] = [2]verdict.Words{w, w}
	}
	for code, w := range all {
		for _, text := range []string{w[0].VI, w[0].EN, w[1].VI, w[1].EN} {
			if text == "" {
				t.Errorf("code %q lacks a sentence", code)
			}
			for _, accusing := range []string{"giả", "fake", "forged", "counterfeit"} {
				if slices.Contains(strings.Fields(strings.ToLower(text)), accusing) {
					t.Errorf("code %q accuses: %s", code, text)
				}
			}
		}
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		birth, day string
		want       int
	}{
		{"2012-11-21", "2026-11-21", 14}, {"2012-11-22", "2026-11-21", 13}, {"2012-02-29", "2026-02-28", 13}, {"2012-02-29", "2026-03-01", 14},
	} {
		b, _ := time.Parse(isoDate, c.birth)
		d, _ := time.Parse(isoDate, c.day)
		if got := age(b, d); got != c.want {
			t.Errorf("born %s, on %s: %d, want %d", c.birth, c.day, got, c.want)
		}
	}
}

// TestExpiryIsCountedInHanoi: in the evening of UTC the next day has begun.
func TestExpiryIsCountedInHanoi(t *testing.T) {
	r, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	fields := []Field{{Name: fieldExpiry, Value: "2026-11-21"}}
	for at, want := range map[string]int{"2026-11-21T16:59:00Z": 0, "2026-11-21T17:00:00Z": 1} {
		now, _ := time.Parse(time.RFC3339, at)
		if got := (&state{begun: now}).eligibility(fields, r, now); len(got) != want {
			t.Errorf("%s: %v", at, got)
		}
	}
}

// TestFieldsCompared: what the page shows of print and chip is the one
// comparison; the document's number shows only where it differs.
func TestFieldsCompared(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	zone := testReport(t).Document.MRZ.Zone
	renewed, err := mrz.Generate(mrz.TD1, mrz.Data{Code: "ID", Issuer: "VNM", Number: "090990002", Optional: testNumber,
		Birth: "900214", Sex: "M", Expiry: "500214", Nationality: "VNM", Surname: "NGUYEN", Given: "VAN THU"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args      ScanArgs
		outcomes  string
		conflicts string
		check     verdict.Outcome
	}{
		"qr":     {ScanArgs{Text: testQR}, "number=agree name=agree birth=agree sex=agree", "", verdict.Passed},
		"mrz":    {ScanArgs{Text: zone}, "number=agree name=agree birth=agree sex=agree nationality=agree expiry=agree", "", verdict.Passed},
		"number": {ScanArgs{Number: testNumber}, "number=agree name=only-chip", "", verdict.Passed},
		"can":    {ScanArgs{CAN: "990001"}, "number=only-chip", "", verdict.NotDone},
		"card of another day": {ScanArgs{MRZ: renewed}, "number=agree name=agree",
			"expiry document_number", verdict.Failed},
	} {
		scan, p := readScan(c.args, now)
		if p != nil {
			t.Fatal(name, p)
		}
		fields := (&state{scan: scan, prints: []*scanned{scan}, chip: testReport(t)}).personFields(now)
		outcomes, conflicts := " ", []string{}
		for _, f := range fields {
			outcomes += f.Name + "=" + string(f.Outcome) + " "
			if f.Conflict {
				conflicts = append(conflicts, f.Name)
			}
			if f.Name == fieldSex && f.Value != "Nam" {
				t.Error(name, f)
			}
		}
		for _, want := range strings.Fields(c.outcomes) {
			if !strings.Contains(outcomes, " "+want+" ") {
				t.Errorf("%s: %s, want %s", name, outcomes, want)
			}
		}
		if got := strings.Join(conflicts, " "); got != c.conflicts || crossCheck(fields).Outcome != c.check {
			t.Errorf("%s: conflicts %q, %v", name, got, crossCheck(fields).Outcome)
		}
	}
}

func TestScanShapes(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	zone := testReport(t).Document.MRZ.Zone
	for name, c := range map[string]struct {
		args ScanArgs
		keys int
		code string
	}{
		"qr":            {ScanArgs{Text: testQR}, 3, ""},
		"mrz":           {ScanArgs{Text: zone}, 2, ""},
		"mrz in noise":  {ScanArgs{Text: "]L0" + strings.ToLower(zone[:30]) + "\r\n" + zone[30:60] + "\r\n" + zone[60:]}, 2, ""},
		"mrz confused":  {ScanArgs{Text: strings.Replace(zone, "900214", "9OO2I4", 1)}, 2, ""},
		"mrz lines":     {ScanArgs{MRZ: []string{zone[:30], zone[30:60], zone[60:]}}, 2, ""},
		"number":        {ScanArgs{Text: " 0010 9099 0001 "}, 1, ""},
		"can":           {ScanArgs{CAN: "990001"}, 1, ""},
		"document":      {ScanArgs{Document: "090990001", Birth: "900214", Expiry: "300214"}, 1, ""},
		"nothing":       {ScanArgs{}, 0, "bad-args"},
		"two ways":      {ScanArgs{Text: testQR, CAN: "990001"}, 0, "bad-args"},
		"letters":       {ScanArgs{Text: "hello"}, 0, "bad-scan"},
		"other code":    {ScanArgs{Text: "https://example.vn/a|b"}, 0, "bad-scan"},
		"other bars":    {ScanArgs{Text: strings.ReplaceAll(testQR, "|", "~")}, 0, "mangled-scan"},
		"Telex":         {ScanArgs{Text: "001090990027||Nguyeenx Vawn Huwr|14021990|Nam|Phoos Maaux|20052021"}, 0, "mangled-scan"},
		"two scans":     {ScanArgs{Text: testQR + testQR}, 0, "broken-scan"},
		"short":         {ScanArgs{Number: "12345"}, 0, "bad-scan"},
		"misread":       {ScanArgs{Text: strings.Replace(zone, "900214", "900215", 1)}, 0, "bad-mrz"},
		"no such month": {ScanArgs{Document: "090990001", Birth: "901314", Expiry: "300214"}, 0, "bad-scan"},
		"too long":      {ScanArgs{Text: strings.Repeat("|", maxScanText+1)}, 0, "bad-scan"},
	} {
		got, p := readScan(c.args, now)
		switch {
		case p != nil && p.Code != c.code || p == nil && c.code != "":
			t.Errorf("%s: %+v, want %q", name, p, c.code)
		case p == nil:
			if keys, err := got.keys(); err != nil || len(keys) != c.keys {
				t.Errorf("%s: %d keys, want %d: %v", name, len(keys), c.keys, err)
			}
		}
	}
}

// TestMisreadZones: what is wrong is named with its line; what the check digits
// put right says so in the dossier.
func TestMisreadZones(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	zone := testReport(t).Document.MRZ.Zone
	for named, text := range map[string]string{
		"dòng 2: ngày sinh":    strings.Replace(zone, "900214", "900215", 1),
		"dòng 2: ngày hết hạn": strings.Replace(zone, "300214", "300314", 1),
		"dòng 1: số thẻ":       strings.ReplaceAll(zone, "090990001", "090990007"),
	} {
		if _, p := readScan(ScanArgs{Text: text}, now); p == nil || p.Code != "bad-mrz" || !strings.Contains(p.Next.VI, named) || p.Next.EN == "" {
			t.Errorf("%s: %+v", named, p)
		}
	}
	s, p := readScan(ScanArgs{Text: strings.Replace(zone, "900214", "9OO2I4", 1)}, now)
	if p != nil || !slices.Equal(s.Warnings, []string{warnRepaired}) || s.Zones[0].Birth != "900214" {
		t.Errorf("confused letters: %+v, %+v", s, p)
	}
	if s, p := readScan(ScanArgs{Text: zone}, now); p != nil || len(s.Warnings) != 0 {
		t.Errorf("the control: %+v, %+v", s, p)
	}
}

// TestHostileNames: whatever a chip says, what stays readable is short and
// the outbox takes it.
func TestHostileNames(t *testing.T) {
	for _, f := range [][]Field{
		nil,
		{{Name: "name", Value: strings.Repeat("Đỗ ", 200)}, {Name: "number", Value: strings.Repeat("9", 500)}},
		{{Name: "name", Value: "1234567 7654321 <script>"}, {Name: "number", Value: "12345678ĐĐĐĐ"}},
	} {
		d := dossier.Dossier{ID: uuid.New(), Masked: shown(f), Sections: []dossier.Section{{Name: "person"}}}
		if err := d.Check(); err != nil {
			t.Errorf("%q: %v", d.Masked, err)
		}
	}
}

// TestRealOutbox hands the dossier to the real outbox, and again after a cut.
func TestRealOutbox(t *testing.T) {
	dir := t.TempDir()
	signer, err := offline.OpenKey(filepath.Join(dir, "keys"), "station-test")
	if err != nil {
		t.Fatal(err)
	}
	central, err := envelope.OpenIdentity(filepath.Join(dir, "central.age"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := offline.Open(offline.Config{Dir: filepath.Join(dir, "queue"), StationID: "station-test", Signer: signer,
		Recipients: []*envelope.Recipient{central.Recipient()}})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	b := newBench(t, filepath.Join(dir, "journal"))
	b.cfg.Outbox = out
	s := b.open(t)
	play(t, s, 0, step(t, CmdSeal))
	st := *s.st
	r := play(t, s, step(t, CmdSeal), len(moves)).Receipt
	st.sealedAt = r.Sealed
	d, err := s.dossier(&st, s.rules)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Submit(t.Context(), d); err != nil {
		t.Fatalf("the second hand-over: %v", err)
	}
	list, err := out.List()
	if err != nil || len(list) != 1 || list[0].ID.String() != r.ID || !list[0].Virtual {
		t.Fatalf("in the outbox: %+v, %v", list, err)
	}
}

// FuzzDo: arbitrary arguments of any command are refused or accepted; the
// station stays whole, and what it accepted replays.
func FuzzDo(f *testing.F) {
	for i, m := range moves {
		args, _ := json.Marshal(m.args)
		f.Add(uint8(i), m.name, string(args))
	}
	f.Add(uint8(3), CmdAcknowledge, `{"code":"check:chain","reason":"lý do"}`)
	f.Add(uint8(3), CmdScan, `{"text":"|||||||"}`)
	f.Add(uint8(7), CmdPortraitManual, `{"reason":"light"}`)
	f.Add(uint8(11), CmdPortraitAccept, `{"same":true,"reason":"đã xác minh"}`)
	f.Add(uint8(11), CmdPortraitDiffers, `{"reason":"không cùng một người"}`)
	f.Add(uint8(16), CmdFingersStart, `{"unit":"r10"}`)
	f.Add(uint8(48), CmdFingersStart, `{"unit":"13"}`)
	f.Add(uint8(48), CmdFingerPhoto, `{"finger":5}`)
	f.Add(uint8(48), CmdFingerApprove, `{"finger":5,"supervisor":"supervisor-1","picture":""}`)
	f.Add(uint8(48), CmdAcknowledge, `{"code":"finger-weak:2","reason":"vân tay mòn"}`)
	f.Add(uint8(4), CmdDocumentAdd, `{"document":{"type":"tax-code","number":"0123456787","original_seen":true,"pages":["page-1"],"holder":"Trần"}}`)
	f.Add(uint8(4), CmdDocumentRemove, `{"type":"tax-code","number":"0123456787"}`)
	f.Add(uint8(4), CmdDependants, `{"dependants":[{"relation":"child","name":"Trần","birth":"2020","paper":{"type":"birth-certificate","number":"1","original_seen":true}}]}`)
	f.Add(uint8(4), CmdFamily, `{"members":[{"relation":"father","name":"Trần"},{"relation":"mother","absent":"không rõ mẹ"}]}`)
	f.Add(uint8(4), CmdConsent, `{"registration":true,"documents":[true],"signature":"page-2"}`)
	f.Add(uint8(4), CmdConsentWithdraw, `{"what":"document","index":0}`)
	f.Add(uint8(4), CmdPageRemove, `{"name":"page-1"}`)
	f.Add(uint8(1), CmdScan, `{"fields":{"number":"001090990001","name":"Nguyễn","birth":"1990"},"via":"keyboard"}`)
	rules, ten := tenFingers(f, rules.Single), tenFingers(f, rules.SlapsRolled)
	c, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	report := testReport(f)
	report.Checks = append(report.Checks, verdict.Check{Name: "sod-hashes", Outcome: verdict.Failed})
	f.Fuzz(func(t *testing.T, filled uint8, name, args string) {
		check := accepts[name]
		if check == nil {
			return
		}
		s := &Station{cfg: newBench(t, "").cfg, pack: rules, rules: rules, codec: c, st: newState()}
		s.cfg.Now = time.Now
		s.st.notice = time.Now()
		if filled&1 != 0 {
			s.st.scan, _ = readScan(ScanArgs{Text: testQR}, time.Now())
			s.st.source(s.st.scan)
		}
		if filled&8 != 0 {
			s.st.portrait = &Portrait{}
			s.st.matched = &matched{Match: &face.Match{Band: face.Alarm}}
		}
		if filled&2 != 0 {
			s.st.chip = report
		}
		if filled&4 != 0 {
			s.st.documents = []Document{{Type: "tax-code", Number: "0123456787", OriginalSeen: true}}
			s.st.pages = []page{{Name: "page-1", Purpose: PageDocument}, {Name: "page-2", Purpose: PageSignature}}
			s.st.choices = map[string]agreed{s.st.documents[0].key(): {yes: true}}
			s.st.wantPortrait = true
		}
		if filled&16 != 0 {
			s.rules = ten
			s.st.reader = &readerTakes{Slaps: filled&64 == 0, Rolled: filled&128 == 0}
			s.st.want = unit{finger: biometrics.RightSlap}
			s.st.kept[spot{2, false}] = &capturedPrint{Finger: 2}
		}
		if filled&32 != 0 {
			s.st.exceptions[5] = exception{Reason: "device", Officer: "officer-2"}
		}
		e := event{Kind: name, Command: "1", At: time.Now(), Officer: "officer-1"}
		if p := check(s, Command{ID: "1", Name: name, Args: json.RawMessage(args)}, &e); p != nil {
			if p.Words.VI == "" {
				t.Fatalf("code %q has no words", p.Code)
			}
			return
		}
		b, err := c.enc.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.event(b)
		if err != nil {
			t.Fatalf("accepted, but does not replay: %v", err)
		}
		s.st.apply(&again, s.rules)
		snap, _ := s.project()
		if _, err := json.Marshal(snap); err != nil {
			t.Fatal(err)
		}
	})
}
