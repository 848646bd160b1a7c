package chip

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What stands printed on the card: the machine-readable zone (Doc 9303-5,
// TD1) and the text of the QR code.

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

// mrzLines is the Vietnamese TD1: the optional data holds the 12-digit number,
// and position 30 of the first line is a check digit over it.
func mrzLines(c Citizen) []string {
	doc, optional := c.Number[3:], c.Number+"<<"
	one := "IDVNM" + doc + checkDigit(doc) + optional + checkDigit(optional)
	birth, expiry := c.Birth.Format("060102"), mrzExpiry(c.Expiry)
	sex := "M"
	if c.Sex == "Nữ" {
		sex = "F"
	}
	two := birth + checkDigit(birth) + sex + expiry + checkDigit(expiry) + "VNM" + strings.Repeat("<", 11)
	two += checkDigit(one[5:30] + two[0:7] + two[8:15] + two[18:29])
	return []string{one, two, mrzName(c.Name)}
}

func mrzExpiry(t time.Time) string {
	if t.IsZero() {
		return "991231"
	}
	return t.Format("060102")
}

// mrzName writes the surname (the first word), two fillers and the rest.
// Đ is replaced first: it is a letter of its own and does not decompose.
func mrzName(name string) string {
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
		return strings.Repeat("<", lineTD1)
	}
	line := words[0] + "<<" + strings.Join(words[1:], "<") + strings.Repeat("<", lineTD1)
	return line[:lineTD1]
}

// mrzInformation is what BAC and PACE derive their key from: document number,
// birth and expiry, each with its check digit (Doc 9303-11 §9.7.2).
func mrzInformation(lines []string) string {
	return lines[0][5:15] + lines[1][0:7] + lines[1][8:15]
}

// qrPayload is the text of the QR code on the card of 2021: seven fields.
func qrPayload(c Citizen) string {
	return strings.Join([]string{
		c.Number, c.OldNumber, norm.NFC.String(c.Name), c.Birth.Format("02012006"),
		c.Sex, norm.NFC.String(c.Residence), c.Issue.Format("02012006"),
	}, "|")
}
