package access

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/tlv"
)

// Data objects of PACE (Doc 9303-11 §4.4.4, §4.4.5).
const (
	doProtocol  = 0x80 // MSE:Set AT: the protocol's object identifier
	doPassword  = 0x83 // MSE:Set AT: which password
	doParameter = 0x84 // MSE:Set AT: domain parameters, where they are ambiguous

	doDynamic     = 0x7C // everything in GENERAL AUTHENTICATE
	doNonce       = 0x80
	doMapMine     = 0x81
	doMapTheirs   = 0x82
	doKeyMine     = 0x83
	doKeyTheirs   = 0x84
	doTokenMine   = 0x85
	doTokenTheirs = 0x86
	doChipAuth    = 0x8A // with chip authentication mapping, beside the token

	doPublicKey   = 0x7F49 // token input (§9.4)
	doObjectID    = 0x06
	doPublicValue = 0x84 // of a prime field
	doPublicPoint = 0x86 // of a curve
)

// P1 P2 of MSE:Set AT (Doc 9303-11 §4.4.4.1).
const (
	setATp1 = 0xC1
	setATp2 = 0xA4
)

// maxNonce bounds the encrypted nonce, in bytes. The standard asks for whole
// blocks only; two blocks serve AES-256.
const maxNonce = 64

// pace is one run of PACE (Doc 9303-11 §4.4).
type pace struct {
	*protocol
	card  apdu.Card
	rand  io.Reader
	key   Key
	tries int // that the chip grants, unstated where it does not say
}

// openPACE runs the strongest form of PACE on offer.
func openPACE(ctx context.Context, card apdu.Card, info *lds.SecurityInfos, key Key, rand io.Reader) (*Opened, error) {
	chosen, err := choose(info)
	if err != nil {
		return nil, err
	}
	p := &pace{protocol: chosen, card: card, rand: rand, key: key, tries: unstated}
	if err := p.setAT(ctx); err != nil {
		return nil, fmt.Errorf("select protocol: %w", err)
	}
	nonce, err := p.nonce(ctx)
	switch {
	case errors.Is(err, apdu.ConditionsNotMet) && p.tries == 1:
		return nil, fmt.Errorf("%w (%w)", ErrSuspended, err)
	case err != nil:
		return nil, fmt.Errorf("nonce: %w", err)
	}
	mapped, err := p.mapNonce(ctx, nonce)
	if err != nil {
		return nil, fmt.Errorf("mapping: %w", err)
	}
	return p.agree(ctx, mapped)
}

// setAT names the protocol and the password to the chip. A PIN's last try is
// left alone unless the key says otherwise.
func (p *pace) setAT(ctx context.Context) error {
	data := tlv.Encode(doProtocol, p.oid)
	data = tlv.Append(data, doPassword, []byte{byte(p.key.kind)})
	if p.ambiguous {
		data = tlv.Append(data, doParameter, parameterReference(p.parameter))
	}
	r, err := apdu.Send(ctx, p.card, apdu.Command{Ins: apdu.InsManageSecurity, P1: setATp1, P2: setATp2, Data: data})
	if err != nil {
		return err
	}
	switch left, counted := triesLeft(r.Status); {
	case r.Status == apdu.OK:
		return nil
	case r.Status == blocked, counted && left == 0:
		return fmt.Errorf("%w (%w)", ErrBlocked, r.Status)
	case counted && left == 1 && p.key.kind == passwordPIN && !p.key.last:
		return fmt.Errorf("%w (%w)", ErrLastTry, r.Status)
	case counted: // a warning: the protocol is selected
		if p.key.kind == passwordPIN || p.key.kind == passwordPUK { // the others are never blocked
			p.tries = left
		}
		return nil
	case r.Status == apdu.DataNotFound:
		return fmt.Errorf("%w (the card has no %v: %w)", ErrWrongKey, p.key.kind, r.Status)
	}
	return r.Status
}

// parameterReference is a parameter id as an unsigned integer.
func parameterReference(id int) []byte {
	b := []byte{byte(id)}
	for id >>= 8; id > 0; id >>= 8 {
		b = append([]byte{byte(id)}, b...)
	}
	return b
}

// nonce asks for the chip's nonce and opens it with the password.
func (p *pace) nonce(ctx context.Context) ([]byte, error) {
	answer, err := p.authenticate(ctx, apdu.ClassChained, nil)
	if err != nil {
		return nil, err
	}
	sealed := answer.Value(doNonce)
	if n := len(sealed); n == 0 || n > maxNonce || n%p.algorithm.BlockSize() != 0 {
		return nil, fmt.Errorf("%w: nonce of %d bytes", ErrProtocol, n)
	}
	secret, err := p.key.secret()
	if err != nil {
		return nil, err
	}
	block, err := crypt.NewBlock(p.algorithm, crypt.DeriveKey(p.algorithm, secret, crypt.ForPassword))
	if err != nil {
		return nil, err
	}
	return crypt.Decrypt(block, nil, sealed)
}

