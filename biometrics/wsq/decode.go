package wsq

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// Is reports whether b begins as a WSQ image does.
func Is(b []byte) bool {
	return len(b) >= 4 && binary.BigEndian.Uint16(b) == markSOI && b[2] == 0xff
}

// Decode reads a WSQ image of at least 96 pixels a side; what stands after its
// end is ignored. It fails with [ErrFormat] or [ErrTooLarge], and never returns
// a part of an image.
func Decode(b []byte) (*Image, error) {
	d := decoder{b: b}
	if err := d.header(); err != nil {
		return nil, err
	}
	l := newLayout(d.frame.width, d.frame.height)
	coefs, err := d.blocks(l)
	if err != nil {
		return nil, err
	}
	if !d.filters.usual() && d.frame.width*d.frame.height > maxUnusual {
		return nil, ErrTooLarge
	}
	w, err := newSynthesis(d.filters, d.frame.width, d.frame.height)
	if err != nil {
		return nil, err
	}
	d.quantizer.restore(w.plane, d.frame.width, l, coefs)
	w.run(l)
	img := &Image{Gray: image.NewGray(image.Rect(0, 0, d.frame.width, d.frame.height)), Comments: d.comments}
	d.frame.pixels(img.Gray.Pix, w.plane)
	if d.nist != nil {
		img.DPI, img.Bitrate = d.nist.dpi(), d.nist.bitrate()
	}
	return img, nil
}

// DecodeConfig reads the size of a WSQ image, in pixels, without its pixels.
func DecodeConfig(b []byte) (width, height int, err error) {
	d := decoder{b: b}
	if err := d.header(); err != nil {
		return 0, 0, err
	}
	return d.frame.width, d.frame.height, nil
}

// decoder walks over the segments of a file.
type decoder struct {
	b        []byte
	pos      int
	segments int

	frame     *frame
	filters   *filters
	quantizer *quantizer
	codes     [maxTables]*codeTable
	comments  []string
	nist      nistComment
}

// marker reads the next marker.
func (d *decoder) marker() (int, error) {
	if len(d.b)-d.pos < 2 {
		return 0, fmt.Errorf("%w: cut short", ErrFormat)
	}
	m := int(binary.BigEndian.Uint16(d.b[d.pos:]))
	d.pos += 2
	return m, nil
}

// segment reads the body of a segment, after its marker and length.
func (d *decoder) segment() ([]byte, error) {
	if d.segments++; d.segments > maxSegments {
		return nil, fmt.Errorf("%w: too many segments", ErrFormat)
	}
	if len(d.b)-d.pos < 2 {
		return nil, fmt.Errorf("%w: cut short", ErrFormat)
	}
	n := int(binary.BigEndian.Uint16(d.b[d.pos:]))
	if n < 2 || n > len(d.b)-d.pos {
		return nil, fmt.Errorf("%w: a segment of %d bytes", ErrFormat, n)
	}
	body := d.b[d.pos+2 : d.pos+n]
	d.pos += n
	return body, nil
}

// header reads up to and with the frame header.
func (d *decoder) header() error {
	m, err := d.marker()
	if err != nil {
		return err
	}
	if m != markSOI {
		return fmt.Errorf("%w: no start of image", ErrFormat)
	}
	for d.frame == nil {
		if m, err = d.marker(); err != nil {
			return err
		}
		if m == markSOB {
			return fmt.Errorf("%w: pixels before their size", ErrFormat)
		}
		if err := d.table(m); err != nil {
			return err
		}
	}
	return nil
}

// table reads the segment after a marker other than that of a block.
func (d *decoder) table(marker int) error {
	b, err := d.segment()
	if err != nil {
		return err
	}
	switch marker {
	case markCOM:
		return d.comment(string(b))
	case markDTT:
		d.filters, err = parseFilters(b)
	case markDQT:
		d.quantizer, err = parseQuantizer(b)
	case markDHT:
		err = parseCodes(b, &d.codes)
	case markSOF:
		if d.frame != nil {
			return fmt.Errorf("%w: a second frame header", ErrFormat)
		}
		d.frame, err = parseFrame(b)
	default:
		return fmt.Errorf("%w: marker %04x", ErrFormat, marker)
	}
	return err
}

