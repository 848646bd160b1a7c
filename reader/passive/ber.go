package passive

import (
	"fmt"
	"slices"
)

// Limits of what is rewritten.
const (
	maxDepth    = 32      // nesting of a CMS structure
	maxElements = 1 << 17 // elements of one file; a list of 600 certificates has 20
)

// distinguished returns b in DER as far as lengths go: indefinite lengths get
// their number, lengths with leading zeros lose them, and octet strings in
// pieces are joined. RFC 5652 allows CMS in BER and several issuers write
// EF.SOD so; every signature is over DER (RFC 5652 §5.4), which this restores.
// Bytes that are DER already come back as they are, uncopied.
func distinguished(b []byte) ([]byte, error) {
	r := rewriter{left: maxElements}
	clean, end, err := r.scan(b, 0)
	if err != nil {
		return nil, err
	}
	if clean {
		return b, nil
	}
	r.left = maxElements
	out, n, err := r.rewrite(make([]byte, 0, len(b)), b, 0)
	if err != nil {
		return nil, err
	}
	if n != end {
		return nil, fmt.Errorf("BER of two readings: %w", errMalformed)
	}
	return append(out, b[end:]...), nil
}

var errEncoding = fmt.Errorf("encoding %w", errMalformed)

// rewriter walks over BER. left bounds the work.
type rewriter struct{ left int }

// header is the start of one element.
type header struct {
	tag        []byte
	size       int // of tag and length
	length     int
	indefinite bool
	minimal    bool
}

func (h header) constructed() bool { return h.tag[0]&0x20 != 0 }

// pieces reports whether this is an OCTET STRING in pieces (X.690 §8.7.3).
func (h header) pieces() bool { return len(h.tag) == 1 && h.tag[0] == 0x24 }

// next reads the header that b begins with.
func (r *rewriter) next(b []byte, depth int) (h header, err error) {
	if r.left--; r.left < 0 || depth > maxDepth || len(b) < 2 {
		return h, errEncoding
	}
	tag := 1
	if b[0]&0x1F == 0x1F {
		for tag < len(b) && b[tag]&0x80 != 0 {
			tag++
		}
		tag++
	}
	if tag > 4 || tag >= len(b) {
		return h, errEncoding
	}
	h = header{tag: b[:tag], size: tag + 1, minimal: true}
	switch first := b[tag]; {
	case first < 0x80:
		h.length = int(first)
	case first == 0x80:
		if !h.constructed() {
			return h, errEncoding
		}
		h.indefinite = true
		return h, nil
	default:
		n := int(first & 0x7F)
		if n > 8 || h.size+n > len(b) {
			return h, errEncoding
		}
		for _, x := range b[h.size : h.size+n] {
			if h.length = h.length<<8 | int(x); h.length > len(b) {
				return h, errEncoding
			}
		}
		h.minimal = h.length >= 0x80 && b[h.size] != 0
		h.size += n
	}
	if h.length > len(b)-h.size {
		return h, errEncoding
	}
	return h, nil
}

// endOfContents reports whether b begins with the end of an indefinite length.
func endOfContents(b []byte) bool { return len(b) >= 2 && b[0] == 0 && b[1] == 0 }

// scan looks whether the first element of b is DER, and where it ends.
func (r *rewriter) scan(b []byte, depth int) (clean bool, end int, err error) {
	h, err := r.next(b, depth)
	if err != nil {
		return false, 0, err
	}
	if !h.constructed() {
		return h.minimal, h.size + h.length, nil
	}
	clean = h.minimal && !h.indefinite && !h.pieces()
	body, at := b[h.size:], 0
	if !h.indefinite {
		body = body[:h.length]
	}
	for at < len(body) && (!h.indefinite || !endOfContents(body[at:])) {
		ok, n, err := r.scan(body[at:], depth+1)
		if err != nil {
			return false, 0, err
		}
		clean, at = clean && ok, at+n
	}
	if h.indefinite {
		if at >= len(body) {
			return false, 0, fmt.Errorf("encoding without an end: %w", errMalformed)
		}
		at += 2
	}
	return clean, h.size + at, nil
}

// rewrite appends the first element of b in DER to out; n is what it took.
func (r *rewriter) rewrite(out, b []byte, depth int) (_ []byte, n int, err error) {
	h, err := r.next(b, depth)
	if err != nil {
		return nil, 0, err
	}
	if !h.constructed() {
		n = h.size + h.length
		return wrap(append(out, b[h.size:n]...), len(out), h.tag), n, nil
	}
	start, body, at := len(out), b[h.size:], 0
	if !h.indefinite {
		body = body[:h.length]
	}
	for at < len(body) && (!h.indefinite || !endOfContents(body[at:])) {
		from := len(out)
		var took int
		if out, took, err = r.rewrite(out, body[at:], depth+1); err != nil {
			return nil, 0, err
		}
		at += took
		if h.pieces() {
			if out, err = unwrap(out, from); err != nil {
				return nil, 0, err
			}
		}
	}
	if h.indefinite {
		at += 2 // scan saw the end
	}
	tag := h.tag
	if h.pieces() {
		tag = []byte{0x04}
	}
	return wrap(out, start, tag), h.size + at, nil
}

// wrap puts tag and length before what out holds from start on.
func wrap(out []byte, start int, tag []byte) []byte {
	n := len(out) - start
	var head [16]byte
	h := append(head[:0], tag...)
	if n < 0x80 {
		h = append(h, byte(n))
	} else {
		size := 1
		for v := n >> 8; v > 0; v >>= 8 {
			size++
		}
		h = append(h, 0x80|byte(size))
		for i := size - 1; i >= 0; i-- {
			h = append(h, byte(n>>(8*i)))
		}
	}
	return slices.Insert(out, start, h...)
}

// unwrap takes tag and length off the octet string that out holds from start.
func unwrap(out []byte, start int) ([]byte, error) {
	if out[start] != 0x04 {
		return nil, fmt.Errorf("octet string in pieces %w", errMalformed)
	}
	size := 2
	if l := out[start+1]; l >= 0x80 {
		size += int(l & 0x7F)
	}
	return slices.Delete(out, start, start+size), nil
}
