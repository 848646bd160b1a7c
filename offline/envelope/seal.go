package envelope

import (
	"bytes"
	"errors"
	"fmt"

	"filippo.io/age"
	"github.com/google/uuid"
)

// sealOverhead is room for what age adds to a part of a few MiB, so that the
// buffer is not copied while it grows.
const sealOverhead = 4 << 10

// maxName bounds the name and the media type of a part.
const maxName = 128

// ErrParts says that the parts cannot be sealed as they are.
var ErrParts = errors.New("envelope: parts cannot be sealed")

// Part is one section in the clear.
type Part struct {
	Name      string
	MediaType string
	Bytes     []byte
}

// Draft is what Seal seals.
type Draft struct {
	ID       uuid.UUID
	Station  string
	Sequence uint64
	Previous Digest
	Created  Clock
	Virtual  bool
	Audit    *Head  // the end of the station's audit log, or nil
	Counter  uint64 // the station's hardware counter, or 0
	Parts    []Part // in the order of upload
}

// Source gives chunks by their digest.
type Source interface {
	// Chunk returns the bytes, checked against the digest.
	Chunk(d Digest) ([]byte, error)
}

// Chunks is a Source in memory.
type Chunks map[Digest][]byte

// ErrNoChunk says that a Source does not have a chunk.
var ErrNoChunk = errors.New("envelope: no such chunk")

// Chunk returns the bytes of the digest.
func (c Chunks) Chunk(d Digest) ([]byte, error) {
	b, ok := c[d]
	if !ok {
		return nil, ErrNoChunk
	}
	return b, d.Check(b)
}

// Sealed is one dossier as it is kept and sent.
type Sealed struct {
	ID       uuid.UUID
	Manifest []byte // signed, COSE_Sign1
	Chunks   Source
}

// inner is the signed index inside the seal.
type inner struct {
	Version uint64      `cbor:"1,keyasint"`
	Dossier uuid.UUID   `cbor:"2,keyasint"`
	Station string      `cbor:"3,keyasint"`
	Parts   []innerPart `cbor:"4,keyasint"`
}

type innerPart struct {
	Name      string `cbor:"1,keyasint"`
	MediaType string `cbor:"2,keyasint"`
	Size      uint64 `cbor:"3,keyasint"`
	Digest    Digest `cbor:"4,keyasint"` // of the plaintext
}

// Seal encrypts each part by itself to all recipients, cuts the ciphertext
// into chunks and signs both manifests. Chunks of the result is a Chunks.
func Seal(s *Signer, to []*Recipient, d Draft) (*Sealed, error) {
	if err := checkParts(d.Parts); err != nil {
		return nil, err
	}
	if len(to) == 0 {
		return nil, fmt.Errorf("%w: no recipient: pair the station with its gateway first", ErrParts)
	}
	m := Manifest{
		Version: version, Dossier: d.ID, Station: d.Station, Sequence: d.Sequence,
		Previous: d.Previous, Created: d.Created, Virtual: d.Virtual,
		Audit: d.Audit, Counter: d.Counter,
	}
	keys := make([]age.Recipient, len(to))
	for i, r := range to {
		keys[i], m.Recipients = r.key, append(m.Recipients, r.ID())
	}
	index := inner{Version: version, Dossier: d.ID, Station: d.Station}
	for _, p := range d.Parts {
		index.Parts = append(index.Parts, innerPart{p.Name, p.MediaType, uint64(len(p.Bytes)), Sum(p.Bytes)})
	}
	signed, err := sign(kindInner, s, &index)
	if err != nil {
		return nil, err
	}
	chunks := Chunks{}
	for _, p := range append([]Part{{Bytes: signed}}, d.Parts...) {
		section, err := chunks.seal(keys, p.Bytes)
		if err != nil {
			return nil, err
		}
		m.Sections = append(m.Sections, section)
	}
	if err := m.validate(); err != nil {
		return nil, err
	}
	raw, err := sign(kindManifest, s, &m)
	if err != nil {
		return nil, err
	}
	return &Sealed{ID: d.ID, Manifest: raw, Chunks: chunks}, nil
}

func checkParts(parts []Part) error {
	if len(parts) == 0 || len(parts) >= MaxSections {
		return fmt.Errorf("%w: %d parts, want 1 to %d", ErrParts, len(parts), MaxSections-1)
	}
	seen := map[string]bool{}
	for _, p := range parts {
		if p.Name == "" || len(p.Name) > maxName || len(p.MediaType) > maxName {
			return fmt.Errorf("%w: a name or media type is empty or over %d bytes", ErrParts, maxName)
		}
		if seen[p.Name] {
			return fmt.Errorf("%w: two parts are called %q", ErrParts, p.Name)
		}
		seen[p.Name] = true
	}
	return nil
}

// seal encrypts one part and adds its chunks.
func (c Chunks) seal(to []age.Recipient, plain []byte) (Section, error) {
	var sealed bytes.Buffer
	sealed.Grow(len(plain) + sealOverhead)
	w, err := age.Encrypt(&sealed, to...)
	if err != nil {
		return Section{}, fmt.Errorf("envelope: seal: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return Section{}, fmt.Errorf("envelope: seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return Section{}, fmt.Errorf("envelope: seal: %w", err)
	}
	section := Section{Size: uint64(sealed.Len())}
	for rest := sealed.Bytes(); len(rest) > 0; {
		chunk := rest[:min(ChunkSize, len(rest))]
		rest = rest[len(chunk):]
		d := Sum(chunk)
		c[d] = chunk
		section.Chunks = append(section.Chunks, d)
	}
	return section, nil
}
