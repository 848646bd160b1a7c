package chip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"slices"
)

// DG2: the portrait, in either of the two encodings that documents carry.

// Encoding names the family of standards that a biometric data block follows.
type Encoding string

// The encodings.
const (
	Encoding19794 Encoding = ""      // ISO/IEC 19794-4:2005 and 19794-5:2005
	Encoding39794 Encoding = "39794" // ISO/IEC 39794-4 and 39794-5
)

// picture is an image for a data group with its size in pixels.
type picture struct {
	data []byte
	w, h int
}

// dg2 wraps a portrait, as often as said: the CBEFF template of Doc 9303-10
// §4.7.2 around the data block.
func dg2(p picture, times int, female bool, e Encoding) []byte {
	t := template{subject: 0x02, format: format19794Face, block: faceRecord(p, female)}
	if e == Encoding39794 {
		t = template{subject: 0x02, format: format39794Face, constructed: true, block: faceBlock(p, female)}
	}
	return biometricGroup(tagDG2, slices.Repeat([]template{t}, times)...)
}

// template is one biometric information template.
type template struct {
	subject     byte // 02 face, 08 fingerprint, 10 iris
	subtype     byte
	format      uint16
	constructed bool // the block is BER-TLV itself
	block       []byte
}

// The format types of ISO/IEC JTC 1/SC 37.
const (
	format19794Finger = 0x0007
	format19794Face   = 0x0008
	format19794Iris   = 0x0009
	format39794Finger = 0x0028
	format39794Face   = 0x002A
)

// biometricGroup writes the group template around the information templates.
func biometricGroup(tag uint32, list ...template) []byte {
	body := [][]byte{encode(0x02, []byte{byte(len(list))})}
	for _, t := range list {
		header := encode(0xA1,
			encode(0x80, []byte{0x01, 0x01}), // header version
			encode(0x81, []byte{t.subject}),
			encode(0x82, []byte{t.subtype}),
			encode(0x87, []byte{0x01, 0x01}), // format owner: JTC 1/SC 37
			encode(0x88, binary.BigEndian.AppendUint16(nil, t.format)))
		block := uint32(0x5F2E)
		if t.constructed {
			block = 0x7F2E
		}
		body = append(body, encode(0x7F60, header, encode(block, t.block)))
	}
	return encode(tag, encode(0x7F61, body...))
}

// The fixed parts of a face record (ISO/IEC 19794-5:2005 §5.4 to §5.7).
const (
	faceHeader      = 14
	faceInformation = 20
	faceImage       = 12
)

func faceRecord(p picture, female bool) []byte {
	be := binary.BigEndian
	block := faceInformation + faceImage + len(p.data)
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
	out = append(out, 0x01, faceImageType(p.data))     // full frontal
	out = be.AppendUint16(be.AppendUint16(out, uint16(p.w)), uint16(p.h))
	out = append(out, 0x01, 0x02, 0, 0, 0, 0) // sRGB, digital camera, device and quality: unspecified
	return append(out, p.data...)
}

// faceImageType is 0 for JPEG and 1 for JPEG 2000.
func faceImageType(b []byte) byte {
	if isJPEG2000(b) {
		return 1
	}
	return 0
}

func isJPEG2000(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0, 0, 0, 0x0C, 'j', 'P'}) || bytes.HasPrefix(b, []byte{0xFF, 0x4F, 0xFF, 0x51})
}

// choice is the CHOICE of a code in ISO/IEC 39794: element n holds code c.
func choice(n, c byte) []byte { return explicit(n, encode(0x80, []byte{c})) }

// numeral is element n, an INTEGER.
func numeral(n byte, v int) []byte {
	b := small(int64(v))
	b[0] = 0x80 | n
	return b
}

// block39794 is a data block of the third generation, version of 2019: its
// representations stand in a sequence of their own.
func block39794(tag uint32, representations ...[]byte) []byte {
	const generation, year = 3, 2019
	return encode(tag, explicit(0, numeral(0, generation), numeral(1, year)), explicit(1, representations...))
}

// faceBlock is a facial data block (ISO/IEC 39794-5 annex A).
func faceBlock(p picture, female bool) []byte {
	const kindMRTD, colourRGB24, jpeg, jpeg2000 = 0, 2, 2, 3
	format, gender := byte(jpeg), byte(2)
	if isJPEG2000(p.data) {
		format = jpeg2000
	}
	if female {
		gender = 3
	}
	information := explicit(1,
		choice(0, format), choice(1, kindMRTD),
		explicit(7, numeral(0, p.w), numeral(1, p.h)),
		choice(9, colourRGB24))
	twoDimensional := explicit(0, explicit(0, encode(0x80, p.data), information))
	return block39794(0x65, sequence(numeral(0, 1), explicit(1, twoDimensional), explicit(8, choice(0, gender))))
}

// portrait returns the image for DG2 and its size.
func portrait(c Citizen) (picture, error) {
	if c.Portrait == nil {
		return drawing(240, 320)
	}
	p := picture{c.Portrait, c.PortraitW, c.PortraitH}
	if p.w == 0 || p.h == 0 {
		size, err := jpeg.DecodeConfig(bytes.NewReader(c.Portrait))
		if err != nil {
			return picture{}, fmt.Errorf("chip: the size of the portrait is not given and it is no JPEG: %w", err)
		}
		p.w, p.h = size.Width, size.Height
	}
	if p.w < 0 || p.h < 0 || p.w > math.MaxUint16 || p.h > math.MaxUint16 {
		return picture{}, fmt.Errorf("chip: a portrait is at most %d pixels wide and high", math.MaxUint16)
	}
	return p, nil
}

// sized builds a file around the image so that it has exactly size bytes; 0
// takes it as it comes.
func sized(p picture, size int, build func(picture) []byte) ([]byte, error) {
	file := build(p)
	if size == 0 {
		return file, nil
	}
	const rounds = 4 // lengths around the image may grow by a byte each
	for more, round := 0, 0; round < rounds; round++ {
		if more += size - len(file); more < 0 {
			break
		}
		if file = build(picture{padImage(p.data, more), p.w, p.h}); len(file) == size {
			return file, nil
		}
	}
	return nil, fmt.Errorf("chip: this portrait makes no DG2 of %d bytes: it needs %d", size, len(build(p)))
}

// padImage adds n bytes: comments in a JPEG, zeros behind anything else.
func padImage(b []byte, n int) []byte {
	const marker, most = 4, 0xFFFF - 2
	out := bytes.Clone(b)
	if bytes.HasPrefix(b, []byte{0xFF, 0xD8}) {
		out = bytes.Clone(b[:2])
		for n >= marker {
			text := min(n-marker, most)
			out = append(out, 0xFF, 0xFE, byte((text+2)>>8), byte(text+2))
			out = append(out, bytes.Repeat([]byte{' '}, text)...)
			n -= marker + text
		}
		out = append(out, b[2:]...)
	}
	return append(out, make([]byte, n)...)
}

// drawing is a stand-in for a portrait: a shaded oval over a gradient. It is
// no face that a detector must find.
func drawing(w, h int) (picture, error) {
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
		return picture{}, fmt.Errorf("chip: draw the portrait: %w", err)
	}
	return picture{b.Bytes(), w, h}, nil
}
