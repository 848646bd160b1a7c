package enrol

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/places"
	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/reader/lds"
)

// testZone is the zone of the card of testQR, with something changed.
func testZone(t *testing.T, change func(*mrz.Data)) []string {
	t.Helper()
	d := mrz.Data{Code: "ID", Issuer: "VNM", Number: "090990001", Optional: testNumber, Birth: "900214", Sex: "M", Expiry: "300214",
		Nationality: "VNM", Surname: "NGUYEN", Given: "VAN THU"}
	if change != nil {
		change(&d)
	}
	lines, err := mrz.Generate(mrz.TD1, d)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func fieldOf(t *testing.T, s Snapshot, name string) Field {
	t.Helper()
	for _, f := range s.Person.Fields {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no field %s in %+v", name, s.Person.Fields)
	return Field{}
}

func sources(f Field) string {
	var out []string
	for _, s := range f.Said {
		out = append(out, strings.Trim(s.Source+"/"+s.Via, "/"))
	}
	return strings.Join(out, " ")
}

func hasIssue(s Snapshot, code string) bool {
	for _, i := range s.Issues {
		if i.Code == code && !i.Acknowledged {
			return true
		}
	}
	return false
}

// scanStation stands in the step card; the chip is held back where hold is set.
func scanStation(t *testing.T, hold chan struct{}) (*bench, *Station) {
	t.Helper()
	b := newBench(t, t.TempDir())
	b.chip.hold = hold
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	return b, s
}

// TestEachPrintIsASource: the zone behind the code is compared with code and
// chip, before and after the chip was read; another card's takes its place, or
// is refused.
func TestEachPrintIsASource(t *testing.T) {
	for name, early := range map[string]bool{"before the chip": true, "after the chip": false} {
		hold := make(chan struct{})
		_, s := scanStation(t, hold)
		must(t, s, CmdScan, ScanArgs{Text: testQR, Via: ViaWedge})
		if early {
			must(t, s, CmdScan, ScanArgs{MRZ: testZone(t, nil), Via: ViaKeyboard})
		}
		close(hold)
		await(t, s, "chip", func(n Snapshot) bool { return n.Chip.State == "done" })
		if !early {
			refusedWith(t, s, cmd(CmdScan, ScanArgs{Text: testQR}), "already-read")
			refusedWith(t, s, cmd(CmdScan, ScanArgs{MRZ: testZone(t, func(d *mrz.Data) { d.Number, d.Optional = "090990002", "001090990002" })}), "already-read")
			must(t, s, CmdScan, ScanArgs{MRZ: testZone(t, nil), Via: ViaKeyboard})
		}
		snap := s.Snapshot()
		if got := sources(fieldOf(t, snap, fieldName)); got != "dg13 dg1 qr/wedge mrz/keyboard" {
			t.Errorf("%s: the name is said by %s", name, got)
		}
		if f := fieldOf(t, snap, fieldName); f.Conflict || f.Source != "chip" || len(snap.Issues) != 0 {
			t.Errorf("%s: %+v, %+v", name, f, snap.Issues)
		}
	}
}

func TestSourcesThatDiffer(t *testing.T) {
	hold := make(chan struct{})
	_, s := scanStation(t, hold)
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	must(t, s, CmdScan, ScanArgs{MRZ: testZone(t, func(d *mrz.Data) { d.Sex = "F" })})
	if snap := s.Snapshot(); !hasIssue(snap, "conflict:sex") || hasIssue(snap, "conflict:name") {
		t.Errorf("code and zone: %+v", snap.Issues)
	}
	must(t, s, CmdAcknowledge, AcknowledgeArgs{Code: "conflict:sex", Reason: "đã đối chiếu với thẻ"})
	if hasIssue(s.Snapshot(), "conflict:sex") {
		t.Error("the reason was not taken")
	}
	must(t, s, CmdScan, ScanArgs{MRZ: testZone(t, func(d *mrz.Data) { d.Sex = "F" })})
	if !hasIssue(s.Snapshot(), "conflict:sex") {
		t.Error("a reason holds for what was said after it")
	}
	must(t, s, CmdScan, ScanArgs{MRZ: testZone(t, nil)}) // read again, well
	if snap := s.Snapshot(); hasIssue(snap, "conflict:sex") {
		t.Errorf("the control: %+v", snap.Issues)
	}
	other := strings.Replace(testQR, testNumber, "001090990002", 1)
	must(t, s, CmdScan, ScanArgs{Text: other}) // another card lies there
	if f := fieldOf(t, s.Snapshot(), fieldNumber); sources(f) != "qr" || f.Value != "001090990002" {
		t.Errorf("of another card: %+v", f)
	}
	close(hold)
}

// TestDataByHand: what is typed opens the chip and is compared like any print.
func TestDataByHand(t *testing.T) {
	list, err := places.Default()
	if err != nil {
		t.Fatal(err)
	}
	province := list.Units()[0]
	b := newBench(t, t.TempDir())
	b.cfg.Places = list
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	good := map[string]string{"number": testNumber, "name": testName, "birth": "1990-02-14", "sex": "Nữ", "expiry": "2030-02-14"}
	with := func(name, v string) map[string]string {
		out := map[string]string{}
		for k, x := range good {
			out[k] = x
		}
		out[name] = v
		return out
	}
	for what, a := range map[string]ScanArgs{
		"a short number":   {Fields: with("number", "123")},
		"no name":          {Fields: with("name", " ")},
		"markup":           {Fields: with("name", "<b>")},
		"tomorrow":         {Fields: with("birth", "2999-01-01")},
		"no such field":    {Fields: with("religion", "x")},
		"no sex":           {Fields: with("sex", "?")},
		"without a number": {Fields: map[string]string{"name": testName, "birth": "1990"}},
		"and a code":       {Fields: good, Text: testQR},
		"another way":      {Text: testQR, Via: "telepathy"},
		"no place":         {Fields: good, Place: &PlaceArgs{Code: "xx"}},
		"twice":            {Fields: with("residence", "Hà Nội"), Place: &PlaceArgs{Code: province.Code}},
	} {
		if _, err := s.Do(t.Context(), cmd(CmdScan, a)); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	must(t, s, CmdScan, ScanArgs{Fields: good, Place: &PlaceArgs{Code: province.Code, Line: "Số 5"}, Via: ViaKeyboard})
	if f := fieldOf(t, s.Snapshot(), fieldResidence); !strings.HasPrefix(f.Value, "Số 5, ") || sources(f) != "manual/keyboard" {
		t.Errorf("%+v", f)
	}
	snap := await(t, s, "chip", func(n Snapshot) bool { return n.Chip.State == "done" })
	if !hasIssue(snap, "conflict:sex") || hasIssue(snap, "conflict:name") || b.chip.keys[0] != 2 {
		t.Errorf("%+v, %v keys", snap.Issues, b.chip.keys)
	}
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone, Place: &PlaceArgs{Code: province.Code, Line: "Số 7"}})
	if f := fieldOf(t, s.Snapshot(), fieldResidence); f.Source != sourceOfficer || !strings.HasPrefix(f.Value, "Số 7, ") || s.st.residencePlace().Province != province.Code {
		t.Errorf("%+v", f)
	}
	refusedWith(t, s, cmd(CmdConfirmPerson, PersonArgs{Phone: testPhone, Place: &PlaceArgs{Code: "0"}}), "bad-place")
	_ = s.Close()
	b.cfg.Places = nil
	s = b.open(t)
	if s.st.residencePlace() == nil {
		t.Error("the place is lost over a restart")
	}
	refusedWith(t, s, cmd(CmdConfirmPerson, PersonArgs{Phone: testPhone, Place: &PlaceArgs{Code: province.Code}}), "no-places")
}

// TestWarningsAreAcknowledged: a number that does not fit the card stops the
// signature until the officer has given a reason, and refuses nobody.
func TestWarningsAreAcknowledged(t *testing.T) {
	for want, change := range map[string]func(*lds.DG13){
		"warning:number-sex":      func(d *lds.DG13) { d.Sex = "Nữ" },
		"warning:number-year":     func(d *lds.DG13) { d.Birth, d.BirthDate = "14/02/1991", day(1991, 2, 14) },
		"warning:number-province": func(d *lds.DG13) { d.Number = "999090990001" },
		"":                        func(*lds.DG13) {},
	} {
		b := newBench(t, t.TempDir())
		b.chip.report.Document.MRZ = nil
		change(b.chip.report.Document.VN)
		s := b.open(t)
		play(t, s, 0, step(t, CmdScan))
		must(t, s, CmdScan, ScanArgs{CAN: "990001"})
		snap := await(t, s, "chip", func(n Snapshot) bool { return n.Chip.State == "done" })
		for _, code := range []string{"warning:number-sex", "warning:number-year", "warning:number-province"} {
			if hasIssue(snap, code) != (code == want) {
				t.Errorf("want %q, issues %+v", want, snap.Issues)
			}
		}
		must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone}) // nobody is stopped before the signature
		if want == "" {
			continue
		}
		must(t, s, CmdAcknowledge, AcknowledgeArgs{Code: want, Reason: "đã cải chính hộ tịch"})
		if hasIssue(s.Snapshot(), want) {
			t.Errorf("%s is still open", want)
		}
	}
}

