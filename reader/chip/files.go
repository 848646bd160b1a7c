package chip

import (
	"bytes"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// The elementary files (Doc 9303-10 §4): those of the master file, and those
// of the application.
const (
	fileDIR          = 0x2F00
	fileATRInfo      = 0x2F01
	fileCardAccess   = 0x011C
	fileCardSecurity = 0x011D

	fileCOM  = 0x011E
	fileSOD  = 0x011D
	fileDG1  = 0x0101
	fileDG2  = 0x0102
	fileDG3  = 0x0103
	fileDG4  = 0x0104
	fileDG5  = 0x0105
	fileDG7  = 0x0107
	fileDG11 = 0x010B
	fileDG12 = 0x010C
	fileDG13 = 0x010D
	fileDG14 = 0x010E
	fileDG15 = 0x010F
	fileDG16 = 0x0110
)

// The tags of the data groups.
const (
	tagCOM  = 0x60
	tagDG1  = 0x61
	tagDG2  = 0x75
	tagDG3  = 0x63
	tagDG4  = 0x76
	tagDG5  = 0x65
	tagDG7  = 0x67
	tagDG11 = 0x6B
	tagDG12 = 0x6C
	tagDG13 = 0x6D
	tagDG14 = 0x6E
	tagDG15 = 0x6F
	tagDG16 = 0x70
	tagSOD  = 0x77
)

// groupTag is the tag of data group n, 1 to 16.
func groupTag(n int) byte {
	return [...]byte{0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70}[n-1]
}

// The versions that EF.COM names.
const (
	ldsVersion     = "0107"
	unicodeVersion = "040000"
)

// efCOM lists the groups among the files (Doc 9303-10 §4.6.1).
func efCOM(files map[uint16][]byte) []byte {
	var tags []byte
	for n := 1; n <= 16; n++ {
		if _, ok := files[0x0100|uint16(n)]; ok {
			tags = append(tags, groupTag(n))
		}
	}
	return encode(tagCOM,
		encode(0x5F01, []byte(ldsVersion)),
		encode(0x5F36, []byte(unicodeVersion)),
		encode(0x5C, tags))
}

// efATRInfo says what the chip as a whole can do: selection by name and by
// short identifier, extended lengths, and the largest command and response in
// bytes (DO 47 and DO 7F66, Doc 9303-10 §3.11.1).
func efATRInfo(shortIDs, extended bool, maxCommand, maxResponse int) []byte {
	selection, lengths := byte(0x80), byte(0x80) // by name; chaining
	if shortIDs {
		selection |= 0x04
	}
	size := func(n int) []byte { return small(int64(n)) }
	if !extended {
		return encode(0x47, []byte{selection, 0x01, lengths})
	}
	return append(
		encode(0x47, []byte{selection, 0x01, lengths | 0x60}),
		encode(0x7F66, size(maxCommand), size(maxResponse))...)
}

// efDIR lists the one application (Doc 9303-10 §3.11.2).
func efDIR() []byte { return encode(0x61, encode(0x4F, []byte(aidEMRTD))) }

func dg1(lines []string) []byte {
	return encode(tagDG1, encode(0x5F1F, []byte(strings.Join(lines, ""))))
}

// dg13Field is one numbered field; its values are encoded strings.
type dg13Field struct {
	number int64
	values [][]byte
	nested bool // parents and spouse stand in a sequence of their own
}

// dg13 is the Vietnamese card's own group, as public readers parse it.
func dg13(fields []dg13Field) []byte {
	var all [][]byte
	for _, f := range fields {
		body := bytes.Join(f.values, nil)
		if f.nested {
			body = sequence(body)
		}
		all = append(all, sequence(small(f.number), body))
	}
	application := encode(0x06, []byte{0x28, 0xD3, 0x16, 0x01, 0x00, 0x08}) // 1.0.10646.1.0.8
	return encode(tagDG13, sequence(small(1), application, set(all...)))
}

// dg13Fields fills the fields; the empty ones are left out.
func dg13Fields(c Citizen, serial string) []dg13Field {
	var out []dg13Field
	text := func(n int64, s string) {
		if s != "" {
			out = append(out, dg13Field{number: n, values: [][]byte{utf8String(norm.NFC.String(s))}})
		}
	}
	ascii := func(n int64, s string) {
		if s != "" {
			out = append(out, dg13Field{number: n, values: [][]byte{printable(s)}})
		}
	}
	ascii(1, c.Number)
	text(2, c.Name)
	ascii(3, slashes(c.Birth))
	text(4, c.Sex)
	text(5, c.Nationality)
	text(6, c.Ethnicity)
	text(7, c.Religion)
	text(8, c.Origin)
	text(9, c.Residence)
	text(10, c.Features)
	ascii(11, slashes(c.Issue))
	ascii(12, slashes(c.Expiry))
	if c.Father != "" || c.Mother != "" {
		parents := [][]byte{utf8String(norm.NFC.String(c.Father)), utf8String(norm.NFC.String(c.Mother))}
		out = append(out, dg13Field{number: 13, values: parents, nested: true})
	}
	ascii(15, c.OldNumber)
	ascii(16, serial)
	return out
}

func slashes(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("02/01/2006")
}
