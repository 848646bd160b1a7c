package auth

import (
	"context"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/tram-station/tram/reader/auth/cvc"
)

// Limits of a terminal's folder.
const (
	maxCertificates = 64
	maxFile         = 64 << 10 // bytes
)

// ErrTerminal says that a folder does not hold one terminal: certificates and
// the key of exactly one of them.
var ErrTerminal = errors.New("the folder must hold the terminal's *.cvcert files and one key, terminal.pkcs8 or terminal.pem")

// FileTerminal is a [Terminal] whose certificates and key are files. It never
// shows its key.
type FileTerminal struct {
	Now  func() time.Time // for the certificates' days; time.Now where nil
	Rand io.Reader        // for signatures; crypto/rand where nil

	all []*cvc.Certificate
	raw map[*cvc.Certificate][]byte
	own *cvc.Certificate
	key signer
}

var _ Terminal = (*FileTerminal)(nil)

// signer is a private key that signs a digest as terminal authentication
// wants it.
type signer interface {
	sign(rand io.Reader, digest []byte, a cvc.Algorithm) ([]byte, error)
	// fits reports whether a certificate is of this key. The curve of the
	// certificate may be unknown where its authority is not here.
	fits(k cvc.Key) bool
}

// LoadTerminal reads a folder with CV certificates (*.cvcert: the authority's,
// its links, the document verifier's, the terminal's) and the terminal's
// private key as PKCS#8, in DER (terminal.pkcs8) or PEM (terminal.pem). The
// certificate whose key it is becomes the terminal's; of several, the one that
// expires last.
func LoadTerminal(dir string) (*FileTerminal, error) {
	key, err := loadKey(dir)
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.cvcert"))
	if err != nil || len(names) == 0 || len(names) > maxCertificates {
		return nil, fmt.Errorf("%w: %d certificates", ErrTerminal, len(names))
	}
	t := &FileTerminal{raw: map[*cvc.Certificate][]byte{}, key: key}
	for _, name := range names {
		b, err := readLimited(name)
		if err != nil {
			return nil, err
		}
		c, err := cvc.Parse(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		t.all = append(t.all, c)
		t.raw[c] = b
		if c.Role == cvc.Terminal && key.fits(c.Key) && (t.own == nil || c.Expiry.After(t.own.Expiry)) {
			t.own = c
		}
	}
	if t.own == nil {
		return nil, fmt.Errorf("%w: no certificate is of this key", ErrTerminal)
	}
	return t, nil
}

// loadKey finds the private key of a folder.
func loadKey(dir string) (signer, error) {
	for _, name := range []string{"terminal.pkcs8", "terminal.pem"} {
		b, err := readLimited(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if block, _ := pem.Decode(b); block != nil {
			b = block.Bytes
		}
		key, err := parsePrivateKey(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return key, nil
	}
	return nil, fmt.Errorf("%w: no key", ErrTerminal)
}

func readLimited(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%w: %s is too large", ErrTerminal, filepath.Base(name))
	}
	return os.ReadFile(name)
}

// Holder returns the terminal's own reference.
func (t *FileTerminal) Holder() string { return t.own.Holder }

// Expiry returns the last day on which the terminal's own certificate is
// valid.
func (t *FileTerminal) Expiry() time.Time { return t.own.Expiry }

// Chain returns the shortest path from an authority that the chip trusts. A
// certificate that is not valid today, or that its issuer did not sign, is
// found here and not by the chip.
func (t *FileTerminal) Chain(_ context.Context, trusted []string) ([][]byte, error) {
	path, err := cvc.Path(t.all, t.own, trusted)
	if err != nil {
		return nil, err
	}
	now := time.Now
	if t.Now != nil {
		now = t.Now
	}
	if err := cvc.Check(path, t.all, now()); err != nil {
		return nil, err
	}
	var chain [][]byte
	for _, c := range path {
		chain = append(chain, t.raw[c])
	}
	return chain, nil
}

// Sign signs with the terminal's key by the algorithm of its certificate.
func (t *FileTerminal) Sign(_ context.Context, data []byte) ([]byte, error) {
	a := t.own.Key.Algorithm
	random := t.Rand
	if random == nil {
		random = rand.Reader
	}
	return t.key.sign(random, a.Sum(data), a)
}

// LogValue keeps the key out of every log.
func (t *FileTerminal) LogValue() slog.Value { return slog.StringValue("terminal " + t.own.Holder) }

// String is what fmt prints instead of the key.
func (t *FileTerminal) String() string { return "terminal " + t.own.Holder }

// GoString is what %#v prints instead of the key.
func (t *FileTerminal) GoString() string { return t.String() }
