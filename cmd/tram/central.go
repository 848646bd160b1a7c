package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/tram-station/tram/biometrics/face/pack"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/passive"
)

// documents are those that the central hands out; *offline.Outbox has them.
type documents interface {
	Document(kind string) (path string, item envelope.Item, ok bool)
}

// central keeps, in a folder of the data folder, which of the central's
// documents the station uses. One that can not be used takes nobody's place, not
// even after the outbox has dropped the one before it.
type central struct {
	data string
	from documents
	log  *slog.Logger
}

// centralFolder is its name in the data folder: a record a kind, and the trust
// list itself.
const centralFolder = "central"

// maxRecord bounds a record in bytes.
const maxRecord = 64 << 10

// inUse is a document of the central that the station uses.
type inUse struct {
	Kind    string          `json:"kind"`
	Name    string          `json:"name"`
	Version string          `json:"version"`
	Digest  envelope.Digest `json:"digest"`         // SHA-256 of the document
	Pack    string          `json:"pack,omitempty"` // name@version of the models that were installed from it
}

func used(item envelope.Item) inUse {
	return inUse{Kind: item.Kind, Name: item.Name, Version: item.Version, Digest: item.Digest}
}

// say logs what is in use.
func (u inUse) say(log *slog.Logger) {
	log.Info("document in use", "kind", u.Kind, "name", u.Name, "version", u.Version, "digest", u.Digest.String())
}

func (c central) path(name string) string { return filepath.Join(c.data, centralFolder, name) }

// record reads what is in use of a kind; ok is false for nothing.
func (c central) record(kind string) (u inUse, ok bool, err error) {
	path := c.path(kind + ".json")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return inUse{}, false, nil
	}
	if err != nil {
		return inUse{}, false, err
	}
	if info.Size() > maxRecord {
		return inUse{}, false, fmt.Errorf("%s is no record of a document: %d bytes", path, info.Size())
	}
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &u)
	}
	if err != nil {
		return inUse{}, false, fmt.Errorf("%s: %w", path, err)
	}
	return u, true, nil
}

// keep writes down, durably, what is in use.
func (c central) keep(u inUse) error {
	raw, err := json.MarshalIndent(u, "", "  ")
	if err == nil {
		err = os.MkdirAll(c.path(""), 0o700)
	}
	if err != nil {
		return err
	}
	return envelope.SaveFile(c.path(u.Kind+".json"), append(raw, '\n'), 0o600)
}

// forget says that nothing of the central is in use of a kind.
func (c central) forget(kind string) error {
	err := os.Remove(c.path(kind + ".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// take looks whether the central has a newer trust list and newer models, and
// changes to them. What can not be used is named, and the former one stays.
func (c central) take() {
	for kind, change := range map[string]func(path string, item envelope.Item) error{
		offline.DocumentTrust: c.takeTrust, offline.DocumentModels: c.takeModels,
	} {
		path, item, ok := c.from.Document(kind)
		if !ok {
			continue // what the catalogue names no more stays
		}
		if err := change(path, item); err != nil {
			before, _, berr := c.record(kind)
			c.log.Error("the central's document is not used: have the central check it; the former one stays", "kind", kind,
				"name", item.Name, "version", item.Version, "digest", item.Digest.String(), "in use", before.Version, "err", errors.Join(err, berr))
		}
	}
}

// takeTrust keeps the trust list beside the record: first the list under the
// name of its digest, then the record that names it.
func (c central) takeTrust(path string, item envelope.Item) error {
	before, there, err := c.record(item.Kind)
	if err == nil && there && before.Digest == item.Digest {
		if _, err := c.trustList(before); err == nil {
			return nil
		}
	}
	raw, err := readTrust(path)
	if err != nil {
		return err
	}
	if _, err := passive.ParseTrust(item.Name, raw); err != nil {
		return err
	}
	if err := os.MkdirAll(c.path(""), 0o700); err != nil {
		return err
	}
	u := used(item)
	if err := envelope.SaveFile(c.trustFile(u), raw, 0o600); err != nil {
		return err
	}
	if err := c.keep(u); err != nil {
		return err
	}
	if there && before.Digest != item.Digest {
		_ = os.Remove(c.trustFile(before)) // it is in nobody's way
	}
	return nil
}

func (c central) trustFile(u inUse) string { return c.path("trust-" + u.Digest.String()) }

// trustList reads the list that is in use.
func (c central) trustList(u inUse) ([]byte, error) {
	raw, err := readTrust(c.trustFile(u))
	if err == nil && envelope.Sum(raw) != u.Digest {
		err = fmt.Errorf("%s was changed on the disk", c.trustFile(u))
	}
	return raw, err
}

func readTrust(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > passive.MaxTrustFile {
		return nil, fmt.Errorf("a trust list of %d bytes: %d are the most", info.Size(), passive.MaxTrustFile)
	}
	return os.ReadFile(path)
}

// trust is what chips are verified with: the operator's own folder, "" for
// none, and the central's list. nil: neither. The error is the folder's; where
// the central's list is damaged, lost says so.
func (c central) trust(folder string) (t *passive.Trust, u inUse, lost, err error) {
	if folder != "" {
		if t, err = passive.LoadTrust(folder); err != nil {
			return nil, inUse{}, nil, err
		}
	}
	u, ok, lost := c.record(offline.DocumentTrust)
	if !ok || lost != nil {
		return t, inUse{}, lost, nil
	}
	raw, lost := c.trustList(u)
	if lost == nil {
		if t == nil {
			t = &passive.Trust{}
		}
		lost = t.Add(u.Name, raw)
	}
	if lost != nil {
		return t, inUse{}, fmt.Errorf("the central's trust list %s %s: %w", u.Name, u.Version, lost), nil
	}
	return t, u, nil, nil
}

// takeModels installs the pack as `tram models install` does.
func (c central) takeModels(path string, item envelope.Item) error {
	packs, err := packCandidates(c.data)
	if err != nil {
		return err
	}
	before, there, err := c.record(item.Kind)
	if err == nil && there && before.Digest == item.Digest && exists(filepath.Join(packs.Installed, before.Pack)) {
		return nil
	}
	p, err := pack.Install(path, packs.Installed, pack.Options{Signers: packs.Signers, Try: tryPack})
	if err != nil {
		return err
	}
	u := used(item)
	u.Pack = p.Manifest().ID()
	return c.keep(u)
}

// sayModels logs whether the central's pack is the one in use.
func (c central) sayModels(m *faceModels) {
	u, ok, err := c.record(offline.DocumentModels)
	switch {
	case err != nil:
		c.log.Error("the record of the central's models can not be read", "err", err)
	case !ok:
	case m.choice.Pack != nil && m.choice.Pack.Manifest().ID() == u.Pack:
		u.say(c.log)
	default:
		c.log.Warn("the central's models are installed and not in use", "name", u.Name, "version", u.Version, "pack", u.Pack,
			"in use", fmt.Sprint(m.choice.Pack), "why", m.choice.Why, "err", m.lost)
	}
}
