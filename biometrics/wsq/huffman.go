package wsq

import "fmt"

// Symbols of the Huffman codes (IAFIS-IC-0110, table of Huffman input symbols).
// 1 to 100 are runs of that many zeros, 107 to 254 a coefficient plus 180.
const (
	symbols    = 256
	maxRun     = 100
	symPlus8   = 101 // a positive coefficient in the next 8 bits
	symMinus8  = 102 // the negative
	symPlus16  = 103
	symMinus16 = 104
	symRun8    = 105 // a run of zeros, its length in the next 8 bits
	symRun16   = 106
	symZero    = 180 // added to a coefficient
	minCoef    = -73
	maxCoef    = 74
)

const (
	codeBits = 16 // of the longest code
	fastBits = 10 // of the codes that one look finds
)

// codeTable is a Huffman table as a file holds it: how many codes there are of
// each length, and their symbols from the shortest code on.
type codeTable struct {
	lengths [codeBits]byte // [i]: codes of i+1 bits
	symbols []byte
}

// check returns how many codes there are, or an error when there are more than
// their lengths allow.
func (t *codeTable) check() error {
	code, n := 0, 0
	for i, count := range t.lengths {
		code += int(count)
		n += int(count)
		if code > 1<<(i+1) {
			return fmt.Errorf("%w: Huffman codes that overlap", ErrFormat)
		}
		code <<= 1
	}
	if n > symbols || n != len(t.symbols) {
		return fmt.Errorf("%w: %d Huffman codes", ErrFormat, n)
	}
	return nil
}

// each calls f for every code in turn.
func (t *codeTable) each(f func(symbol byte, code uint32, size uint)) {
	code, k := uint32(0), 0
	for i, count := range t.lengths {
		for range count {
			f(t.symbols[k], code, uint(i)+1)
			code++
			k++
		}
		code <<= 1
	}
}

// decoding finds symbols by their codes.
type decoding struct {
	fast [1 << fastBits]uint16 // by the next bits: size<<8 | symbol; 0: a longer code, or none
	last [codeBits + 1]int32   // [n]: the greatest code of n bits, -1 without
	from [codeBits + 1]int32   // [n]: what to add to a code of n bits to get its place in symbols
	all  []byte
}

func newDecoding(t *codeTable) *decoding {
	d := &decoding{all: t.symbols}
	code, k := int32(0), int32(0)
	for i, count := range t.lengths {
		d.from[i+1] = k - code
		code += int32(count)
		k += int32(count)
		d.last[i+1] = -1
		if count > 0 {
			d.last[i+1] = code - 1
		}
		code <<= 1
	}
	t.each(func(symbol byte, code uint32, size uint) {
		if size > fastBits {
			return
		}
		at := code << (fastBits - size)
		for i := range uint32(1) << (fastBits - size) {
			d.fast[at+i] = uint16(size)<<8 | uint16(symbol)
		}
	})
	return d
}

// next reads a symbol. At the end of the block, where fewer bits are left than
// a code has, it returns errBlockEnd.
func (d *decoding) next(r *bitReader) (byte, error) {
	if r.n < codeBits {
		r.fill()
	}
	var look int32 // the next 16 bits, zeros after the end
	if r.n >= codeBits {
		look = int32(r.acc>>(r.n-codeBits)) & (1<<codeBits - 1)
	} else {
		look = int32(r.acc<<(codeBits-r.n)) & (1<<codeBits - 1)
	}
	if e := d.fast[look>>(codeBits-fastBits)]; e != 0 {
		if size := uint(e >> 8); size <= r.n {
			r.n -= size
			return byte(e), nil
		}
		return 0, errBlockEnd
	}
	for size := uint(1); size <= codeBits; size++ {
		code := look >> (codeBits - size)
		if code > d.last[size] {
			continue
		}
		if size > r.n {
			break
		}
		r.n -= size
		return d.all[code+d.from[size]], nil
	}
	if r.n >= codeBits {
		return 0, fmt.Errorf("%w: bits that are no code", ErrFormat)
	}
	return 0, errBlockEnd
}
