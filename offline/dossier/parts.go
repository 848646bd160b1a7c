package dossier

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// HeaderName is the part that carries the dossier's own fields. No section may
// be called so.
const HeaderName = "dossier"

// HeaderType is the header's media type.
const HeaderType = "application/vnd.tram.dossier+cbor"

const (
	headerVersion = 1
	maxMasked     = 64 // bytes
	// maxMaskedRun is the longest run of digits that Masked may show: a
	// Vietnamese ID or phone number is longer.
	maxMaskedRun = 6
)

// Errors of a dossier's form.
var (
	// ErrForm says that a dossier is not complete.
	ErrForm = errors.New("dossier: not complete")
	// ErrMasked says that Masked shows more than a station may keep.
	ErrMasked = errors.New("dossier: the masked text shows too much: at most 64 bytes and 6 digits in a row")
)

type header struct {
	Version uint64    `cbor:"1,keyasint"`
	ID      uuid.UUID `cbor:"2,keyasint"`
	Kind    string    `cbor:"3,keyasint"`
	Station string    `cbor:"4,keyasint"`
	Officer string    `cbor:"5,keyasint"`
	Begun   int64     `cbor:"6,keyasint"` // Unix milliseconds
	Sealed  int64     `cbor:"7,keyasint"` // Unix milliseconds
	Virtual bool      `cbor:"8,keyasint"`
}

// Check returns ErrForm or ErrMasked when the dossier cannot be sealed.
func (d *Dossier) Check() error {
	switch {
	case d.ID == uuid.Nil:
		return fmt.Errorf("%w: no ID", ErrForm)
	case len(d.Sections) == 0:
		return fmt.Errorf("%w: no sections", ErrForm)
	}
	if len(d.Masked) > maxMasked || !utf8.ValidString(d.Masked) {
		return ErrMasked
	}
	run := 0
	for _, r := range d.Masked {
		if !unicode.IsDigit(r) {
			run = 0
			continue
		}
		if run++; run > maxMaskedRun {
			return ErrMasked
		}
	}
	for _, s := range d.Sections {
		if s.Name == HeaderName {
			return fmt.Errorf("%w: a section is called %q, which is the header's name", ErrForm, HeaderName)
		}
	}
	return nil
}

// Parts encodes the dossier: the header first, then its sections in order.
func (d *Dossier) Parts() ([]envelope.Part, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	raw, err := envelope.Encode(header{
		Version: headerVersion, ID: d.ID, Kind: d.Kind, Station: d.Station, Officer: d.Officer,
		Begun: d.Begun.UnixMilli(), Sealed: d.Sealed.UnixMilli(), Virtual: d.Virtual,
	})
	if err != nil {
		return nil, fmt.Errorf("dossier: %w", err)
	}
	parts := []envelope.Part{{Name: HeaderName, MediaType: HeaderType, Bytes: raw}}
	for _, s := range d.Sections {
		parts = append(parts, envelope.Part{Name: s.Name, MediaType: s.MediaType, Bytes: s.Bytes})
	}
	return parts, nil
}

// FromParts decodes what Parts made. Masked does not travel.
func FromParts(parts []envelope.Part) (*Dossier, error) {
	if len(parts) < 2 || parts[0].Name != HeaderName || parts[0].MediaType != HeaderType {
		return nil, fmt.Errorf("%w: no header", ErrForm)
	}
	var h header
	if err := envelope.Decode(parts[0].Bytes, &h); err != nil {
		return nil, fmt.Errorf("dossier: header: %w", err)
	}
	if h.Version != headerVersion {
		return nil, fmt.Errorf("%w: header version %d, want %d", ErrForm, h.Version, headerVersion)
	}
	d := &Dossier{
		ID: h.ID, Kind: h.Kind, Station: h.Station, Officer: h.Officer, Virtual: h.Virtual,
		Begun: time.UnixMilli(h.Begun).UTC(), Sealed: time.UnixMilli(h.Sealed).UTC(),
	}
	for _, p := range parts[1:] {
		d.Sections = append(d.Sections, Section{Name: p.Name, MediaType: p.MediaType, Bytes: p.Bytes})
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	return d, nil
}

// Tag is a keyed hash of the whole content. Two dossiers have the same tag
// when they are the same; who lacks the key learns nothing from it. The time
// of sealing is left out: sealing again after a restart is the same dossier.
func (d *Dossier) Tag(key []byte) ([sha256.Size]byte, error) {
	same := *d
	same.Sealed = time.Time{}
	parts, err := same.Parts()
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		sum := sha256.Sum256(p.Bytes)
		line, err := envelope.Encode([]any{p.Name, p.MediaType, sum[:]})
		if err != nil {
			return [sha256.Size]byte{}, fmt.Errorf("dossier: %w", err)
		}
		_, _ = mac.Write(line) // never fails, hash.Hash
	}
	return [sha256.Size]byte(mac.Sum(nil)), nil
}
