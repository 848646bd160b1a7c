package envelope

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// maxBundle is the most dossiers of one bundle.
const maxBundle = 1000

// Bundle is the signed list of what a courier carries.
type Bundle struct {
	Station  string      // that made it
	At       time.Time   // to the millisecond
	Dossiers []uuid.UUID // in the bundle's order
	Digests  []Digest    // of each one's signed manifest, or receipt
	Receipts bool        // it carries receipts back
}

type bundleBody struct {
	Version  uint64      `cbor:"1,keyasint"`
	Station  string      `cbor:"2,keyasint"`
	At       int64       `cbor:"3,keyasint"` // Unix milliseconds
	Dossiers []uuid.UUID `cbor:"4,keyasint"`
	Digests  []Digest    `cbor:"5,keyasint"`
	Receipts bool        `cbor:"6,keyasint"`
}

// SignBundle makes the list's COSE_Sign1 message.
func SignBundle(s *Signer, b Bundle) ([]byte, error) {
	body := bundleBody{version, b.Station, millis(b.At), b.Dossiers, b.Digests, b.Receipts}
	if err := body.check(); err != nil {
		return nil, err
	}
	return sign(kindBundle, s, &body)
}

// SignedBundle is a parsed list whose signature is yet to be checked.
type SignedBundle struct {
	Bundle
	Key KeyID // the key that claims to have signed it
	msg *message
}

// ParseBundle reads a signed list. Call Verify before you believe it.
func ParseBundle(raw []byte) (*SignedBundle, error) {
	msg, err := parse(kindBundle, raw)
	if err != nil {
		return nil, err
	}
	var b bundleBody
	if err := Decode(msg.cose.Payload, &b); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return &SignedBundle{Bundle{b.Station, ofMillis(b.At), b.Dossiers, b.Digests, b.Receipts}, msg.key, msg}, nil
}

// Verify checks the signature; the error is ErrSignature.
func (s *SignedBundle) Verify(key *PublicKey) error { return s.msg.verify(key) }

func (b *bundleBody) check() error {
	if b.Version != version || b.Station == "" || !word(b.Station) || len(b.Dossiers) == 0 || len(b.Dossiers) > maxBundle ||
		len(b.Digests) != len(b.Dossiers) {
		return fmt.Errorf("%w: bundle", ErrEncoding)
	}
	return nil
}
