package mrz

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// The Vietnamese card of Nguyễn Văn Thử, an invented person.
const thu = "IDVNM0909900018001090990001<<9\n" +
	"9002144M3002142VNM<<<<<<<<<<<6\n" +
	"NGUYEN<<VAN<THU<<<<<<<<<<<<<<<\n"

func TestParseVietnameseCard(t *testing.T) {
	z, err := Parse(thu)
	if err != nil {
		t.Fatal(err)
	}
	want := Data{Code: "ID", Issuer: "VNM", Number: "090990001", Optional: "001090990001",
		Birth: "900214", Sex: "M", Expiry: "300214", Nationality: "VNM", Surname: "NGUYEN", Given: "VAN THU"}
	if z.Data != want || !z.Valid || z.Format != TD1 {
		t.Errorf("got %+v valid %v", z, z.Valid)
	}
	if !z.VietnameseCard() || z.PersonalNumber() != "001090990001" || z.NoExpiry() {
		t.Error("the 12-digit number or the expiry was misread")
	}
	if f, ok := z.Field(FieldOptional); !ok || f.Printed != "9" || f.Computed != "9" {
		t.Errorf("own check digit: %+v", f)
	}
	doc, birth, expiry := z.Keys()
	if doc != "090990001" || birth != "900214" || expiry != "300214" {
		t.Error("keys", doc, birth, expiry)
	}
}

