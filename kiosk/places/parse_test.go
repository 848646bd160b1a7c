package places

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// database has the shape of vietnamese-provinces-database, with invented units.
const database = `[
 {"Type": "province", "Code": "01", "Name": "Thử Một", "NameEn": "Thu Mot", "FullName": "Thành phố Thử Một", "FullNameEn": "Thu Mot City",
  "CodeName": "thu_mot", "AdministrativeUnitId": 1, "AdministrativeUnitShortName": "Thành phố", "PostalCodePrefix": "10, 11",
  "Wards": [
   {"Type": "ward", "Code": "00004", "Name": "Thử An", "FullName": "Phường Thử An", "ProvinceCode": "01", "AdministrativeUnitId": 3, "PostalCode": "10001"},
   {"Code": "00008", "Name": "Thử Bình", "FullName": "Xã Thử Bình", "ProvinceCode": "01"}]},
 {"Code": "91", "FullName": "Tỉnh Thử Hai", "Wards": [{"Code": "30367", "FullName": "Xã Thử Cát", "ProvinceCode": "91"}]}]`

// openAPI has the shape of provinces.open-api.vn v2, with the same units; the
// communes may stand before their province's code.
const openAPI = `[
 {"name": "Thành phố Thử Một", "wards": [
   {"name": "Phường Thử An", "code": 4, "codename": "phuong_thu_an", "division_type": "phường", "province_code": 1},
   {"name": "Xã Thử Bình", "code": 8, "codename": "xa_thu_binh", "division_type": "xã", "short_codename": "thu_binh"}],
  "code": 1, "codename": "thu_mot", "division_type": "thành phố trung ương", "phone_code": 24},
 {"name": "Tỉnh Thử Hai", "code": 91, "codename": "thu_hai", "division_type": "tỉnh", "phone_code": 296, "wards": [
   {"name": "Xã Thử Cát", "code": 30367, "codename": "xa_thu_cat", "division_type": "xã"}]}]`

