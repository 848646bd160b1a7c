package qr

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing/common"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Assignments of AIM ITS/04-023 that need no table.
const (
	eciUTF8      = 26
	eciASCII     = 27
	eciInvariant = 170 // the part of ISO 646 that all countries share
)

// content returns the bytes of a code, and the text that they write: valid
// UTF-8 always.
//
// Bytes under a named character set are decoded by it. Where the code names
// none, or one that its bytes are not in, they are UTF-8 if all of them are
// valid as that, else what they most resemble (Shift JIS, UTF-16, Windows 1252
// or Latin-1). A character set that is not known, and binary data, give one character
// (U+0000 to U+00FF) a byte, so that nothing is lost.
func (s *stream) content() ([]byte, string) {
	var carried, unnamed []byte
	for _, seg := range s.segments {
		carried = append(carried, seg.data...)
		if seg.script == octets && seg.eci == noECI {
			unnamed = append(unnamed, seg.data...)
		}
	}
	guess := guessed(unnamed)
	var text []byte
	for _, seg := range s.segments {
		text = append(text, seg.text(guess)...)
	}
	return carried, string(text)
}

// text returns a segment as UTF-8; guess is the character set of bytes for
// which the code names none, nil for UTF-8.
func (s segment) text(guess encoding.Encoding) []byte {
	switch {
	case s.script == ascii:
		return s.data
	case s.script == shiftJIS:
		return decoded(japanese.ShiftJIS, s.data)
	case s.script == gb2312:
		return decoded(simplifiedchinese.GB18030, s.data)
	case s.eci == noECI:
		return decoded(guess, s.data)
	}
	if text, ok := named(s.eci, s.data); ok {
		return text
	}
	return decoded(guessed(s.data), s.data)
}

// named returns bytes by an assignment, unless they are not in its character
// set.
func named(eci int, data []byte) (text []byte, ok bool) {
	switch eci {
	case eciUTF8:
		return data, utf8.Valid(data)
	case eciASCII, eciInvariant:
		return data, !slices.ContainsFunc(data, func(c byte) bool { return c >= utf8.RuneSelf })
	}
	charset, known := charsets()[eci]
	if !known {
		return decoded(charmap.ISO8859_1, data), true
	}
	text = decoded(charset, data)
	return text, !bytes.ContainsRune(text, utf8.RuneError)
}

// decoded is data as UTF-8; where charset is nil it is that already, and what
// is not is replaced by U+FFFD.
func decoded(charset encoding.Encoding, data []byte) []byte {
	if charset == nil {
		return bytes.ToValidUTF8(data, []byte(string(utf8.RuneError)))
	}
	text, err := charset.NewDecoder().Bytes(data)
	if err != nil || !utf8.Valid(text) {
		return decoded(charmap.ISO8859_1, data) // knows every byte
	}
	return text
}

// guessed returns the character set of bytes that nobody named; nil is UTF-8.
func guessed(data []byte) encoding.Encoding {
	if utf8.Valid(data) {
		return nil
	}
	charset, err := common.StringUtils_guessCharset(data, nil)
	if err != nil || charset == unicode.UTF8 || charset == charmap.ISO8859_1 {
		charset = charmap.Windows1252 // Latin-1 and a few characters more
	}
	for _, c := range []encoding.Encoding{charset, charmap.Windows1252} {
		if !bytes.ContainsRune(decoded(c, data), utf8.RuneError) {
			return c
		}
	}
	return charmap.ISO8859_1
}

// charsets are the tables of characters by their number in AIM ITS/04-023.
func charsets() map[int]encoding.Encoding {
	return map[int]encoding.Encoding{
		0: charmap.CodePage437, 1: charmap.ISO8859_1, 2: charmap.CodePage437, 3: charmap.ISO8859_1,
		4: charmap.ISO8859_2, 5: charmap.ISO8859_3, 6: charmap.ISO8859_4, 7: charmap.ISO8859_5,
		8: charmap.ISO8859_6, 9: charmap.ISO8859_7, 10: charmap.ISO8859_8, 11: charmap.ISO8859_9,
		12: charmap.ISO8859_10, 13: charmap.Windows874, 15: charmap.ISO8859_13,
		16: charmap.ISO8859_14, 17: charmap.ISO8859_15, 18: charmap.ISO8859_16,
		20: japanese.ShiftJIS, 21: charmap.Windows1250, 22: charmap.Windows1251,
		23: charmap.Windows1252, 24: charmap.Windows1256,
		25: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
		28: traditionalchinese.Big5, 29: simplifiedchinese.GB18030, 30: korean.EUCKR,
		31: simplifiedchinese.GBK, 32: simplifiedchinese.GB18030,
		33: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
		34: utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
		35: utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM),
	}
}
