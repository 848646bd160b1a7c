package chip

import (
	"bytes"
	"encoding/base64"
	"slices"
	"time"
)

// The ASN.1 that certificates, lists and signed data need beyond the few types
// of tlv.go.

// derTrue is the only BOOLEAN that is ever written: FALSE is a default.
func derTrue() []byte { return encode(0x01, []byte{0xFF}) }

// derNull is the parameter of RSA algorithms.
func derNull() []byte { return encode(0x05) }

// sortedSet is a SET OF in the order of DER.
func sortedSet(values ...[]byte) []byte {
	values = slices.Clone(values)
	slices.SortFunc(values, bytes.Compare)
	return set(values...)
}

// explicit wraps values into the context-specific constructed tag n.
func explicit(n byte, values ...[]byte) []byte { return encode(uint32(0xA0|n), values...) }

// derTime is UTCTime up to 2049 and GeneralizedTime after (RFC 5280 §4.1.2.5).
func derTime(t time.Time) []byte {
	t = t.UTC()
	if t.Year() >= 1950 && t.Year() < 2050 {
		return encode(0x17, []byte(t.Format("060102150405Z")))
	}
	return encode(0x18, generalized(t))
}

// generalized is the content of a GeneralizedTime.
func generalized(t time.Time) []byte { return []byte(t.UTC().Format("20060102150405Z")) }

// keyUsage is the content of the extension for the named bits, the first of
// which is the most significant (RFC 5280 §4.2.1.3).
func keyUsage(numbers ...int) []byte {
	var mask byte
	last := 0
	for _, n := range numbers {
		mask |= 0x80 >> n
		last = max(last, n)
	}
	return encode(0x03, []byte{byte(7 - last), mask})
}

// attribute is one RelativeDistinguishedName of a single pair.
func attribute(kind, value []byte) []byte { return set(sequence(kind, value)) }

func oidCountry() []byte  { return oid(2, 5, 4, 6) }
func oidUnit() []byte     { return oid(2, 5, 4, 11) }
func oidCommon() []byte   { return oid(2, 5, 4, 3) }
func oidLocality() []byte { return oid(2, 5, 4, 7) }

// distinguished is the Name of an issuer's part: country, unit, common name
// (Doc 9303-12 §7.1.1.1).
func distinguished(country, unit, common string) []byte {
	return sequence(
		attribute(oidCountry(), printable(country)),
		attribute(oidUnit(), utf8String(unit)),
		attribute(oidCommon(), utf8String(common)))
}

// folded is base64 in lines, the first shorter by the room of its name; LDIF
// continues a line with one space (RFC 2849).
func folded(name string, b []byte) string {
	const width = 76
	text := name + ":: " + base64.StdEncoding.EncodeToString(b)
	var out bytes.Buffer
	for first := true; len(text) > 0; first = false {
		n := width
		if !first {
			out.WriteByte(' ')
			n--
		}
		n = min(n, len(text))
		out.WriteString(text[:n])
		out.WriteByte('\n')
		text = text[n:]
	}
	return out.String()
}
