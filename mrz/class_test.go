package mrz

import (
	"strings"
	"testing"
)

// specimens are valid zones of every format.
var specimens = map[Format]string{
	TD1:   "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
	TD2:   "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
	TD3:   "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
	MRVA:  "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<",
	MRVB:  "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F9612109<<<<<<<<",
	FRAID: "IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<\n8806923102858CORINNE<<<<<<<6512068F6",
}

// TestClasses: every specimen keeps to the classes, and where a class has only
// digits a letter breaks the zone.
func TestClasses(t *testing.T) {
	check := func(z *Zone, vietnamese bool) {
		t.Helper()
		classes := Classes(z.Format, vietnamese)
		if len(classes) != len(z.Lines) {
			t.Fatalf("%s: %d lines", z.Format, len(classes))
		}
		for i, line := range z.Lines {
			if len(classes[i]) != len(line) {
				t.Fatalf("%s: %d columns", z.Format, len(classes[i]))
			}
			for j, c := range classes[i] {
				if !c.Has(line[j]) {
					t.Errorf("%s: %q in line %d, column %d", z.Format, line[j], i, j)
				}
				if c&ClassLetter != 0 || c&ClassSex != 0 {
					continue
				}
				spoilt := append([]string(nil), z.Lines...)
				spoilt[i] = line[:j] + "B" + line[j+1:]
				if again, err := Parse(strings.Join(spoilt, "")); err == nil && again.Valid {
					t.Errorf("%s: a letter is valid in line %d, column %d", z.Format, i, j)
				}
			}
		}
	}
	for format, text := range specimens {
		z, err := Parse(text)
		if err != nil || !z.Valid || z.Format != format {
			t.Fatalf("%s: %v %+v", format, err, z)
		}
		check(z, false)
	}
	z, err := Parse(thu)
	if err != nil {
		t.Fatal(err)
	}
	check(z, true)
	if Classes("TD9", false) != nil {
		t.Error("classes of an unknown format")
	}
}
