package cccd

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/tram-station/tram/reader/verdict"
)

// An invented person.
const thu = "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Số 5, Ngõ 10 Phố Mẫu, Phường Thử, Ba Đình, Hà Nội|20052021"

func TestParseQR(t *testing.T) {
	want := &Card{
		Number: "001090990001", OldNumber: "012999901", Name: "Nguyễn Văn Thử",
		Birth: Date{1990, 2, 14}, Sex: "M", Issued: Date{2021, 5, 20},
		Residence: "Số 5, Ngõ 10 Phố Mẫu, Phường Thử, Ba Đình, Hà Nội",
	}
	for name, text := range map[string]string{
		"NFC":        thu,
		"NFD":        norm.NFD.String(thu),
		"line break": "\ufeff" + thu + "\r\n",
		"spaces":     strings.ReplaceAll(thu, "|", " | "),
		"AIM":        "\x02]Q1" + thu + "\x03\r",
		"eth":        strings.ReplaceAll(thu, "Đ", "Ð"),
	} {
		if got, err := ParseQR([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if p, ok := want.Number.Province(); !ok || p.Name != "Hà Nội" {
		t.Error("province", p)
	}
}

func TestParseQR2024(t *testing.T) {
	c, err := ParseQR([]byte("031315990006||Vũ Ngọc Minh Anh|05092015|Nữ|Số 1/2, Hải Phòng|12082024||Vũ Văn Cha|Nguyễn Thị Mẹ|"))
	if err != nil || c.Father != "Vũ Văn Cha" || c.Mother != "Nguyễn Thị Mẹ" || c.Sex != "F" || c.Extra != nil || c.Warnings != nil {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = ParseQR([]byte(thu + "|x||||y"))
	if err != nil || !reflect.DeepEqual(c.Extra, []string{"x", "", "", "", "y"}) || !hasWarning(c, WarnFieldCount) || !hasWarning(c, WarnExtra) {
		t.Errorf("%+v, %v", c, err)
	}
}

// What each unusual or bad sample must be told, by the beginning of its label.
var sampleCodes = map[string]string{
	"warn PIN sex":        string(WarnSex),
	"warn PIN year":       string(WarnYear),
	"warn prefix":         string(WarnProvince),
	"warn old CMND":       string(WarnOldNumber),
	"warn DOB":            string(WarnBirth),
	"warn 8 fields":       string(WarnFieldCount),
	"bad 6 fields":        string(KindFields),
	"bad PIN 11":          string(KindNumber),
	"bad impossible date": string(KindBirth),
	"bad issue date":      string(KindOrder),
	"bad keyboard":        string(KindTelex),
	"bad mojibake":        string(KindMojibake),
	"bad two scans":       string(KindTwoScans),
	"bad not a CCCD":      string(KindNotCard),
}

func TestSamples(t *testing.T) {
	seen := map[Verdict]int{}
	for _, s := range samples(t) {
		c, err := ParseQR([]byte(s.payload))
		verdict, codes := Judge(c, err)
		seen[verdict]++
		if string(verdict) != s.verdict || (c == nil) != (verdict == Bad) {
			t.Errorf("%s: %s %q, %v", s.label, verdict, codes, err)
		}
		for prefix, code := range sampleCodes {
			if strings.HasPrefix(s.label, prefix) && slices.Contains(codes, code) {
				codes = nil
			}
		}
		if len(codes) > 0 {
			t.Errorf("%s: %q", s.label, codes)
		}
	}
	if seen[OK] < 15 || seen[Warn] < 7 || seen[Bad] < 8 {
		t.Error("samples", seen)
	}
}

func TestRefused(t *testing.T) {
	change := func(i int, with string) string {
		f := strings.Split(thu, "|")
		f[i] = with
		return strings.Join(f, "|")
	}
	for text, want := range map[string]error{
		"":                                      ErrNotCard,
		"|||||||":                               ErrNotCard,
		"WIFI:S:a|b|c|d|e|f|g":                  ErrNotCard,
		strings.Repeat("1", MaxPayload) + "|":   ErrNotCard,
		thu + strings.Repeat("|", maxFields):    ErrBroken,
		thu + "\n" + thu:                        ErrBroken,
		thu + "||||" + thu:                      ErrBroken,
		change(fName, ""):                       ErrBroken,
		change(fName, "<script>"):               ErrBroken,
		change(fName, strings.Repeat("Ă", 101)): ErrBroken,
		change(fSex, "X"):                       ErrBroken,
		change(fBirth, "30021990"):              ErrBroken,
		change(fBirth, "14131990"):              ErrBroken,
		change(fBirth, "14001990"):              ErrBroken,
		change(fIssued, ""):                     ErrBroken,
		change(fIssued, "13021990"):             ErrBroken,
	} {
		if c, err := ParseQR([]byte(text)); !errors.Is(err, want) || c != nil {
			t.Errorf("%.60q: %v, want %v", text, err, want)
		}
	}
}

// Every kind has its decision and its words in both languages.
func TestKinds(t *testing.T) {
	for kind := range faultKinds {
		f := &Fault{Kind: kind}
		if !errors.Is(f, ErrNotCard) && !errors.Is(f, ErrBroken) && !errors.Is(f, ErrMangled) {
			t.Errorf("%s is no decision", kind)
		}
		for _, w := range []verdict.Words{f.Words(), f.Next()} {
			if w.VI == "" || w.EN == "" || !norm.NFC.IsNormalString(w.VI) {
				t.Errorf("%s: %q", kind, w)
			}
		}
	}
}

func TestProvinces(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(shared(t, "data/vn/provinces.csv"))).ReadAll()
	if err != nil || len(rows)-1 != len(provinces) {
		t.Fatal(len(rows), err)
	}
	for _, r := range rows[1:] {
		if p, ok := ProvinceOf(r[0]); !ok || p != (Province{r[0], r[1], r[2]}) {
			t.Error(r, p)
		}
	}
}

func TestNumber(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(shared(t, "data/vn/gender_century.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		n, err := ParseNumber("001" + r[0] + "07123456")
		if err != nil || n.Sex() != r[1] || fmt.Sprint(n.BirthYear()) != r[4][:2]+"07" {
			t.Error(r, n.Sex(), n.BirthYear(), err)
		}
	}
	for _, s := range []string{"", "00109099000", "0010909900011", "00109099000x"} {
		if _, err := ParseNumber(s); !errors.Is(err, ErrNumber) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestSecretsStayOutOfLogs(t *testing.T) {
	c, err := ParseQR([]byte(thu))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "card", c, "number", c.Number, "keys", c.Keys(), "key", c.Keys().MRZ[0])
	fmt.Fprintf(&log, "%v %+v %#v %v", c.Keys(), c.Keys(), c.Keys(), c.Keys().MRZ)
	for _, secret := range []string{"990001", "Thử", "900214"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %s: %s", secret, log.String())
		}
	}
	if b, err := json.Marshal(c.Keys()); err != nil || !strings.Contains(string(b), `"can":"990001"`) {
		t.Error("the keys do not reach who asks for them", err)
	}
}

func FuzzParseQR(f *testing.F) {
	f.Add([]byte(thu))
	f.Add([]byte(norm.NFD.String(thu)))
	f.Add([]byte("031315990006||Vũ Ngọc Minh Anh|05092015|Nữ|Số 1/2|12082024||Vũ Văn Cha|Nguyễn Thị Mẹ|"))
	f.Add([]byte("000000000000||A|00011870|NAm|0A\u0303?0|00012000")) // a letter lost, in two characters
	f.Add([]byte("036150990022||Đinh Thị Chỉ Năm|1950|Nữ|Thôn Mẫu|15032021"))
	for _, m := range mangledTexts {
		f.Add([]byte(m.text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseQR(b)
		if v, codes := Judge(c, err); (v == Bad) != (err != nil) || (v == OK) != (len(codes) == 0) {
			t.Fatal(v, codes, err)
		}
		if err != nil {
			if fault := new(Fault); !errors.As(err, &fault) || fault.Restored != nil && !hasWarning(fault.Restored, WarnRestored) {
				t.Fatalf("%#v", err)
			}
			if !errors.Is(err, ErrNotCard) && !errors.Is(err, ErrBroken) && !errors.Is(err, ErrMangled) {
				t.Fatal("an error without a decision:", err)
			}
			return
		}
		if k := c.Keys(); len(k.CAN) != 6 || len(k.MRZ) > 4 {
			t.Fatalf("%d keys", len(k.MRZ))
		}
		again, err := ParseQR([]byte(payload(c)))
		if err != nil {
			t.Fatalf("%v: %q", err, payload(c))
		}
		again.Extra, again.Warnings, c.Extra, c.Warnings = nil, nil, nil, nil
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("%+v\n%+v", c, again)
		}
	})
}

// payload writes the card as a card of 2024 would print it.
func payload(c *Card) string {
	date := func(d Date) string {
		if d.Month == 0 {
			return fmt.Sprintf("%04d", d.Year)
		}
		return fmt.Sprintf("%02d%02d%04d", d.Day, d.Month, d.Year)
	}
	sex := map[string]string{"M": "Nam", "F": "Nữ"}[c.Sex]
	return strings.Join([]string{string(c.Number), c.OldNumber, c.Name, date(c.Birth), sex, c.Residence,
		date(c.Issued), "", c.Father, c.Mother, ""}, "|")
}
