package envelope

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// ErrInner says that what lies inside the seal is not what the index names.
var ErrInner = errors.New("envelope: the sealed parts do not match their index")

// ErrIdentity says that a dossier is not sealed to the identity.
var ErrIdentity = errors.New("envelope: it is not sealed to this identity")

// Open checks the outer manifest under the station's key, decrypts every
// section and checks it against the inner manifest. Parts come in the order in
// which they were sealed.
func Open(id *Identity, station *PublicKey, sealed *Sealed) (*Manifest, []Part, error) {
	m, err := ParseManifest(sealed.Manifest)
	if err != nil {
		return nil, nil, err
	}
	if err := m.Verify(station); err != nil {
		return nil, nil, err
	}
	plain, err := openSection(id, sealed.Chunks, m.Sections[0])
	if err != nil {
		return nil, nil, err
	}
	index, err := parseIndex(plain, station)
	if err != nil {
		return nil, nil, err
	}
	if index.Dossier != m.Dossier || index.Station != m.Station || len(index.Parts) != len(m.Sections)-1 {
		return nil, nil, ErrInner
	}
	var parts []Part
	for i, want := range index.Parts {
		if plain, err = openSection(id, sealed.Chunks, m.Sections[i+1]); err != nil {
			return nil, nil, err
		}
		if Sum(plain) != want.Digest || uint64(len(plain)) != want.Size {
			return nil, nil, ErrInner
		}
		parts = append(parts, Part{want.Name, want.MediaType, plain})
	}
	if checkParts(parts) != nil {
		return nil, nil, ErrInner
	}
	return &m.Manifest, parts, nil
}

func parseIndex(raw []byte, station *PublicKey) (*inner, error) {
	msg, err := parse(kindInner, raw)
	if err != nil {
		return nil, err
	}
	if err := msg.verify(station); err != nil {
		return nil, err
	}
	var index inner
	if err := Decode(msg.cose.Payload, &index); err != nil {
		return nil, err
	}
	if index.Version != version {
		return nil, ErrInner
	}
	return &index, nil
}

func openSection(id *Identity, from Source, s Section) ([]byte, error) {
	var sealed bytes.Buffer
	for i, d := range s.Chunks {
		b, err := from.Chunk(d)
		if err != nil {
			return nil, fmt.Errorf("envelope: chunk %s: %w", d, err)
		}
		if err := d.Check(b); err != nil {
			return nil, err
		}
		if len(b) != s.ChunkLen(i) {
			return nil, ErrInner
		}
		sealed.Write(b)
	}
	r, err := age.Decrypt(&sealed, id.key)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) {
		return nil, ErrIdentity
	}
	if err != nil {
		return nil, fmt.Errorf("envelope: open: %w", err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("envelope: open: %w", err)
	}
	return plain, nil
}
