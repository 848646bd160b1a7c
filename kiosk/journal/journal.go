// Package journal keeps what an officer and the devices did in one file that a
// power cut can not tear: each record is sealed, chained to the one before it,
// and on the disk when Append returns. It carries bytes and knows nothing of
// enrolments.
//
// Two caveats. The whole file is read at once by Open, and Erase makes it
// unreadable by wiping its salt: a disk that keeps old blocks keeps records that
// only the salt and the key together open.
package journal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// The journal is one file of sealed records:
//
//	header  magic (8) | salt (32)
//	record  magic (4) | length (4) | CRC-32 of both (4) | nonce (24) | sealed
//
// Each record is sealed with XChaCha20-Poly1305 under a key derived from the
// station's key and the file's salt. Its additional data are the salt, the
// record's index and the last 16 bytes of the record before, so that records
// can not be dropped, swapped or carried over from another file. Record 0 is
// empty: it proves the key. Wiping the salt makes the rest unreadable.
const (
	// Name is the journal's file in its folder.
	Name = "enrolment.journal"
	// KeySize is the length of the station's key in bytes.
	KeySize = 32

	magic       = "TRAMJNL1"
	recordMagic = 0x54524543 // "TREC"
	saltSize    = 32
	headerSize  = len(magic) + saltSize
	frameSize   = 12
	tagSize     = 16
	maxRecord   = 32 << 20 // a frame of a large camera is below 10 MB
	maxJournal  = 1 << 30
)

// Errors of the journal.
var (
	// ErrCorrupt says that the journal is damaged before its end. The file was
	// set aside, not deleted.
	ErrCorrupt = errors.New("the enrolment's journal is damaged and was set aside: begin the enrolment again")
	// ErrKey says that the journal was written under another key.
	ErrKey = errors.New("the enrolment's journal belongs to another key and was set aside: restore the key file or begin again")
)

// File is an open journal. One goroutine owns it.
type File struct {
	// Sync brings to the disk what was written: (*os.File).Sync, or one that
	// fails in tests.
	Sync func(*os.File) error

	f     *os.File
	path  string
	aead  cipher.AEAD
	salt  []byte
	index uint64
	chain [tagSize]byte
	size  int64
	torn  int64
	rand  io.Reader
}

func newAEAD(key, salt []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("journal key: want %d bytes, have %d", KeySize, len(key))
	}
	k, err := hkdf.Key(sha256.New, key, salt, "tram enrolment journal v1", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	return chacha20poly1305.NewX(k)
}

// Create writes a new journal with its first records beside the old one in dir
// and moves it into place: the old one counts until the new one is durable, and
// is wiped then. old is its open handle, nil where there is none. key has
// KeySize bytes.
func Create(dir string, key []byte, rand io.Reader, old *File, records ...[]byte) (*File, error) {
	path := filepath.Join(dir, Name)
	f, err := os.OpenFile(path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	j := &File{f: f, path: path, rand: rand, salt: make([]byte, saltSize), Sync: (*os.File).Sync}
	if err := j.start(key, records); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path+".new"))
	}
	// Windows moves and replaces closed files only.
	if err := f.Close(); err != nil {
		return nil, err
	}
	if old != nil {
		_ = old.Close() // synced with every record; closed already after a failed try
	}
	if err := errors.Join(replaceFile(path+".new", path), syncDir(dir)); err != nil {
		return nil, err
	}
	j.f, err = os.OpenFile(path, os.O_RDWR, 0)
	return j, err
}

func (j *File) start(key []byte, records [][]byte) error {
	if _, err := io.ReadFull(j.rand, j.salt); err != nil {
		return err
	}
	var err error
	if j.aead, err = newAEAD(key, j.salt); err != nil {
		return err
	}
	if _, err := j.f.Write(append([]byte(magic), j.salt...)); err != nil {
		return err
	}
	j.size = int64(headerSize)
	for _, r := range append([][]byte{nil}, records...) {
		if err := j.Append(r); err != nil {
			return err
		}
	}
	return nil
}

// additional is what a record is bound to.
func (j *File) additional() []byte {
	ad := append([]byte(nil), j.salt...)
	ad = binary.BigEndian.AppendUint64(ad, j.index)
	return append(ad, j.chain[:]...)
}

