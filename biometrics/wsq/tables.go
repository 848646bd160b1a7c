package wsq

import (
	"encoding/binary"
	"fmt"
)

// filters is the wavelet of a file, as its synthesis uses it.
type filters struct{ low, high []float32 }

// quantizer holds the steps of the subbands. A subband of step 0 is not coded.
type quantizer struct {
	centre float32 // where in its bin a coefficient is put back
	step   [bands]float32
	zero   [bands]float32 // width of the bin of zeros
}

// frame is the frame header.
type frame struct {
	width, height int
	shift, scale  float32 // pixel = coefficient × scale + shift
}

// fields reads the numbers of a segment.
type fields struct {
	b   []byte
	bad bool // more was asked for than there is
}

func (f *fields) take(n int) []byte {
	if len(f.b) < n {
		f.bad = true
		return make([]byte, n)
	}
	out := f.b[:n]
	f.b = f.b[n:]
	return out
}

func (f *fields) byte() byte     { return f.take(1)[0] }
func (f *fields) uint16() int    { return int(binary.BigEndian.Uint16(f.take(2))) }
func (f *fields) uint32() uint32 { return binary.BigEndian.Uint32(f.take(4)) }

// decimal reads a number as its digits and, before them, how many of these
// stand after the point. Dividing step by step in single precision is what the
// reference does, and the steps of a file are what they come out as there.
func (f *fields) decimal() float32 {
	places := f.byte()
	return shifted(float32(f.uint16()), places)
}

func shifted(v float32, places byte) float32 {
	for ; places > 0 && v != 0; places-- {
		v /= 10
	}
	return v
}

// usual reports whether the filters are as long as the standard's.
func (f *filters) usual() bool { return len(f.low) == 7 && len(f.high) == 9 }

// parseFilters reads the halves of the analysis filters and returns the
// synthesis filters: those with every other tap's sign changed, and high and
// low in each other's place.
func parseFilters(b []byte) (*filters, error) {
	f := fields{b: b}
	sizes := [2]int{int(f.byte()), int(f.byte())} // low, high of the analysis
	var out [2][]float32
	for i, n := range sizes {
		if n < 3 || n > maxTaps || n%2 != sizes[0]%2 {
			return nil, fmt.Errorf("%w: filters of %d and %d taps", ErrFormat, sizes[0], sizes[1])
		}
		taps := make([]float32, n)
		half := n / 2
		for k := range (n + 1) / 2 {
			negative, places := f.byte() != 0, f.byte()
			v := shifted(float32(f.uint32()), places)
			if negative != (k%2 == 1) { // both, or neither: as it stands
				v = -v
			}
			switch {
			case n%2 == 1:
				taps[half+k], taps[half-k] = v, v
			case i == 0: // becomes the high filter, which is odd
				taps[half+k], taps[half-1-k] = v, -v
			default:
				taps[half+k], taps[half-1-k] = -v, -v
			}
		}
		out[i] = taps
	}
	if f.bad {
		return nil, fmt.Errorf("%w: filters cut short", ErrFormat)
	}
	return &filters{low: out[1], high: out[0]}, nil
}

func parseQuantizer(b []byte) (*quantizer, error) {
	f, q := fields{b: b}, &quantizer{}
	q.centre = f.decimal()
	for i := range bands {
		q.step[i], q.zero[i] = f.decimal(), f.decimal()
	}
	if f.bad {
		return nil, fmt.Errorf("%w: quantization cut short", ErrFormat)
	}
	return q, nil
}

func parseFrame(b []byte) (*frame, error) {
	f := fields{b: b}
	f.take(2) // the values of black and white
	fr := &frame{height: f.uint16(), width: f.uint16(), shift: f.decimal(), scale: f.decimal()}
	switch {
	case f.bad:
		return nil, fmt.Errorf("%w: frame header cut short", ErrFormat)
	case fr.width*fr.height > MaxPixels:
		return nil, fmt.Errorf("%w (%d×%d)", ErrTooLarge, fr.width, fr.height)
	case fr.width < minDecodedSide || fr.height < minDecodedSide:
		return nil, fmt.Errorf("%w: %d×%d pixels", ErrFormat, fr.width, fr.height)
	}
	return fr, nil
}

// parseCodes enters the Huffman tables of a segment, one after the other.
func parseCodes(b []byte, into *[maxTables]*codeTable) error {
	for f := (fields{b: b}); len(f.b) > 0; {
		id := f.byte()
		t, n := &codeTable{}, 0
		copy(t.lengths[:], f.take(codeBits))
		for _, count := range t.lengths {
			n += int(count)
		}
		t.symbols = f.take(n)
		if f.bad || id >= maxTables {
			return fmt.Errorf("%w: Huffman table %d", ErrFormat, id)
		}
		if err := t.check(); err != nil {
			return err
		}
		into[id] = t
	}
	return nil
}
