package places

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// made is an invented list: n communes shared out among the real provinces,
// the first of them with names that the tests search for.
func made(t testing.TB, n int) []Unit {
	t.Helper()
	l, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	units := l.Units()
	provinces := slices.Clone(units)
	for i := range units {
		units[i].Name = "Tỉnh " + units[i].Name
	}
	named := []Unit{
		{Code: "90001", Province: "79", Name: "Phường Bến Thử"}, {Code: "90002", Province: "79", Name: "Phường Tân Thử"},
		{Code: "90003", Province: "01", Name: "Xã Tần Thứ"}, {Code: "90004", Province: "01", Name: "Phường Đống Thử"},
		{Code: "90005", Province: "56", Name: "Đặc khu Đảo Thử"}, {Code: "90006", Province: "01", Name: "Phường Văn Thử - Quốc Tử"},
	}
	syllables := strings.Fields("An Bình Cát Đông Gia Hòa Khánh Lộc Mỹ Ninh Phú Quang Sơn Tây Vĩnh Xuân")
	for i := range n {
		if i < len(named) {
			units = append(units, named[i])
			continue
		}
		name := fmt.Sprintf("Xã %s %s %d", syllables[i%16], syllables[i/16%16], i/256)
		units = append(units, Unit{Code: fmt.Sprintf("%05d", i), Province: provinces[i%len(provinces)].Code, Name: name})
	}
	return units
}