func (d *decoder) comment(text string) error {
	if n, ok := parseNISTComment(text); ok && d.nist == nil {
		d.nist = n
		return nil
	}
	if len(d.comments) == maxComments {
		return fmt.Errorf("%w: too many comments", ErrFormat)
	}
	d.comments = append(d.comments, text)
	return nil
}

// blocks reads the quantized coefficients, band after band, up to the end of
// the image. All that the frame and the quantization promise must be there.
func (d *decoder) blocks(l *layout) ([]int16, error) {
	var coefs []int16
	at := 0
	for n := 0; ; {
		m, err := d.marker()
		switch {
		case err != nil:
			return nil, err
		case m == markEOI:
			if coefs == nil || at != len(coefs) {
				return nil, fmt.Errorf("%w: %d of %d coefficients", ErrFormat, at, len(coefs))
			}
			return coefs, nil
		case m != markSOB:
			if n > 0 && m != markDHT && m != markCOM {
				return nil, fmt.Errorf("%w: marker %04x between blocks", ErrFormat, m)
			}
			if err := d.table(m); err != nil {
				return nil, err
			}
			continue
		}
		if coefs == nil {
			if d.filters == nil || d.quantizer == nil {
				return nil, fmt.Errorf("%w: pixels before their tables", ErrFormat)
			}
			coefs = make([]int16, d.quantizer.coded(l))
		}
		if n++; n > maxBlocks {
			return nil, fmt.Errorf("%w: too many blocks", ErrFormat)
		}
		if at, err = d.block(coefs, at); err != nil {
			return nil, err
		}
	}
}

// block reads one block of codes into coefs from at on, and returns where it
// ends. The coefficients are zero before.
func (d *decoder) block(coefs []int16, at int) (int, error) {
	b, err := d.segment()
	if err != nil {
		return 0, err
	}
	if len(b) < 1 || b[0] >= maxTables || d.codes[b[0]] == nil {
		return 0, fmt.Errorf("%w: a block without its Huffman table", ErrFormat)
	}
	codes, r := newDecoding(d.codes[b[0]]), bitReader{b: d.b, pos: d.pos}
	for {
		symbol, err := codes.next(&r)
		if err != nil {
			if errors.Is(err, errBlockEnd) {
				d.pos = r.pos
				return at, nil
			}
			return 0, err
		}
		run, v := 0, 0
		switch {
		case symbol > symRun16 && symbol < 255:
			v = int(symbol) - symZero
		case symbol > 0 && symbol <= maxRun:
			run = int(symbol)
		default:
			if run, v, err = escaped(symbol, &r); err != nil {
				return 0, err
			}
		}
		if run > 0 {
			if at += run; at > len(coefs) {
				return 0, fmt.Errorf("%w: more coefficients than pixels", ErrFormat)
			}
			continue
		}
		if at == len(coefs) || v != int(int16(v)) {
			return 0, fmt.Errorf("%w: more or larger coefficients than the image can have", ErrFormat)
		}
		coefs[at] = int16(v)
		at++
	}
}

// escaped reads what follows a symbol for a number of 8 or 16 bits.
func escaped(symbol byte, r *bitReader) (run, v int, err error) {
	width := uint(16)
	switch symbol {
	case symPlus8, symMinus8, symRun8:
		width = 8
	case symPlus16, symMinus16, symRun16:
	default:
		return 0, 0, fmt.Errorf("%w: symbol %d", ErrFormat, symbol)
	}
	if v, err = r.bits(width); err != nil {
		return 0, 0, fmt.Errorf("%w: a number cut short", err)
	}
	switch symbol {
	case symRun8, symRun16:
		return v, 0, nil
	case symMinus8, symMinus16:
		return 0, -v, nil
	}
	return 0, v, nil
}
