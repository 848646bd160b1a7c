package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Limits of the folder of stations.
const (
	maxPending = 20_000
	// askedFor is how long a request is kept at least when there are too many.
	askedFor       = 30 * 24 * time.Hour
	maxStationFile = 64 << 10
)

// StationDir knows stations from a folder of files named by key. A station
// that is let in or revoked counts at once, also in a gateway that runs.
// Revocations are files of their own: nothing that is written about a station
// later takes one back. It is a Stations and an Enrolment.
type StationDir string

// Add enrols a station's key.
func (dir StationDir) Add(s uplink.Station) error { return dir.Enrol(s) }

// Enrol lets a key in, or replaces what is known of it but for a revocation.
func (dir StationDir) Enrol(s uplink.Station) error {
	if s.ID == "" || s.Key == nil {
		return fmt.Errorf("gateway: %w", uplink.ErrPairing)
	}
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	s.Revoked = time.Time{}
	if err := s.Save(dir.path(s.Key.ID())); err != nil {
		return err
	}
	return dir.name(s)
}

// name notes that a key is a station's, so that its keys are found without
// reading those of all others.
func (dir StationDir) name(s uplink.Station) error {
	path := filepath.Join(dir.named(s.ID), s.Key.ID().String()+".json")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	return envelope.SaveFile(path, []byte("{}\n"), 0o600)
}

// Index does so for the keys that an older gateway let in.
func (dir StationDir) Index() error {
	all, err := dir.All()
	for _, s := range all {
		if err == nil {
			err = dir.name(s)
		}
	}
	return err
}

// Station returns whose key this is.
func (dir StationDir) Station(key envelope.KeyID) (uplink.Station, error) {
	s, err := uplink.LoadStation(dir.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return uplink.Station{}, ErrUnknownStation
	}
	if err != nil {
		return uplink.Station{}, err
	}
	if s.Key.ID() != key {
		return uplink.Station{}, fmt.Errorf("gateway: station file %s holds another key", key)
	}
	var r revocation
	err = load(dir.revoked(key), &r)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return uplink.Station{}, err
	}
	s.Revoked = r.Revoked
	return s, nil
}

type revocation struct {
	Revoked time.Time `json:"revoked"`
}

// Revoke ends a key's rights: its dossiers are still taken, into quarantine. A
// second time changes nothing.
func (dir StationDir) Revoke(key envelope.KeyID, at time.Time) error {
	s, err := dir.Station(key)
	if err != nil || !s.Revoked.IsZero() {
		return err
	}
	return save(dir.revoked(key), revocation{at.UTC()})
}

// All returns every key that was let in, ordered by its name.
func (dir StationDir) All() ([]uplink.Station, error) {
	var all []uplink.Station
	err := dir.each(string(dir), func(key envelope.KeyID) error {
		s, err := dir.Station(key)
		if err == nil {
			all = append(all, s)
		}
		return err
	})
	return all, err
}

// Keys returns what is known of a station's keys.
func (dir StationDir) Keys(station string) ([]uplink.Station, error) {
	var own []uplink.Station
	err := dir.each(dir.named(station), func(key envelope.KeyID) error {
		s, err := dir.Station(key)
		if err == nil && s.ID == station {
			own = append(own, s)
		}
		return err
	})
	return own, err
}

// Request returns what was asked for a key.
func (dir StationDir) Request(key envelope.KeyID) (Request, error) {
	var r Request
	err := load(dir.asked(key), &r)
	if errors.Is(err, fs.ErrNotExist) {
		return Request{}, ErrNoRequest
	}
	if err != nil {
		return Request{}, err
	}
	if r.Key == nil || r.Key.ID() != key {
		return Request{}, fmt.Errorf("gateway: the request file %s is for another key", key)
	}
	return r, nil
}

// Ask keeps a request.
func (dir StationDir) Ask(r Request) error {
	folder := filepath.Dir(dir.asked(r.Key.ID()))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if len(entries) >= maxPending && dropOld(folder, entries, r.At.Add(-askedFor)) == 0 {
		return ErrManyRequests
	}
	return save(dir.asked(r.Key.ID()), r)
}

// dropOld removes requests that are older than the time.
func dropOld(folder string, entries []fs.DirEntry, before time.Time) (dropped int) {
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) && os.Remove(filepath.Join(folder, e.Name())) == nil {
			dropped++
		}
	}
	return dropped
}

// Requests returns what was asked, decided or not, ordered by the key's name.
func (dir StationDir) Requests() ([]Request, error) {
	var all []Request
	err := dir.each(filepath.Join(string(dir), "requests"), func(key envelope.KeyID) error {
		r, err := dir.Request(key)
		if err == nil {
			all = append(all, r)
		}
		return err
	})
	return all, err
}

// Approve lets the key of a request in, with its certificate.
func (dir StationDir) Approve(key envelope.KeyID, a *Authority) (uplink.Station, error) {
	r, err := dir.Request(key)
	if err != nil {
		return uplink.Station{}, err
	}
	s := uplink.Station{ID: r.Station, Key: r.Key, Province: r.Province}
	if s.Certificate, err = a.Certify(s); err != nil {
		return uplink.Station{}, err
	}
	if err := dir.Enrol(s); err != nil {
		return uplink.Station{}, err
	}
	return s, os.Remove(dir.asked(key))
}

// Refuse decides against a request. The station hears so when it asks.
func (dir StationDir) Refuse(key envelope.KeyID) error {
	r, err := dir.Request(key)
	if err != nil {
		return err
	}
	r.State = uplink.RequestRefused
	return save(dir.asked(key), r)
}

// each calls fn for every key that the folder has a file of.
func (dir StationDir) each(folder string, fn func(key envelope.KeyID) error) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	for _, e := range entries {
		name, isJSON := strings.CutSuffix(e.Name(), ".json")
		var key envelope.KeyID
		if !isJSON || key.UnmarshalText([]byte(name)) != nil {
			continue // a revocation, a folder, what is not ours
		}
		if err := fn(key); err != nil {
			return err
		}
	}
	return nil
}

func (dir StationDir) path(key envelope.KeyID) string {
	return filepath.Join(string(dir), key.String()+".json")
}

// named is the folder of a station's keys; a hash, for a station's name need
// not be a file's.
func (dir StationDir) named(station string) string {
	sum := envelope.Sum([]byte(station))
	return filepath.Join(string(dir), "names", sum.String()[:32])
}

func (dir StationDir) revoked(key envelope.KeyID) string {
	return filepath.Join(string(dir), key.String()+".revoked")
}

func (dir StationDir) asked(key envelope.KeyID) string {
	return filepath.Join(string(dir), "requests", key.String()+".json")
}

func load(path string, v any) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if info.Size() > maxStationFile {
		return fmt.Errorf("gateway: %s has %d bytes", path, info.Size())
	}
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		return fmt.Errorf("gateway: %s: %w", path, err)
	}
	return nil
}

func save(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	return envelope.SaveFile(path, append(raw, '\n'), 0o600)
}