// Append seals one record and returns when it is on the disk. After an error
// the file is as before.
func (j *File) Append(plain []byte) error {
	if len(plain) > maxRecord || j.size > maxJournal {
		return fmt.Errorf("journal: the record or the file is too large")
	}
	sealed := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+tagSize)
	if _, err := io.ReadFull(j.rand, sealed); err != nil {
		return err
	}
	sealed = j.aead.Seal(sealed, sealed, plain, j.additional())
	rec := frame(len(sealed))
	rec = append(rec, sealed...)
	_, err := j.f.WriteAt(rec, j.size)
	if err == nil {
		err = j.Sync(j.f)
	}
	if err != nil {
		// What did reach the disk must not stand before the next record.
		if cut := j.f.Truncate(j.size); cut != nil {
			return errors.Join(err, cut)
		}
		return err
	}
	j.index++
	j.size += int64(len(rec))
	copy(j.chain[:], sealed[len(sealed)-tagSize:])
	return nil
}

func frame(n int) []byte {
	b := binary.BigEndian.AppendUint32(nil, recordMagic)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// Erase makes the journal unreadable, removes it and closes it. After an
// error it can be tried again.
func (j *File) Erase() error {
	wipe(j.f)
	_ = j.f.Close() // Windows removes closed files only
	if err := os.Remove(j.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return syncDir(filepath.Dir(j.path))
}

// wipe overwrites magic and salt: the key of the file is gone with them. It
// is best effort; the file is removed in any case.
func wipe(f *os.File) {
	_, _ = f.WriteAt(make([]byte, headerSize), 0)
	_ = f.Sync()
}

// Close closes the file; the records stay.
func (j *File) Close() error { return j.f.Close() }

// Size is the journal's length in bytes, up to its last whole record.
func (j *File) Size() int64 { return j.size }

// Torn is how many bytes of an incomplete last record Open cut off, 0 for none. A
// power cut leaves such a record before it is acknowledged; where none was cut,
// the disk has damaged one that was.
func (j *File) Torn() int64 { return j.torn }

// SetAside closes a journal whose records mean nothing to its reader and keeps
// it under another name in its folder, which it returns.
func (j *File) SetAside(now time.Time) (name string, err error) {
	shut := j.Close()
	name, err = setAside(j.path, now)
	return name, errors.Join(shut, err)
}

// Open replays the journal in dir and returns its records; both are nil when
// there is none. A torn last record, which was never acknowledged, is cut off.
// Any other damage sets the file aside: the error is then ErrCorrupt or ErrKey.
func Open(dir string, key []byte, rand io.Reader, now time.Time) (*File, [][]byte, error) {
	path := filepath.Join(dir, Name)
	// What never got into place does not count.
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	j := &File{f: f, path: path, rand: rand, Sync: (*os.File).Sync}
	records, err := j.load(key)
	switch {
	case err == nil:
		return j, records, nil
	case errors.Is(err, errErased):
		return nil, nil, j.Erase()
	case errors.Is(err, ErrCorrupt) || errors.Is(err, ErrKey):
		shut := f.Close() // Windows renames closed files only
		aside, e := setAside(path, now)
		if e = errors.Join(shut, e); e != nil {
			// Not aside: whoever goes on would overwrite it.
			return nil, nil, fmt.Errorf("set the damaged journal aside: %w", e)
		}
		return nil, nil, fmt.Errorf("%w (kept as %s)", err, aside)
	}
	return nil, nil, errors.Join(err, f.Close())
}

// load reads the file, replays it and cuts off a torn record.
func (j *File) load(key []byte) ([][]byte, error) {
	data, err := io.ReadAll(io.LimitReader(j.f, maxJournal+1))
	if err != nil {
		return nil, err
	}
	records, err := j.replay(data, key)
	if err != nil {
		return nil, err
	}
	if j.torn = int64(len(data)) - j.size; j.torn > 0 {
		err = j.f.Truncate(j.size)
	}
	return records, err
}

// asideSuffix ends the names of journals that were set aside.
const asideSuffix = ".aside"

// setAside keeps a journal that can not be replayed under another name.
func setAside(path string, now time.Time) (name string, err error) {
	aside := fmt.Sprintf("%s.%s%s", path, now.UTC().Format("20060102T150405.000000000"), asideSuffix)
	if err := os.Rename(path, aside); err != nil {
		return "", err
	}
	return filepath.Base(aside), syncDir(filepath.Dir(path))
}

// Asides names the journals in dir that were set aside. Each may hold what a
// citizen gave: who has looked into the cause removes them.
func Asides(dir string) []string {
	found, err := filepath.Glob(filepath.Join(dir, Name+".*"+asideSuffix))
	if err != nil {
		return nil // a folder with a bad pattern in its name only
	}
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return found
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(ignoreUnsupported(d.Sync()), d.Close())
}
