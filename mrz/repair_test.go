package mrz

import (
	"slices"
	"strings"
	"testing"
)

func TestRepair(t *testing.T) {
	misread := strings.NewReplacer("0909", "O9O9", "9002144M", "9OO2144M", "NGUYEN<<VAN", "N6UYEN<<VAN").Replace(thu)
	z, err := Parse(misread)
	if err != nil || z.Valid {
		t.Fatal("misread zone is valid", err)
	}
	want := []Change{
		{0, 5, 'O', '0', FieldNumber}, {0, 7, 'O', '0', FieldNumber},
		{0, 18, 'O', '0', FieldOptional}, {0, 20, 'O', '0', FieldOptional},
		{1, 1, 'O', '0', FieldBirth}, {1, 2, 'O', '0', FieldBirth}, {2, 1, '6', 'G', FieldSurname},
	}
	if r, changes := Repair(z); r == nil || strings.Join(r.Lines, "\n")+"\n" != thu || !slices.Equal(changes, want) {
		t.Errorf("repaired to %+v, %v", r, changes)
	}
}

// TestRepairs reads single misreadings of the specimens; want "" where there
// must be no repair.
func TestStates(t *testing.T) {
	for code, want := range map[string]bool{"VNM": true, "FRA": true, "D": true, "UTO": true, "XXB": true,
		"VNX": false, "NMV": false, "": false, "D<<": false, "VN": false} {
		if KnownState(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
	for printed, want := range map[string]string{
		"VNM": "VNM", "UT0": "UTO", "A18": "ALB", "A1B": "ALB", "ML7": "MLT", "8R4": "BRA", "0MN": "OMN", "D<<": "D<<",
		"P0L": "POL", "B01": "B01", "X0X": "XOX",
	} {
		if got := asState(printed); got != want {
			t.Errorf("%s: %s, want %s", printed, got, want)
		}
	}
}

func TestRepairs(t *testing.T) {
	card := strings.TrimSpace(thu)
	replace := strings.Replace
	for name, c := range map[string]struct{ text, want string }{
		"already valid":         {card, ""},
		"wrong digit":           {replace(card, "0909900018", "0909900019", 1), ""},
		"digit for digit":       {replace(card, "9002144M", "9008144M", 1), ""},
		"two numbers":           {replace(replace(card, "IDVNM0909900018", "IDVNM0909900O18", 1), "1090990001", "1090990002", 1), ""},
		"digits of the number":  {replace(card, "IDVNM090990001", "IDVNM090690001", 1), card},
		"two digits of it":      {replace(card, "IDVNM090990001", "IDVNM090690007", 1), ""},
		"of the holder's":       {replace(card, "001090990001", "001O9O99OO81", 1), card},
		"province":              {replace(card, "001090990001", "007090990001", 1), ""},
		"both numbers":          {replace(replace(card, "IDVNM0909", "IDVNM0906", 1), "0001<<9", "0007<<9", 1), ""},
		"head of the card":      {replace(card, "IDVNM", "1DVNM", 1), card},
		"zero in the head":      {replace(card, "IDVNM", "I0VNM", 1), card},
		"filler as letter":      {replace(card, "VNM<<<<", "VNM<K<C", 1), card},
		"filler in the number":  {replace(card, "0001<<9", "0001KK9", 1), card},
		"check digit":           {replace(card, "<<9\n", "<<g\n", 1), ""},
		"check digit as letter": {replace(card, "9002144M3002142", "9002144M300214Z", 1), card},
		"composite":             {replace(card, "<<6\n", "<<G\n", 1), card},
		"noise behind names":    {replace(card, "THU<<<<<<", "THU<<K<CK", 1), card},
		"noise, one filler":     {replace(card, "THU<<<<<<", "THU<K<<<<", 1), ""},
		"letter O, TD3":         {replace(specimens[TD3], "L898902C36", "L8989O2C36", 1), specimens[TD3]},
		"8 or Z, TD3":           {replace(specimens[TD3], "L898902C36", "L89890ZC36", 1), ""},
		"issuer, TD3":           {replace(specimens[TD3], "P<UTOE", "P<UT0E", 1), specimens[TD3]},
		"X or Z, TD3":           {replace(specimens[TD3], "226B<<<<<", "226B<<<X<", 1), ""},
		"many, TD3": {"P<UT0ERIK55ON<<ANNA<MAR1A<<<<<<<<<<<<<<<<<<<\nL898902C36UTO740BIZZF12041S9ZE184226B<<<<<1O",
			specimens[TD3]},
		"many, TD2":          {"I<UTOERIK55ON<<ANNA<MAR1A<<<<<<<<<<<\nD231458907UT0740BIZZF12O4IS9<<<<<<<G", specimens[TD2]},
		"birth, French card": {replace(specimens[FRAID], "6512068F6", "65I2068F6", 1), specimens[FRAID]},
		"dates, visa":        {replace(specimens[MRVB], "4009078F9612109", "40O9078F96121O9", 1), specimens[MRVB]},
		"long number": {
			"I<UTOD23145890<73A9<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<", ""},
		"long number, date": {
			"I<UTOD23145890<7349<<<<<<<<<<<\n34O7127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<",
			"I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<"},
	} {
		z, err := Parse(c.text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r, changes := Repair(z)
		switch {
		case r == nil && c.want == "" && changes == nil:
		case r == nil || c.want == "":
			t.Errorf("%s: repaired to %+v, %v", name, r, changes)
		case strings.Join(r.Lines, "\n") != c.want || len(changes) == 0:
			t.Errorf("%s: repaired to %q, %v", name, r.Lines, changes)
		}
	}
}

// TestRepairIsNeverWrong misreads every character that a check digit covers as
// every other that looks like it: what is repaired is what was there.
func TestRepairIsNeverWrong(t *testing.T) {
	for kind, want := range map[string]int{"card": 48, "others": 20} {
		zones := []string{specimens[TD1], specimens[TD2], specimens[TD3], specimens[MRVB], specimens[FRAID]}
		if kind == "card" {
			zones = nil
			for _, s := range samples(t) {
				if strings.HasPrefix(s.label, "ok") {
					zones = append(zones, s.text)
				}
			}
		}
		repaired, refused := 0, 0
		for _, zone := range zones {
			a, b := misreadEach(t, zone)
			repaired, refused = repaired+a, refused+b
		}
		t.Logf("%s: %d repaired, %d refused", kind, repaired, refused)
		if repaired < want*len(zones) || kind == "card" && refused > 0 {
			t.Errorf("%s: %d repaired, %d refused", kind, repaired, refused)
		}
	}
}

// misreadEach misreads one character after the other.
func misreadEach(t *testing.T, zone string) (repaired, refused int) {
	t.Helper()
	truth, err := Parse(zone)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range truth.Fields() {
		if f.Computed == "" {
			continue
		}
		for column := f.From; column < f.To; column++ {
			line := []byte(truth.Lines[f.Line])
			was := line[column]
			for c := range mistaken {
				if !strings.Contains(mistaken[c], string(was)) && !strings.Contains(similar[c], string(was)) {
					continue
				}
				line[column] = c
				lines := slices.Clone(truth.Lines)
				lines[f.Line] = string(line)
				z, err := Parse(strings.Join(lines, "\n"))
				if err != nil {
					t.Fatal(err)
				}
				if z.Valid {
					continue // the same value: nothing sees that
				}
				switch r, changes := Repair(z); {
				case r == nil:
					refused++
				case slices.Equal(r.Lines, truth.Lines):
					repaired++
				default:
					t.Errorf("%q in line %d, column %d: %q, %v", c, f.Line, column, r.Lines, changes)
				}
			}
		}
	}
	return repaired, refused
}
