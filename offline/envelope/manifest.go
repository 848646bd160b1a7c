package envelope

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Limits of a manifest.
const (
	// ChunkSize is the size of every chunk but a section's last, in bytes.
	ChunkSize = 256 << 10
	// MaxChunks is the most chunks of one dossier: 256 MiB.
	MaxChunks = 1024
	// MaxSections is the most sections of one dossier, its index included.
	MaxSections   = 128
	maxRecipients = 8
	maxStation    = 64
	version       = 1
)

// ErrManifest says that a manifest is well encoded but means nothing.
var ErrManifest = errors.New("envelope: manifest out of its limits")

// Clock is the evidence of the time of sealing. The station's clock may be
// wrong and never blocks it; the central corrects.
type Clock struct {
	Wall    int64 `cbor:"1,keyasint" json:"wall"`    // the station's clock, Unix milliseconds
	Trusted int64 `cbor:"2,keyasint" json:"trusted"` // time of the last receipt the station verified, Unix milliseconds; 0 before the first
	// Monotonic is the time since the machine started, in milliseconds, and Boot
	// names that start: within one start nobody sets it back.
	Monotonic int64      `cbor:"3,keyasint,omitempty" json:"monotonic,omitempty"`
	Boot      *uuid.UUID `cbor:"4,keyasint,omitempty" json:"boot,omitempty"`
}

// Time returns the station's clock.
func (c Clock) Time() time.Time { return time.UnixMilli(c.Wall).UTC() }

// Section is one sealed part as the outside sees it: no name, no plaintext
// hash. The first section is the sealed index of the others.
type Section struct {
	Size   uint64   `cbor:"1,keyasint"` // of the ciphertext, bytes
	Chunks []Digest `cbor:"2,keyasint"` // of ChunkSize each, the last one shorter
}

// ChunkLen is the length of the i-th chunk in bytes.
func (s Section) ChunkLen(i int) int {
	return int(min(ChunkSize, s.Size-uint64(i)*ChunkSize))
}

// Manifest is what the station signs and the gateway may read: which chunks
// make the dossier. The sequence number and the hash of the station's previous
// manifest chain them, so that a missing or a doubled one shows.
type Manifest struct {
	Version    uint64    `cbor:"1,keyasint"`
	Dossier    uuid.UUID `cbor:"2,keyasint"`
	Station    string    `cbor:"3,keyasint"`
	Sequence   uint64    `cbor:"4,keyasint"` // from 1
	Previous   Digest    `cbor:"5,keyasint"` // of the signed previous manifest; zero for the first
	Recipients []KeyID   `cbor:"6,keyasint"`
	Created    Clock     `cbor:"7,keyasint"`
	Virtual    bool      `cbor:"8,keyasint"` // a device of it was virtual
	Sections   []Section `cbor:"9,keyasint"`
	// Audit is the end of the station's audit log just before this manifest,
	// nil at a station without one.
	Audit *Head `cbor:"10,keyasint,omitempty"`
	// Counter is the station's hardware counter, 0 where there is none.
	Counter uint64 `cbor:"11,keyasint,omitempty"`
}

// Head is the end of an append-only log: how many records, and the hash of its
// tree (RFC 6962 §2.1).
type Head struct {
	Size uint64 `cbor:"1,keyasint" json:"size"`
	Root Digest `cbor:"2,keyasint" json:"root"`
}

// Chunks returns the digests in the order of upload, each with its length.
func (m *Manifest) Chunks() (digests []Digest, lengths []int) {
	for _, s := range m.Sections {
		for i, d := range s.Chunks {
			digests, lengths = append(digests, d), append(lengths, s.ChunkLen(i))
		}
	}
	return digests, lengths
}

// Size is the sealed size in bytes.
func (m *Manifest) Size() int64 {
	var n uint64
	for _, s := range m.Sections {
		n += s.Size
	}
	return int64(n) // bounded by MaxChunks * ChunkSize
}

func (m *Manifest) validate() error {
	fail := func(what string) error { return fmt.Errorf("%w: %s", ErrManifest, what) }
	switch {
	case m.Version != version:
		return fail("version")
	case m.Dossier == uuid.Nil:
		return fail("no dossier ID")
	case m.Station == "" || len(m.Station) > maxStation:
		return fail("station ID")
	case m.Sequence == 0 || (m.Sequence == 1) != (m.Previous == Digest{}):
		return fail("sequence")
	case len(m.Recipients) == 0 || len(m.Recipients) > maxRecipients:
		return fail("recipients")
	case len(m.Sections) == 0 || len(m.Sections) > MaxSections:
		return fail("sections")
	}
	chunks := 0
	for _, s := range m.Sections {
		n := len(s.Chunks)
		chunks += n
		if s.Size == 0 || s.Size > MaxChunks*ChunkSize || uint64(n) != (s.Size+ChunkSize-1)/ChunkSize {
			return fail("section size")
		}
	}
	if chunks > MaxChunks {
		return fail("chunks")
	}
	return nil
}

// SignedManifest is a parsed manifest whose signature is yet to be checked.
type SignedManifest struct {
	Manifest
	Key    KeyID  // the key that claims to have signed it
	Digest Digest // of the signed bytes
	msg    *message
}

// ParseManifest reads a signed manifest. Call Verify before you believe it.
func ParseManifest(raw []byte) (*SignedManifest, error) {
	msg, err := parse(kindManifest, raw)
	if err != nil {
		return nil, err
	}
	s := &SignedManifest{Key: msg.key, Digest: Sum(raw), msg: msg}
	if err := Decode(msg.cose.Payload, &s.Manifest); err != nil {
		return nil, err
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	return s, nil
}

// Verify checks the signature; the error is ErrSignature.
func (s *SignedManifest) Verify(key *PublicKey) error { return s.msg.verify(key) }
