package chip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"time"

	"golang.org/x/text/unicode/norm"
)

// The elementary files (Doc 9303-10 §4).
const (
	fileCardAccess   = 0x011C // in the master file
	fileCardSecurity = 0x011D // in the master file
	fileCOM          = 0x011E
	fileSOD          = 0x011D
	fileDG1          = 0x0101
	fileDG2          = 0x0102
	fileDG3          = 0x0103
	fileDG13         = 0x010D
	fileDG14         = 0x010E
	fileDG15         = 0x010F
)

// The tags of the data groups.
const (
	tagCOM  = 0x60
	tagDG1  = 0x61
	tagDG2  = 0x75
	tagDG3  = 0x63
	tagDG13 = 0x6D
	tagDG14 = 0x6E
	tagDG15 = 0x6F
	tagSOD  = 0x77
)

// efCOM lists the groups the chip holds (Doc 9303-10 §4.6.1).
func efCOM(tags ...byte) []byte {
	return encode(tagCOM,
		encode(0x5F01, []byte("0107")),
		encode(0x5F36, []byte("040000")),
		encode(0x5C, tags))
}

func dg1(lines []string) []byte {
	return encode(tagDG1, encode(0x5F1F, []byte(lines[0]+lines[1]+lines[2])))
}

// dg2 wraps one portrait: the CBEFF template of Doc 9303-10 §4.7.2 around a
// record of ISO/IEC 19794-5:2005.
func dg2(portrait []byte, w, h int, female bool) []byte {
	header := encode(0xA1,
		encode(0x80, []byte{0x01, 0x01}), // header version
		encode(0x81, []byte{0x02}),       // facial features
		encode(0x82, []byte{0x00}),       // no subtype
		encode(0x87, []byte{0x01, 0x01}), // format owner: JTC 1/SC 37
		encode(0x88, []byte{0x00, 0x08})) // format: ISO/IEC 19794-5
	record := encode(0x5F2E, faceRecord(portrait, w, h, female))
	return encode(tagDG2, encode(0x7F61, encode(0x02, []byte{1}), encode(0x7F60, header, record)))
}

// The fixed parts of a face record (ISO/IEC 19794-5:2005 §5.4 to §5.7).
const (
	faceHeader      = 14
	faceInformation = 20
	faceImage       = 12
)

func faceRecord(portrait []byte, w, h int, female bool) []byte {
	be := binary.BigEndian
	block := faceInformation + faceImage + len(portrait)
	out := []byte("FAC\x00010\x00")
	out = be.AppendUint32(out, uint32(faceHeader+block))
	out = be.AppendUint16(out, 1) // faces

	out = be.AppendUint32(out, uint32(block))
	out = be.AppendUint16(out, 0) // feature points
	gender := byte(1)
	if female {
		gender = 2
	}
	out = append(out, gender, 0, 0)                    // eyes and hair: unspecified
	out = append(out, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) // features, expression, pose and its uncertainty
	out = append(out, 0x01, imageType(portrait))       // full frontal
	out = be.AppendUint16(be.AppendUint16(out, uint16(w)), uint16(h))
	out = append(out, 0x01, 0x02, 0, 0, 0, 0) // sRGB, digital camera, device and quality: unspecified
	return append(out, portrait...)
}

// imageType is 0 for JPEG and 1 for JPEG 2000.
func imageType(b []byte) byte {
	if bytes.HasPrefix(b, []byte{0, 0, 0, 0x0C, 'j', 'P'}) || bytes.HasPrefix(b, []byte{0xFF, 0x4F, 0xFF, 0x51}) {
		return 1
	}
	return 0
}

// portrait returns the image for DG2 and its size.
func portrait(c Citizen) (img []byte, w, h int, err error) {
	if c.Portrait == nil {
		img, err = drawing(240, 320)
		return img, 240, 320, err
	}
	if w, h = c.PortraitW, c.PortraitH; w == 0 || h == 0 {
		size, err := jpeg.DecodeConfig(bytes.NewReader(c.Portrait))
		if err != nil {
			return nil, 0, 0, fmt.Errorf("chip: the size of the portrait is not given and it is no JPEG: %w", err)
		}
		w, h = size.Width, size.Height
	}
	if w < 0 || h < 0 || w > math.MaxUint16 || h > math.MaxUint16 {
		return nil, 0, 0, fmt.Errorf("chip: a portrait is at most %d pixels wide and high", math.MaxUint16)
	}
	return c.Portrait, w, h, nil
}

// drawing is a stand-in for a portrait: a shaded oval over a gradient. It is
// no face that a detector must find.
func drawing(w, h int) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := float64(2*x-w)/float64(w), float64(2*y-h)/float64(h)
			shade := 200 - 60*float64(y)/float64(h)
			c := color.RGBA{uint8(shade), uint8(shade + 10), uint8(shade + 20), 255}
			if r := 3*dx*dx + 2*dy*dy; r < 1 {
				skin := 150 + 80*math.Sqrt(1-r)
				c = color.RGBA{uint8(skin), uint8(skin * 0.8), uint8(skin * 0.68), 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		return nil, fmt.Errorf("chip: draw the portrait: %w", err)
	}
	return b.Bytes(), nil
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
