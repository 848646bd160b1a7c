package courier

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// Taker is who takes what a bundle brings. A nil function takes nothing and
// refuses all. The errors ErrKnown and ErrRefused are counted; every other one
// ends Read.
type Taker struct {
	// Dossier stores one dossier durably. Its chunks are checked against the
	// manifest; the manifest's signature only when the packing station's own
	// key made it.
	Dossier func(ctx context.Context, s *envelope.Sealed, m *envelope.SignedManifest) error
	// Receipt takes one receipt. Its signature is the taker's to check.
	Receipt func(ctx context.Context, r Receipt) error
}

// Outcome is what became of a bundle.
type Outcome struct {
	Station  string    `json:"station,omitempty"` // that packed it; "" for receipts alone
	At       time.Time `json:"at,omitzero"`       // when, by that station's clock
	Dossiers int       `json:"dossiers"`          // taken
	Receipts int       `json:"receipts"`          // taken
	Known    int       `json:"known"`             // were here already
	Refused  []Refusal `json:"refused,omitempty"`
}

// Refusal is one that was not taken, and why.
type Refusal struct {
	ID     uuid.UUID `json:"id"`
	Reason string    `json:"reason"`
}

// Read takes a bundle, one dossier in memory at a time (at most
// envelope.MaxChunks chunks). After an error the outcome says what was taken
// before it; reading the bundle again takes the rest. The errors are ErrBundle,
// ErrCut and those of the taker.
func Read(ctx context.Context, r io.Reader, t Taker) (Outcome, error) {
	u := &unpacker{ctx: ctx, tar: tar.NewReader(r), taker: t, seen: map[string]bool{}}
	err := u.run()
	return u.out, err
}

// unpacker reads the files of a bundle in their order.
type unpacker struct {
	ctx   context.Context
	tar   *tar.Reader
	taker Taker
	key   *envelope.PublicKey // nil for receipts alone
	seen  map[string]bool     // key, lists and end, each once
	out   Outcome
}

func (u *unpacker) run() error {
	for loose := 0; ; {
		name, body, err := u.next(envelope.MaxManifest)
		switch {
		case errors.Is(err, io.EOF) && loose+len(u.seen) == 0:
			return fmt.Errorf("%w: it is empty", ErrBundle)
		case errors.Is(err, io.EOF) && u.key != nil && !u.seen[endName]:
			return ErrCut
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case u.seen[name], u.seen[endName]:
			return fmt.Errorf("%w: %q does not belong here", ErrBundle, name)
		}
		switch {
		case name == keyName:
			u.key, err = envelope.ParsePublicKey(string(body))
			u.seen[name] = true
			if err != nil {
				err = fmt.Errorf("%w: %w", ErrBundle, err)
			}
		case name == receiptList, name == listName:
			u.seen[name] = true
			err = u.listed(name, body)
		case name == endName:
			u.seen[name] = true
		case u.key == nil && strings.HasPrefix(name, receiptDir) && loose < MaxItems:
			loose++
			err = u.loose(name, body)
		default:
			err = fmt.Errorf("%w: %q does not belong here", ErrBundle, name)
		}
		if err != nil {
			return err
		}
	}
}

// listed checks a list and takes what it names.
func (u *unpacker) listed(name string, raw []byte) error {
	list, err := envelope.ParseBundle(raw)
	if err == nil && u.key == nil {
		err = envelope.ErrSignature
	}
	if err == nil {
		err = list.Verify(u.key)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrBundle, name, err)
	}
	if list.Receipts != (name == receiptList) {
		return fmt.Errorf("%w: %s is another list", ErrBundle, name)
	}
	u.out.Station, u.out.At = list.Station, list.At
	for i, id := range list.Dossiers {
		if list.Receipts {
			err = u.receipt(id, list.Digests[i])
		} else {
			err = u.dossier(id, list.Digests[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) dossier(id uuid.UUID, digest envelope.Digest) error {
	raw, err := u.expect(id.String()+manifestName, envelope.MaxManifest)
	if err != nil {
		return err
	}
	m, err := envelope.ParseManifest(raw)
	if err != nil {
		return fmt.Errorf("%w: dossier %s: %w", ErrBundle, id, err)
	}
	if m.Digest != digest || m.Dossier != id {
		return fmt.Errorf("%w: dossier %s is not the one of the list", ErrBundle, id)
	}
	if m.Key == u.key.ID() {
		if err := m.Verify(u.key); err != nil {
			return fmt.Errorf("%w: dossier %s: %w", ErrBundle, id, err)
		}
	}
	chunks := envelope.Chunks{}
	for _, want := range chunksOnce(m) {
		b, err := u.expect(id.String()+chunkDir+want.digest.String(), want.length)
		if err != nil {
			return err
		}
		if len(b) != want.length || want.digest.Check(b) != nil {
			return fmt.Errorf("%w: dossier %s: chunk %s", ErrBundle, id, want.digest)
		}
		chunks[want.digest] = b
	}
	err = ErrRefused
	if u.taker.Dossier != nil {
		err = u.taker.Dossier(u.ctx, &envelope.Sealed{ID: id, Manifest: raw, Chunks: chunks}, m)
	}
	return u.count(id, &u.out.Dossiers, err)
}

// receipt takes one receipt of the list.
func (u *unpacker) receipt(id uuid.UUID, digest envelope.Digest) error {
	raw, err := u.expect(receiptDir+id.String()+receiptEnd, envelope.MaxManifest)
	if err != nil {
		return err
	}
	if digest.Check(raw) != nil {
		return fmt.Errorf("%w: the receipt of %s is not the one of the list", ErrBundle, id)
	}
	return u.take(Receipt{id, raw})
}

// loose takes a receipt that no list names.
func (u *unpacker) loose(name string, raw []byte) error {
	id, err := receiptID(name)
	if err != nil {
		return err
	}
	return u.take(Receipt{id, raw})
}

func (u *unpacker) take(r Receipt) error {
	err := ErrRefused
	if u.taker.Receipt != nil {
		err = u.taker.Receipt(u.ctx, r)
	}
	return u.count(r.ID, &u.out.Receipts, err)
}

func (u *unpacker) count(id uuid.UUID, taken *int, err error) error {
	switch {
	case err == nil:
		*taken++
	case errors.Is(err, ErrKnown):
		u.out.Known++
	case errors.Is(err, ErrRefused):
		u.out.Refused = append(u.out.Refused, Refusal{id, err.Error()})
	default:
		return err
	}
	return nil
}

// expect reads the next file, which has to be the named one.
func (u *unpacker) expect(name string, limit int) ([]byte, error) {
	got, body, err := u.next(limit)
	if errors.Is(err, io.EOF) {
		return nil, ErrCut
	}
	if err != nil {
		return nil, err
	}
	if got != name {
		return nil, fmt.Errorf("%w: %q stands where %q belongs", ErrBundle, got, name)
	}
	return body, nil
}

// next reads the next file; the error is io.EOF at the end of the bundle.
func (u *unpacker) next(limit int) (string, []byte, error) {
	if err := u.ctx.Err(); err != nil {
		return "", nil, err
	}
	h, err := u.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		return "", nil, io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "", nil, ErrCut
	case err != nil:
		return "", nil, fmt.Errorf("%w: %w", ErrBundle, err)
	case h.Typeflag != tar.TypeReg || h.Size > int64(limit):
		return "", nil, fmt.Errorf("%w: %q is no file of at most %d bytes", ErrBundle, h.Name, limit)
	}
	body, err := io.ReadAll(u.tar)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "", nil, ErrCut
	}
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	return h.Name, body, nil
}
