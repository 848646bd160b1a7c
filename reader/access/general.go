package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/tlv"
)

// authenticate sends one GENERAL AUTHENTICATE and returns the data objects of
// the answer; a refusal is an [apdu.Status].
func (p *pace) authenticate(ctx context.Context, class byte, object []byte) (tlv.Elements, error) {
	r, err := p.general(ctx, class, tlv.Encode(doDynamic, object))
	switch {
	case err != nil:
		return nil, err
	case r.Status != apdu.OK:
		return nil, r.Status
	}
	body, err := tlv.Only(r.Data, doDynamic)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	objects, err := tlv.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return objects, nil
}

// general sends one GENERAL AUTHENTICATE. It stays in short form whatever the
// chip can do, because chips refuse PACE in extended form: only a public key of
// 2048 bits does not fit (Doc 9303-11 §9.3.1.2). A chip that has such a group
// and no extended length gets it in parts.
func (p *pace) general(ctx context.Context, class byte, data []byte) (apdu.Response, error) {
	c := apdu.Command{Class: class, Ins: apdu.InsGeneralAuthenticate, Data: data, Le: apdu.MaxShortLe}
	if len(data) <= apdu.MaxShortData {
		return apdu.Send(ctx, p.card, c)
	}
	c.Le = apdu.MaxExtendedLe // the answer is as long
	r, err := apdu.Send(ctx, p.card, c)
	if err != nil || r.Status != apdu.WrongLength {
		return r, err
	}
	c.Le = apdu.MaxShortLe
	if r, _, err = apdu.SendChain(ctx, p.card, c, apdu.MaxShortData); errors.Is(err, apdu.ErrFormat) {
		err = fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return r, err
}
