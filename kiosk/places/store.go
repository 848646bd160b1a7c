package places

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tram-station/tram/offline/envelope"
)

// listFile is a list in the folder of its version.
const listFile = "list.json"

// versionForm is the name of an installed list: its date and the beginning of
// its source's digest. By name the newest is last.
var versionForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{8}$`)

// Of describes a source of these files that holds the units of a day.
func Of(date, shape string, files ...[]byte) Source {
	sum := sha256.Sum256(files[0])
	if len(files) > 1 { // the digest of the digests, in the order of the files
		all := sha256.New()
		for _, b := range files {
			one := sha256.Sum256(b)
			all.Write(one[:])
		}
		sum = [sha256.Size]byte(all.Sum(nil))
	}
	digest := hex.EncodeToString(sum[:])
	return Source{Version: date + "-" + digest[:8], Date: date, Shape: shape, SHA256: digest}
}

// stored is a list's file. The digest is that of units as they stand.
type stored struct {
	Source Source          `json:"source"`
	Digest string          `json:"digest"`
	Units  json.RawMessage `json:"units"`
}

// Errors of installed lists.
var (
	ErrInstalled = errors.New("this list is installed already")
	ErrDamaged   = errors.New("the list is damaged: remove its folder and import it again")
)

// Install writes a list beside those of other versions. After a power cut it is
// there in whole or not at all.
func Install(dir string, l *List) error {
	version := l.source.Version
	if !versionForm.MatchString(version) {
		return fmt.Errorf("places: %q is no version of an imported list", version)
	}
	folder := filepath.Join(dir, version)
	if _, err := os.Stat(filepath.Join(folder, listFile)); err == nil {
		return fmt.Errorf("places: %s: %w", version, ErrInstalled)
	}
	units, err := json.Marshal(l.units)
	if err != nil {
		return fmt.Errorf("places: %w", err)
	}
	b, err := json.Marshal(stored{l.source, sum(units), units})
	if err != nil {
		return fmt.Errorf("places: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("places: %w", err)
	}
	if err := envelope.SaveFile(filepath.Join(folder, listFile), b, 0o600); err != nil {
		return err
	}
	return errors.Join(envelope.SyncDir(dir), envelope.SyncDir(filepath.Dir(dir)))
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// Installed reads all lists of a folder, the newest first. One that can not be
// used is named in bad; the others are there nevertheless.
func Installed(dir string) (lists []*List, bad []error) {
	names, err := versions(dir)
	if err != nil {
		return nil, []error{err}
	}
	for _, name := range names {
		l, err := load(filepath.Join(dir, name, listFile), name)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		lists = append(lists, l)
	}
	return lists, bad
}

// Open returns the newest list of a folder that can be used, or the one that is
// built in; bad names newer ones that can not.
func Open(dir string) (l *List, bad []error, err error) {
	names, err := versions(dir)
	if err != nil {
		bad = append(bad, err)
	}
	for _, name := range names {
		l, err := load(filepath.Join(dir, name, listFile), name)
		if err == nil {
			return l, bad, nil
		}
		bad = append(bad, err)
	}
	l, err = Default()
	return l, bad, err
}

// versions names the lists of a folder, the newest first. A folder without its
// file is an import that a power cut ended.
func versions(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("places: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() || !versionForm.MatchString(e.Name()) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(dir, e.Name(), listFile)); err == nil {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(b, a) })
	return names, nil
}

// load reads one installed list and checks it as at its import.
func load(path, version string) (*List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("places: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxSource+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("places: %w", err)
	}
	l, err := parseStored(b)
	if err == nil && l.source.Version != version {
		err = fmt.Errorf("it is %q", l.source.Version)
	}
	if err != nil {
		return nil, fmt.Errorf("places: %s: %w: %w", version, ErrDamaged, err)
	}
	return l, nil
}

func parseStored(b []byte) (*List, error) {
	if len(b) > MaxSource {
		return nil, fmt.Errorf("larger than %d bytes", MaxSource)
	}
	var s stored
	if err := strict(b, &s); err != nil {
		return nil, err
	}
	if sum(s.Units) != s.Digest {
		return nil, errors.New("another digest")
	}
	var units []Unit
	if err := strict(s.Units, &units); err != nil {
		return nil, err
	}
	return build(s.Source, units)
}

func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind it")
	}
	return nil
}
