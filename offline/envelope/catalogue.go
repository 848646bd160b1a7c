package envelope

import (
	"fmt"
	"time"
)

// Limits of a catalogue.
const (
	maxItems = 256
	// MaxDocument is the longest document of a catalogue: a model pack, in bytes.
	MaxDocument = 1 << 30
)

// Catalogue is the central's signed list of what stations should have: rule
// packs, trust lists, model packs, lists of officers.
type Catalogue struct {
	Number uint64    `json:"number"` // growing: an older one is not taken
	At     time.Time `json:"at"`     // to the millisecond
	Items  []Item    `json:"items"`
}

// Item is one document by version.
type Item struct {
	Kind    string `cbor:"1,keyasint" json:"kind"` // rules, trust, models, officers
	Name    string `cbor:"2,keyasint" json:"name"`
	Version string `cbor:"3,keyasint" json:"version"`
	Size    uint64 `cbor:"4,keyasint" json:"size"`
	Digest  Digest `cbor:"5,keyasint" json:"digest"`
	From    int64  `cbor:"6,keyasint" json:"from"` // in force from, Unix milliseconds, 0 for at once
}

type catalogueBody struct {
	Version uint64 `cbor:"1,keyasint"`
	Number  uint64 `cbor:"2,keyasint"`
	At      int64  `cbor:"3,keyasint"` // Unix milliseconds
	Items   []Item `cbor:"4,keyasint"`
}

// SignCatalogue makes the catalogue's COSE_Sign1 message.
func SignCatalogue(s *Signer, c Catalogue) ([]byte, error) {
	b := catalogueBody{version, c.Number, millis(c.At), c.Items}
	if err := b.check(); err != nil {
		return nil, err
	}
	return sign(kindCatalogue, s, &b)
}

// VerifyCatalogue checks a catalogue's signature and form.
func VerifyCatalogue(key *PublicKey, raw []byte) (*Catalogue, error) {
	var b catalogueBody
	if err := verified(kindCatalogue, key, raw, &b); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return &Catalogue{b.Number, ofMillis(b.At), b.Items}, nil
}

func (b *catalogueBody) check() error {
	if b.Version != version || b.Number == 0 || len(b.Items) > maxItems {
		return fmt.Errorf("%w: catalogue", ErrEncoding)
	}
	for _, i := range b.Items {
		if i.Kind == "" || i.Version == "" || !word(i.Kind) || !word(i.Name) || !word(i.Version) || i.Size == 0 || i.Size > MaxDocument {
			return fmt.Errorf("%w: document of a catalogue", ErrEncoding)
		}
	}
	return nil
}
