package wsq

import (
	"encoding/binary"
	"image"
	"math"
	"slices"
)

// Blocks of a file: the subbands of low, middle and high frequencies, and the
// Huffman table that each uses.
var fileBlocks = [3]struct{ from, to, table int }{{0, 19, 0}, {19, 52, 1}, {52, bands, 1}}

// Encode writes an image. It fails with [ErrSmall] below 256 pixels a side, and
// with [ErrTooLarge], [ErrBitrate] or [ErrComment]. The bitrate is an aim: what
// comes out depends on the print, and a clear one takes more than it.
func Encode(img *image.Gray, o Options) ([]byte, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if o.Bitrate == 0 {
		o.Bitrate = DefaultBitrate
	}
	switch {
	case w < MinSide || h < MinSide:
		return nil, ErrSmall
	case w > 0xffff || h > 0xffff || w*h > MaxPixels:
		return nil, ErrTooLarge
	case !(o.Bitrate > 0) || o.Bitrate > MaxBitrate:
		return nil, ErrBitrate
	case len(o.Comments) > maxComments:
		return nil, ErrComment
	}
	return encode(img, o)
}

// encode writes an image of any size that a decoder takes.
func encode(img *image.Gray, o Options) ([]byte, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	a, l := newAnalysis(w, h), newLayout(w, h)
	f := newFrame(img)
	f.coefficients(a.plane, img)
	a.run(l)
	v := variances(a.plane, w, l)
	q := newQuantizer(&v, float32(o.Bitrate))
	if slices.Max(q.zero[:]) >= maxStep {
		return nil, ErrBitrate
	}
	e := encoder{b: make([]byte, 0, w*h/8+4096)}
	e.marker(markSOI)
	for _, text := range append([]string{newNISTComment(w, h, o)}, o.Comments...) {
		if len(text) > maxComment {
			return nil, ErrComment
		}
		e.segment(markCOM, []byte(text))
	}
	e.filters()
	e.quantizer(q)
	e.frame(f)
	if !e.blocks(q, a, l) {
		return nil, ErrBitrate
	}
	e.marker(markEOI)
	return e.b, nil
}

// maxStep is the first step of quantization that a file has no number for.
const maxStep = math.MaxUint16

// newFrame measures how greys become numbers from -128 to 128 about their mean.
func newFrame(img *image.Gray) *frame {
	f := &frame{width: img.Rect.Dx(), height: img.Rect.Dy(), scale: 1}
	sum, least, most := 0, 255, 0
	for y := range f.height {
		for _, v := range row(img, y) {
			sum += int(v)
			least, most = min(least, int(v)), max(most, int(v))
		}
	}
	f.shift = float32(sum) / float32(f.width*f.height)
	if least != most { // else all is as the mean, whatever the scale
		f.scale = max(f.shift-float32(least), float32(most)-f.shift) / 128
	}
	return f
}

func (f *frame) coefficients(plane []float32, img *image.Gray) {
	var of [256]float32
	for v := range of {
		of[v] = (float32(v) - f.shift) / f.scale
	}
	for y := range f.height {
		out := plane[y*f.width:][:f.width]
		for x, v := range row(img, y) {
			out[x] = of[v]
		}
	}
}

// encoder appends the segments of a file.
type encoder struct{ b []byte }

func (e *encoder) marker(m uint16) { e.b = binary.BigEndian.AppendUint16(e.b, m) }

func (e *encoder) segment(marker uint16, body []byte) {
	e.marker(marker)
	e.b = binary.BigEndian.AppendUint16(e.b, uint16(len(body)+2))
	e.b = append(e.b, body...)
}

// filters writes the halves of the filters.
func (e *encoder) filters() {
	body := []byte{9, 7}
	for _, v := range [...]float32{low0, low1, low2, low3, low4, high0, high1, high2, high3} {
		sign := byte(0)
		if v < 0 {
			sign, v = 1, -v
		}
		digits, places := decimal(v, math.MaxUint32)
		body = binary.BigEndian.AppendUint32(append(body, sign, places), digits)
	}
	e.segment(markDTT, body)
}

func (e *encoder) quantizer(q *quantizer) {
	body := binary.BigEndian.AppendUint16([]byte{2}, uint16(binCentre*100))
	for i := range bands {
		body = appendDecimal(appendDecimal(body, q.step[i]), q.zero[i])
	}
	e.segment(markDQT, append(body, make([]byte, 4*6)...)) // the four that are dropped
}

func (e *encoder) frame(f *frame) {
	body := []byte{0, 255} // black and white
	body = binary.BigEndian.AppendUint16(body, uint16(f.height))
	body = binary.BigEndian.AppendUint16(body, uint16(f.width))
	body = appendDecimal(appendDecimal(body, f.shift), f.scale)
	e.segment(markSOF, append(body, 2, 0, 0)) // encoder 2 of the FBI's list; software unknown
}

// blocks writes the Huffman tables and the blocks. It returns false when a
// coefficient is too large.
func (e *encoder) blocks(q *quantizer, a *analysis, l *layout) bool {
	coefs := make([]int16, 0, q.coded(l))
	var parts [3][]int16
	var counts [2][symbols + 1]int
	for i, b := range fileBlocks {
		n, ok := len(coefs), false
		if coefs, ok = q.quantize(coefs, a.plane, a.width, l, b.from, b.to); !ok {
			return false
		}
		parts[i] = coefs[n:]
		c := &counts[b.table]
		eachSymbol(parts[i], func(symbol byte, _ uint32, _ uint) { c[symbol]++ })
	}
	var codes [symbols]code
	for i, b := range fileBlocks {
		if i < 2 { // the third block uses the table of the second
			t := newCodes(&counts[b.table])
			codes = t.encoding()
			body := append([]byte{byte(b.table)}, t.lengths[:]...)
			e.segment(markDHT, append(body, t.symbols...))
		}
		e.segment(markSOB, []byte{byte(b.table)})
		w := bitWriter{b: e.b}
		eachSymbol(parts[i], func(symbol byte, number uint32, extra uint) {
			c := &codes[symbol]
			w.put(c.bits<<extra|number, c.size+extra)
		})
		w.flush()
		e.b = w.b
	}
	return true
}

// appendDecimal writes a number that is not negative as the count of its places
// after the point, and its digits.
func appendDecimal(b []byte, v float32) []byte {
	digits, places := decimal(v, math.MaxUint16)
	return binary.BigEndian.AppendUint16(append(b, places), uint16(digits))
}

// decimal returns the digits of a number that is not negative, as many as stay
// below most, and how many of them stand after the point. It counts in single
// precision as the reference does.
func decimal(v, most float32) (digits uint32, places byte) {
	if v == 0 {
		return 0, 0
	}
	for v < most {
		v *= 10
		places++
	}
	return uint32(float64(v)/10 + 0.5), places - 1
}
