package iso19794

import "encoding/binary"

// octets reads numbers one after another. Once it is read past its end it stays
// bad and gives zeros.
type octets struct {
	b   []byte
	bad bool
}

// take returns the next n octets without copying them.
func (o *octets) take(n int) []byte {
	if o.bad || n < 0 || n > len(o.b) {
		o.bad = true
		return nil
	}
	v := o.b[:n:n]
	o.b = o.b[n:]
	return v
}

func (o *octets) u8() byte {
	if v := o.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (o *octets) u16() uint16 {
	if v := o.take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

func (o *octets) u32() uint32 {
	if v := o.take(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

// size is a number of 32 bits as an int; what is longer than any record is bad.
func (o *octets) size() int {
	v := o.u32()
	if v > MaxRecord {
		o.bad = true
		return 0
	}
	return int(v)
}