func list(t testing.TB) *List {
	t.Helper()
	l, err := Build(Source{Version: "2026-01-01-00000000", Date: "2026-01-01"}, made(t, Since2025.Communes), Since2025)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestDefault: the built-in list has the 34 provinces and no commune, and its
// numbers are not the prefixes of ID numbers: 27 and 10 are none of them.
func TestDefault(t *testing.T) {
	l, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if p, c := l.Count(); p != 34 || c != 0 {
		t.Errorf("%d provinces, %d communes", p, c)
	}
	if u, ok := l.Unit("24"); !ok || u.Name != "Bắc Ninh" || !u.IsProvince() {
		t.Errorf("24 is %+v", u)
	}
	if l.Known("27") || l.Known("10") || l.Known("001") || l.Known("") {
		t.Error("a number from before July 2025 is known")
	}
}

func TestSearch(t *testing.T) {
	l := list(t)
	for _, c := range []struct{ text, first string }{
		{"phuong ben thu", "90001"},
		{"Phường Bến Thử", "90001"},
		{"BEN THU", "90001"},
		{"bến thử, hồ chí minh", "90001"},
		{"p. ben thu tphcm", "90001"},
		{"ben thu hcm", "90001"},
		{"ben t", "90001"},
		{"tân thử", "90002"},
		{"Tần Thứ", "90003"}, // the marks decide
		{"dong thu", "90004"},
		{"đống thử", "90004"},
		{"ðống thử", "90004"},
		{"dk dao thu", "90005"},
		{"van thu quoc tu", "90006"},
		{"ho chi minh", "79"},
		{"xa tan thu tinh ha noi", "90003"},
		{"tp hồ chí minh", "79"},
		{"bac ninh", "24"},
		{"Hoà An 0", "00"}, // another way to set the mark
	} {
		found := l.Search(c.text, 5)
		if len(found) == 0 || !strings.HasPrefix(found[0].Code, c.first) && c.first != "00" {
			t.Errorf("%q: %v", c.text, found)
		}
	}
	for _, text := range []string{"", "  ", "q 1 cu", "không có", "\xff\xfe", "...", strings.Repeat("ớ", 4000)} {
		if found := l.Search(text, 5); len(found) != 0 {
			t.Errorf("%q: %v", text, found)
		}
	}
	if found := l.SearchIn("01", "thu", 50); len(found) != 3 {
		t.Errorf("in one province: %v", found)
	}
	if found := l.Search("xa", 0); len(found) != MaxAnswer {
		t.Errorf("%d units in an answer", len(found))
	}
}

// few is a short list.
var few = Counts{Provinces: 34, Communes: 40}

// TestBuild: a list that contradicts itself is none.
func TestBuild(t *testing.T) {
	for name, c := range map[string]struct {
		change func([]Unit) []Unit
		err    error
	}{
		"the control":     {func(u []Unit) []Unit { return u }, nil},
		"a code twice":    {func(u []Unit) []Unit { u[40].Code = u[41].Code; return u }, ErrTwice},
		"a province more": {func(u []Unit) []Unit { return append(u, Unit{Code: "97", Province: "97", Name: "Tỉnh Thử"}) }, ErrCount},
		"a commune less":  {func(u []Unit) []Unit { return u[:len(u)-1] }, ErrCount},
		"an orphan":       {func(u []Unit) []Unit { u[40].Province = "99"; return u }, ErrOrphan},
		"of a commune":    {func(u []Unit) []Unit { u[41].Province = u[40].Code; return u }, ErrOrphan},
		"a short code":    {func(u []Unit) []Unit { u[40].Code = "123"; return u }, ErrCode},
		"a letter":        {func(u []Unit) []Unit { u[40].Code = "1234a"; return u }, ErrCode},
		"no name":         {func(u []Unit) []Unit { u[40].Name = ""; return u }, ErrName},
		"a line break":    {func(u []Unit) []Unit { u[40].Name = "Xã\nThử"; return u }, ErrName},
		"a turned text":   {func(u []Unit) []Unit { u[40].Name = "Xã \u202eThử"; return u }, ErrName},
		"a long name":     {func(u []Unit) []Unit { u[40].Name = strings.Repeat("a", maxName+1); return u }, ErrName},
		"too many":        {func(u []Unit) []Unit { return slices.Concat(u, make([]Unit, MaxUnits)) }, ErrCount},
	} {
		_, err := Build(Source{Date: "2026-01-01"}, c.change(made(t, few.Communes)), few)
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Build(Source{Date: "1/1/2026"}, made(t, few.Communes), few); err == nil {
		t.Error("another date's form: accepted")
	}
}

func TestAddress(t *testing.T) {
	l := list(t)
	a, err := l.Address("79", "90001", " 12 đường Thử ")
	if err != nil || a.Text != "12 đường Thử, Phường Bến Thử, Tỉnh Hồ Chí Minh" || a.Data != l.Version() || a.Source != FromList {
		t.Errorf("%+v, %v", a, err)
	}
	for _, bad := range [][3]string{{"79", "90003", "x"}, {"", "90001", "x"}, {"79", "79", "x"}, {"90001", "90001", "x"}, {"79", "", "x"}, {"79", "90001", "a\x00b"}} {
		if _, err := l.Address(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("%v: accepted", bad)
		}
	}
	without, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if a, err := without.Address("79", "", "xã Thử"); err != nil || a.Text != "xã Thử, Hồ Chí Minh" {
		t.Errorf("without communes: %+v, %v", a, err)
	}
	if _, err := without.Address("79", "", ""); err == nil {
		t.Error("a province alone is an address")
	}
	if a, err := Free(" thôn Thử "); err != nil || a.Text != "thôn Thử" || a.Source != FromOfficer {
		t.Errorf("free: %+v, %v", a, err)
	}
	if _, err := Free(strings.Repeat("a", MaxAddress+1)); !errors.Is(err, ErrAddress) {
		t.Errorf("too long: %v", err)
	}
	b, err := json.Marshal(a)
	if err != nil || !strings.Contains(string(b), `"commune":"90001"`) {
		t.Errorf("%s, %v", b, err)
	}
}

func BenchmarkSearch(b *testing.B) {
	l := list(b)
	for _, text := range []string{"phuong ben thu", "xa", "khong co gi ca", "hoà an 3, bac ninh"} {
		b.Run(strings.ReplaceAll(text, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Search(text, 10)
			}
		})
	}
}