// TestMangledWedge: what a typing scanner spoilt is told from what is no card.
func TestMangledWedge(t *testing.T) {
	_, s := scanStation(t, nil)
	for text, want := range map[string]string{
		"001090990001|012999901|Nguyeenx Vawn Thuwr|14021990|Nam|Soos 5, Ngox 10 Phoos Maaux, Phuwowngf Thuwr, Ba Ddinhf, Haf Nooij|20052021": "mangled-scan",
		strings.Replace(testQR, testName, "Nguyá»…n VÄƒn Thá»\u00ad", 1):                                                                      "mangled-scan",
		strings.ReplaceAll(testQR, "|", "~"): "mangled-scan",
		testQR[:40]:                          "broken-scan",
		"hello":                              "bad-scan",
	} {
		_, err := s.Do(t.Context(), cmd(CmdScan, ScanArgs{Text: text, Via: ViaWedge}))
		refusedWith(t, s, cmd(CmdScan, ScanArgs{Text: text, Via: ViaWedge}), want)
		var e *CommandError
		if asError(err, &e) && want == "mangled-scan" && !strings.Contains(e.Problem.Next.EN, "serial mode") {
			t.Errorf("%q: %s", want, e.Problem.Next.EN)
		}
	}
	must(t, s, CmdScan, ScanArgs{Text: testQR, Via: ViaWedge}) // the control
}

