package compare

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
	"github.com/tram-station/tram/testdata"
)

// An invented person, as QR code and as zone.
const (
	thuQR   = "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Phố Mẫu, Hà Nội|20052021"
	thuZone = "IDVNM0909900018001090990001<<9\n9002144M3002142VNM<<<<<<<<<<<6\nNGUYEN<<VAN<THU<<<<<<<<<<<<<<<\n"
)

var today = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func card(t *testing.T) *cccd.Card {
	t.Helper()
	c, err := cccd.ParseQR([]byte(thuQR))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func zone(t *testing.T, text string) *mrz.Zone {
	t.Helper()
	z, err := mrz.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// chip is what the chip of that person says.
func chip(t *testing.T) *lds.Document {
	t.Helper()
	return &lds.Document{
		MRZ: &lds.MRZInfo{Zone: strings.ReplaceAll(thuZone, "\n", "")},
		VN: &lds.DG13{
			Number: "001090990001", Name: "Nguyễn Văn Thử", Birth: "14/02/1990", Sex: "Nam", Nationality: "Việt Nam",
			Origin: "Mẫu, Hà Nội", Residence: "Phố  Mẫu,Hà Nội", Issue: "20052021", Expiry: "14/02/2030", OldNumber: "012999901",
			Father: "Nguyễn Văn Cha",
		},
	}
}

func line(i Item) string {
	s := fmt.Sprintf("%s %s", i.Field, i.Outcome)
	if i.Conflict {
		s += "!"
	}
	return s
}

func lines(items []Item) string {
	var out []string
	for _, i := range items {
		out = append(out, line(i))
	}
	return strings.Join(out, ", ")
}

func TestCompare(t *testing.T) {
	cut := strings.ReplaceAll(thuZone, "VAN<THU<", "VAN<THI<")
	for _, c := range []struct {
		name        string
		print, chip Facts
		want        string
		check       verdict.Outcome
	}{
		{"QR", FromQR(card(t)), FromChip(chip(t), today),
			"number agree, document_number agree, name agree, birth agree, sex agree, nationality only-chip, origin only-chip, " +
				"residence agree, issue agree, expiry agree, old_number agree, father only-chip", verdict.Passed},
		{"zone", FromZone(Zone, zone(t, thuZone), today), FromChip(chip(t), today),
			"number agree, document_number agree, name agree, birth agree, sex agree, nationality agree, origin only-chip, " +
				"residence only-chip, issue only-chip, expiry agree, old_number only-chip, father only-chip", verdict.Passed},
		{"another zone", FromZone(Zone, zone(t, strings.Replace(cut, "3002142", "4002149", 1)), today), FromChip(chip(t), today),
			"number agree, document_number agree, name differ!, birth agree, sex agree, nationality agree, origin only-chip, " +
				"residence only-chip, issue only-chip, expiry differ!, old_number only-chip, father only-chip", verdict.Failed},
		{"QR and DG1 alone", FromQR(card(t)), FromZone(DG1, zone(t, thuZone), today),
			"number agree, document_number agree, name agree-folded, birth agree, sex agree, nationality only-chip, " +
				"residence only-print, issue only-print, expiry agree, old_number only-print", verdict.Passed},
		{"typed number", Of(Typed, map[string]string{Number: "001090990002"}), FromZone(DG1, zone(t, thuZone), today),
			"number differ!, document_number only-chip, name only-chip, birth only-chip, sex only-chip, nationality only-chip, expiry only-chip", verdict.Failed},
		{"nothing", Facts{}, FromZone(DG1, zone(t, thuZone), today),
			"number only-chip, document_number only-chip, name only-chip, birth only-chip, sex only-chip, nationality only-chip, expiry only-chip", verdict.NotDone},
		{"nobody", Facts{}, Facts{}, "", verdict.NotDone},
	} {
		items := Compare(c.print, c.chip)
		if got := lines(items); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
		if got := Check(items); got.Outcome != c.check || got.Reason.VI == "" {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// The sources of one side that contradict each other are seen, whichever is
// named first.
func TestContradiction(t *testing.T) {
	d := chip(t)
	d.VN.Birth = "15/02/1990"
	if got := lines(Compare(FromQR(card(t)), FromChip(d, today))); !strings.Contains(got, "birth differ!") {
		t.Error(got)
	}
	d = chip(t)
	d.MRZ.Zone = strings.Replace(d.MRZ.Zone, "NGUYEN", "TRAN<<", 1)
	if got := lines(Compare(FromQR(card(t)), FromChip(d, today))); !strings.Contains(got, "name differ!") {
		t.Error(got)
	}
	d = chip(t)
	d.VN.Residence, d.VN.Issue, d.VN.Expiry, d.VN.OldNumber = "Đường Khác", "21052021", "15022030", "012999902"
	got := lines(Compare(FromQR(card(t)), FromChip(d, today)))
	for _, want := range []string{"residence differ,", "issue differ,", "expiry differ,", "old_number differ,"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s", want, got)
		}
	}
}

// DG11 may be in another script: it is shown, and compared only where it is
// alone.
func TestForeign(t *testing.T) {
	d := &lds.Document{
		MRZ: &lds.MRZInfo{Zone: "P<UTOMEIER<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"},
		Person: &lds.PersonalDetails{Name: lds.Name{Primary: "마이어", Secondary: "안나"}, PersonalNumber: "ZE-184226",
			Birth: lds.Date{Year: 1974, Month: 8, Day: 12}, Address: []string{"Musterweg 1", "Utopia"}},
		Details: &lds.DocumentDetails{Issued: lds.Date{Year: 2007, Month: 4, Day: 15}},
	}
	f := FromChip(d, today)
	v := f.Values()
	if v[Name] != "마이어 안나" || v[Residence] != "Musterweg 1, Utopia" || v[Issue] != "2007-04-15" || v[Nationality] != "UTO" || v[Number] != "ZE184226B" {
		t.Error(v)
	}
	items := Compare(FromZone(Zone, zone(t, d.MRZ.Zone), today), f)
	if got := lines(items); strings.Contains(got, "differ") || !strings.Contains(got, "name agree,") || !strings.Contains(got, "expiry agree") {
		t.Error(got)
	}
}

func TestOutcomes(t *testing.T) {
	full := "NGUYEN THI HOANG MINH CHAU ANH THU"
	for _, c := range []struct {
		field string
		a, b  Fact
		want  Outcome
	}{
		{Name, Fact{Value: "Nguyễn Văn Thử"}, Fact{Value: "NGUYỄN  VĂN THỬ"}, Agree},
		{Name, Fact{Value: "Nguyễn Văn Thử"}, Fact{Value: norm.NFD.String("Nguyễn Văn Thử")}, Agree},
		{Name, Fact{Value: "Hoà Thuý"}, Fact{Value: "Hòa Thúy"}, Agree},
		{Name, Fact{Value: "Đặng Mẫu"}, Fact{Value: "Ðặng Mẫu"}, Agree},
		{Name, Fact{Value: "H' Mẫu Niê"}, Fact{Value: "H’ Mẫu Niê"}, Agree},
		{Name, Fact{Value: "Nguyễn Văn Thử"}, Fact{Value: "Nguyễn Văn Thứ"}, Differ},
		{Name, Fact{Value: "Nguyễn Văn Thử"}, Fact{Value: "NGUYEN VAN THU"}, Folded},
		{Name, Fact{Value: "Nguyễn Văn Thử"}, Fact{Value: "Nguyen Văn Thử"}, Differ},
		{Name, Fact{Value: "Đặng Mẫu"}, Fact{Value: "DANG MAU", Source: DG1}, Folded},
		{Name, Fact{Value: "Blan"}, Fact{Value: "BLAN", Source: DG1}, Agree},
		{Name, Fact{Value: "H' Mẫu Niê"}, Fact{Value: "HMAU NIE", Source: DG1}, Folded},
		{Name, Fact{Value: "Đặng Mẫu"}, Fact{Value: "DAN MAU", Source: DG1}, Differ},
		{Name, Fact{Value: "Đặng Mẫu"}, Fact{Value: "DANG", Source: DG1}, Differ},
		{Name, Fact{Value: full}, Fact{Value: full[:28], Source: DG1}, Folded},
		{Name, Fact{Value: full}, Fact{Value: full[:29], Source: DG1}, Folded},
		{Name, Fact{Value: full}, Fact{Value: full[:27], Source: DG1}, Differ},
		{Name, Fact{Value: full}, Fact{Value: "NGUYEN THI HOANG MINH C A THU", Source: DG1}, Folded},
		{Name, Fact{Value: full}, Fact{Value: "NGUYEN THI HOANG MANH CHAU AN", Source: DG1}, Differ},
		{Name, Fact{Value: full}, Fact{Value: "TRAN THI HOANG MINH CHAU ANH T", Source: DG1}, Differ},
		{Name, Fact{Value: "NGUYEN VAN", Source: Zone}, Fact{Value: "NGUYEN VAN", Source: DG1}, Agree},
		{Name, Fact{Value: "NGUYEN VAN", Source: Zone}, Fact{Value: "NGUYEN VANG", Source: DG1}, Differ},
		{Number, Fact{Value: "001090990001"}, Fact{Value: "090990001"}, Folded},
		{Number, Fact{Value: "001090990001"}, Fact{Value: "090990002"}, Differ},
		{Number, Fact{Value: "001090990001"}, Fact{Value: "001 090 990 001"}, Agree},
		{Number, Fact{Value: "001090990001"}, Fact{Value: "990001"}, Differ},
		{Birth, Fact{Value: "1990-02-14"}, Fact{Value: "1990-02"}, Folded},
		{Birth, Fact{Value: "1990"}, Fact{Value: "1990-02-14"}, Folded},
		{Birth, Fact{Value: "1990-02-14"}, Fact{Value: "1990-02-15"}, Differ},
		{Birth, Fact{Value: "1925-02-14"}, Fact{Value: "2025-02-14", Source: DG1}, Folded},
		{Birth, Fact{Value: "1925-02-14"}, Fact{Value: "2025-02-14"}, Differ},
		{Birth, Fact{Value: "không rõ"}, Fact{Value: "1990"}, Differ},
		{Expiry, Fact{Value: "2030-02-14", Others: []string{"2050-02-14"}}, Fact{Value: "2050-02-14"}, Agree},
		{Expiry, Fact{Value: "2030-02-14", Others: []string{"2050-02-14"}}, Fact{Value: NoExpiry}, Differ},
		{Nationality, Fact{Value: "VNM"}, Fact{Value: "Việt Nam"}, Agree},
		{Nationality, Fact{Value: "VNM"}, Fact{Value: "Lào"}, Differ},
		{Residence, Fact{Value: "TP.Hồ Chí Minh"}, Fact{Value: "TP. Hồ Chí Minh"}, Agree},
	} {
		if got := outcome(c.field, c.a, c.b); got != c.want {
			t.Errorf("%s %q and %q: %s, want %s", c.field, c.a.Value, c.b.Value, got, c.want)
		}
		if got := outcome(c.field, c.b, c.a); got != c.want {
			t.Errorf("%s %q and %q, exchanged: %s, want %s", c.field, c.a.Value, c.b.Value, got, c.want)
		}
	}
}

// However long a name is and however the zone shortens it, it is the same
// person's; another's is not.
func TestNamesInZones(t *testing.T) {
	syllables := strings.Fields("Nguyễn Trần Đặng Phương Quỳnh Nghiêm Trường Hoàng Thị Văn Hữu Minh Ân Ý Ưng Khuê Thượng Xuân Bích Thủy H'Ngoan Niê Kđăm Y Blơ")
	r := rand.New(rand.NewPCG(1, 2))
	name := func() string {
		var parts []string
		for range 2 + r.IntN(7) {
			parts = append(parts, syllables[r.IntN(len(syllables))])
		}
		return strings.Join(parts, " ")
	}
	shortened, same := 0, 0
	for range 1000 {
		full, other := name(), name()
		for _, format := range []mrz.Format{mrz.TD1, mrz.TD2, mrz.TD3} {
			d := mrz.Data{Code: "ID", Issuer: "VNM", Number: "090990001", Optional: "001090990001",
				Birth: "900214", Sex: "M", Expiry: "300214", Nationality: "VNM"}
			if format != mrz.TD1 {
				d.Optional = ""
			}
			d.Surname, d.Given = mrz.SplitVietnamese(full)
			lines, err := mrz.Generate(format, d)
			if err != nil {
				t.Fatal(full, err)
			}
			f := FromZone(DG1, zone(t, strings.Join(lines, "\n")), today)
			inZone := f[Name][0].Value
			if len(inZone) < len(mrz.Transliterate(full)) {
				shortened++
			}
			if got := outcome(Name, Fact{Value: full, Source: QR}, f[Name][0]); got != Folded && got != Agree {
				t.Errorf("%s, %s in a %s: %s", full, inZone, format, got)
			}
			if !strings.EqualFold(other, full) && outcome(Name, Fact{Value: other, Source: QR}, f[Name][0]) != Differ {
				same++ // says the same without its marks, as in Ý and Y
			}
		}
	}
	if t.Log(shortened, "shortened;", same, "of another name taken for the same"); shortened < 500 || same > 3 {
		t.Errorf("%d shortened, %d of another name", shortened, same)
	}
}

func TestDate(t *testing.T) {
	for text, want := range map[string]string{
		"14021990": "1990-02-14", "14/02/1990": "1990-02-14", "1990-02-14": "1990-02-14", "14.2.1990": "1990-02-14",
		"00001950": "1950", "1950-00-00": "1950", "1950": "1950", "02/1950": "1950-02", "021950": "1950-02", "00/02/1950": "1950-02",
		"Không thời hạn": NoExpiry, "none": NoExpiry,
		"": "", "14/13/1990": "14/13/1990", "14 Feb": "14 Feb", "1/2/3/1990": "1/2/3/1990", "14001990": "14001990", "90-02-14": "90-02-14",
	} {
		if got := date(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A zone may leave day and month open, and the year of birth is in the past.
func TestZoneBirth(t *testing.T) {
	for text, want := range map[mrz.Date]string{
		"900214": "1990-02-14", "261122": "2026-11-22", "261123": "1926-11-23",
		"50<<<<": "1950", "26<<<<": "2026", "27<<<<": "1927", "5002<<": "1950-02", "<<<<<<": "", "xx0101": "",
	} {
		if got := zoneBirth(text, today); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// The synthetic DG13 and the first good QR sample are of one person.
func TestSharedDG13(t *testing.T) {
	b, err := os.ReadFile(testdata.Shared(t, "data/vn/dg13_sample.hex"))
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "#") {
			digits.WriteString(strings.Join(strings.Fields(line), ""))
		}
	}
	raw, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	d := new(lds.Document)
	if err := d.Add(lds.EFDG13, raw); err != nil {
		t.Fatal(err)
	}
	items := Compare(FromQR(card(t)), FromChip(d, today))
	agreed := 0
	for _, i := range items {
		if i.Outcome == Agree {
			agreed++
		}
	}
	if Check(items).Outcome != verdict.Passed || agreed < 7 {
		t.Error(lines(items))
	}
}

func TestValuesStayOutOfLogs(t *testing.T) {
	var log strings.Builder
	f := FromQR(card(t))
	items := Compare(f, FromChip(chip(t), today))
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "facts", f, "fact", f[Name][0], "item", items[2])
	if s := log.String(); strings.Contains(s, "Nguy") || strings.Contains(s, "990001") || !strings.Contains(s, "name agree") {
		t.Error(s)
	}
}

func FuzzOutcome(f *testing.F) {
	f.Add("Nguyễn Văn Thử", "NGUYEN VAN THU", uint8(2), uint8(0), uint8(3))
	f.Add("14021990", "1990-02-14", uint8(3), uint8(0), uint8(6))
	f.Add("001090990001", "090990001", uint8(0), uint8(0), uint8(3))
	f.Add("Việt Nam", "VNM", uint8(5), uint8(6), uint8(3))
	sources := []Source{QR, Zone, Typed, DG1, DG11, DG12, DG13}
	f.Fuzz(func(t *testing.T, a, b string, field, from, to uint8) {
		name := Fields()[int(field)%len(Fields())]
		x := Of(sources[int(from)%len(sources)], map[string]string{name: a})
		y := Of(sources[int(to)%len(sources)], map[string]string{name: b})
		there, back := Compare(x, y), Compare(y, x)
		if len(there) != len(back) {
			t.Fatal(there, back)
		}
		swapped := map[Outcome]Outcome{OnlyPrint: OnlyChip, OnlyChip: OnlyPrint, Agree: Agree, Folded: Folded, Differ: Differ}
		for i := range there {
			if there[i].Outcome != swapped[back[i].Outcome] || there[i].Print != back[i].Chip || there[i].Conflict != back[i].Conflict {
				t.Fatalf("not symmetric: %+v, %+v", there[i], back[i])
			}
		}
		for _, i := range Compare(x, x) {
			if i.Outcome != Agree {
				t.Fatalf("not reflexive: %+v", i)
			}
		}
		if d := date(a); date(d) != d {
			t.Fatalf("%q, %q, %q", a, d, date(d))
		}
	})
}