// TestShapes: both shapes, in one file and in several, give the same list.
func TestShapes(t *testing.T) {
	flat := []string{
		`[{"name": "Thành phố Thử Một", "code": 1, "division_type": "thành phố trung ương", "codename": "a", "phone_code": 24, "wards": []},
		  {"name": "Tỉnh Thử Hai", "code": 91, "division_type": "tỉnh", "codename": "b", "phone_code": 296, "wards": null}]`,
		`[{"name": "Phường Thử An", "code": 4, "province_code": 1}, {"name": "Xã Thử Bình", "code": 8, "province_code": 1},
		  {"name": "Xã Thử Cát", "code": 30367, "province_code": 91}]`,
	}
	var single []string
	var provinces []json.RawMessage
	if err := json.Unmarshal([]byte(openAPI), &provinces); err != nil {
		t.Fatal(err)
	}
	for _, p := range provinces {
		single = append(single, string(p))
	}
	var first *List
	for _, c := range []struct {
		shape string
		files []string
	}{
		{ShapeDatabase, []string{database}}, {ShapeOpenAPI, []string{openAPI}}, {ShapeOpenAPI, flat}, {ShapeOpenAPI, single},
		{ShapeOpenAPI, []string{"\ufeff" + openAPI}},
	} {
		var files [][]byte
		for _, f := range c.files {
			files = append(files, []byte(f))
		}
		units, shape, err := Parse(files...)
		if err != nil || shape != c.shape {
			t.Fatalf("%s: %q, %v", c.shape, shape, err)
		}
		l, err := Build(Of("2026-07-25", shape, files...), units, Counts{2, 3})
		if err != nil {
			t.Fatal(err)
		}
		if u, ok := l.Unit("00008"); !ok || u != (Unit{"00008", "01", "Xã Thử Bình", "Xã Thử Bình, Thành phố Thử Một"}) {
			t.Errorf("%+v", u)
		}
		if first == nil {
			first = l
		}
		a, _ := json.Marshal(first.Units())
		b, _ := json.Marshal(l.Units())
		if string(a) != string(b) {
			t.Errorf("another list: %s", b)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	replaced := func(from, to string) string {
		s := strings.Replace(database, from, to, 1)
		if s == database {
			t.Fatalf("%s is not there", from)
		}
		return s
	}
	for name, c := range map[string]struct {
		text string
		err  error // nil: any
	}{
		"nothing":              {``, nil},
		"an empty list":        {`[]`, ErrShape},
		"text":                 {`"x"`, ErrShape},
		"a list of numbers":    {`[1]`, ErrShape},
		"a newer field":        {replaced(`"CodeName"`, `"Population"`), ErrShape},
		"another case":         {replaced(`"Code": "91"`, `"CODE": "91"`), ErrShape},
		"both shapes":          {replaced(`"Name": "Thử Một"`, `"name": "Thử Một"`), ErrShape},
		"a field twice":        {replaced(`"Code": "91"`, `"Code": "91", "Code": "92"`), nil},
		"districts":            {`[{"name": "Tỉnh Thử", "code": 1, "districts": []}]`, ErrEarlier},
		"wards in a ward":      {`[{"Code": "01", "FullName": "Tỉnh Thử", "Wards": [{"Code": "00001", "Wards": []}]}]`, ErrShape},
		"another's ward":       {replaced(`"ProvinceCode": "91"`, `"ProvinceCode": "01"`), ErrOrphan},
		"a code of letters":    {replaced(`"Code": "91"`, `"Code": "9x"`), ErrCode},
		"a code too long":      {replaced(`"Code": "91"`, `"Code": "0091"`), ErrCode},
		"no code":              {replaced(`"Code": "91", `, ``), ErrCode},
		"a nested value":       {replaced(`"Code": "91"`, `"Code": {"a": 1}`), nil},
		"a truth":              {replaced(`"Code": "91"`, `"Code": true`), nil},
		"something behind":     {database + `[]`, nil},
		"cut":                  {database[:len(database)-4], nil},
		"not UTF-8":            {"[{\"Code\": \"\xff\"}]", nil},
		"a field that is long": {replaced(`"thu_mot"`, `"`+strings.Repeat("a", maxField+1)+`"`), nil},
		"a file that is large": {database + strings.Repeat(" ", MaxSource), nil},
		"too many":             {`[{"Code": "01", "FullName": "Tỉnh Thử", "Wards": [` + strings.Repeat(`{"Code": "1"},`, MaxUnits) + `{"Code": "1"}]}]`, ErrCount},
	} {
		units, _, err := Parse([]byte(c.text))
		if err == nil || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: %d units, %v", name, len(units), err)
		}
	}
}

// FuzzParse: a source is refused, or its units are as they were read, and what
// is installed of them reads back the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(database))
	f.Add([]byte(openAPI))
	f.Add([]byte(`{"code": 1, "name": "x", "wards": [{"code": 1, "name": "y"}]}`))
	f.Add([]byte(`[{"code":1,"name":"a","province_code":91}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		units, shape, err := Parse(b)
		if err != nil {
			return
		}
		if shape != ShapeDatabase && shape != ShapeOpenAPI {
			t.Fatalf("shape %q", shape)
		}
		l, err := build(Of("2026-01-01", shape, b), units)
		if err != nil {
			return
		}
		dir := t.TempDir()
		if err := Install(dir, l); err != nil {
			t.Fatal(err)
		}
		again, bad, err := Open(dir)
		if err != nil || len(bad) != 0 || again.Source() != l.Source() || len(again.Units()) != len(units) {
			t.Fatalf("installed, but not read back: %v, %v", bad, err)
		}
		for _, u := range again.Units() {
			if !again.Known(u.Code) || !again.Known(u.Province) {
				t.Fatalf("unit %+v", u)
			}
			again.SearchIn(u.Province, u.Name, 3)
		}
	})
}