func TestParseTolerates(t *testing.T) {
	oneLine := strings.ReplaceAll(thu, "\n", "")
	for name, text := range map[string]string{
		"CRLF":        strings.ReplaceAll(thu, "\n", "\r\n"),
		"spaces":      strings.ReplaceAll(thu, "<<", "< <\t") + "  \n\n",
		"lower case":  strings.ToLower(thu),
		"in one line": oneLine,
	} {
		if z, err := Parse(text); err != nil || !z.Valid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"empty":         "",
		"short line":    strings.Replace(thu, "VNM<", "VNM", 1),
		"missing line":  thu[:62],
		"other letters": strings.Replace(thu, "THU", "THỬ", 1),
		"endless":       strings.Repeat("<", MaxText+1),
	} {
		if z, err := Parse(text); !errors.Is(err, ErrNotMRZ) || z != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSamples(t *testing.T) {
	good := 0
	for _, s := range samples(t) {
		z, err := Parse(s.text)
		if err != nil {
			t.Errorf("%s: %v", s.label, err)
			continue
		}
		if want := strings.HasPrefix(s.label, "ok"); z.Valid != want {
			t.Errorf("%s: valid %v\n%+v", s.label, z.Valid, z.Fields())
		}
		if !z.Valid {
			continue
		}
		good++
		_, name, _ := strings.Cut(s.label, "name=")
		name, _, _ = strings.Cut(name, " | ")
		if !z.MatchesName(name) {
			t.Errorf("%s: %q %q do not match", s.label, z.Surname, z.Given)
		}
		d := z.Data
		d.Surname, d.Given = SplitVietnamese(name)
		if lines, err := Generate(TD1, d); err != nil || !slices.Equal(lines, z.Lines) {
			t.Errorf("%s: generated %q, %v", s.label, lines, err)
		}
	}
	if good != 12 {
		t.Errorf("%d good samples, want 12", good)
	}
}

// corpusCheck is one check digit as the corpus computed it.
type corpusCheck struct {
	Printed, Computed string
	OK                bool
}

func TestCorpus(t *testing.T) {
	b, err := os.ReadFile(testdata.Shared(t, "data/mrz/mrz_corpus.json"))
	if err != nil {
		t.Fatal(err)
	}
	var corpus []struct {
		Lines  []string
		Format Format
		Checks map[string]corpusCheck `json:"icao_checks"`
		AllOK  bool                   `json:"icao_all_ok"`
	}
	if err := json.Unmarshal(b, &corpus); err != nil || len(corpus) < 70 {
		t.Fatal(len(corpus), err)
	}
	repaired := 0
	for _, c := range corpus {
		text := strings.Join(c.Lines, "\n")
		z, err := Parse(text)
		if err != nil || z.Format != c.Format {
			t.Errorf("%s: %v\n%s", c.Format, err, text)
			continue
		}
		for name, want := range c.Checks {
			f, _ := z.Field(strings.TrimSuffix(name, "_long"))
			if f.Printed != want.Printed || f.Computed != want.Computed {
				t.Errorf("%s: %+v, want %+v\n%s", name, f, want, text)
			}
		}
		// Two specimens have a letter in a date and a check digit that fits it:
		// the digits are right, the zone is not.
		letterInDate := strings.Contains(text, "74A812") || strings.Contains(text, "120E15")
		if want := c.AllOK && !letterInDate; z.Valid != want {
			t.Errorf("valid %v, want %v\n%s\n%+v", z.Valid, want, text, z.Fields())
		}
		// What is repaired is another of the corpus: the specimen as it was.
		if r, changes := Repair(z); r != nil {
			repaired++
			if !strings.Contains(string(b), `"`+r.Lines[0]+`"`) || !strings.Contains(string(b), `"`+r.Lines[1]+`"`) {
				t.Errorf("repaired to %q, %v", r.Lines, changes)
			}
		}
	}
	if repaired != 3 {
		t.Errorf("%d repaired", repaired)
	}
}

func TestLongNumber(t *testing.T) {
	// Doc 9303-5 appendix: a number of twelve characters, D23145890734.
	text := "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"
	z, err := Parse(text)
	if err != nil || !z.Valid || z.Number != "D23145890734" || z.Optional != "" {
		t.Fatalf("%v %+v", err, z)
	}
	if doc, _, _ := z.Keys(); doc != "D23145890734" {
		t.Error("key", doc)
	}
	d := z.Data
	d.Optional = "AB<1"
	for _, f := range []Format{TD1, TD2} {
		if f == TD2 {
			d.Optional = ""
		}
		lines, err := Generate(f, d)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(strings.Join(lines, "\n")); err != nil || !again.Valid || again.Data != d {
			t.Errorf("%s: %v %+v", f, err, again)
		}
	}
	if _, err := Generate(TD3, d); !errors.Is(err, ErrDoesNotFit) {
		t.Error("a passport has no room for a long number", err)
	}
}

func TestGenerateRefuses(t *testing.T) {
	z, err := Parse(thu)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Data){
		"lower case number": func(d *Data) { d.Number = "abc" },
		"letter in date":    func(d *Data) { d.Birth = "9O0214" },
		"long optional":     func(d *Data) { d.Optional = "001090990001234" },
		"no such sex":       func(d *Data) { d.Sex = "N" },
		"long issuer":       func(d *Data) { d.Nationality = "VNMX" },
	} {
		d := z.Data
		change(&d)
		if _, err := Generate(TD1, d); !errors.Is(err, ErrDoesNotFit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What one format has, another has not.
	for _, format := range []Format{TD2, TD3, MRVA, MRVB, FRAID} {
		other, err := Parse(specimens[format])
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*Data){
			"two optional fields": func(d *Data) { d.Optional2 = "X" },
			"another's code":      func(d *Data) { d.Code = map[bool]string{true: "I", false: "V"}[d.Code == "V"] },
			"nothing wrong":       func(*Data) {},
		} {
			d := other.Data
			if change(&d); format == FRAID && name == "another's code" {
				d.Issuer = "UTO"
			}
			if _, err := Generate(format, d); (err == nil) != (name == "nothing wrong") || err != nil && !errors.Is(err, ErrDoesNotFit) {
				t.Errorf("%s, %s: %v", format, name, err)
			}
		}
		if n := other.PersonalNumber(); (n != "") != (format == TD3) {
			t.Errorf("%s: personal number %q", format, n)
		}
	}
	if _, err := Generate("TD9", z.Data); err == nil {
		t.Error("TD9 was generated")
	}
}

func TestCheckDigit(t *testing.T) {
	// Doc 9303-3 §4.9 and Doc 9303-11 appendix D.2 worked examples.
	for s, want := range map[string]byte{"520727": '3', "AB2134<<<": '5', "L898902C<": '3', "690806": '1', "991231": '5'} {
		if got, err := CheckDigit(s); err != nil || got != want {
			t.Errorf("%s: %c, %v", s, got, err)
		}
	}
	if _, err := CheckDigit("ab"); !errors.Is(err, ErrNotMRZ) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(thu)
	f.Add("I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<")
	f.Add("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10")
	f.Add("I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<\nD23145890<UTO3407127M95071227349<<<8")
	f.Add("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<")
	f.Add("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<\n8806923102858CORINNE<<<<<<<6512068F6")
	f.Add("VCFRASPECIMEN<<SPECIMEN<<<<<<<<<<<<<\nF000000005UTO0311063M1401143<M300703")
	f.Fuzz(func(t *testing.T, text string) {
		z, err := Parse(text)
		if err != nil {
			return
		}
		if r, changes := Repair(z); (r != nil) != (len(changes) > 0) || r != nil && !r.Valid {
			t.Fatal("repaired to an invalid zone")
		}
		if !z.Valid {
			return
		}
		lines, err := Generate(z.Format, z.Data)
		if err != nil {
			t.Fatalf("%v: %+v", err, z.Data)
		}
		again, err := Parse(strings.Join(lines, ""))
		if err != nil || !again.Valid || again.Data != z.Data {
			t.Fatalf("%v\n%q\n%q", err, z.Lines, lines)
		}
	})
}

func BenchmarkParseTD1(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if z, err := Parse(thu); err != nil || !z.Valid {
			b.Fatal(err)
		}
	}
}

// TestGenerateRoundTrip writes random documents in every format and reads them
// again: nothing is lost.
func TestGenerateRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	pick := func(n int, from string) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = from[rng.IntN(len(from))]
		}
		return string(b)
	}
	const upper, digit = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	for i := range 2000 {
		f := []Format{TD1, TD2, TD3, MRVA, MRVB, FRAID}[i%6]
		d := Data{Code: "I", Issuer: pick(3, upper), Number: pick(1+rng.IntN(9), upper+digit),
			Optional: pick(rng.IntN(7), upper+digit), Birth: Date(pick(2, digit) + "0" + pick(1, "123456789") + "2" + pick(1, "012345678")),
			Sex: pick(rng.IntN(2), "MFX"), Surname: pick(1+rng.IntN(8), upper) + " " + pick(1+rng.IntN(4), upper), Given: pick(rng.IntN(8), upper)}
		if f != FRAID {
			d.Nationality, d.Expiry = pick(3, upper), Date(pick(2, digit)+"<<<<")
		}
		switch f {
		case TD1:
			d.Optional2 = pick(rng.IntN(12), upper+digit)
			if i%12 == 0 {
				d.Number = pick(10+rng.IntN(5), upper+digit)
			}
		case TD3:
			d.Code = "PD"
		case MRVA, MRVB:
			d.Code = "V"
		case FRAID:
			d.Code, d.Issuer, d.Number = "ID", "FRA", pick(12, upper+digit)
		}
		lines, err := Generate(f, d)
		if err != nil {
			t.Fatalf("%s %+v: %v", f, d, err)
		}
		z, err := Parse(strings.Join(lines, "\r\n"))
		if err != nil || !z.Valid || z.Format != f || z.Data != d {
			t.Fatalf("%q: %v\n%+v\n%+v", lines, err, z.Data, d)
		}
	}
}
