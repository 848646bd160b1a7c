package cccd

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of a payload. The largest QR code holds 2,953 bytes; the longest card
// seen has 224.
const (
	MaxPayload = 2953
	maxFields  = 32
	maxName    = 100 // characters
)

// The fields, by index. Only their number tells the layouts apart.
const (
	fNumber = iota
	fOldNumber
	fName
	fBirth
	fSex
	fResidence
	fIssued
	fields2021
	fFather    = 8
	fMother    = 9
	fields2024 = 11
)

// ParseQR reads the text of a card's QR code: seven fields (2021) or eleven
// (2024), parted by bars, UTF-8 in any normal form. Fields of unknown meaning
// are kept raw, and so is what an unknown revision adds. What a scanner puts
// around the text is left out: blanks, control characters, a byte order mark,
// the symbology identifier of AIM. The error is a *Fault; what is only unusual
// becomes a warning.
func ParseQR(b []byte) (*Card, error) {
	text := unframed(string(b))
	c, kind := read(text)
	if kind != "" {
		return nil, &Fault{Kind: kind, Restored: restore(text, kind)}
	}
	return c, nil
}

// unframed removes what scanners put around a text.
func unframed(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	// ISO/IEC 15424: ]Q and a digit say that a QR code follows.
	if rest, ok := strings.CutPrefix(text, "]Q"); ok && rest != "" && isDigits(rest[:1], 1) {
		text = rest[1:]
	}
	return text
}

// read takes a text apart, or says what is wrong with it.
func read(text string) (*Card, Kind) {
	fields, kind := split(text)
	if kind != "" {
		return nil, kind
	}
	if kind := mangled(fields); kind != "" {
		return nil, kind
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return nil, KindControl
	}
	asRead := slices.Clone(fields)
	for i, f := range fields {
		fields[i] = clean(f)
	}
	if !slices.Equal(fields, asRead) { // a letter may have hidden in two characters
		if kind := mangled(fields); kind != "" {
			return nil, kind
		}
	}
	c := &Card{OldNumber: fields[fOldNumber], Name: fields[fName], Residence: fields[fResidence]}
	var err error
	if c.Number, err = ParseNumber(fields[fNumber]); err != nil {
		return nil, KindNumber
	}
	if c.Birth, err = parseDate(fields[fBirth]); err != nil {
		return nil, KindBirth
	}
	if len(fields) == fields2021 && shortDate(fields[fIssued]) {
		return nil, KindCut // 2005 may be the year, and may be the rest of 20052021
	}
	if c.Issued, err = parseDate(fields[fIssued]); err != nil {
		return nil, KindIssued
	}
	if c.Sex, kind = parseSex(fields[fSex]); kind != "" {
		return nil, kind
	}
	if !isName(c.Name) {
		return nil, KindName
	}
	if c.Issued.before(c.Birth) {
		return nil, KindOrder
	}
	c.rest(fields)
	c.warn(fields)
	return c, ""
}

// split cuts the payload into its fields, the empty ones included, and refuses
// what cannot be a card.
func split(text string) ([]string, Kind) {
	if len(text) > MaxPayload {
		return nil, KindNotCard
	}
	if !hasNumber(text) {
		return nil, strayed(text)
	}
	if !utf8.ValidString(text) {
		return nil, KindNotUTF8
	}
	fields := strings.SplitN(text, "|", maxFields+1)
	switch {
	case len(fields) > maxFields:
		return nil, KindTooMany
	case twoScans(fields):
		return nil, KindTwoScans
	case len(fields) < fields2021 && len(fields) > fBirth+1 && isDigits(clean(fields[len(fields)-1]), 8):
		return nil, KindFields
	case len(fields) < fields2021:
		return nil, KindCut
	}
	return fields, ""
}

// hasNumber reports whether the text begins with digits and a bar.
func hasNumber(text string) bool {
	number, _, found := strings.Cut(text, "|")
	return found && number != "" && strings.Trim(number, "0123456789 ") == ""
}

// twoScans reports a second number behind the date of issue.
func twoScans(fields []string) bool {
	for _, f := range fields[min(fIssued, len(fields)):] {
		if len(strings.TrimSpace(f)) >= numberLength && strings.Trim(f, "0123456789 \r\n\t") == "" {
			return true
		}
	}
	return false
}

// shortDate reports the beginning of a date.
func shortDate(s string) bool { return len(s) < 8 && strings.Trim(s, "0123456789") == "" }

// clean normalises one field: NFC, Đ where a card has the Icelandic Ð that
// looks the same, no spaces around.
func clean(field string) string {
	return strings.TrimSpace(strings.NewReplacer("Ð", "Đ", "ð", "đ").Replace(norm.NFC.String(field)))
}

func parseSex(s string) (string, Kind) {
	switch strings.ToLower(s) {
	case "nam":
		return "M", ""
	case "nữ":
		return "F", ""
	case "nu":
		return "", KindNoMarks
	}
	return "", KindSex
}

// isName reports whether a text can be a name.
func isName(name string) bool {
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return false
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" '’ʼ`-.,", r) {
			return false
		}
	}
	return true
}

// rest keeps what follows the seventh field: the parents where the layout is
// known, everything else raw.
func (c *Card) rest(fields []string) {
	extra := append([]string(nil), fields[fields2021:]...)
	if len(fields) >= fields2024 {
		c.Father, c.Mother = fields[fFather], fields[fMother]
		extra[fFather-fields2021], extra[fMother-fields2021] = "", ""
	}
	if strings.Join(extra, "") != "" {
		c.Extra = extra
	}
}

// longText is the number of words from which name and residence together have
// a Vietnamese letter on every card.
const longText = 6

func (c *Card) warn(fields []string) {
	add := func(unusual bool, code WarningCode, message string) {
		if unusual {
			c.Warnings = append(c.Warnings, Warning{code, message})
		}
	}
	_, known := c.Number.Province()
	add(!known, WarnProvince, "the first three digits name no province: birth registered abroad, or a newer code")
	add(c.Number.Sex() != c.Sex, WarnSex, "the number's sex digit differs from the sex on the card: a corrected citizen may keep the number")
	add(c.Number.BirthYear() != c.Birth.Year, WarnYear, "the number's year digits differ from the year of birth on the card: a corrected citizen may keep the number")
	add(c.OldNumber != "" && !isDigits(c.OldNumber, 9), WarnOldNumber, "the old number is not the 9 digits of a CMND")
	add(!c.Birth.Full(), WarnBirth, "day or month of birth is unknown: the chip opens by the CAN only")
	add(!c.Issued.Full(), WarnIssued, "day or month of issue is unknown: the chip opens by the CAN only")
	add(c.Residence == "", WarnResidence, "the residence is empty")
	add(plain(c.Name+" "+c.Residence), WarnNoMarks, "name and residence have no Vietnamese letter: the scanner may have lost the marks, compare with the card")
	add(len(fields) != fields2021 && len(fields) != fields2024, WarnFieldCount, "an unknown revision of the QR code: the first seven fields are used")
	add(c.Extra != nil, WarnExtra, "the QR code holds fields of unknown meaning")
}

// plain reports a long text without a letter beyond ASCII.
func plain(text string) bool {
	words := strings.FieldsFunc(text, notLetter)
	return len(words) >= longText && isASCII(strings.Join(words, ""))
}
