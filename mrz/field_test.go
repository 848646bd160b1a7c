package mrz

import (
	"log/slog"
	"strings"
	"testing"
)

// TestFields: every field of every format is where it says, with its digit.
func TestFields(t *testing.T) {
	zones := []string{strings.TrimSpace(thu),
		"I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<"}
	for _, zone := range specimens {
		zones = append(zones, zone)
	}
	for _, zone := range zones {
		z, err := Parse(zone)
		if err != nil {
			t.Fatal(err)
		}
		if fields := z.Fields(); len(fields) < 8 || len(fields) > maxFields {
			t.Errorf("%s: %d fields", z.Format, len(fields))
		}
		for _, f := range z.Fields() {
			value := strings.ReplaceAll(strings.TrimRight(z.Lines[f.Line][f.From:f.To], "<"), "<", " ")
			if !strings.HasPrefix(f.Value, value) || !f.OK || f.Problem != "" {
				t.Errorf("%s: %+v has %q", z.Format, f, value)
			}
			if (f.Check >= 0) != (f.Computed != "") || f.Check >= 0 && z.Lines[f.Line][f.Check:f.Check+1] != f.Printed {
				t.Errorf("%s: %+v", z.Format, f)
			}
			if again, ok := z.Field(f.Name); !ok || again != f {
				t.Errorf("%s: %+v, then %+v", z.Format, f, again)
			}
		}
		if _, ok := z.Field("no such field"); ok {
			t.Error("a field that is none")
		}
	}
	if (&Zone{}).Fields() != nil || (&Zone{Lines: []string{"X"}}).Fields() != nil {
		t.Error("fields of no zone")
	}
}

// TestProblems spoils one field after the other: it and, where it covers that,
// the composite check digit are named, and nothing else.
func TestProblems(t *testing.T) {
	card := strings.TrimSpace(thu)
	for name, c := range map[string]struct {
		from, to string
		problem  Problem
		others   bool // the composite too
	}{
		FieldNumber:      {"0909900018", "0909900028", ProblemCheckDigit, true},
		FieldOptional:    {"0001<<9", "0001<<8", ProblemCheckDigit, true},
		FieldBirth:       {"9002144M", "9002306M", ProblemDate, false},
		FieldSex:         {"4M3", "4N3", ProblemCharacters, false},
		FieldExpiry:      {"3002142V", "30O2142V", ProblemCharacters, true},
		FieldNationality: {"VNM<<<", "<<<<<<", ProblemEmpty, false},
		FieldSurname:     {"NGUYEN<<", "NGUYEN<<", "", false},
		FieldComposite:   {"<<6\n", "<<7\n", ProblemCheckDigit, false},
		FieldCode:        {"IDVNM", "<DVNM", ProblemEmpty, false},
		FieldIssuer:      {"IDVNM", "IDV<M", ProblemCharacters, false},
	} {
		z, err := Parse(strings.Replace(card, c.from, c.to, 1))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.Fields() {
			want := Problem("")
			if f.Name == name {
				want = c.problem
			} else if f.Name == FieldComposite && c.others {
				want = ProblemCheckDigit
			}
			if f.Problem != want || f.OK != (want == "") {
				t.Errorf("%s spoilt: %+v, want %q", name, f, want)
			}
		}
		if z.Valid != (c.problem == "") {
			t.Errorf("%s spoilt: valid %v", name, z.Valid)
		}
	}
}

// TestLogs: neither name nor number nor date gets into a log.
func TestLogs(t *testing.T) {
	z, err := Parse(thu)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("read", "zone", z, "value", *z, "data", z.Data, "field", z.Fields()[2])
	for _, secret := range []string{"NGUYEN", "THU", "090990001", "900214", "300214"} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%s in %s", secret, b.String())
		}
	}
	for _, known := range []string{"TD1", "VNM", FieldNumber} {
		if !strings.Contains(b.String(), known) {
			t.Errorf("no %s in %s", known, b.String())
		}
	}
}
