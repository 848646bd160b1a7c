package passive

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxNameComponents bounds a Name, in attributes.
const maxNameComponents = 32

// maxShown bounds one attribute of a Name as people see it, in characters.
const maxShown = 64

// component is one attribute of a Name, as bytes of whatever string type.
type component struct{ oid, value cryptobyte.String }

// components walks over a Name in its order. Its next reports false at the
// end, and where the Name is broken, which ok tells.
type components struct {
	seq, set cryptobyte.String
	left     int
	ok       bool
}

func componentsOf(name []byte) components {
	in := cryptobyte.String(name)
	w := components{left: maxNameComponents}
	w.ok = in.ReadASN1(&w.seq, cbasn1.SEQUENCE)
	return w
}

func (w *components) next() (c component, more bool) {
	if w.set.Empty() {
		if !w.ok || w.seq.Empty() {
			return c, false
		}
		if w.ok = w.seq.ReadASN1(&w.set, cbasn1.SET); !w.ok {
			return c, false
		}
	}
	var pair cryptobyte.String
	var tag cbasn1.Tag
	w.left--
	w.ok = w.left >= 0 && w.set.ReadASN1(&pair, cbasn1.SEQUENCE)
	if w.ok {
		c.oid, w.ok = readOID(&pair)
	}
	w.ok = w.ok && pair.ReadAnyASN1(&c.value, &tag)
	return c, w.ok
}

// sameName compares two encoded Names as RFC 5280 §7.1 wants it in spirit:
// issuers write a subject in one string type and name it as issuer in
// another. It allocates nothing: a list of 600 is searched with it.
func sameName(a, b []byte) bool {
	if string(a) == string(b) {
		return true
	}
	x, y := componentsOf(a), componentsOf(b)
	for {
		p, more := x.next()
		q, also := y.next()
		if !more || !also {
			return more == also && x.ok && y.ok
		}
		if string(p.oid) != string(q.oid) || !sameText(p.value, q.value) {
			return false
		}
	}
}

// sameText compares two strings without regard to case and to how much white
// space stands where there is some.
func sameText(a, b []byte) bool {
	a, b = trimSpace(a), trimSpace(b)
	for len(a) > 0 && len(b) > 0 {
		if a[0] == ' ' && b[0] == ' ' {
			a, b = trimSpace(a), trimSpace(b)
			continue
		}
		r, n := utf8.DecodeRune(a)
		s, m := utf8.DecodeRune(b)
		if r == utf8.RuneError && a[0] != b[0] || r != s && unicode.ToLower(r) != unicode.ToLower(s) {
			return false
		}
		a, b = a[n:], b[m:]
	}
	return len(trimSpace(a)) == 0 && len(trimSpace(b)) == 0
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}

// attribute returns the first value of one attribute of a Name, "" where it
// has none.
func attribute(name []byte, oid string) string {
	w := componentsOf(name)
	for c, more := w.next(); more; c, more = w.next() {
		if string(c.oid) == oid {
			return printable(string(c.value))
		}
	}
	return ""
}

// country is the C of a Name in capitals (Doc 9303-12 §7.1.1: ISO 3166-1
// alpha-2).
func country(name []byte) string { return strings.ToUpper(attribute(name, oidCountry)) }

// shortName is how people write an attribute's type.
func shortName(oid []byte) string {
	switch string(oid) {
	case oidCommonName:
		return "CN"
	case oidSerialNumber:
		return "serialNumber"
	case oidCountry:
		return "C"
	case oidOrganization:
		return "O"
	case oidUnit:
		return "OU"
	}
	return dotted(oid)
}

// nameString writes a Name for people.
func nameString(name []byte) string {
	var parts []string
	w := componentsOf(name)
	for c, more := w.next(); more; c, more = w.next() {
		value := strings.Join(strings.Fields(string(c.value)), " ")
		parts = append(parts, shortName(c.oid)+"="+printable(value))
	}
	return strings.Join(parts, ", ")
}

// printable makes a certificate's text fit to be shown: it comes from whoever
// made the card.
func printable(s string) string {
	shown := 0
	return strings.Map(func(r rune) rune {
		if shown++; shown > maxShown {
			return -1
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
