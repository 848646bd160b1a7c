// Package tlv reads and writes the BER-TLV of chips (ISO/IEC 8825-1 §8.1,
// ISO/IEC 7816-4 §5.2.2). Values point into the input; nothing is copied.
//
// It is strict: lengths must lie inside the input, the indefinite form is
// refused (no file of an eMRTD uses it), and depth and sizes are limited.
// Lengths that are longer than need be are accepted, since chips in the field
// send them; what Encode writes is always minimal.
package tlv

import (
	"errors"
	"fmt"
)

// Limits against hostile input.
const (
	MaxLength   = 1 << 24 // bytes of one value; the largest known EF is under 1 MiB
	MaxDepth    = 16      // nested elements visited by Walk
	MaxElements = 1 << 16 // siblings that Parse returns
)

var (
	// ErrTruncated says that the input ends before the element does.
	ErrTruncated = errors.New("tlv: element goes past the end of the data")
	// ErrMalformed says that the input is no BER-TLV, or breaks a limit.
	ErrMalformed = errors.New("tlv: malformed element")
)

// Element is one tag and its value.
type Element struct {
	Tag   uint32 // the tag octets as a number: 0x60, 0x5F1F, 0x7F61, …
	Value []byte
	Raw   []byte // header and value
}

// Constructed reports whether the value is itself a series of elements.
func (e Element) Constructed() bool {
	t := e.Tag
	for t > 0xFF {
		t >>= 8
	}
	return t&0x20 != 0
}

// Children parses the value as a series of elements.
func (e Element) Children() (Elements, error) { return Parse(e.Value) }

// Elements are siblings in their order.
type Elements []Element

// Find returns the first element with the tag.
func (es Elements) Find(tag uint32) (Element, bool) {
	for _, e := range es {
		if e.Tag == tag {
			return e, true
		}
	}
	return Element{}, false
}

// Value returns the value of the first element with the tag, or nil.
func (es Elements) Value(tag uint32) []byte {
	e, _ := es.Find(tag)
	return e.Value
}

// Header reads the tag and length at the start of b; the value itself need not
// be there. It is what a reader of files needs from the first block:
// header+value is the size of the file.
func Header(b []byte) (tag uint32, header, value int, err error) {
	tag, n, err := readTag(b)
	if err != nil {
		return 0, 0, 0, err
	}
	length, m, err := readLength(b[n:])
	if err != nil {
		return 0, 0, 0, err
	}
	return tag, n + m, length, nil
}

func readTag(b []byte) (tag uint32, n int, err error) {
	if len(b) == 0 {
		return 0, 0, ErrTruncated
	}
	tag = uint32(b[0])
	if b[0] == 0 {
		return 0, 0, fmt.Errorf("%w: tag 00", ErrMalformed)
	}
	if b[0]&0x1F != 0x1F {
		return tag, 1, nil
	}
	for n = 1; n < 4; n++ {
		if n >= len(b) {
			return 0, 0, ErrTruncated
		}
		if n == 1 && b[n]&0x7F == 0 {
			return 0, 0, fmt.Errorf("%w: tag number starts with zero", ErrMalformed)
		}
		tag = tag<<8 | uint32(b[n])
		if b[n]&0x80 == 0 {
			return tag, n + 1, nil
		}
	}
	return 0, 0, fmt.Errorf("%w: tag of more than four octets", ErrMalformed)
}

func readLength(b []byte) (length, n int, err error) {
	if len(b) == 0 {
		return 0, 0, ErrTruncated
	}
	if b[0] < 0x80 {
		return int(b[0]), 1, nil
	}
	octets := int(b[0] & 0x7F)
	if octets == 0 || octets > 4 {
		return 0, 0, fmt.Errorf("%w: length octet %02X", ErrMalformed, b[0])
	}
	if len(b) < 1+octets {
		return 0, 0, ErrTruncated
	}
	var l uint32
	for _, o := range b[1 : 1+octets] {
		l = l<<8 | uint32(o)
	}
	if l > MaxLength {
		return 0, 0, fmt.Errorf("%w: value of %d bytes", ErrMalformed, l)
	}
	return int(l), 1 + octets, nil
}

// Next reads the first element of b and returns what follows it.
func Next(b []byte) (e Element, rest []byte, err error) {
	tag, header, value, err := Header(b)
	if err != nil {
		return Element{}, nil, err
	}
	end := header + value
	if end > len(b) {
		return Element{}, nil, fmt.Errorf("%w: tag %X claims %d bytes, %d are left", ErrTruncated, tag, value, len(b)-header)
	}
	return Element{Tag: tag, Value: b[header:end:end], Raw: b[:end:end]}, b[end:], nil
}

// Parse reads b as a series of elements with nothing after them.
func Parse(b []byte) (Elements, error) {
	var es Elements
	for len(b) > 0 {
		e, rest, err := Next(b)
		if err != nil {
			return nil, err
		}
		if len(es) == MaxElements {
			return nil, fmt.Errorf("%w: more than %d elements", ErrMalformed, MaxElements)
		}
		es, b = append(es, e), rest
	}
	return es, nil
}

// Only returns the value of the element with this tag that fills all of b.
func Only(b []byte, tag uint32) ([]byte, error) {
	e, rest, err := Next(b)
	switch {
	case err != nil:
		return nil, err
	case e.Tag != tag:
		return nil, fmt.Errorf("%w: tag %X where %X must stand", ErrMalformed, e.Tag, tag)
	case len(rest) > 0:
		return nil, fmt.Errorf("%w: %d bytes after the element %X", ErrMalformed, len(rest), tag)
	}
	return e.Value, nil
}

// Walk visits every element of b in order, a constructed one before its
// children. It ends at the first error, which may be visit's own.
func Walk(b []byte, visit func(depth int, e Element) error) error { return walk(b, 0, visit) }

func walk(b []byte, depth int, visit func(int, Element) error) error {
	if depth > MaxDepth {
		return fmt.Errorf("%w: nested deeper than %d", ErrMalformed, MaxDepth)
	}
	for len(b) > 0 {
		e, rest, err := Next(b)
		if err != nil {
			return err
		}
		if err := visit(depth, e); err != nil {
			return err
		}
		if e.Constructed() {
			if err := walk(e.Value, depth+1, visit); err != nil {
				return err
			}
		}
		b = rest
	}
	return nil
}

// Encode returns one element whose value is the given parts, one after the
// other.
func Encode(tag uint32, parts ...[]byte) []byte { return Append(nil, tag, parts...) }

// Append appends one element whose value is the given parts to dst.
func Append(dst []byte, tag uint32, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	dst = appendNumber(dst, tag)
	if n >= 0x80 {
		dst = append(dst, 0x80|octets(uint32(n)))
		dst = appendNumber(dst, uint32(n))
	} else {
		dst = append(dst, byte(n))
	}
	for _, p := range parts {
		dst = append(dst, p...)
	}
	return dst
}

func octets(v uint32) byte {
	n := byte(1)
	for v >>= 8; v > 0; v >>= 8 {
		n++
	}
	return n
}

// appendNumber appends v in big-endian order without leading zeros.
func appendNumber(dst []byte, v uint32) []byte {
	for i := int(octets(v)) - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}
