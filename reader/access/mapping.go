package access

import (
	"context"

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
