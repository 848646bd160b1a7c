package dossier

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
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
	maxInitials   = 32 // bytes
	maxLookup     = 32 // bytes
	maxSection    = 64 // bytes
	// maxMaskedRun is the longest run of digits that Masked may show: a
	// Vietnamese ID or phone number is longer.
	maxMaskedRun = 6
)

// Errors of a dossier's form.
var (
	// ErrForm says that a dossier is not complete.
	ErrForm = errors.New("dossier: not complete")
	// ErrMasked says that Masked or Initials show more than a station may keep.
	ErrMasked = errors.New("dossier: the masked text shows too much: at most 64 bytes and 6 digits in a row, initials at most 32 bytes and no digit")
)

type header struct {
	Version  uint64    `cbor:"1,keyasint"`
	ID       uuid.UUID `cbor:"2,keyasint"`
	Kind     string    `cbor:"3,keyasint"`
	Station  string    `cbor:"4,keyasint"`
	Officer  string    `cbor:"5,keyasint"`
	Begun    int64     `cbor:"6,keyasint"` // Unix milliseconds
	Sealed   int64     `cbor:"7,keyasint"` // Unix milliseconds
	Virtual  bool      `cbor:"8,keyasint"`
	Corrects uuid.UUID `cbor:"9,keyasint,omitzero"`
	Section  string    `cbor:"10,keyasint,omitempty"`
}

// Check returns ErrForm or ErrMasked when the dossier cannot be sealed.
func (d *Dossier) Check() error {
	switch {
	case d.ID == uuid.Nil:
		return fmt.Errorf("%w: no ID", ErrForm)
	case len(d.Sections) == 0:
		return fmt.Errorf("%w: no sections", ErrForm)
	case (d.Corrects == uuid.Nil) != (d.Section == ""), len(d.Section) > maxSection:
		return fmt.Errorf("%w: a correction names the dossier and the section that it corrects", ErrForm)
	case d.Corrects == d.ID:
		return fmt.Errorf("%w: it corrects itself: a correction is a new dossier", ErrForm)
	case len(d.Lookup) > maxLookup:
		return fmt.Errorf("%w: a number of %d bytes to look it up by", ErrForm, len(d.Lookup))
	}
	if !masked(d.Masked, maxMasked, maxMaskedRun) || !masked(d.Initials, maxInitials, 0) {
		return ErrMasked
	}
	for _, s := range d.Sections {
		if s.Name == HeaderName {
			return fmt.Errorf("%w: a section is called %q, which is the header's name", ErrForm, HeaderName)
		}
	}
	return nil
}

// masked says whether a text of at most limit bytes shows at most run digits
// in a row.
func masked(text string, limit, run int) bool {
	if len(text) > limit || !utf8.ValidString(text) {
		return false
	}
	digits := 0
	for _, r := range text {
		if !unicode.IsDigit(r) {
			digits = 0
			continue
		}
		if digits++; digits > run {
			return false
		}
	}
	return true
}

// urgency orders the sections for the way up: those that the central wants
// first, then the others as they are.
func urgency(a, b envelope.Part) int {
	rank := func(p envelope.Part) int {
		switch p.Name {
		case EvidenceSection:
			return 0
		case PortraitSection:
			return 1
		default:
			return 2
		}
	}
	return cmp.Compare(rank(a), rank(b))
}

// Parts encodes the dossier: the header first, then evidence and portrait,
// then its other sections in order.
func (d *Dossier) Parts() ([]envelope.Part, error) {
	parts, err := d.parts()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(parts[1:], urgency)
	return parts, nil
}

// parts are the header and the sections in the dossier's own order.
func (d *Dossier) parts() ([]envelope.Part, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	raw, err := envelope.Encode(header{
		Version: headerVersion, ID: d.ID, Kind: d.Kind, Station: d.Station, Officer: d.Officer,
		Begun: d.Begun.UnixMilli(), Sealed: d.Sealed.UnixMilli(), Virtual: d.Virtual,
		Corrects: d.Corrects, Section: d.Section,
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

// FromParts decodes what Parts made. Masked, Lookup, Initials and
// Promise do not travel.
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
		Corrects: h.Corrects, Section: h.Section,
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
// of sealing is left out: sealing again after a restart is the same dossier. The
// sections count in the dossier's own order, whatever the order of upload.
func (d *Dossier) Tag(key []byte) ([sha256.Size]byte, error) {
	same := *d
	same.Sealed = time.Time{}
	parts, err := same.parts()
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