// agree runs the key agreement on the mapped generator, exchanges the tokens
// and starts the session.
func (p *pace) agree(ctx context.Context, m *mapped) (*Opened, error) {
	sk, err := p.group.Scalar(p.rand)
	if err != nil {
		return nil, err
	}
	mine, err := p.group.Mul(m.generator, sk)
	if err != nil {
		return nil, err
	}
	theirs, err := p.exchange(ctx, doKeyMine, mine, doKeyTheirs)
	if err != nil {
		return nil, fmt.Errorf("key agreement: %w", p.afterMapping(err))
	}
	shared, err := p.group.Mul(theirs.element, sk)
	if err != nil {
		return nil, err
	}
	secret := p.group.Secret(shared)
	encKey := crypt.DeriveKey(p.algorithm, secret, crypt.ForEncryption)
	macKey := crypt.DeriveKey(p.algorithm, secret, crypt.ForMAC)
	answer, err := p.tokens(ctx, macKey, p.group.Bytes(mine), theirs.encoded)
	if err != nil {
		return nil, fmt.Errorf("token: %w", p.afterMapping(err))
	}
	opened := &Opened{Method: p.key.Method(), Protocol: p.String(), IDPICC: crypt.Compressed(p.group, theirs.element)}
	if opened.ChipKey, err = p.chipKey(encKey, answer, m, mine); err != nil {
		return nil, fmt.Errorf("chip authentication mapping: %w", err)
	}
	if opened.Card, err = p.session(encKey, macKey); err != nil {
		return nil, err
	}
	return opened, nil
}

// session starts secure messaging, or starts it over where the chip was open
// already.
func (p *pace) session(encKey, macKey []byte) (*securemsg.Session, error) {
	if s, ok := p.card.(*securemsg.Session); ok {
		return s, s.Restart(p.algorithm, encKey, macKey)
	}
	return securemsg.New(p.card, p.algorithm, encKey, macKey, nil)
}

// tokens proves the keys to the chip, checks the chip's proof and returns what
// stands beside it. The tokens are over the other's public key as it was sent.
func (p *pace) tokens(ctx context.Context, macKey, mine, theirs []byte) (tlv.Elements, error) {
	mac, err := crypt.NewMAC(p.algorithm, macKey)
	if err != nil {
		return nil, err
	}
	send, err := mac.Sum(p.tokenInput(theirs))
	if err != nil {
		return nil, err
	}
	want, err := mac.Sum(p.tokenInput(mine))
	if err != nil {
		return nil, err
	}
	answer, err := p.authenticate(ctx, apdu.ClassPlain, tlv.Encode(doTokenMine, send))
	if err != nil {
		return nil, err
	}
	if !crypt.Equal(answer.Value(doTokenTheirs), want) {
		return nil, fmt.Errorf("%w: its token differs", ErrProtocol)
	}
	return answer, nil
}

// tokenInput is the public key data object of Doc 9303-11 §4.4.3.4.
func (p *pace) tokenInput(public []byte) []byte {
	tag := uint32(doPublicPoint)
	if p.dh {
		tag = doPublicValue
	}
	return tlv.Encode(doPublicKey, tlv.Encode(doObjectID, p.oid), tlv.Encode(tag, public))
}

// afterMapping tells a wrong password from other refusals, in the steps where
// it can show.
func (p *pace) afterMapping(err error) error {
	if status, ok := err.(apdu.Status); ok { //nolint:errorlint // only what authenticate says itself
		return refused(status, p.tries)
	}
	return err
}

// public is a public key from the chip.
type public struct {
	element crypt.Element
	encoded []byte // as it was sent
}

// exchange sends our public key and returns the chip's. A chip that sends ours
// back knows nothing (§4.4.1 step 3).
func (p *pace) exchange(ctx context.Context, send uint32, mine crypt.Element, want uint32) (*public, error) {
	answer, err := p.authenticate(ctx, apdu.ClassChained, tlv.Encode(send, p.group.Bytes(mine)))
	if err != nil {
		return nil, err
	}
	encoded := answer.Value(want)
	theirs, err := p.group.Element(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: object %02X: %w", ErrProtocol, want, err)
	}
	if theirs.Equal(mine) {
		return nil, fmt.Errorf("%w: it sends our own key back", ErrProtocol)
	}
	return &public{theirs, encoded}, nil
}
