package compare

import (
	"strconv"
	"strings"

	"github.com/tram-station/tram/mrz/cccd"
)

// sex returns the letter of the zone for the words of the card.
func sex(s string) string {
	switch spelling(s) {
	case "NAM", "M", "MALE":
		return "M"
	case spelling("Nữ"), "F", "FEMALE":
		return "F"
	case "X":
		return "X"
	}
	return s
}

// date returns the common form of a date as cards write it: ddmmyyyy, mmyyyy,
// yyyy, with or without separators, or the year first with them; zeros stand
// for what is not known. The words for no limit become NoExpiry. Anything else
// is returned as it is.
func date(s string) string {
	switch bare(s) {
	case "KHONG THOI HAN", "VO THOI HAN", "KHONG XAC DINH THOI HAN", "NONE":
		return NoExpiry
	}
	if strings.Trim(s, "0123456789/-. ") != "" {
		return s
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) == 1 {
		switch s := parts[0]; len(s) {
		case 8:
			parts = []string{s[:2], s[2:4], s[4:]}
		case 6:
			parts = []string{s[:2], s[2:]}
		}
	}
	if len(parts) == 0 || len(parts) > 3 {
		return s
	}
	if len(parts[0]) != 4 { // the year comes last
		for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
			parts[i], parts[j] = parts[j], parts[i]
		}
	}
	var d cccd.Date
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || len(p) > 4 || (len(p) == 4) != (i == 0) {
			return s
		}
		*[]*int{&d.Year, &d.Month, &d.Day}[i] = n
	}
	if d.Year == 0 || d.Month > 12 || d.Day > 31 || d.Month == 0 && d.Day > 0 {
		return s
	}
	return d.String()
}

// parts reads what date returned; ok is false for any other text.
func parts(s string) (d cccd.Date, ok bool) {
	for i, p := range strings.Split(s, "-") {
		n, err := strconv.Atoi(p)
		if err != nil || i > 2 {
			return cccd.Date{}, false
		}
		*[]*int{&d.Year, &d.Month, &d.Day}[i] = n
	}
	return d, d.Year > 0 && d.String() == s
}

// outcome compares two facts of one field: Agree, Folded or Differ, the same
// whichever comes first.
func outcome(field string, a, b Fact) Outcome {
	if a.Value == b.Value {
		return Agree
	}
	switch field {
	case Number, DocumentNumber, OldNumber:
		return numbers(a.Value, b.Value)
	case Birth, Issue, Expiry:
		return dates(a, b)
	case Nationality:
		if state(a.Value) == state(b.Value) {
			return Agree
		}
		return Differ
	case Name:
		if a.Source.zone() != b.Source.zone() {
			return zoned(a, b)
		}
	}
	return texts(a.Value, b.Value)
}

// numberLength and documentLength are those of the Vietnamese card, whose
// document number is the end of the holder's number.
const (
	numberLength   = 12
	documentLength = 9
)

func numbers(a, b string) Outcome {
	a, b = unspaced(bare(a)), unspaced(bare(b))
	if len(a) > len(b) {
		a, b = b, a
	}
	switch {
	case a == b:
		return Agree
	case len(a) == documentLength && len(b) == numberLength && strings.HasSuffix(b, a):
		return Folded
	}
	return Differ
}

// dates compares as far as both are known; of the year, where one comes from a
// zone, the two digits that it has.
func dates(a, b Fact) Outcome {
	for _, other := range append(append([]string{}, a.Others...), b.Others...) {
		if other == a.Value || other == b.Value {
			return Agree
		}
	}
	x, xok := parts(a.Value)
	y, yok := parts(b.Value)
	if !xok || !yok {
		return Differ
	}
	if a.Source.zone() != b.Source.zone() {
		x.Year, y.Year = x.Year%100, y.Year%100
	}
	if x.Year != y.Year || x.Month*y.Month > 0 && x.Month != y.Month || x.Day*y.Day > 0 && x.Day != y.Day {
		return Differ
	}
	return Folded
}

// state returns the code for the words "Việt Nam".
func state(s string) string {
	switch s = bare(s); s {
	case "VIET NAM", "VIETNAM", "VIETNAMESE":
		return "VNM"
	}
	return s
}
