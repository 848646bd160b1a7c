package access

import (
	"context"
	"encoding/asn1"
	"fmt"
	"io"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/tlv"
)

// Data objects of PACE (Doc 9303-11 §4.4.4).
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

	doPublicKey   = 0x7F49 // token input
	doObjectID    = 0x06
	doPublicPoint = 0x86
)

// Passwords and P1 P2 of MSE:Set AT (Doc 9303-11 §4.4.4.1).
const (
	passwordMRZ = 1
	passwordCAN = 2
	setATp1     = 0xC1
	setATp2     = 0xA4
)

// maxNonce bounds the encrypted nonce, in bytes: two blocks serve AES-256.
const maxNonce = 64

// ecdhGenericMapping is id-PACE-ECDH-GM; one arc below it names the cipher.
var ecdhGenericMapping = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 4, 2}

// pace is one run of PACE with generic mapping over an elliptic curve (Doc
// 9303-11 §4.4.3.3.1).
type pace struct {
	card      apdu.Card
	rand      io.Reader
	algorithm crypt.Algorithm
	curve     *crypt.Curve
	parameter int
	ambiguous bool   // another PACEInfo has the same protocol
	oid       []byte // content octets
}

// openPACE runs the first protocol of the list that this program knows.
func openPACE(ctx context.Context, card apdu.Card, infos []lds.PACEInfo, key Key, rand io.Reader) (apdu.Card, error) {
	p, err := choose(infos)
	if err != nil {
		return nil, err
	}
	p.card, p.rand = card, rand
	if err := p.setAT(ctx, key); err != nil {
		return nil, fmt.Errorf("select protocol: %w", err)
	}
	generator, err := p.mapGenerator(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("mapping: %w", err)
	}
	return p.agree(ctx, generator)
}

func choose(infos []lds.PACEInfo) (*pace, error) {
	same := map[string]int{}
	for _, info := range infos {
		same[info.OID.String()]++
	}
	for _, info := range infos {
		n := len(ecdhGenericMapping)
		if len(info.OID) != n+1 || !info.OID[:n].Equal(ecdhGenericMapping) || info.Version != 2 {
			continue
		}
		algorithm := crypt.Algorithm(info.OID[n]) // 1 3DES, 2 … 4 AES: as crypt counts them
		if algorithm < crypt.TDES || algorithm > crypt.AES256 {
			continue
		}
		curve, err := crypt.StandardCurve(info.ParameterID)
		if err != nil {
			continue
		}
		der, err := asn1.Marshal(info.OID)
		if err != nil {
			return nil, err
		}
		oid, err := tlv.Only(der, doObjectID)
		if err != nil {
			return nil, err
		}
		return &pace{algorithm: algorithm, curve: curve, parameter: info.ParameterID,
			ambiguous: same[info.OID.String()] > 1, oid: oid}, nil
	}
	return nil, ErrUnsupported
}

// setAT names the protocol and the password to the chip.
func (p *pace) setAT(ctx context.Context, key Key) error {
	password := byte(passwordMRZ)
	if key.IsCAN() {
		password = passwordCAN
	}
	data := tlv.Encode(doProtocol, p.oid)
	data = tlv.Append(data, doPassword, []byte{password})
	if p.ambiguous {
		data = tlv.Append(data, doParameter, []byte{byte(p.parameter)})
	}
	r, err := apdu.Send(ctx, p.card, apdu.Command{Ins: apdu.InsManageSecurity, P1: setATp1, P2: setATp2, Data: data})
	switch {
	case err != nil:
		return err
	case r.Status == apdu.OK, r.Status.WrongKey(): // 63Cx: a warning that x tries are left
		return nil
	case r.Status == apdu.DataNotFound:
		return fmt.Errorf("%w (the card has no password of this kind)", ErrWrongKey)
	}
	return r.Status
}

// mapGenerator opens the chip's nonce with the password and maps the curve's
// generator with it: G' = s·G + H.
func (p *pace) mapGenerator(ctx context.Context, key Key) (crypt.Element, error) {
	sealed, err := p.authenticate(ctx, apdu.ClassChained, nil, doNonce)
	if err != nil {
		return nil, err
	}
	nonce, err := p.openNonce(sealed, key)
	if err != nil {
		return nil, err
	}
	sk, err := p.curve.Scalar(p.rand)
	if err != nil {
		return nil, err
	}
	pk, err := p.curve.Base(sk)
	if err != nil {
		return nil, err
	}
	theirs, err := p.exchange(ctx, doMapMine, pk, doMapTheirs)
	if err != nil {
		return nil, err
	}
	h, err := p.curve.Mul(theirs, sk)
	if err != nil {
		return nil, err
	}
	sg, err := p.curve.Base(nonce)
	if err != nil {
		return nil, err
	}
	return p.curve.Add(sg, h)
}

