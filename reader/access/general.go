package access

import (
	"context"
	"fmt"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/tlv"
)

// insGetResponse fetches the rest of an answer (ISO/IEC 7816-4 §5.3.4).
const insGetResponse = 0xC0

// maxAnswer bounds what a chip may send in parts, in bytes: the longest answer
// is a public key of 2048 bits with its headers.
const maxAnswer = 1024

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
	for c.Le = apdu.MaxShortLe; len(data) > apdu.MaxShortData; data = data[apdu.MaxShortData:] {
		part := apdu.Command{Class: apdu.ClassChained, Ins: c.Ins, Data: data[:apdu.MaxShortData]}
		if r, err := apdu.Send(ctx, p.card, part); err != nil || r.Status != apdu.OK {
			return r, err
		}
	}
	c.Data = data
	return p.collect(ctx, c)
}

// collect sends a command and gathers an answer that comes in parts (61xx).
func (p *pace) collect(ctx context.Context, c apdu.Command) (apdu.Response, error) {
	r, err := apdu.Send(ctx, p.card, c)
	for err == nil && r.Status>>8 == 0x61 {
		if len(r.Data) > maxAnswer {
			return apdu.Response{}, fmt.Errorf("%w: an answer of more than %d bytes", ErrProtocol, maxAnswer)
		}
		next, failed := apdu.Send(ctx, p.card, apdu.Command{Ins: insGetResponse, Le: apdu.MaxShortLe})
		if failed == nil && next.Status>>8 == 0x61 && len(next.Data) == 0 {
			return apdu.Response{}, fmt.Errorf("%w: an empty part of an answer", ErrProtocol)
		}
		next.Data = append(r.Data, next.Data...)
		r, err = next, failed
	}
	return r, err
}
