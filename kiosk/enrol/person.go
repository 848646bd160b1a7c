package enrol

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/lds"
)

// Names of the person's fields.
const (
	fieldNumber      = "number"
	fieldOldNumber   = "old_number"
	fieldName        = "name"
	fieldBirth       = "birth"
	fieldSex         = "sex"
	fieldNationality = "nationality"
	fieldResidence   = "residence"
	fieldOrigin      = "origin"
	fieldIssue       = "issue"
	fieldExpiry      = "expiry"
)

// personFields lists the fields in the order of the page. Ethnicity and
// religion stay in the chip's file: the enrolment does not need them.
var personFields = [...]string{fieldNumber, fieldName, fieldBirth, fieldSex, fieldNationality,
	fieldOrigin, fieldResidence, fieldIssue, fieldExpiry, fieldOldNumber}

// compared are the fields that print and chip must agree on. The residence is
// shown, not compared: the print keeps the address of its day.
var compared = map[string]bool{fieldNumber: true, fieldName: true, fieldBirth: true, fieldSex: true}

// NoExpiry is the value of the field "expiry" on a card without limit.
const NoExpiry = "none"

const isoDate = "2006-01-02"

// zoneFields reads the holder from a machine-readable zone. The name has no
// diacritics there.
func zoneFields(z *mrz.Zone, now time.Time) map[string]string {
	f := map[string]string{
		fieldNumber:      z.PersonalNumber(),
		fieldName:        strings.TrimSpace(z.Surname + " " + z.Given),
		fieldNationality: z.Nationality,
		fieldSex:         map[string]string{"M": "Nam", "F": "Nữ"}[z.Sex],
	}
	if f[fieldNumber] == "" {
		f[fieldNumber] = z.Number
	}
	if t, ok := z.Birth.Birth(now); ok {
		f[fieldBirth] = t.Format(isoDate)
	}
	if z.NoExpiry() {
		f[fieldExpiry] = NoExpiry
	} else if t, ok := z.Expiry.ExpiryOn(now); ok {
		f[fieldExpiry] = t.Format(isoDate)
	}
	return withoutEmpty(f)
}

// chipFields reads the holder from the chip: DG13 first, for its diacritics,
// and DG1 for what it does not say.
func chipFields(r *reader.Report, now time.Time) map[string]string {
	f := map[string]string{}
	if r == nil || r.Document == nil {
		return f
	}
	if m := r.Document.MRZ; m != nil {
		if z, err := mrz.Parse(m.Zone); err == nil {
			f = zoneFields(z, now)
		}
	}
	if v := r.Document.VN; v != nil {
		overlay(f, vnFields(v))
	}
	return f
}

func vnFields(v *lds.DG13) map[string]string {
	f := map[string]string{
		fieldNumber: v.Number, fieldName: v.Name, fieldSex: v.Sex, fieldNationality: v.Nationality,
		fieldOrigin: v.Origin, fieldResidence: v.Residence, fieldOldNumber: v.OldNumber,
		fieldBirth: v.Birth, fieldIssue: v.Issue, fieldExpiry: "",
	}
	for name, t := range map[string]time.Time{
		fieldBirth: v.BirthDate, fieldIssue: v.IssueDate, fieldExpiry: v.ExpiryDate,
	} {
		if !t.IsZero() {
			f[name] = t.Format(isoDate)
		}
	}
	return withoutEmpty(f)
}

func overlay(base, over map[string]string) {
	for k, v := range over {
		base[k] = v
	}
}

// withoutEmpty trims and composes the values and drops the empty ones.
func withoutEmpty(f map[string]string) map[string]string {
	for k, v := range f {
		v = norm.NFC.String(strings.Join(strings.Fields(v), " "))
		if v == "" {
			delete(f, k)
		} else {
			f[k] = v
		}
	}
	return f
}

// personFields merges the chip, the print and the officer's corrections. The chip
// outranks the print; a correction outranks both and is named as such.
func (s *state) personFields(now time.Time) []Field {
	chip, print := chipFields(s.chip, now), map[string]string{}
	mrzName := false
	if s.scan != nil {
		print, mrzName = s.scan.Fields, s.scan.Source == "mrz"
	}
	if s.chip != nil && s.chip.Document.VN == nil {
		mrzName = true // only DG1 names the holder
	}
	var out []Field
	for _, name := range personFields {
		f := Field{Name: name, Print: print[name], Chip: chip[name]}
		switch {
		case f.Chip != "":
			f.Value, f.Source = f.Chip, "chip"
		case f.Print != "":
			f.Value, f.Source = f.Print, "print"
		}
		if f.Chip != "" && f.Print != "" && compared[name] {
			f.Conflict = !same(name, f.Print, f.Chip, mrzName)
		}
		if s.person != nil && s.person.Corrections[name] != "" {
			f.Value, f.Source = s.person.Corrections[name], "officer"
		}
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// same compares one field. Case and composition do not matter; where one side
// comes from a zone, only the letters a zone can hold are compared.
func same(name, a, b string, zone bool) bool {
	if name == fieldName && zone {
		// A zone may have had no room for the whole name.
		x, y := mrz.Transliterate(a), mrz.Transliterate(b)
		return x == y || len(x) >= zoneNameRoom && strings.HasPrefix(y, x) ||
			len(y) >= zoneNameRoom && strings.HasPrefix(x, y)
	}
	return spelling(a) == spelling(b)
}

// zoneNameRoom is the least that a full TD1 name field holds: 30 characters
// less the double filler, which reads as one space.
const zoneNameRoom = 28

// spelling makes spelling variants equal: Ð (U+00D0) stands for Đ on some cards.
func spelling(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == 'Ð' || r == 'ð' {
			return 'Đ'
		}
		return r
	}, norm.NFC.String(s))
	return strings.ToUpper(strings.Join(strings.Fields(s), " "))
}

// value returns the merged value of one field.
func value(fields []Field, name string) string {
	for _, f := range fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