func (p *pace) openNonce(sealed []byte, key Key) ([]byte, error) {
	if len(sealed) < p.algorithm.KeySize() || len(sealed) > maxNonce {
		return nil, fmt.Errorf("%w: nonce of %d bytes", ErrProtocol, len(sealed))
	}
	secret, err := key.secret()
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
func (p *pace) agree(ctx context.Context, generator crypt.Element) (apdu.Card, error) {
	sk, err := p.curve.Scalar(p.rand)
	if err != nil {
		return nil, err
	}
	mine, err := p.curve.Mul(generator, sk)
	if err != nil {
		return nil, err
	}
	theirs, err := p.exchange(ctx, doKeyMine, mine, doKeyTheirs)
	if err != nil {
		return nil, fmt.Errorf("key agreement: %w", err)
	}
	if theirs.Equal(mine) {
		return nil, fmt.Errorf("%w: it sends our own key back", ErrProtocol)
	}
	shared, err := p.curve.Mul(theirs, sk)
	if err != nil {
		return nil, err
	}
	secret := p.curve.Secret(shared)
	macKey := crypt.DeriveKey(p.algorithm, secret, crypt.ForMAC)
	if err := p.tokens(ctx, macKey, mine, theirs); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return securemsg.New(p.card, p.algorithm, crypt.DeriveKey(p.algorithm, secret, crypt.ForEncryption), macKey, nil)
}

// tokens proves the keys to the chip and checks the chip's proof. This is
// where a wrong password shows.
func (p *pace) tokens(ctx context.Context, macKey []byte, mine, theirs crypt.Element) error {
	mac, err := crypt.NewMAC(p.algorithm, macKey)
	if err != nil {
		return err
	}
	send, err := mac.Sum(p.tokenInput(theirs))
	if err != nil {
		return err
	}
	want, err := mac.Sum(p.tokenInput(mine))
	if err != nil {
		return err
	}
	got, err := p.authenticate(ctx, apdu.ClassPlain, tlv.Encode(doTokenMine, send), doTokenTheirs)
	if err != nil {
		return err
	}
	if !crypt.Equal(got, want) {
		return fmt.Errorf("%w: its token differs", ErrProtocol)
	}
	return nil
}

// tokenInput is the public key data object of Doc 9303-11 §4.4.3.4.
func (p *pace) tokenInput(key crypt.Element) []byte {
	return tlv.Encode(doPublicKey, tlv.Encode(doObjectID, p.oid), tlv.Encode(doPublicPoint, p.curve.Bytes(key)))
}

// exchange sends our public point and returns the chip's.
func (p *pace) exchange(ctx context.Context, send uint32, mine crypt.Element, want uint32) (crypt.Element, error) {
	b, err := p.authenticate(ctx, apdu.ClassChained, tlv.Encode(send, p.curve.Bytes(mine)), want)
	if err != nil {
		return nil, err
	}
	theirs, err := p.curve.Element(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return theirs, nil
}

// authenticate sends one GENERAL AUTHENTICATE and returns the data object it
// asks for. The command stays in short form whatever the chip can do: chips
// refuse PACE in extended form.
func (p *pace) authenticate(ctx context.Context, class byte, object []byte, want uint32) ([]byte, error) {
	r, err := apdu.Send(ctx, p.card, apdu.Command{
		Class: class, Ins: apdu.InsGeneralAuthenticate,
		Data: tlv.Encode(doDynamic, object), Le: apdu.MaxShortLe,
	})
	switch {
	case err != nil:
		return nil, err
	case r.Status.WrongKey():
		return nil, fmt.Errorf("%w (%w)", ErrWrongKey, r.Status)
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
	value, ok := objects.Find(want)
	if !ok {
		return nil, fmt.Errorf("%w: no object %02X", ErrProtocol, want)
	}
	return value.Value, nil
}
