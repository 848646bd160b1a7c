package qr

import (
	"errors"
	"fmt"
)

// maxCodewords is the data of the largest code: version 40 at level L.
const maxCodewords = 2956

// maxECI is the largest assignment that AIM ITS/04-023 allows.
const maxECI = 999_999

// noECI stands for bytes whose character set the code does not name.
const noECI = -1

// errStream says that codewords are not a stream of segments.
var errStream = errors.New("the content of the code is malformed")

// script is the kind of characters that a segment's bytes write.
type script int

const (
	ascii script = iota // numeric and alphanumeric mode
	octets
	shiftJIS // Kanji mode
	gb2312   // Hanzi mode of GB/T 18284
)

// segment is a run of bytes in one mode under one assignment.
type segment struct {
	script script
	eci    int // of octets; noECI where the code names none
	data   []byte
}

// stream is what the data codewords of a code hold.
type stream struct {
	segments []segment
	eci      int // the last assignment; noECI where there is none
	append   *Append
}

// Mode indicators, ISO/IEC 18004 §7.4.1.
const (
	modeTerminator   = 0b0000
	modeNumeric      = 0b0001
	modeAlphanumeric = 0b0010
	modeAppend       = 0b0011
	modeByte         = 0b0100
	modeFNC1First    = 0b0101
	modeECI          = 0b0111
	modeKanji        = 0b1000
	modeFNC1Second   = 0b1001
	modeHanzi        = 0b1101
)

// countBits returns the width of the character count, ISO/IEC 18004 §7.4.1
// table 3, for versions 1 to 9, 10 to 26, and 27 to 40.
func countBits(mode, version int) int {
	widths := [3]int{8, 10, 12} // Kanji and Hanzi
	switch mode {
	case modeNumeric:
		widths = [3]int{10, 12, 14}
	case modeAlphanumeric:
		widths = [3]int{9, 11, 13}
	case modeByte:
		widths = [3]int{8, 16, 16}
	}
	switch {
	case version <= 9:
		return widths[0]
	case version <= 26:
		return widths[1]
	}
	return widths[2]
}

// readStream takes the data codewords of a code of that version apart,
// ISO/IEC 18004 §7.4. The error is errStream.
func readStream(codewords []byte, version int) (*stream, error) {
	if len(codewords) > maxCodewords || version < 1 || version > 40 {
		return nil, fmt.Errorf("%w: %d codewords in version %d", errStream, len(codewords), version)
	}
	r := &segmentReader{bits: bitReader{data: codewords}, version: version, out: stream{eci: noECI}}
	for {
		mode := r.bits.take(min(4, r.bits.left())) // a full code ends without a whole terminator
		if mode == modeTerminator {
			return &r.out, nil
		}
		if err := r.segment(mode); err != nil {
			return nil, err
		}
		if r.bits.short {
			return nil, fmt.Errorf("%w: it ends inside a segment", errStream)
		}
	}
}

// segmentReader reads one segment after the other.
type segmentReader struct {
	bits    bitReader
	version int
	fnc1    bool // function character 1 is in force: '%' is a separator
	out     stream
}

func (r *segmentReader) segment(mode int) error {
	switch mode {
	case modeECI:
		return r.assignment()
	case modeAppend:
		return r.appendHeader()
	case modeFNC1First:
		r.fnc1 = true
		return nil
	case modeFNC1Second:
		r.fnc1 = true
		return r.application()
	case modeNumeric, modeAlphanumeric, modeByte, modeKanji:
	case modeHanzi:
		if subset := r.bits.take(4); subset != 1 {
			return fmt.Errorf("%w: subset %d of Hanzi", errStream, subset)
		}
	default:
		return fmt.Errorf("%w: mode %04b", errStream, mode)
	}
	count := r.bits.take(countBits(mode, r.version))
	switch mode {
	case modeNumeric:
		return r.numeric(count)
	case modeAlphanumeric:
		return r.alphanumeric(count)
	case modeByte:
		return r.octets(count)
	case modeKanji:
		return r.pairs(shiftJIS, count)
	}
	return r.pairs(gb2312, count)
}

// add appends to the last segment where that goes on.
func (r *segmentReader) add(kind script, data ...byte) {
	eci := noECI
	if kind == octets {
		eci = r.out.eci
	}
	if n := len(r.out.segments); n > 0 {
		if last := &r.out.segments[n-1]; last.script == kind && last.eci == eci {
			last.data = append(last.data, data...)
			return
		}
	}
	r.out.segments = append(r.out.segments, segment{kind, eci, append([]byte(nil), data...)})
}

// assignment reads an ECI header, ISO/IEC 18004 §7.4.2: one, two or three
// bytes, told apart by their first bits.
func (r *segmentReader) assignment() error {
	eci := r.bits.take(8)
	switch {
	case eci&0x80 == 0:
	case eci&0xC0 == 0x80:
		eci = eci&0x3F<<8 | r.bits.take(8)
	case eci&0xE0 == 0xC0:
		eci = eci&0x1F<<16 | r.bits.take(16)
	default:
		return fmt.Errorf("%w: ECI designator %#02x", errStream, eci)
	}
	if eci > maxECI {
		return fmt.Errorf("%w: ECI %d", errStream, eci)
	}
	r.out.eci = eci
	return nil
}

