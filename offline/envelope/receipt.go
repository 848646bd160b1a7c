package envelope

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ErrReceipt says that a receipt is not the one for this dossier.
var ErrReceipt = errors.New("envelope: the receipt is for another dossier or another manifest")

// Receipt is the central's word that a dossier is stored durably.
type Receipt struct {
	ID          uuid.UUID `json:"id"`
	Manifest    Digest    `json:"manifest"`     // of the signed manifest
	LogPosition uint64    `json:"log_position"` // in the central's ledger, from 1
	Time        time.Time `json:"time"`         // of storage by the central's clock, to the millisecond
	// Audit is the end of the station's audit log as the manifest names it: the
	// central has seen it. Nil where the manifest names none.
	Audit *Head `json:"audit,omitempty"`
}

type receiptBody struct {
	Version  uint64    `cbor:"1,keyasint"`
	ID       uuid.UUID `cbor:"2,keyasint"`
	Manifest Digest    `cbor:"3,keyasint"`
	Position uint64    `cbor:"4,keyasint"`
	Time     int64     `cbor:"5,keyasint"` // Unix milliseconds
	Audit    *Head     `cbor:"6,keyasint,omitempty"`
}

// SignReceipt makes the receipt's COSE_Sign1 message. The same receipt under
// the same key gives the same bytes.
func SignReceipt(s *Signer, r Receipt) ([]byte, error) {
	return sign(kindReceipt, s, &receiptBody{version, r.ID, r.Manifest, r.LogPosition, r.Time.UnixMilli(), r.Audit})
}

// VerifyReceipt checks a receipt's signature and form.
func VerifyReceipt(key *PublicKey, raw []byte) (*Receipt, error) {
	msg, err := parse(kindReceipt, raw)
	if err != nil {
		return nil, err
	}
	if err := msg.verify(key); err != nil {
		return nil, err
	}
	var b receiptBody
	if err := Decode(msg.cose.Payload, &b); err != nil {
		return nil, err
	}
	if b.Version != version || b.ID == uuid.Nil || b.Position == 0 {
		return nil, fmt.Errorf("%w: receipt", ErrEncoding)
	}
	return &Receipt{b.ID, b.Manifest, b.Position, time.UnixMilli(b.Time).UTC(), b.Audit}, nil
}

// For returns ErrReceipt unless the receipt is for this dossier and manifest.
func (r *Receipt) For(id uuid.UUID, manifest Digest) error {
	if r.ID != id || r.Manifest != manifest {
		return ErrReceipt
	}
	return nil
}
