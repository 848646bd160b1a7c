package chip

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// The data groups of pictures and details (Doc 9303-10 §4.7.5 to §4.7.16). The
// texts are invented like the citizen.

// dg5 shows the portrait as it is printed.
func dg5(p picture) []byte {
	return encode(tagDG5, encode(0x02, []byte{1}), encode(0x5F40, p.data))
}

// dg7 shows the signature as it is printed.
func dg7(p picture) []byte {
	return encode(tagDG7, encode(0x02, []byte{1}), encode(0x5F43, p.data))
}

// opaque is a group whose inside the standard leaves to the issuer (DG6, DG8,
// DG9, DG10).
func opaque(n int) []byte {
	return encode(uint32(groupTag(n)), encode(0x02, []byte{1}), encode(0x53, []byte("Tram test")))
}

// details is a list of data objects behind the list of their tags.
type details struct{ tags, objects []byte }

func (d *details) text(tag uint32, s string) {
	if s != "" {
		d.add(tag, encode(tag, []byte(norm.NFC.String(s))))
	}
}

func (d *details) day(tag uint32, t time.Time) {
	if !t.IsZero() {
		d.add(tag, encode(tag, []byte(t.Format("20060102"))))
	}
}

func (d *details) add(tag uint32, object []byte) {
	d.tags = append(d.tags, byte(tag>>8), byte(tag))
	d.objects = append(d.objects, object...)
}

func (d *details) group(tag uint32) []byte { return encode(tag, encode(0x5C, d.tags), d.objects) }

// dg11 holds further personal details; the names of others stand in A0.
func dg11(c Citizen) []byte {
	var d details
	d.text(0x5F0E, nameFillers(c.Name))
	if c.Father != "" {
		d.add(0x5F0F, encode(0xA0, encode(0x02, []byte{1}), encode(0x5F0F, []byte(norm.NFC.String(nameFillers(c.Father))))))
	}
	d.text(0x5F10, c.Number)
	d.day(0x5F2B, c.Birth)
	d.text(0x5F11, parts(c.Origin))
	d.text(0x5F42, parts(c.Residence))
	d.text(0x5F12, "+84 900 000 000")
	return d.group(tagDG11)
}

// dg12 holds further details of the document.
func dg12(c Citizen) []byte {
	var d details
	d.text(0x5F19, "Cục Thử nghiệm")
	d.day(0x5F26, c.Issue)
	d.text(0x5F1B, "Tram test")
	if !c.Issue.IsZero() {
		d.text(0x5F55, c.Issue.Format("20060102150405"))
	}
	d.text(0x5F56, "TRAM-0001")
	return d.group(tagDG12)
}

// dg16 names one person to notify.
func dg16(c Citizen) []byte {
	text := func(tag uint32, s string) []byte { return encode(tag, []byte(norm.NFC.String(s))) }
	person := encode(0xA1,
		text(0x5F50, c.Issue.Format("20060102")),
		text(0x5F51, nameFillers(c.Mother)),
		text(0x5F52, "+84 900 000 001"),
		text(0x5F53, parts(c.Residence)))
	return encode(tagDG16, encode(0x02, []byte{1}), person)
}

// nameFillers writes a name as data objects do: the surname, two fillers, and
// the rest divided by one.
func nameFillers(s string) string {
	surname, rest, _ := strings.Cut(s, " ")
	return surname + "<<" + strings.ReplaceAll(rest, " ", "<")
}

// parts divides what commas divide by fillers.
func parts(s string) string { return strings.ReplaceAll(s, ", ", "<") }
