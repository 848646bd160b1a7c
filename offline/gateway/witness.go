package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Witnesses remembers what the central saw last of each station.
type Witnesses interface {
	// Witness returns it, the zero Witness with the station's name before the
	// first report.
	Witness(ctx context.Context, station string) (Witness, error)
	// Advance puts next in the place of old; the error is ErrMoved when
	// something else stands there by now. It is durable when it returns.
	Advance(ctx context.Context, old, next Witness) error
}

// ErrMoved says that another report was faster.
var ErrMoved = errors.New("gateway: another report of the station was taken in between")

// WitnessDir is a Witnesses in a folder, for one gateway.
type WitnessDir struct {
	dir string
	mu  sync.Mutex // over the step from old to next
}

// OpenWitnesses uses the folder, made when it is not there.
func OpenWitnesses(dir string) (*WitnessDir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return &WitnessDir{dir: dir}, nil
}

// Witness returns what was seen last.
func (d *WitnessDir) Witness(_ context.Context, station string) (Witness, error) {
	w := Witness{Station: station}
	if err := load(d.path(station), &w); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Witness{}, err
	}
	return w, nil
}

// Advance puts next in the place of old.
func (d *WitnessDir) Advance(ctx context.Context, old, next Witness) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	there, err := d.Witness(ctx, next.Station)
	if err != nil {
		return err
	}
	if there.Report != old.Report {
		return ErrMoved
	}
	return save(d.path(next.Station), next)
}

// All returns what was seen of every station.
func (d *WitnessDir) All() ([]Witness, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	var all []Witness
	for _, e := range entries {
		var w Witness
		if !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		if err := load(filepath.Join(d.dir, e.Name()), &w); err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// path is named by a hash: a station's name need not be a file's.
func (d *WitnessDir) path(station string) string {
	sum := sha256.Sum256([]byte(station))
	return filepath.Join(d.dir, hex.EncodeToString(sum[:16])+".json")
}
