package operator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	fileVersion = 2
	secretSize  = 32
	handleSize  = 32
	markSize    = 32
	// The limits of the file.
	maxFile    = 8 << 20 // bytes
	maxPeople  = 2000
	maxKeys    = 8 // of one person
	maxUnknown = 256
)

// ErrDamaged says that the people's file can not be read.
var ErrDamaged = errors.New("operator: the people's file is damaged: restore it from a backup, or remove it to begin anew with new PINs")

// file is all that the store keeps.
type file struct {
	Version int       `json:"version"`
	Secret  []byte    `json:"secret"` // keys the tags of names that nobody has
	Known   time.Time `json:"known,omitzero"`
	List    listHead  `json:"list,omitzero"`
	People  []record  `json:"people"`
	// Unknown counts wrong PINs of names that nobody has, or a name that is never
	// locked would be known to be none.
	Unknown []unknown `json:"unknown,omitempty"`
}

// unknown is a name that nobody has, as a keyed tag: what is typed there may be
// a citizen's number or a PIN.
type unknown struct {
	Tag []byte `json:"tag"`
	strikes
}

func (f file) clone() file {
	f.People, f.Unknown = slices.Clone(f.People), slices.Clone(f.Unknown)
	for i := range f.People {
		f.People[i].Keys = slices.Clone(f.People[i].Keys)
	}
	return f
}

// find returns the person of an identifier, nil for none.
func (f *file) find(id string) *record {
	for i := range f.People {
		if f.People[i].ID == id {
			return &f.People[i]
		}
	}
	return nil
}

func (f *file) has(role string) bool {
	return slices.ContainsFunc(f.People, func(r record) bool { return r.Role == role })
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// private reads a file that nobody else may read.
func private(path string) ([]byte, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && fi.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("operator: others can read %s: run chmod 600 on it", filepath.Base(path))
	}
	if fi.Size() > maxFile {
		return nil, ErrDamaged
	}
	return os.ReadFile(path)
}

func load(path string, c cost) (file, error) {
	b, err := private(path)
	if err != nil {
		return file{}, err
	}
	return parse(b, c)
}

// parse reads the file strictly. What it can not vouch for it refuses: to go on
// without somebody's revocation would be worse than to stop.
func parse(b []byte, c cost) (file, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return file{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return file{}, ErrDamaged
	}
	if f.Version != fileVersion || len(f.Secret) != secretSize || len(f.People) > maxPeople || len(f.Unknown) > maxUnknown || !f.List.valid() {
		return file{}, ErrDamaged
	}
	seen := map[string]bool{}
	for i := range f.People {
		r := &f.People[i]
		if seen[r.ID] || !r.valid(c) {
			return file{}, ErrDamaged
		}
		seen[r.ID] = true
	}
	for _, u := range f.Unknown {
		if len(u.Tag) != tagSize || u.Failures < 0 {
			return file{}, ErrDamaged
		}
	}
	return f, nil
}

func (r *record) valid(c cost) bool {
	return validID(r.ID) && rights[r.Role] != nil && (r.PIN == nil || r.PIN.valid(c)) && r.Failures >= 0 && len(r.Handle) == handleSize &&
		(r.Card == nil || len(r.Card) == markSize) && len(r.Keys) <= maxKeys && !slices.ContainsFunc(r.Keys, func(k key) bool { return !k.valid() })
}

// replace makes the next file durable, and then the present one. It is called
// with write held, or before anybody else knows the store.
func (s *Store) replace(next file) error {
	b, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.cfg.Path), 0o700); err != nil {
		return err
	}
	if err := envelope.SaveFile(s.cfg.Path, append(b, '\n'), 0o600); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.file = next
	return nil
}

// sweepTorn removes what a power cut left of files that were being written: the
// file itself is the one before, whole.
func (s *Store) sweepTorn() error {
	entries, err := os.ReadDir(filepath.Dir(s.cfg.Path))
	if err != nil && !missing(err) {
		return err
	}
	err = nil
	for _, e := range entries {
		former := e.Name() == formerOfficer+".new" || e.Name() == formerSupervisor+".new"
		if !former && !strings.HasPrefix(e.Name(), "."+filepath.Base(s.cfg.Path)+"-") {
			continue
		}
		if rerr := os.Remove(s.inFolder(e.Name())); rerr != nil && !missing(rerr) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}

// present is a copy of the file, for who holds write.
func (s *Store) present() file {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file.clone()
}

// begin is an empty file.
func (s *Store) begin() (file, error) {
	f := file{Version: fileVersion, Secret: make([]byte, secretSize), People: []record{}}
	_, err := io.ReadFull(s.cfg.Rand, f.Secret)
	return f, err
}

// add puts a person into a file; an empty PIN is none.
func (s *Store) add(f *file, id, role string, pin PIN) error {
	if len(f.People) >= maxPeople {
		return fmt.Errorf("operator: no more than %d people work at one station", maxPeople)
	}
	r := record{ID: id, Role: role, Handle: make([]byte, handleSize)}
	if _, err := io.ReadFull(s.cfg.Rand, r.Handle); err != nil {
		return err
	}
	if pin != "" {
		var err error
		if r.PIN, err = s.cfg.cost.hash(pin, s.cfg.Rand); err != nil {
			return err
		}
	}
	f.People = append(f.People, r)
	slices.SortFunc(f.People, func(a, b record) int { return strings.Compare(a.ID, b.ID) })
	return nil
}

// Files of the last version: one for each of its two people.
const (
	formerOfficer    = "officer.json"
	formerSupervisor = "supervisor.json"
	formerVersion    = 1
)

// former is a person's file of the last version.
type former struct {
	Version int    `json:"version"`
	Officer string `json:"officer"`
	Role    string `json:"role"`
	hashed
	Failures int       `json:"failures"`
	FailedAt time.Time `json:"failed_at"`
}

func parseFormer(b []byte, c cost) (former, error) {
	var r former
	err := json.Unmarshal(b, &r)
	if err == nil && (r.Version != formerVersion || !validID(r.Officer) || rights[r.Role] == nil || !r.valid(c) || r.Failures < 0) {
		err = ErrDamaged
	}
	return r, err
}

// takeOver brings the people of the last version along, with their PINs and
// their lockouts.
func (s *Store) takeOver(f *file) error {
	for _, name := range []string{formerOfficer, formerSupervisor} {
		b, err := private(s.inFolder(name))
		if missing(err) {
			continue
		}
		if err != nil {
			return err
		}
		old, err := parseFormer(b, s.cfg.cost)
		if err != nil {
			return fmt.Errorf("operator: %s of the last version is damaged, remove it to get a new PIN: %w", name, err)
		}
		if f.find(old.Officer) != nil {
			return fmt.Errorf("operator: %s of the last version names %s once more", name, old.Officer)
		}
		if err := s.add(f, old.Officer, old.Role, ""); err != nil {
			return err
		}
		r := f.find(old.Officer)
		r.PIN, r.strikes = &old.hashed, strikes{old.Failures, old.FailedAt}
	}
	return nil
}

// dropFormer removes what was taken over.
func (s *Store) dropFormer() error {
	for _, name := range []string{formerOfficer, formerSupervisor} {
		if path := s.inFolder(name); path != s.cfg.Path {
			if err := os.Remove(path); err != nil && !missing(err) {
				return err
			}
		}
	}
	return nil
}
