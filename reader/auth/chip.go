package auth

import (
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/tlv"
)

// MANAGE SECURITY ENVIRONMENT of chip authentication and its data objects (Doc
// 9303-11 §6.2.4).
const (
	setComputation = 0x41
	templateKAT    = 0xA6 // key agreement: 3DES
	templateAT     = 0xA4 // authentication: AES

	doMechanism = 0x80 // MSE:Set AT: the protocol's object identifier
	doKeyID     = 0x84
	doKATPublic = 0x91 // MSE:Set KAT: our public key
	doDynamic   = 0x7C // everything in GENERAL AUTHENTICATE
	doPublic    = 0x80
)

// ChipProof is what chip authentication leaves for terminal authentication.
type ChipProof struct {
	Protocol string // "CA-ECDH-AES-128 brainpoolP256r1"
	// Ephemeral is our public key as the terminal signs it (TR-03110-3
	// appendix A.2.2.3): a point's X coordinate, or the SHA-1 of a number.
	Ephemeral []byte
}

// Chip runs chip authentication with the strongest key that DG14 announces and
// restarts the session under the keys agreed on. rand gives the ephemeral key.
//
// The chip has proved its key with the next protected answer, not before. One
// that does not have it shows there: the session ends, and [Judge] tells that
// apart from a lost card. Here a refusal is [ErrRefused], keys that are not
// known [ErrUnsupported].
func Chip(ctx context.Context, s *securemsg.Session, dg14 *lds.SecurityInfos, rand io.Reader) (*ChipProof, error) {
	a, err := strongest(dg14)
	if err != nil {
		return nil, fmt.Errorf("chip authentication: %w", err)
	}
	proof, err := a.run(ctx, s, rand)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.name(), err)
	}
	return proof, nil
}

// Judge says of the error of the first command after [Chip] whether the chip
// did not have its key: an answer that fails, or a refusal in the clear, is
// [ErrMismatch]. A lost card and every other error come back as they are.
func Judge(err error) error {
	var status apdu.Status
	if errors.Is(err, securemsg.ErrEnded) && !errors.Is(err, apdu.ErrCardLost) &&
		(errors.Is(err, securemsg.ErrIntegrity) || errors.As(err, &status)) {
		return fmt.Errorf("chip authentication: %w (%w)", ErrMismatch, err)
	}
	return err
}

// run agrees on a secret and restarts the session under its keys.
func (a *agreement) run(ctx context.Context, s *securemsg.Session, rand io.Reader) (*ChipProof, error) {
	secret, public, err := a.agree(ctx, s, rand)
	if err != nil {
		return nil, err
	}
	err = s.Restart(a.algorithm, crypt.DeriveKey(a.algorithm, secret, crypt.ForEncryption), crypt.DeriveKey(a.algorithm, secret, crypt.ForMAC))
	if err != nil {
		return nil, err
	}
	return &ChipProof{Protocol: a.name(), Ephemeral: public}, nil
}

// agree sends a fresh public key and returns the secret that the chip can
// compute with its static one, and the compressed public key.
func (a *agreement) agree(ctx context.Context, card apdu.Card, rand io.Reader) (secret, public []byte, err error) {
	sk, err := a.group.Scalar(rand)
	if err != nil {
		return nil, nil, err
	}
	mine, err := a.group.Base(sk)
	if err != nil {
		return nil, nil, err
	}
	shared, err := a.group.Mul(a.theirs, sk)
	if err != nil {
		return nil, nil, err
	}
	if err := a.handOver(ctx, card, a.group.Bytes(mine)); err != nil {
		return nil, nil, err
	}
	return a.group.Secret(shared), crypt.Compressed(a.group, mine), nil
}

// handOver gives the chip our public key: by MSE:Set KAT under 3DES, by MSE:Set
// AT under AES and where a chip has no MSE:Set KAT.
func (a *agreement) handOver(ctx context.Context, card apdu.Card, public []byte) error {
	if a.algorithm == crypt.TDES {
		err := a.setKAT(ctx, card, public)
		if !errors.Is(err, ErrRefused) || errors.Is(err, securemsg.ErrEnded) {
			return err
		}
	}
	return a.setAT(ctx, card, public)
}

// setKAT hands over the public key under 3DES (Doc 9303-11 §6.2.4.1).
func (a *agreement) setKAT(ctx context.Context, card apdu.Card, public []byte) error {
	data := tlv.Encode(doKATPublic, public)
	if a.keyID != nil {
		data = tlv.Append(data, doKeyID, a.keyID)
	}
	_, err := a.ask(ctx, card, apdu.Command{Ins: apdu.InsManageSecurity, P1: setComputation, P2: templateKAT, Data: data})
	return err
}

// setAT names the protocol and hands over the public key by GENERAL
// AUTHENTICATE (Doc 9303-11 §6.2.4.2).
func (a *agreement) setAT(ctx context.Context, card apdu.Card, public []byte) error {
	oid, err := contents(a.oid)
	if err != nil {
		return err
	}
	data := tlv.Encode(doMechanism, oid)
	if a.keyID != nil {
		data = tlv.Append(data, doKeyID, a.keyID)
	}
	if _, err := a.ask(ctx, card, apdu.Command{Ins: apdu.InsManageSecurity, P1: setComputation, P2: templateAT, Data: data}); err != nil {
		return err
	}
	answer, err := a.ask(ctx, card, apdu.Command{Ins: apdu.InsGeneralAuthenticate,
		Data: tlv.Encode(doDynamic, tlv.Encode(doPublic, public)), Le: apdu.MaxShortLe})
	if err != nil {
		return err
	}
	// The answer holds nothing; some chips leave out even its template.
	if _, err := tlv.Only(answer, doDynamic); err != nil && len(answer) > 0 {
		return fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	return nil
}

// ask sends one command; a refusal is [ErrRefused].
func (a *agreement) ask(ctx context.Context, card apdu.Card, c apdu.Command) ([]byte, error) {
	r, err := send(ctx, card, c)
	switch {
	case err != nil:
		return nil, inTheClear(err)
	case r.Status != apdu.OK:
		return nil, fmt.Errorf("%w: %w", ErrRefused, r.Status)
	}
	return r.Data, nil
}

// contents returns the content octets of an object identifier.
func contents(oid asn1.ObjectIdentifier) ([]byte, error) {
	der, err := asn1.Marshal(oid)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return tlv.Only(der, asn1.TagOID)
}
