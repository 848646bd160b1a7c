package cccd

import (
	"bytes"
	"fmt"
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
// are kept raw. The error is ErrNotCard, ErrBroken or ErrMangled; what is only
// unusual becomes a warning.
func ParseQR(b []byte) (*Card, error) {
	fields, err := split(b)
	if err != nil {
		return nil, err
	}
	if err := scannerFault(fields); err != nil {
		return nil, err
	}
	for i, f := range fields {
		fields[i] = clean(f)
	}
	c := &Card{
		OldNumber: fields[fOldNumber],
		Name:      fields[fName],
		Residence: fields[fResidence],
	}
	if c.Number, err = ParseNumber(fields[fNumber]); err != nil {
		return nil, fmt.Errorf("%w (the number has not 12 digits)", ErrBroken)
	}
	if c.Birth, err = parseDate(fields[fBirth]); err != nil {
		return nil, fmt.Errorf("%w (birth: %w)", ErrBroken, err)
	}
	if c.Issued, err = parseDate(fields[fIssued]); err != nil {
		return nil, fmt.Errorf("%w (date of issue: %w)", ErrBroken, err)
	}
	if c.Sex, err = parseSex(fields[fSex]); err != nil {
		return nil, err
	}
	if err := checkName(c.Name); err != nil {
		return nil, err
	}
	if c.Issued.before(c.Birth) {
		return nil, fmt.Errorf("%w (issued before birth)", ErrBroken)
	}
	c.rest(fields)
	c.warn(fields)
	return c, nil
}

// split cuts the payload into its fields, the empty ones included, and refuses
// what cannot be a card.
func split(b []byte) ([]string, error) {
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
	if len(b) > MaxPayload {
		return nil, fmt.Errorf("%w (%d bytes)", ErrNotCard, len(b))
	}
	number, _, found := bytes.Cut(b, []byte("|"))
	if !found || len(number) == 0 || len(bytes.Trim(number, "0123456789 ")) > 0 {
		return nil, ErrNotCard
	}
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("%w (not UTF-8)", ErrMangled)
	}
	if bytes.ContainsFunc(b, unicode.IsControl) {
		return nil, fmt.Errorf("%w (control characters)", ErrBroken)
	}
	fields := strings.SplitN(string(b), "|", maxFields+1)
	if len(fields) < fields2021 || len(fields) > maxFields {
		return nil, fmt.Errorf("%w (%d fields)", ErrBroken, len(fields))
	}
	for _, f := range fields[fIssued:] {
		if len(strings.TrimSpace(f)) >= numberLength && strings.Trim(f, "0123456789 ") == "" {
			return nil, fmt.Errorf("%w (two scans in one)", ErrBroken)
		}
	}
	return fields, nil
}

// clean normalises one field: NFC, Đ where a card has the Icelandic Ð that
// looks the same, no spaces around.
func clean(field string) string {
	return strings.TrimSpace(strings.NewReplacer("Ð", "Đ", "ð", "đ").Replace(norm.NFC.String(field)))
}

func parseSex(s string) (string, error) {
	switch strings.ToLower(s) {
	case "nam":
		return "M", nil
	case "nữ":
		return "F", nil
	}
	if strings.HasPrefix(strings.ToLower(s), "n") {
		return "", ErrMangled
	}
	return "", fmt.Errorf("%w (sex)", ErrBroken)
}

func checkName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return fmt.Errorf("%w (name)", ErrBroken)
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" '’ʼ`-.,", r) {
			return fmt.Errorf("%w (name)", ErrBroken)
		}
	}
	return nil
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
	add(len(fields) != fields2021 && len(fields) != fields2024, WarnFieldCount, "an unknown revision of the QR code: the first seven fields are used")
	add(c.Extra != nil, WarnExtra, "the QR code holds fields of unknown meaning")
}
