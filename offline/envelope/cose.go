package envelope

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

// Limits against hostile input.
const (
	// MaxManifest is the longest signed manifest or receipt, in bytes.
	MaxManifest = 128 << 10
	maxNested   = 8
	maxArray    = 4096
	maxPairs    = 64
)

// Errors of signed messages.
var (
	// ErrSignature says that a signature does not verify under the key.
	ErrSignature = errors.New("envelope: the signature does not verify")
	// ErrEncoding says that bytes are not the one encoding of a message.
	ErrEncoding = errors.New("envelope: not a message of this kind, or not in its deterministic encoding")
)

// kind is what a signed message says. It is signed with it, so that a
// receipt never passes for a manifest.
type kind string

const (
	kindManifest kind = "application/vnd.tram.manifest+cbor"
	kindInner    kind = "application/vnd.tram.inner-manifest+cbor"
	kindReceipt  kind = "application/vnd.tram.receipt+cbor"

	kindNotice    kind = "application/vnd.tram.notice+cbor"
	kindReport    kind = "application/vnd.tram.report+cbor"
	kindCatalogue kind = "application/vnd.tram.catalogue+cbor"
	kindRotation  kind = "application/vnd.tram.rotation+cbor"
	kindBundle    kind = "application/vnd.tram.bundle+cbor"
	kindDecision  kind = "application/vnd.tram.decision+cbor"
)

// Encode writes v in deterministic CBOR (RFC 8949 §4.2.1).
func Encode(v any) ([]byte, error) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(v)
}

// Decode reads deterministic CBOR into v, a pointer, and refuses every other
// encoding of the same value, unknown fields, and what is nested too deep.
func Decode(b []byte, v any) error {
	mode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		MaxNestedLevels:   maxNested,
		MaxArrayElements:  maxArray,
		MaxMapPairs:       maxPairs,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	}.DecMode()
	if err != nil {
		return err
	}
	if err := mode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	again, err := Encode(v)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if !bytes.Equal(again, b) {
		return ErrEncoding
	}
	return nil
}

// sign makes the COSE_Sign1 message of v.
func sign(k kind, s *Signer, v any) ([]byte, error) {
	payload, err := Encode(v)
	if err != nil {
		return nil, err
	}
	id := s.ID()
	m := cose.NewSign1Message()
	m.Headers.Protected.SetAlgorithm(cose.AlgorithmES256)
	m.Headers.Protected[cose.HeaderLabelKeyID] = id[:]
	m.Headers.Protected[cose.HeaderLabelContentType] = string(k)
	m.Payload = payload
	if err := m.Sign(nil, nil, coseSigner{s}); err != nil {
		return nil, fmt.Errorf("envelope: sign: %w", err)
	}
	return m.MarshalCBOR()
}

// message is a parsed COSE_Sign1 of the one form that sign makes. Nothing of
// it is to be believed before verify.
type message struct {
	cose *cose.Sign1Message
	key  KeyID
}

func parse(k kind, raw []byte) (*message, error) {
	if len(raw) > MaxManifest {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrEncoding, len(raw), MaxManifest)
	}
	m := cose.NewSign1Message()
	if err := m.UnmarshalCBOR(raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	alg, err := m.Headers.Protected.Algorithm()
	if err != nil || alg != cose.AlgorithmES256 {
		return nil, fmt.Errorf("%w: algorithm is not ES256", ErrEncoding)
	}
	kid, _ := m.Headers.Protected[cose.HeaderLabelKeyID].([]byte)
	if len(kid) != len(KeyID{}) || len(m.Headers.Protected) != 3 || len(m.Headers.Unprotected) != 0 {
		return nil, fmt.Errorf("%w: headers", ErrEncoding)
	}
	if ct, _ := m.Headers.Protected[cose.HeaderLabelContentType].(string); ct != string(k) {
		return nil, fmt.Errorf("%w: content type", ErrEncoding)
	}
	// Marshalling anew from the parsed headers leaves no second encoding.
	again := cose.NewSign1Message()
	again.Headers.Protected, again.Payload, again.Signature = m.Headers.Protected, m.Payload, m.Signature
	if enc, err := again.MarshalCBOR(); err != nil || !bytes.Equal(enc, raw) {
		return nil, ErrEncoding
	}
	return &message{cose: m, key: KeyID(kid)}, nil
}

func (m *message) verify(p *PublicKey) error {
	v, err := cose.NewVerifier(cose.AlgorithmES256, p.key)
	if err != nil {
		return err
	}
	if m.key != p.ID() || m.cose.Verify(nil, v) != nil {
		return ErrSignature
	}
	return nil
}
