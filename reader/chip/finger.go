package chip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
)

// DG3 and DG4, which only an authorised terminal reads.

// Finger is one finger image for DG3.
type Finger struct {
	Position      int    // 1 right thumb … 10 left little finger
	Image         []byte // WSQ, JPEG, JPEG 2000 or PNG
	Width, Height int    // pixels
}

// The index fingers, which documents hold.
const (
	rightIndex = 2
	leftIndex  = 7
)

// fingerDPI is the resolution that every image here has.
const fingerDPI = 500

// dg3 wraps finger images (Doc 9303-10 §4.7.3), one a template.
func dg3(fingers []Finger, e Encoding) ([]byte, error) {
	var list []template
	for _, f := range fingers {
		t := template{subject: 0x08, subtype: fingerSubtype(f.Position), format: format19794Finger}
		coding, ok := fingerCoding(f.Image, e)
		if !ok || f.Position < 1 || f.Position > 10 || f.Width <= 0 || f.Height <= 0 || f.Width > math.MaxUint16 || f.Height > math.MaxUint16 {
			return nil, fmt.Errorf("chip: a finger has a position of 1 to 10, its size and an image that the encoding takes")
		}
		if e == Encoding39794 {
			t.format, t.constructed, t.block = format39794Finger, true, fingerBlock(f, coding)
		} else {
			t.block = fingerRecord(f, coding)
		}
		list = append(list, t)
	}
	return biometricGroup(tagDG3, list...), nil
}

// fingerSubtype names hand and finger (ISO/IEC 19785-3): one bit for the hand,
// then the finger from the thumb on.
func fingerSubtype(position int) byte {
	if position <= 5 {
		return 0x01 | byte(position)<<2
	}
	return 0x02 | byte(position-5)<<2
}

// fingerCoding is the number of the image's coding in either standard.
func fingerCoding(b []byte, e Encoding) (byte, bool) {
	type codes struct{ old, new byte }
	const none = 0xFF
	for magic, c := range map[string]codes{
		"\xFF\xA0": {2, 1}, "\xFF\xD8": {3, none}, "\x89PNG": {5, 4},
		"\x00\x00\x00\x0CjP": {4, 2}, "\xFF\x4F\xFF\x51": {4, 2},
	} {
		if bytes.HasPrefix(b, []byte(magic)) {
			if e == Encoding39794 {
				return c.new, c.new != none
			}
			return c.old, true
		}
	}
	return 0, false
}

// fingerRecord is a finger image record (ISO/IEC 19794-4:2005 §7).
func fingerRecord(f Finger, coding byte) []byte {
	const header, view = 32, 14
	be := binary.BigEndian
	size := header + view + len(f.Image)
	out := append([]byte("FIR\x00010\x00"), byte(size>>40), byte(size>>32))
	out = be.AppendUint32(out, uint32(size))
	out = append(out, 0, 0, 0, 31) // device: unknown; acquisition level 31: 500 ppi
	out = append(out, 1, 1)        // fingers; per inch
	for range 4 {                  // scanned and stored, across and down
		out = be.AppendUint16(out, fingerDPI)
	}
	out = append(out, 8, coding, 0, 0) // bits a pixel, coding, reserved

	out = be.AppendUint32(out, uint32(view+len(f.Image)))
	out = append(out, byte(f.Position), 1, 1, 80, 0) // views, view, quality; live plain
	out = be.AppendUint16(be.AppendUint16(out, uint16(f.Width)), uint16(f.Height))
	return append(append(out, 0), f.Image...)
}

// fingerBlock is a finger image data block (ISO/IEC 39794-4 annex A).
func fingerBlock(f Finger, coding byte) []byte {
	const plain, perInch = 0, 0
	return block39794(0x64, sequence(
		choice(0, byte(f.Position)), choice(1, plain), choice(2, coding), encode(0x83, f.Image),
		explicit(7, numeral(0, fingerDPI), numeral(1, perInch))))
}

// drawnFingers are stand-ins: ridges around a centre. A matcher finds little.
func drawnFingers(e Encoding) ([]Finger, error) {
	const w, h = 128, 160
	var out []Finger
	for _, position := range []int{rightIndex, leftIndex} {
		img := image.NewGray(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				r := math.Hypot(float64(x-w/2), float64(y-h/3)*0.8)
				img.SetGray(x, y, color.Gray{uint8(128 + 100*math.Sin(r*0.7+float64(position)))})
			}
		}
		var b bytes.Buffer
		var err error
		if e == Encoding39794 {
			err = png.Encode(&b, img)
		} else {
			err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 70})
		}
		if err != nil {
			return nil, fmt.Errorf("chip: draw a finger: %w", err)
		}
		out = append(out, Finger{Position: position, Image: b.Bytes(), Width: w, Height: h})
	}
	return out, nil
}

// dg4 holds two irises, as records that nobody here looks into.
func dg4() []byte {
	record := append([]byte("IIR\x00010\x00"), bytes.Repeat([]byte{0x5A}, 200)...)
	right := template{subject: 0x10, subtype: 0x01, format: format19794Iris, block: record}
	left := right
	left.subtype = 0x02
	return biometricGroup(tagDG4, right, left)
}
