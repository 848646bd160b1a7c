package reader

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/tram-station/tram/reader/apdu"
)

// Sizes of a response's data field in bytes.
const (
	shortRoom = apdu.MaxShortLe
	// longRoom is what is asked of a chip that takes extended length: a
	// portrait of 20 KB comes in two commands, and one command is over in a
	// quarter of a second at 424 kbit/s.
	longRoom = 10 << 10
	// probeRoom is asked of a chip of which nothing is known yet: the least
	// round size that needs the extended form.
	probeRoom = 1 << 10
)

// rooms is the way down from longRoom where a chip refuses.
var rooms = []int{longRoom, 4 << 10, probeRoom, shortRoom}

// maxCardTypes bounds what is remembered: a country has a handful of types.
const maxCardTypes = 256

// Lengths remembers how long the answers of each type of card may be, so that
// a chip is asked once whether it takes extended length. A type is an answer to
// reset in a card reader, because some readers do not pass on what the chip
// can. Its zero value remembers in memory; it may be shared.
type Lengths struct {
	mu    sync.Mutex
	path  string
	known map[string]int // bytes of a response's data field
}

// LoadLengths returns what the file at path remembers, and keeps it there from
// now on. A file that is not there yet, or that cannot be understood, is begun
// anew.
func LoadLengths(path string) (*Lengths, error) {
	l := &Lengths{path: path}
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("what card types can: %w", err)
	}
	if known := map[string]int{}; json.Unmarshal(b, &known) == nil && plausible(known) {
		l.known = known
	}
	return l, nil
}

func plausible(known map[string]int) bool {
	for _, room := range known {
		if room < shortRoom || room > apdu.MaxExtendedLe {
			return false
		}
	}
	return len(known) <= maxCardTypes
}

// Room returns the most bytes that an answer of this type of card may have in
// its data field; ok is false where that is not known.
func (l *Lengths) Room(slot string, atr []byte) (room int, ok bool) {
	if l == nil || len(atr) == 0 {
		return 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	room, ok = l.known[cardType(slot, atr)]
	return room, ok
}

// Learn remembers it. The error says that the file could not be written; in
// memory it is known all the same.
func (l *Lengths) Learn(slot string, atr []byte, room int) error {
	if l == nil || len(atr) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	kind := cardType(slot, atr)
	if l.known[kind] == room {
		return nil
	}
	if l.known == nil || len(l.known) >= maxCardTypes {
		l.known = map[string]int{}
	}
	l.known[kind] = room
	return l.save()
}

func cardType(slot string, atr []byte) string { return hex.EncodeToString(atr) + " " + slot }

// save writes a new file and puts it in the old one's place.
func (l *Lengths) save() error {
	if l.path == "" {
		return nil
	}
	b, err := json.Marshal(l.known)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(l.path), filepath.Base(l.path)+".*")
	if err != nil {
		return fmt.Errorf("what card types can: %w", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), l.path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("what card types can: %w", err)
	}
	return nil
}
