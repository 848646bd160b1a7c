package gateway

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Kinds of documents that stations know what to do with.
var documentKinds = []string{"rules", "trust", "models", "officers"}

// Errors of documents.
var (
	ErrNoDocument = errors.New("gateway: no such document")
	ErrKind       = errors.New("gateway: a document is one of rules, trust, models and officers")
)

// lockWait is how long a change waits for another one, which takes as long as a
// document takes to be copied.
const (
	lockWait  = 30 * time.Second
	lockPause = 10 * time.Millisecond
)

// DocumentDir keeps what stations fetch by version, rule packs and the like:
// files named by their digest and one signed catalogue. Several processes may
// use one folder; changes come one after the other.
type DocumentDir struct {
	dir string
	key *envelope.Signer // signs the catalogue
	now func() time.Time
}

// OpenDocuments uses the folder, made when it is not there.
func OpenDocuments(dir string, key *envelope.Signer, now func() time.Time) (*DocumentDir, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return &DocumentDir{dir: dir, key: key, now: now}, nil
}

// Catalogue returns the signed catalogue and what it says. The first one is
// empty. Reading writes nothing: it must not undo a change.
func (d *DocumentDir) Catalogue() (*envelope.Catalogue, []byte, error) {
	raw, err := os.ReadFile(d.list())
	if errors.Is(err, fs.ErrNotExist) {
		c := envelope.Catalogue{Number: 1, At: d.now().UTC().Truncate(time.Millisecond)}
		raw, err = envelope.SignCatalogue(d.key, c)
		return &c, raw, err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("gateway: %w", err)
	}
	c, err := envelope.VerifyCatalogue(d.key.Public(), raw)
	if err != nil {
		return nil, nil, fmt.Errorf("gateway: catalogue: %w", err)
	}
	return c, raw, nil
}

func (d *DocumentDir) publish(c envelope.Catalogue) error {
	raw, err := envelope.SignCatalogue(d.key, c)
	if err != nil {
		return err
	}
	return envelope.SaveFile(d.list(), raw, 0o644)
}

// locked calls fn while no other process changes the folder.
func (d *DocumentDir) locked(fn func() error) error {
	for begin := time.Now(); ; time.Sleep(lockPause) {
		f, err := blob.Lock(filepath.Join(d.dir, ".lock"))
		if errors.Is(err, blob.ErrLocked) && time.Since(begin) < lockWait {
			continue
		}
		if err != nil {
			return fmt.Errorf("gateway: documents: %w", err)
		}
		return errors.Join(fn(), f.Close())
	}
}

// Add puts a document into the catalogue, in the place of an older version of
// the same kind and name. From is when it comes into force; zero is at once.
func (d *DocumentDir) Add(kind, name, version string, from time.Time, r io.Reader) (envelope.Item, error) {
	if !slices.Contains(documentKinds, kind) {
		return envelope.Item{}, ErrKind
	}
	item := envelope.Item{Kind: kind, Name: name, Version: version}
	if !from.IsZero() {
		item.From = from.UnixMilli()
	}
	err := d.locked(func() error {
		// Storing is part of it: a change that drops a document must not take the
		// same bytes away from one that is about to name them.
		if err := d.store(&item, r); err != nil {
			return err
		}
		return d.change(func(items []envelope.Item) ([]envelope.Item, error) {
			items = slices.DeleteFunc(items, func(i envelope.Item) bool { return i.Kind == kind && i.Name == name })
			return append(items, item), nil
		})
	})
	return item, err
}

// Remove takes a document out of the catalogue. Stations that have it keep it.
func (d *DocumentDir) Remove(kind, name string) error {
	return d.locked(func() error {
		return d.change(func(items []envelope.Item) ([]envelope.Item, error) {
			n := len(items)
			items = slices.DeleteFunc(items, func(i envelope.Item) bool { return i.Kind == kind && i.Name == name })
			if len(items) == n {
				return nil, ErrNoDocument
			}
			return items, nil
		})
	})
}

// change publishes the next catalogue and drops the files that it does not
// name. The caller holds the lock.
func (d *DocumentDir) change(fn func([]envelope.Item) ([]envelope.Item, error)) error {
	c, _, err := d.Catalogue()
	if err != nil {
		return err
	}
	old := slices.Clone(c.Items)
	items, err := fn(c.Items)
	if err != nil {
		return err
	}
	if err = d.publish(envelope.Catalogue{
		Number: c.Number + 1, At: d.now().UTC().Truncate(time.Millisecond), Items: items,
	}); err != nil {
		return err
	}
	for _, i := range old {
		named := func(n envelope.Item) bool { return n.Digest == i.Digest }
		if !slices.ContainsFunc(items, named) {
			if err := os.Remove(d.path(i.Digest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("gateway: %w", err)
			}
		}
	}
	return nil
}

// store writes the bytes durably under their digest and notes it in the item.
func (d *DocumentDir) store(item *envelope.Item, r io.Reader) (err error) {
	f, err := os.CreateTemp(d.dir, ".document-*")
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = fmt.Errorf("gateway: document: %w", err)
		}
	}()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, hash), io.LimitReader(r, envelope.MaxDocument+1))
	if err == nil && (n == 0 || n > envelope.MaxDocument) {
		err = fmt.Errorf("%d bytes, want 1 to %d", n, envelope.MaxDocument)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	item.Size, item.Digest = uint64(n), envelope.Digest(hash.Sum(nil))
	if err = os.Rename(f.Name(), d.path(item.Digest)); err != nil {
		return err
	}
	return envelope.SyncDir(d.dir)
}

func (d *DocumentDir) list() string { return filepath.Join(d.dir, "catalogue.cose") }

func (d *DocumentDir) path(digest envelope.Digest) string {
	return filepath.Join(d.dir, digest.String())
}

// catalogue answers with the signed catalogue.
func (g *Gateway) catalogue(w http.ResponseWriter, r *http.Request, _ Caller, _ []byte) {
	if g.cfg.Documents == nil {
		g.refuse(w, r, http.StatusNotFound, uplink.Problem{Code: uplink.CodeNotFound, Message: "this gateway has no catalogue"})
		return
	}
	_, raw, err := g.cfg.Documents.Catalogue()
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.replyCOSE(w, raw)
}

// document answers with a document or a range of it.
func (g *Gateway) document(w http.ResponseWriter, r *http.Request, _ Caller, _ []byte) {
	want, ok := g.digest(w, r)
	if !ok {
		return
	}
	var f *os.File
	err := fs.ErrNotExist
	if g.cfg.Documents != nil {
		f, err = os.Open(g.cfg.Documents.path(want))
	}
	if errors.Is(err, fs.ErrNotExist) {
		g.refuse(w, r, http.StatusNotFound, uplink.Problem{
			Code: uplink.CodeNotFound, Message: "no such document: fetch the catalogue anew",
		})
		return
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	defer func() { _ = f.Close() }()
	w.Header().Set("Content-Type", uplink.TypeChunk)
	w.Header().Set("ETag", `"`+want.String()+`"`)
	http.ServeContent(w, r, "", time.Time{}, f)
}
