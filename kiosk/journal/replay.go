package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"golang.org/x/crypto/chacha20poly1305"
)

// errErased says that the journal's salt was wiped: an erase was cut short.
var errErased = errors.New("the journal was erased")

// errTorn says that the last record is incomplete.
var errTorn = errors.New("torn record")

// replay opens all records of the file's bytes and leaves the journal ready to
// append at j.size. What stands behind that is a torn record, to be cut off.
func (j *File) replay(data, key []byte) ([][]byte, error) {
	if err := j.header(data, key); err != nil {
		return nil, err
	}
	var records [][]byte
	rest := data[headerSize:]
	j.size = int64(headerSize)
	for len(rest) > 0 {
		plain, n, err := j.unseal(rest)
		if errors.Is(err, errTorn) {
			break
		}
		if err != nil {
			return nil, err
		}
		if j.index > 1 { // record 0 only proves the key
			records = append(records, plain)
		}
		j.size += int64(n)
		rest = rest[n:]
	}
	if j.index == 0 {
		return nil, fmt.Errorf("%w: no first record", ErrCorrupt)
	}
	return records, nil
}

func (j *File) header(data, key []byte) error {
	if len(data) < headerSize {
		return fmt.Errorf("%w: short header", ErrCorrupt)
	}
	if bytes.Equal(data[:headerSize], make([]byte, headerSize)) {
		return errErased
	}
	if string(data[:len(magic)]) != magic {
		return fmt.Errorf("%w: unknown header", ErrCorrupt)
	}
	j.salt = bytes.Clone(data[len(magic):headerSize])
	var err error
	j.aead, err = newAEAD(key, j.salt)
	return err
}

// unseal reads the record at the start of rest and returns its length on disk.
//
// Torn is only what a power cut during one append can leave: too few bytes,
// or a file already grown whose last record is still wrong. A record that
// fails with others behind it was acknowledged and has been damaged since.
func (j *File) unseal(rest []byte) (plain []byte, n int, err error) {
	if len(rest) < frameSize || allZero(rest) {
		return nil, 0, errTorn
	}
	size := int(binary.BigEndian.Uint32(rest[4:]))
	if binary.BigEndian.Uint32(rest) != recordMagic ||
		binary.BigEndian.Uint32(rest[8:]) != crc32.ChecksumIEEE(rest[:8]) ||
		size < chacha20poly1305.NonceSizeX+tagSize ||
		size > maxRecord+chacha20poly1305.NonceSizeX+tagSize {
		return nil, 0, fmt.Errorf("%w: record %d has no valid frame", ErrCorrupt, j.index)
	}
	n = frameSize + size
	if len(rest) < n {
		return nil, 0, errTorn
	}
	sealed := rest[frameSize:n]
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	plain, err = j.aead.Open(nil, nonce, box, j.additional())
	switch {
	case err == nil:
	case j.index == 0:
		return nil, 0, ErrKey
	case len(rest) == n || allZero(rest[n:]):
		return nil, 0, errTorn
	default:
		return nil, 0, fmt.Errorf("%w: record %d", ErrCorrupt, j.index)
	}
	j.index++
	copy(j.chain[:], sealed[len(sealed)-tagSize:])
	return plain, n, nil
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
