package tpm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-tpm/tpm2"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	suffix = ".tpm"
	// maxBlob is far above any blob of a P-256 key or a sealed secret, in bytes.
	maxBlob  = 8 << 10
	blobForm = 1
	maxName  = 64
)

// The kinds of blobs.
const (
	kindSigner  = "signer"
	kindSealed  = "sealed"
	kindCounter = "counter"
)

// blob is what is stored of a secret. Nothing in it is readable but by the TPM
// whose storage root key has the name Root.
type blob struct {
	Form    uint64 `cbor:"1,keyasint"`
	Kind    string `cbor:"2,keyasint"`
	Root    []byte `cbor:"3,keyasint"`           // name of the storage root key
	Public  []byte `cbor:"4,keyasint,omitempty"` // TPM2B_PUBLIC
	Private []byte `cbor:"5,keyasint,omitempty"` // TPM2B_PRIVATE
	Index   uint32 `cbor:"6,keyasint,omitempty"` // of a counter
}

func parseBlob(raw []byte, kind string) (*blob, error) {
	var b blob
	if err := envelope.Decode(raw, &b); err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrBlob, err)
	}
	if b.Form != blobForm || b.Kind != kind {
		return nil, fmt.Errorf("%w (a %q of form %d)", ErrBlob, b.Kind, b.Form)
	}
	return &b, nil
}

// path names a blob of the folder.
func path(dir, name string) (string, error) {
	if name == "" || len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", fmt.Errorf("tpm: %q is no name of a secret", name)
	}
	return filepath.Join(dir, name+suffix), nil
}

// load reads a blob that this TPM made; the errors are ErrNotFound, ErrBlob and
// ErrForeign.
func (t *TPM) load(dir, name, kind string) (*blob, error) {
	file, err := path(dir, name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w (%s)", ErrNotFound, file)
	}
	if err != nil {
		return nil, fmt.Errorf("tpm: %w", err)
	}
	if info.Size() > maxBlob {
		return nil, fmt.Errorf("%w (%s: %d bytes)", ErrBlob, file, info.Size())
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("tpm: %w", err)
	}
	b, err := parseBlob(raw, kind)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if string(b.Root) != string(t.root.Name.Buffer) {
		return nil, fmt.Errorf("%w (%s)", ErrForeign, file)
	}
	return b, nil
}

// save stores a blob; it never overwrites one.
func (t *TPM) save(dir, name string, b blob) error {
	file, err := path(dir, name)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("tpm: %s: %w", file, fs.ErrExist)
	}
	b.Form, b.Root = blobForm, t.root.Name.Buffer
	raw, err := envelope.Encode(b)
	if err != nil {
		return fmt.Errorf("tpm: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("tpm: %w", err)
	}
	return envelope.SaveFile(file, raw, 0o600)
}

// object is the blob of what Create returned.
func object(kind string, rsp *tpm2.CreateResponse) blob {
	return blob{Kind: kind, Public: tpm2.Marshal(rsp.OutPublic), Private: tpm2.Marshal(rsp.OutPrivate)}
}

// with loads the blob's object for the time of one use.
func (t *TPM) with(b *blob, use func(tpm2.NamedHandle) error) error {
	public, err := tpm2.Unmarshal[tpm2.TPM2BPublic](b.Public)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrBlob, err)
	}
	private, err := tpm2.Unmarshal[tpm2.TPM2BPrivate](b.Private)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrBlob, err)
	}
	rsp, err := tpm2.Load{ParentHandle: t.parent(), InPrivate: *private, InPublic: *public}.Execute(t.link)
	if err != nil {
		return err
	}
	err = use(tpm2.NamedHandle{Handle: rsp.ObjectHandle, Name: rsp.Name})
	return errors.Join(err, t.flush(rsp.ObjectHandle))
}