// appendHeader reads the header of a structured append, ISO/IEC 18004 §8.2.
func (r *segmentReader) appendHeader() error {
	a := Append{Index: r.bits.take(4), Total: r.bits.take(4) + 1, Parity: byte(r.bits.take(8))}
	if a.Index >= a.Total {
		return fmt.Errorf("%w: part %d of %d", errStream, a.Index+1, a.Total)
	}
	r.out.append = &a
	return nil
}

// application reads the indicator behind FNC1 in second position, which goes
// before the data: two digits, or a letter plus 100 (ISO/IEC 18004 §7.4.8.3).
func (r *segmentReader) application() error {
	switch v := r.bits.take(8); {
	case v < 100:
		r.add(ascii, '0'+byte(v/10), '0'+byte(v%10))
	case v-100 >= 'A' && v-100 <= 'Z', v-100 >= 'a' && v-100 <= 'z':
		r.add(ascii, byte(v-100))
	default:
		return fmt.Errorf("%w: application indicator %d", errStream, v)
	}
	return nil
}

// numeric reads digits: three in ten bits, two in seven, one in four.
func (r *segmentReader) numeric(count int) error {
	for ; count > 0 && !r.bits.short; count -= 3 {
		n := min(count, 3)
		v := r.bits.take([]int{0, 4, 7, 10}[n])
		digits := fmt.Sprintf("%0*d", n, v)
		if len(digits) != n {
			return fmt.Errorf("%w: %d for %d digits", errStream, v, n)
		}
		r.add(ascii, []byte(digits)...)
	}
	return nil
}

// alphabet is that of alphanumeric mode, ISO/IEC 18004 §7.3.4 table 5.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// alphanumeric reads two characters in eleven bits, one in six.
func (r *segmentReader) alphanumeric(count int) error {
	text := make([]byte, 0, min(count, 2*maxCodewords))
	for ; count > 0 && !r.bits.short; count -= 2 {
		var v int
		if count == 1 {
			v = r.bits.take(6)
		} else {
			v = r.bits.take(11)
			if v/len(alphabet) >= len(alphabet) {
				return fmt.Errorf("%w: %d for two characters", errStream, v)
			}
			text = append(text, alphabet[v/len(alphabet)])
			v %= len(alphabet)
		}
		if v >= len(alphabet) {
			return fmt.Errorf("%w: %d for a character", errStream, v)
		}
		text = append(text, alphabet[v])
	}
	if r.fnc1 {
		text = separated(text)
	}
	r.add(ascii, text...)
	return nil
}

// separated writes what '%' means under FNC1, ISO/IEC 18004 §7.4.8.2: twice
// itself, alone the group separator.
func separated(text []byte) []byte {
	const groupSeparator = 0x1D
	out := text[:0]
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '%' {
			if i+1 < len(text) && text[i+1] == '%' {
				i++
			} else {
				c = groupSeparator
			}
		}
		out = append(out, c)
	}
	return out
}

func (r *segmentReader) octets(count int) error {
	for ; count > 0 && !r.bits.short; count-- {
		r.add(octets, byte(r.bits.take(8)))
	}
	return nil
}

// pairs reads characters of two bytes in thirteen bits: those of Shift JIS
// (ISO/IEC 18004 §7.4.6), or of GB 2312.
func (r *segmentReader) pairs(kind script, count int) error {
	for ; count > 0 && !r.bits.short; count-- {
		v := r.bits.take(13)
		var high, low int
		var whole bool // both bytes are in the table
		if kind == gb2312 {
			high, low = v/0x60+0xA1, v%0x60+0xA1
			if high > 0xAA {
				high += 0xB0 - 0xAB
			}
			whole = low <= 0xFE
		} else {
			high, low = v/0xC0+0x81, v%0xC0+0x40
			if high > 0x9F {
				high += 0xE0 - 0xA0
			}
			whole = low != 0x7F && low <= 0xFC
		}
		if !whole {
			return fmt.Errorf("%w: %d for a character of two bytes", errStream, v)
		}
		r.add(kind, byte(high), byte(low))
	}
	return nil
}

// bitReader takes numbers off a string of bits, the highest bit first.
type bitReader struct {
	data  []byte
	at    int  // in bits
	short bool // more was asked for than there is
}

func (b *bitReader) left() int { return 8*len(b.data) - b.at }

// take returns the next n bits; behind the end it returns 0 and sets short.
func (b *bitReader) take(n int) int {
	if n > b.left() {
		b.short = true
		return 0
	}
	v := 0
	for range n {
		v = v<<1 | int(b.data[b.at/8]>>(7-b.at%8)&1)
		b.at++
	}
	return v
}
