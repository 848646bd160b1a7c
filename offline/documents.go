package offline

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Kinds of documents.
const (
	DocumentRules    = "rules"
	DocumentTrust    = "trust"
	DocumentModels   = "models"
	DocumentOfficers = "officers"
)

var documentKinds = []string{DocumentRules, DocumentTrust, DocumentModels, DocumentOfficers}

const (
	listExt    = ".cose"        // the signed catalogue under which a kind's documents are complete
	beforeExt  = ".before.cose" // the one before it, while it names none that is in force yet
	partExt    = ".part"
	maxDocName = 128 // bytes
)

// ErrOldCatalogue says that the central offers an older catalogue than the
// station has.
var ErrOldCatalogue = errors.New("offline: the catalogue of documents is older than the one that is here: it is not taken")

// Document returns the file of the newest document of a kind that is in force,
// and what the catalogue says of it; ok is false where there is none. What is on
// the disk is believed under the central's signature only, and read whole for it.
func (o *Outbox) Document(kind string) (path string, item envelope.Item, ok bool) {
	for _, ext := range []string{listExt, beforeExt} {
		list, err := o.catalogue(kind + ext)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			now := o.inForce(list, kind)
			if now == nil {
				continue
			}
			path = o.documentPath(*now)
			if err = checkFile(path, *now); err == nil {
				return path, *now, true
			}
		}
		o.cfg.Log.Error("document not used", "kind", kind, "error", err)
	}
	return "", envelope.Item{}, false
}

// inForce is the document of a kind that counts now, nil for none.
func (o *Outbox) inForce(list *envelope.Catalogue, kind string) *envelope.Item {
	now := o.line.Time().UnixMilli()
	var best *envelope.Item
	for i, item := range list.Items {
		if item.Kind == kind && item.From <= now && (best == nil || item.From >= best.From) {
			best = &list.Items[i]
		}
	}
	return best
}

// catalogue is one under which a kind's documents were complete, verified.
func (o *Outbox) catalogue(name string) (*envelope.Catalogue, error) {
	if o.cfg.Documents == "" {
		return nil, fs.ErrNotExist
	}
	path := filepath.Join(o.cfg.Documents, name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > envelope.MaxManifest {
		return nil, fmt.Errorf("offline: %s is no catalogue", path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	err = errNoKey
	for _, key := range o.cfg.centralKeys() {
		var c *envelope.Catalogue
		if c, err = envelope.VerifyCatalogue(key, raw); err == nil {
			return c, nil
		}
	}
	return nil, err
}

// FetchDocuments asks for the central's catalogue and fetches what is not here.
// A kind's documents are used when all of them are complete; what no catalogue
// names any more is deleted then. A gateway of an earlier version, which has no
// catalogue, is no error.
func (o *Outbox) FetchDocuments(ctx context.Context) error {
	if o.cfg.Documents == "" {
		return nil
	}
	o.syncing.Lock()
	defer o.syncing.Unlock()
	list, raw, err := o.client.Catalogue(ctx)
	if notThere(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, kind := range documentKinds {
		errs = append(errs, o.fetchKind(ctx, kind, list, raw))
	}
	return errors.Join(errs...)
}

func (o *Outbox) fetchKind(ctx context.Context, kind string, list *envelope.Catalogue, raw []byte) error {
	here, err := o.catalogue(kind + listExt)
	if err == nil && here.Number >= list.Number {
		if here.Number > list.Number {
			return fmt.Errorf("%w: number %d after %d", ErrOldCatalogue, list.Number, here.Number)
		}
		return nil
	}
	kept := map[string]bool{}
	for _, item := range list.Items {
		if item.Kind != kind {
			continue
		}
		if err := o.fetch(ctx, item); err != nil {
			return fmt.Errorf("offline: document %s %s: %w", item.Kind, item.Version, err)
		}
		kept[item.Digest.String()] = true
	}
	if err := os.MkdirAll(o.cfg.Documents, 0o700); err != nil {
		return fmt.Errorf("offline: %w", err)
	}
	// A pack that comes into force later must not take the present one away.
	if here != nil && o.inForce(list, kind) == nil && o.inForce(here, kind) != nil {
		if err := copyFile(o.inDocuments(kind+listExt), o.inDocuments(kind+beforeExt)); err != nil {
			return err
		}
	}
	if err := envelope.SaveFile(o.inDocuments(kind+listExt), raw, 0o600); err != nil {
		return err
	}
	if before, err := o.catalogue(kind + beforeExt); err == nil && o.inForce(list, kind) == nil {
		for _, item := range before.Items {
			kept[item.Digest.String()] = true
		}
	}
	return o.dropOld(kind, kept)
}

func (o *Outbox) inDocuments(name string) string { return filepath.Join(o.cfg.Documents, name) }

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return envelope.SaveFile(to, raw, 0o600)
}

// documentPath is where a document lies: in a folder of its own, named by its
// digest, under its own name where that is a plain one.
func (o *Outbox) documentPath(item envelope.Item) string {
	name := item.Name
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_'
	}
	if name == "" || len(name) > maxDocName || strings.HasPrefix(name, ".") || strings.HasSuffix(name, partExt) ||
		strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		name = "document"
	}
	return filepath.Join(o.cfg.Documents, item.Kind, item.Digest.String(), name)
}

// fetch brings one document to its place, durably and whole. A download that
// broke off goes on where it was.
func (o *Outbox) fetch(ctx context.Context, item envelope.Item) (err error) {
	path := o.documentPath(item)
	if checkFile(path, item) == nil {
		return nil
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	part := path + partExt
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	err = o.client.Document(ctx, item, f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if errors.Is(err, uplink.ErrDocument) {
		return errors.Join(err, os.Remove(part))
	}
	if err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := envelope.SyncDir(d); err != nil {
			return err
		}
	}
	o.cfg.Log.Info("document received", "kind", item.Kind, "version", item.Version)
	o.act(actDocument, uuid.Nil, item.Kind+" "+item.Version)
	return nil
}

// dropOld removes the documents of a kind that its catalogue does not name.
func (o *Outbox) dropOld(kind string, kept map[string]bool) error {
	dir := filepath.Join(o.cfg.Documents, kind)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !kept[e.Name()] {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// checkFile says whether the file is the document.
func checkFile(path string, item envelope.Item) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	hash := sha256.New()
	n, err := io.Copy(hash, io.LimitReader(f, int64(item.Size)+1))
	if err != nil {
		return err
	}
	if uint64(n) != item.Size || envelope.Digest(hash.Sum(nil)) != item.Digest {
		return uplink.ErrDocument
	}
	return nil
}
