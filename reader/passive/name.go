package passive

import (
	"bytes"
	"encoding/asn1"
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

// sameName compares two encoded Names as RFC 5280 §7.1 wants it in spirit:
// issuers write a subject in one string type and name it as issuer in
// another.
func sameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, ok := components(a)
	y, ok2 := components(b)
	if !ok || !ok2 || len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i].oid != y[i].oid || !strings.EqualFold(x[i].value, y[i].value) {
			return false
		}
	}
	return true
}

// component is one attribute of a Name.
type component struct{ oid, value string }

// components reads a Name in its order, white space folded.
func components(name []byte) ([]component, bool) {
	in := cryptobyte.String(name)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return nil, false
	}
	var list []component
	for !seq.Empty() {
		var set cryptobyte.String
		if !seq.ReadASN1(&set, cbasn1.SET) {
			return nil, false
		}
		for !set.Empty() {
			var pair, value cryptobyte.String
			var oid asn1.ObjectIdentifier
			var tag cbasn1.Tag
			if len(list) == maxNameComponents || !set.ReadASN1(&pair, cbasn1.SEQUENCE) ||
				!pair.ReadASN1ObjectIdentifier(&oid) || !pair.ReadAnyASN1(&value, &tag) {
				return nil, false
			}
			list = append(list, component{oid.String(), strings.Join(strings.Fields(string(value)), " ")})
		}
	}
	return list, true
}

// shortNames are the attributes that people read.
var shortNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.10": "O", "2.5.4.11": "OU",
}

// nameString writes a Name for people.
func nameString(name []byte) string {
	list, _ := components(name)
	parts := make([]string, 0, len(list))
	for _, c := range list {
		k := shortNames[c.oid]
		if k == "" {
			k = c.oid
		}
		parts = append(parts, k+"="+printable(c.value))
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
