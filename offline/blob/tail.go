package blob

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tram-station/tram/offline/envelope"
)

// MaxTail is the longest tail, in bytes: a signed manifest and what the index
// says beside it.
const MaxTail = 2 * envelope.MaxManifest

// At the very end of a file that has a tail: the tail's digest, its length, and
// these eight bytes.
const (
	tailMagic = "tramtail"
	tailEnd   = sha256.Size + 4 + len(tailMagic)
)

// ErrTail says that a file ends with no whole tail.
var ErrTail = errors.New("blob: the file has no whole tail")

func frameTail(tail []byte) []byte {
	sum := sha256.Sum256(tail)
	out := make([]byte, 0, len(tail)+tailEnd)
	out = append(append(out, tail...), sum[:]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(tail)))
	return append(out, tailMagic...)
}

// Tail returns what Put wrote behind the chunks, and how many bytes these have.
// The errors are ErrTail and envelope.ErrNoChunk.
func (f *Files) Tail(d envelope.Digest) (tail []byte, chunks int64, err error) {
	file, err := os.Open(f.Path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, envelope.ErrNoChunk
	}
	if err != nil {
		return nil, 0, fmt.Errorf("blob: %w", err)
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("blob: %w", err)
	}
	last := make([]byte, min(info.Size(), MaxTail+int64(tailEnd)))
	if _, err := file.ReadAt(last, info.Size()-int64(len(last))); err != nil {
		return nil, 0, fmt.Errorf("blob: %w", err)
	}
	if tail, err = parseTail(last); err != nil {
		return nil, 0, err
	}
	return tail, info.Size() - int64(len(tail)+tailEnd), nil
}

// parseTail finds the tail at the end of what is given.
func parseTail(last []byte) ([]byte, error) {
	if len(last) < tailEnd || string(last[len(last)-len(tailMagic):]) != tailMagic {
		return nil, ErrTail
	}
	rest, end := last[:len(last)-tailEnd], last[len(last)-tailEnd:]
	n := int64(binary.BigEndian.Uint32(end[sha256.Size:]))
	if n > int64(len(rest)) {
		return nil, ErrTail
	}
	tail := rest[int64(len(rest))-n:]
	if sha256.Sum256(tail) != [sha256.Size]byte(end[:sha256.Size]) {
		return nil, ErrTail
	}
	return tail, nil
}

// SetAside takes a file that nobody knows out of the store and keeps it under
// another name.
func (f *Files) SetAside(d envelope.Digest) error {
	if err := os.Rename(f.Path(d), f.Path(d)+".aside"); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}

// Size is how long a file is, with its tail.
func (f *Files) Size(d envelope.Digest) (int64, error) {
	info, err := os.Stat(f.Path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, envelope.ErrNoChunk
	}
	if err != nil {
		return 0, fmt.Errorf("blob: %w", err)
	}
	return info.Size(), nil
}
