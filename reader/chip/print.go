package chip

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What stands printed on the document: the machine-readable zone (Doc 9303-4,
// -5 and -6) and the text of the card's QR code.

const lineTD1 = 30 // characters in a line of a TD1 zone

// checkDigit is the 7-3-1 weighted sum modulo 10 (Doc 9303-3 §4.9).
func checkDigit(s string) string {
	sum := 0
	for i := 0; i < len(s); i++ {
		v := 0
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		}
		sum += v * [...]int{7, 3, 1}[i%3]
	}
	return string(rune('0' + sum%10))
}

// mrzLines is the zone of a document: three lines of 30 characters (TD1), two
// of 36 (TD2) or two of 44 (TD3).
func mrzLines(c Citizen, k Content) []string {
	switch k.Document {
	case DocumentPassport:
		return twoLines("P<", 44, 14, c, k)
	case DocumentResidenceTD2:
		return twoLines("IR", 36, 7, c, k)
	case DocumentResidence:
		return linesTD1("IR", k.number(c), strings.Repeat("<", 15), c, k)
	}
	// The Vietnamese card: the optional data holds the 12-digit number, and
	// position 30 of the first line is a check digit over it.
	optional := c.Number + "<<"
	return linesTD1("ID", k.number(c), optional+checkDigit(optional), c, k)
}

// linesTD1 is a zone of Doc 9303-5 for a number of nine characters and 15
// characters of optional data.
func linesTD1(code, number, optional string, c Citizen, k Content) []string {
	field, optional := numberField(number, optional)
	one := code + k.State + field + optional
	birth, expiry := c.Birth.Format("060102"), mrzExpiry(c.Expiry)
	two := birth + checkDigit(birth) + mrzSex(c) + expiry + checkDigit(expiry) + c.state(k) + strings.Repeat("<", 11)
	two += checkDigit(one[5:30] + two[0:7] + two[8:15] + two[18:29])
	return []string{one, two, mrzName(c.Name, lineTD1)}
}

// twoLines is a zone of Doc 9303-4 or 9303-6 with the given width and room for
// optional data. A passport's holds the 12-digit number and its check digit.
func twoLines(code string, width, room int, c Citizen, k Content) []string {
	number := k.number(c)
	birth, expiry := c.Birth.Format("060102"), mrzExpiry(c.Expiry)
	optional := strings.Repeat("<", room)
	if room > len(c.Number) {
		optional = (c.Number + optional)[:room]
		optional += checkDigit(optional)
	}
	field, optional := numberField(number, optional)
	two := field + c.state(k) + birth + checkDigit(birth) + mrzSex(c) + expiry + checkDigit(expiry)
	two += optional
	two += checkDigit(two[0:10] + two[13:20] + two[21:])
	return []string{code + k.State + mrzName(c.Name, width-5), two}
}

// numberField is the document number with its check digit. What does not fit
// into nine characters goes on in the optional data, check digit behind it
// (Doc 9303-5 §4.2.2 note j, Doc 9303-6 §4.2.2 note j).
func numberField(number, optional string) (field, rest string) {
	const width = 9
	if len(number) <= width {
		return number + checkDigit(number), optional
	}
	more := number[width:] + checkDigit(number) + "<"
	return number[:width] + "<", more + optional[len(more):]
}

func mrzSex(c Citizen) string {
	if c.Sex == "Nữ" {
		return "F"
	}
	return "M"
}

func mrzExpiry(t time.Time) string {
	if t.IsZero() {
		return "991231"
	}
	return t.Format("060102")
}

// mrzName writes the surname (the first word), two fillers and the rest.
// Đ is replaced first: it is a letter of its own and does not decompose.
func mrzName(name string, width int) string {
	name = strings.NewReplacer("Đ", "D", "đ", "d", "Ð", "D").Replace(name)
	var b strings.Builder
	for _, r := range norm.NFD.String(name) {
		switch r = unicode.ToUpper(r); {
		case r >= 'A' && r <= 'Z':
			b.WriteRune(r)
		case unicode.IsSpace(r), r == '-':
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	if len(words) == 0 {
		return strings.Repeat("<", width)
	}
	line := words[0] + "<<" + strings.Join(words[1:], "<") + strings.Repeat("<", width)
	return line[:width]
}

// mrzInformation is what BAC and PACE derive their key from: document number,
// birth and expiry, each with its check digit (Doc 9303-11 §9.7.2). A long
// number counts in full.
func mrzInformation(lines []string) string {
	one, two := lines[0], lines[1]
	var number, optional, dates string
	if len(lines) == 2 {
		number, optional, dates = two[0:10], two[28:], two[13:20]+two[21:28]
	} else {
		number, optional, dates = one[5:15], one[15:], two[0:7]+two[8:15]
	}
	if number[9] == '<' {
		more, _, _ := strings.Cut(optional, "<")
		number = number[:9] + more
	}
	return number + dates
}

// qrPayload is the text of the QR code on the card of 2021: seven fields.
func qrPayload(c Citizen) string {
	return strings.Join([]string{
		c.Number, c.OldNumber, norm.NFC.String(c.Name), c.Birth.Format("02012006"),
		c.Sex, norm.NFC.String(c.Residence), c.Issue.Format("02012006"),
	}, "|")
}
