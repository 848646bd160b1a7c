package jp2

import (
	"encoding/binary"
	"fmt"
	"math"
)

// reader reads a module. Behind its end it reads zeros, and says so in short.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// take returns the next n bytes, or nil.
func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.rest, r.short = nil, true
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// number reads a length or an index of LEB128.
func (r *reader) number() int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > math.MaxUint32 {
		r.rest, r.short = nil, true
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

// count reads how many things follow, of which none is shorter than a byte.
func (r *reader) count() int {
	n := r.number()
	if n > len(r.rest) {
		r.rest, r.short = nil, true
		return 0
	}
	return n
}

// numbers skips n numbers, with or without a sign.
func (r *reader) numbers(n int) {
	for range n {
		for r.byte()&0x80 != 0 {
		}
	}
}

// skip reads one instruction (WebAssembly core specification 2.0, §5.4) and
// returns its opcode and, behind a prefix, the opcode there.
func (r *reader) skip() (op byte, sub int, err error) {
	op = r.byte()
	switch {
	case op == opBulk:
		sub = r.number()
		return op, sub, r.skipBulk(sub)
	case op == opVector:
		sub = r.number()
		return op, sub, r.skipVector(sub)
	case op >= opBlock && op <= opIf, // the type of a block
		op == 0x0C, op == 0x0D, op == opCall, op >= 0x20 && op <= 0x26, // a label, a function, a variable, a table
		op == opConst32, op == 0x42, op == 0x3F, op == 0x40, op == 0xD0, op == 0xD2: // a constant, a memory, a reference
		r.numbers(1)
	case op >= 0x28 && op <= 0x3E, op == 0x11: // loads and stores; a call by table
		r.numbers(2)
	case op == 0x0E: // a table of labels, and one more
		r.numbers(r.count() + 1)
	case op == 0x1C: // select by types
		r.numbers(r.count())
	case op == 0x43:
		r.take(4)
	case op == 0x44:
		r.take(8)
	case op <= 0x01, op == 0x05, op == opEnd, op == 0x0F, op == 0x1A, op == 0x1B, op >= 0x45 && op <= 0xC4, op == 0xD1:
	default:
		return 0, 0, fmt.Errorf("%w: opcode %#x", errMeter, op)
	}
	return op, 0, nil
}

// skipBulk reads what follows the prefix of conversions and bulk operations.
func (r *reader) skipBulk(sub int) error {
	switch sub {
	case 0, 1, 2, 3, 4, 5, 6, 7: // conversions
	case 9, bulkFill, 13, 15, 16, 17:
		r.numbers(1)
	case 8, bulkCopy, 12, 14:
		r.numbers(2)
	default:
		return fmt.Errorf("%w: opcode 0xfc %d", errMeter, sub)
	}
	return nil
}

// skipVector reads what follows the prefix of vectors.
func (r *reader) skipVector(sub int) error {
	switch {
	case sub <= 11, sub == 92, sub == 93: // loads and stores
		r.numbers(2)
	case sub >= 84 && sub <= 91: // of one lane
		r.numbers(2)
		r.byte()
	case sub == 12, sub == 13: // a constant, a shuffle
		r.take(16)
	case sub >= 21 && sub <= 34: // a lane
		r.byte()
	case sub > 255:
		return fmt.Errorf("%w: opcode 0xfd %d", errMeter, sub)
	}
	return nil
}
