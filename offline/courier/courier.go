// Package courier carries sealed dossiers by hand where no network goes, and
// their receipts back. A bundle is one tar file:
//
//	station.pub            the key of the station that packed it
//	receipts.cose          list of the receipts in it, signed with that key
//	receipts/<id>.cose     signed receipts of the central
//	list.cose              list of the dossiers in it, signed with that key
//	<id>/manifest.cose     the signed manifest of a dossier
//	<id>/chunks/<sha256>   its chunks, each once, in the manifest's order
//	end                    empty: nothing was cut off
//
// Dossiers stay sealed to the central all the way. Receipts carry the
// central's own signature, so that receipts alone need neither key nor list.
package courier

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// MaxItems is the most dossiers, and the most receipts, of one bundle.
const MaxItems = 1000

// The names inside a bundle.
const (
	keyName      = "station.pub"
	listName     = "list.cose"
	receiptList  = "receipts.cose"
	manifestName = "/manifest.cose"
	chunkDir     = "/chunks/"
	receiptDir   = "receipts/"
	receiptEnd   = ".cose"
	endName      = "end"
)

// Errors of a bundle.
var (
	// ErrBundle says that a file is no bundle, or was changed on the way.
	ErrBundle = errors.New("courier: not a bundle, or damaged on the way: export it anew")
	// ErrCut says that the end of a bundle is missing. What came before it
	// was taken.
	ErrCut = errors.New("courier: the bundle is cut short: copy it again and import it once more, what is here is kept")
	// ErrKnown is for a Taker: it has this one already.
	ErrKnown = errors.New("courier: known already")
	// ErrRefused is for a Taker: it will not take this one, the others go on.
	ErrRefused = errors.New("courier: refused")
)

// Receipt is one signed receipt.
type Receipt struct {
	ID     uuid.UUID // of the dossier
	Signed []byte
}

// Load is what a bundle is packed with: at most MaxItems of each.
type Load struct {
	Station  string // that packs
	At       time.Time
	Dossiers []*envelope.Sealed
	Receipts []Receipt
}

// Write packs the load. Chunks are read one at a time, and checked.
func Write(w io.Writer, s *envelope.Signer, l Load) error {
	p := packer{tar: tar.NewWriter(w), key: s, load: l}
	err := p.add(keyName, []byte(s.Public().String()))
	if err == nil && len(l.Receipts) > 0 {
		err = p.receipts()
	}
	if err == nil && len(l.Dossiers) > 0 {
		err = p.dossiers()
	}
	if err == nil {
		err = p.add(endName, nil)
	}
	if err == nil {
		err = p.tar.Close()
	}
	if err != nil {
		return fmt.Errorf("courier: pack: %w", err)
	}
	return nil
}

// packer writes the files of a bundle.
type packer struct {
	tar  *tar.Writer
	key  *envelope.Signer
	load Load
}

func (p packer) receipts() error {
	list := envelope.Bundle{Station: p.load.Station, At: p.load.At, Receipts: true}
	for _, r := range p.load.Receipts {
		list.Dossiers, list.Digests = append(list.Dossiers, r.ID), append(list.Digests, envelope.Sum(r.Signed))
	}
	if err := p.list(receiptList, list); err != nil {
		return err
	}
	for _, r := range p.load.Receipts {
		if err := p.add(receiptDir+r.ID.String()+receiptEnd, r.Signed); err != nil {
			return err
		}
	}
	return nil
}

func (p packer) dossiers() error {
	list := envelope.Bundle{Station: p.load.Station, At: p.load.At}
	for _, d := range p.load.Dossiers {
		list.Dossiers, list.Digests = append(list.Dossiers, d.ID), append(list.Digests, envelope.Sum(d.Manifest))
	}
	if err := p.list(listName, list); err != nil {
		return err
	}
	for _, d := range p.load.Dossiers {
		if err := p.dossier(d); err != nil {
			return fmt.Errorf("dossier %s: %w", d.ID, err)
		}
	}
	return nil
}

func (p packer) list(name string, b envelope.Bundle) error {
	signed, err := envelope.SignBundle(p.key, b)
	if err != nil {
		return err
	}
	return p.add(name, signed)
}

func (p packer) dossier(d *envelope.Sealed) error {
	m, err := envelope.ParseManifest(d.Manifest)
	if err != nil {
		return err
	}
	folder := d.ID.String()
	if err := p.add(folder+manifestName, d.Manifest); err != nil {
		return err
	}
	for _, want := range chunksOnce(m) {
		b, err := d.Chunks.Chunk(want.digest)
		if err != nil {
			return err
		}
		if err := p.add(folder+chunkDir+want.digest.String(), b); err != nil {
			return err
		}
	}
	return nil
}

func (p packer) add(name string, body []byte) error {
	err := p.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: int64(len(body)), Mode: 0o600,
		ModTime: p.load.At.Truncate(time.Second), Format: tar.FormatUSTAR,
	})
	if err != nil {
		return err
	}
	_, err = p.tar.Write(body)
	return err
}

// chunk is one chunk that a manifest names.
type chunk struct {
	digest envelope.Digest
	length int
}

// chunksOnce are the manifest's chunks in its order, each once.
func chunksOnce(m *envelope.SignedManifest) []chunk {
	digests, lengths := m.Chunks()
	seen := map[envelope.Digest]bool{}
	var once []chunk
	for i, d := range digests {
		if !seen[d] {
			seen[d] = true
			once = append(once, chunk{d, lengths[i]})
		}
	}
	return once
}

// receiptID reads the dossier's ID from the name of a receipt.
func receiptID(name string) (uuid.UUID, error) {
	text, ok := strings.CutPrefix(name, receiptDir)
	if ok {
		text, ok = strings.CutSuffix(text, receiptEnd)
	}
	id, err := uuid.Parse(text)
	if !ok || err != nil || id.String() != text {
		return uuid.Nil, fmt.Errorf("%w: %q", ErrBundle, name)
	}
	return id, nil
}
