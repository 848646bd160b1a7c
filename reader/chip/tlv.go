package chip

import (
	"encoding/asn1"
	"errors"
	"math/big"
)

var errTLV = errors.New("chip: malformed TLV")

// object is one BER-TLV data object of a command.
type object struct {
	tag   uint32
	value []byte
}

// parseObjects cuts a command's data field into its data objects. Only what a
// command can hold is accepted: tags of one or two bytes, definite lengths.
func parseObjects(b []byte) ([]object, error) {
	var out []object
	for len(b) > 0 {
		tag, n := uint32(b[0]), 1
		if b[0]&0x1F == 0x1F {
			if len(b) < 2 || b[1]&0x80 != 0 {
				return nil, errTLV
			}
			tag, n = tag<<8|uint32(b[1]), 2
		}
		size, m, err := parseLength(b[n:])
		if err != nil || size > len(b)-n-m {
			return nil, errTLV
		}
		out = append(out, object{tag, b[n+m : n+m+size]})
		b = b[n+m+size:]
	}
	return out, nil
}

// parseLength reads a definite length of at most three bytes.
func parseLength(b []byte) (size, n int, err error) {
	if len(b) == 0 {
		return 0, 0, errTLV
	}
	switch c := b[0]; {
	case c < 0x80:
		return int(c), 1, nil
	case c == 0x81 && len(b) >= 2:
		return int(b[1]), 2, nil
	case c == 0x82 && len(b) >= 3:
		return int(b[1])<<8 | int(b[2]), 3, nil
	}
	return 0, 0, errTLV
}

// find returns the value of the first object with the tag; nil when absent.
func find(objects []object, tag uint32) []byte {
	for _, o := range objects {
		if o.tag == tag {
			return o.value
		}
	}
	return nil
}

// has reports an object with the tag.
func has(objects []object, tag uint32) bool {
	for _, o := range objects {
		if o.tag == tag {
			return true
		}
	}
	return false
}

// encode writes one data object around the joined values, with the shortest
// length there is (DER).
func encode(tag uint32, values ...[]byte) []byte {
	size := 0
	for _, v := range values {
		size += len(v)
	}
	var out []byte
	if tag > 0xFF {
		out = append(out, byte(tag>>8))
	}
	out = append(out, byte(tag))
	switch {
	case size < 0x80:
		out = append(out, byte(size))
	case size <= 0xFF:
		out = append(out, 0x81, byte(size))
	case size <= 0xFFFF:
		out = append(out, 0x82, byte(size>>8), byte(size))
	default:
		out = append(out, 0x83, byte(size>>16), byte(size>>8), byte(size))
	}
	for _, v := range values {
		out = append(out, v...)
	}
	return out
}

// The few ASN.1 types the files need.

func sequence(values ...[]byte) []byte { return encode(0x30, values...) }
func set(values ...[]byte) []byte      { return encode(0x31, values...) }
func octets(b []byte) []byte           { return encode(0x04, b) }
func bits(b []byte) []byte             { return encode(0x03, []byte{0}, b) }
func utf8String(s string) []byte       { return encode(0x0C, []byte(s)) }
func printable(s string) []byte        { return encode(0x13, []byte(s)) }

// integer encodes a non-negative number.
func integer(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) == 0 || b[0]&0x80 != 0 {
		b = append([]byte{0}, b...)
	}
	return encode(0x02, b)
}

func small(n int64) []byte { return integer(big.NewInt(n)) }

// oid encodes an object identifier. Its arguments are constants of this
// package, so an identifier that cannot be encoded is our own bug.
func oid(arcs ...int) []byte {
	b, err := asn1.Marshal(asn1.ObjectIdentifier(arcs))
	if err != nil {
		panic("chip: object identifier: " + err.Error())
	}
	return b
}
