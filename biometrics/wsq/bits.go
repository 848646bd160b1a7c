package wsq

import "errors"

// errBlockEnd says that a block of codes has no further code. It never leaves
// the package.
var errBlockEnd = errors.New("end of block")

// bitReader reads codes until the next marker, which is 0xff and a byte that is
// not 0; 0xff 0 stands for a byte of 0xff.
type bitReader struct {
	b   []byte
	pos int    // of the next byte; of the marker when the block is at its end
	acc uint64 // the low n bits are unread
	n   uint
}

// fill reads bytes until 57 bits or more are there, or the block is at its end.
func (r *bitReader) fill() {
	for r.n <= 56 && r.pos < len(r.b) {
		c := r.b[r.pos]
		if c == 0xff {
			if r.pos+1 >= len(r.b) || r.b[r.pos+1] != 0 {
				return
			}
			r.pos++
		}
		r.pos++
		r.acc = r.acc<<8 | uint64(c)
		r.n += 8
	}
}

// bits returns the next n of at most 16 bits.
func (r *bitReader) bits(n uint) (int, error) {
	if r.n < n {
		r.fill()
		if r.n < n {
			return 0, ErrFormat
		}
	}
	r.n -= n
	return int(r.acc>>r.n) & (1<<n - 1), nil
}

// bitWriter appends codes to a block.
type bitWriter struct {
	b   []byte
	acc uint64
	n   uint // bits in acc that are not yet written
}

// put appends the low size bits of code; size is at most 32.
func (w *bitWriter) put(code uint32, size uint) {
	w.acc = w.acc<<size | uint64(code)
	for w.n += size; w.n >= 8; {
		w.n -= 8
		w.byte(byte(w.acc >> w.n))
	}
}

// flush fills the last byte with ones, which are no code.
func (w *bitWriter) flush() {
	if w.n > 0 {
		free := 8 - w.n
		w.put(1<<free-1, free)
	}
}

func (w *bitWriter) byte(c byte) {
	w.b = append(w.b, c)
	if c == 0xff {
		w.b = append(w.b, 0)
	}
}
