package access

import (
	"bytes"
	"context"
	"crypto/sha1"

	"github.com/tram-station/tram/reader/crypt"
)

// mapped is what the mapping of a nonce leaves behind.
type mapped struct {
	generator crypt.Element
	chip      crypt.Element // the chip's mapping key; nil with integrated mapping
}

// mapNonce maps the nonce into the group, together with the chip.
func (p *pace) mapNonce(ctx context.Context, nonce []byte) (*mapped, error) {
	if p.mapping == integrated {
		return p.mapIntegrated(ctx, nonce)
	}
	return p.mapGeneric(ctx, nonce)
}

// mapGeneric is G' = s·G + H, where H is agreed on with the chip (Doc 9303-11
// §4.4.3.3.1).
func (p *pace) mapGeneric(ctx context.Context, nonce []byte) (*mapped, error) {
	sk, err := p.group.Scalar(p.rand)
	if err != nil {
		return nil, err
	}
	mine, err := p.group.Base(sk)
	if err != nil {
		return nil, err
	}
	theirs, err := p.exchange(ctx, doMapMine, mine, doMapTheirs)
	if err != nil {
		return nil, err
	}
	h, err := p.group.Mul(theirs.element, sk)
	if err != nil {
		return nil, err
	}
	sg, err := p.group.Base(nonce)
	if err != nil {
		return nil, err
	}
	generator, err := p.group.Add(sg, h)
	if err != nil {
		return nil, err
	}
	return &mapped{generator: generator, chip: theirs.element}, nil
}

// encode writes a public key as it goes to the chip: an uncompressed point, or
// a number in as few bytes as it takes (Doc 9303-11 §9.4.1, §9.4.3).
func (p *protocol) encode(e crypt.Element) []byte {
	b := p.group.Bytes(e)
	if p.dh {
		b = bytes.TrimLeft(b, "\x00")
	}
	return b
}

// decode reads a public key and checks that it is one of the group. Some chips
// send a number in the length of the prime, zeros first: it is the same number.
func (p *protocol) decode(b []byte) (crypt.Element, error) {
	if d, ok := p.group.(*crypt.DH); ok && len(b) > 0 && len(b) < d.Size() {
		b = append(make([]byte, d.Size()-len(b)), b...)
	}
	return p.group.Element(b)
}

// compress is a public key as terminal authentication signs it: a point's X
// coordinate, the SHA-1 of a number (Doc 9303-11 §7.1, TR-03110-3 §A.2.2.3).
func (p *protocol) compress(e crypt.Element) []byte {
	if p.dh {
		h := sha1.Sum(p.encode(e))
		return h[:]
	}
	return p.group.Secret(e) // the X coordinate in fixed length
}
