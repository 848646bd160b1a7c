package cccd

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// How the way from a scanner spoils a text: a keyboard-wedge scanner types,
// and the computer's layout, input method or code page changes what arrives.
// The tests below look at shapes, each with the reason why no card trips it.

// mangled returns the kind of the fault that the fields show, "" for none.
func mangled(fields []string) Kind {
	name, sex := fields[fName], strings.ToLower(clean(fields[fSex]))
	texts := []string{name, fields[fSex], fields[fResidence]}
	if len(fields) >= fields2024 {
		texts = append(texts, fields[fFather], fields[fMother])
	}
	all := strings.Join(texts, " ")
	switch {
	case mojibake(all), symbols(all):
		return KindMojibake
	case viqr(name) || sex == "nu+~":
		return KindVIQR
	case strings.ContainsAny(name, "?\ufffd"), sex == "n?", lostLetter(all):
		return KindLost
	case vni(name), sex == "nu74", sex == "nu47":
		return KindVNI
	case sex == "nuwx", sex == "nwx", telex(name, fields[fResidence]):
		return KindTelex
	case capsLock(fields[fSex]):
		return KindCapsLock
	}
	return ""
}

// lostLetter reports U+FFFD, or a question mark that touches a letter: there
// is none in an address.
func lostLetter(text string) bool {
	before := ' '
	for _, r := range text {
		if r == '\ufffd' || r == '?' && unicode.IsLetter(before) || before == '?' && unicode.IsLetter(r) {
			return true
		}
		before = r
	}
	return false
}

// codePages are those that a Windows or DOS program may take UTF-8 for.
var codePages = [...]*charmap.Charmap{charmap.Windows1252, charmap.Windows1258, charmap.CodePage437, charmap.CodePage850}

// mojibake reports whether a word, written in a code page, is a Vietnamese
// word in UTF-8. True words are not: their bytes in those pages form no
// sequence of lead and continuation bytes, or one that is not Vietnamese.
func mojibake(text string) bool {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }) {
		if isASCII(word) {
			continue
		}
		for _, page := range codePages {
			if s, ok := unread(word, page); ok && vietnamese(s) {
				return true
			}
		}
	}
	return false
}

// symbols reports a letter beyond ASCII with a sign behind it that no address
// has there. Every other way of reading UTF-8 wrongly, twice for instance,
// leaves such pairs; they cannot be undone.
func symbols(text string) bool {
	letter := false
	for _, r := range text {
		if letter && (r >= 0x80 && r <= 0xBF || strings.ContainsRune("ƒ„†‡ˆ‰‹›™šœžŸŒŽ", r)) {
			return true
		}
		letter = r > 0xBF && unicode.IsLetter(r)
	}
	return false
}

// unread undoes the reading of UTF-8 as a code page. ok is false where the
// text is not that of such a reading; the way back is unique.
func unread(text string, page *charmap.Charmap) (utf string, ok bool) {
	b := make([]byte, 0, len(text))
	for _, r := range text {
		c, found := page.EncodeRune(r)
		if !found && r >= 0x80 && r < 0xA0 {
			c, found = byte(r), true // bytes that the page leaves free pass as they are
		}
		if !found {
			return "", false
		}
		b = append(b, c)
	}
	return string(b), utf8.Valid(b) && utf8.RuneCount(b) < len(b)
}

// vietnamese reports whether every letter beyond ASCII is of the Vietnamese
// alphabet, in any normal form.
func vietnamese(text string) bool {
	base := ' '
	for _, r := range norm.NFD.String(text) {
		on := ""
		switch r {
		case '\u0300', '\u0301', '\u0303', '\u0309', '\u0323': // the tones
			on = "aeiouy"
		case '\u0302':
			on = "aeo"
		case '\u0306':
			on = "a"
		case '\u031b':
			on = "ou"
		case 'Đ', 'đ', 'Ð':
			continue
		default:
			if r >= utf8.RuneSelf {
				return false
			}
			base = unicode.ToLower(r)
			continue
		}
		if !strings.ContainsRune(on, base) {
			return false
		}
	}
	return true
}

// vni reports a digit behind a letter: no name has one.
func vni(name string) bool {
	letter := false
	for _, r := range name {
		if letter && unicode.IsDigit(r) {
			return true
		}
		letter = unicode.IsLetter(r)
	}
	return false
}

// viqr reports the signs by which VIQR writes ă, â and ơ: no name has them.
func viqr(name string) bool { return strings.ContainsAny(name, "^(+") }

// capsLock reports the sex typed with Caps Lock on: cards have Nam, Nữ, and
// may have NAM, NỮ.
func capsLock(sex string) bool {
	sex = clean(sex)
	return sex == "nAM" || sex == "nỮ"
}

// digitRows are what the keys of the digits 0 to 9 give on keyboards of other
// layouts: US with Shift, French, and the Windows layout "Vietnamese".
var digitRows = [...]string{")!@#$%^&*(", "à&é\"'(-è_ç", "đăâêô\u0300\u0309\u0303\u0301\u0323"}

// strayed tells a card whose number or bars arrived as other characters from
// what is no card at all.
func strayed(text string) Kind {
	for _, row := range digitRows {
		n := 0
		for _, r := range text {
			if !strings.ContainsRune(row, r) {
				break
			}
			n++
		}
		if n >= numberLength {
			return KindLayout
		}
	}
	if separator(text) != 0 || unparted(text) {
		return KindSeparator
	}
	return KindNotCard
}

// separator returns the character that stands where a card has the bars: one
// that is no digit and no letter, behind the number and, if there is an old
// number or none, behind that. 0 where there is no such character.
func separator(text string) rune {
	if len(text) <= numberLength || !isDigits(text[:numberLength], numberLength) {
		return 0
	}
	rest := text[numberLength:]
	sep, size := utf8.DecodeRuneInString(rest)
	if sep == utf8.RuneError || unicode.IsLetter(sep) || unicode.IsDigit(sep) {
		return 0
	}
	second, _, found := strings.Cut(rest[size:], string(sep))
	if found && (second == "" || isDigits(second, 9) || isDigits(second, numberLength)) &&
		strings.Count(rest, string(sep)) >= fIssued {
		return sep
	}
	return 0
}

// unparted reports a payload whose bars are gone without a trace.
func unparted(text string) bool {
	ok, err := regexp.MatchString(`^\d{12}(\d{9}|\d{12})?\pL[^0-9]*\d{8}(?i:nam|nữ|nuwx|nu)[^|]*\d{8}$`, text)
	return ok && err == nil
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