func asError(err error, into **CommandError) bool {
	e, ok := err.(*CommandError) //nolint:errorlint // of Do itself
	*into = e
	return ok
}

// TestNothingBeforeTheNotice: no card is read and no command of it is taken
// before the citizen has heard the notice.
func TestNothingBeforeTheNotice(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	must(t, s, CmdBegin, nil)
	before := map[string]bool{CmdNotice: true, CmdCancel: true, CmdBegin: true, CmdCorrect: true}
	for name := range allowed {
		if before[name] {
			continue
		}
		snap, err := s.Do(t.Context(), cmd(name, struct{}{}))
		if snap.Step != StepNotice || snap.Chip.State != "idle" || snap.Camera.Wanted {
			t.Fatalf("%s: step %s, chip %s, camera %v, %v", name, snap.Step, snap.Chip.State, snap.Camera.Wanted, err)
		}
	}
	if err := s.Scan(context.Background(), testQR); err == nil {
		t.Error("the station's own scanner was taken")
	}
	if _, err := s.Number(t.Context(), "990001"); err == nil {
		t.Error("the chip was asked for its number")
	}
	if b.chip.reads != 0 {
		t.Fatalf("%d reads before the notice", b.chip.reads)
	}
	must(t, s, CmdNotice, nil) // the control
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	await(t, s, "chip", func(n Snapshot) bool { return n.Chip.State == "done" && b.chip.reads == 1 })
}

// TestEthnicityAndReligionStayInTheChip: whatever the card says of them is in
// its own file and nowhere else.
func TestEthnicityAndReligionStayInTheChip(t *testing.T) {
	const ethnicity, religion, raw = "Dân tộc Mẫu", "Tôn giáo Mẫu", "raw: Dân tộc Mẫu, Tôn giáo Mẫu"
	var log bytes.Buffer
	b := newBench(t, t.TempDir())
	b.cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	vn := b.chip.report.Document.VN
	vn.Ethnicity, vn.Religion, vn.Fields = ethnicity, religion, map[int][]string{6: {ethnicity}, 7: {religion}}
	b.chip.report.Document.Raw[1].Bytes = []byte(raw)
	s := b.open(t)
	var shown []byte
	for i := range moves {
		play(t, s, i, i+1)
		snap, _ := json.Marshal(s.Snapshot())
		shown = append(shown, snap...)
	}
	if s.Snapshot().Receipt == nil {
		t.Fatal("no receipt")
	}
	acts := strings.Join(b.outbox.said(), "\n")
	d := b.outbox.dossiers[0]
	for name, text := range map[string]string{"snapshot": string(shown), "log": log.String(), "audit": acts, "masked": d.Masked + d.Initials} {
		if strings.Contains(text, ethnicity) || strings.Contains(text, religion) {
			t.Errorf("%s has what only the chip's file may have", name)
		}
	}
	for _, x := range d.Sections {
		if has := bytes.Contains(x.Bytes, []byte(religion)); has != (x.Name == sectionEvidence) {
			t.Errorf("section %s: %v", x.Name, has)
		}
	}
	if kept := discreet(b.chip.report).Document.VN; kept.Ethnicity != "" || kept.Religion != "" || len(kept.Fields) != 0 || vn.Religion != religion {
		t.Errorf("the journal keeps %+v", kept)
	}
}
