package queue

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tram-station/tram/offline/envelope"
)

// ErrRecord says that an index record does not match its checksum.
var ErrRecord = errors.New("queue: index record is damaged")

// frame puts a checksum over key and body before the body: bbolt itself lets
// one flipped bit pass in silence.
func frame(key []byte, v any) ([]byte, error) {
	body, err := envelope.Encode(v)
	if err != nil {
		return nil, err
	}
	sum := checksum(key, body)
	return append(sum[:], body...), nil
}

func unframe(key, record []byte, v any) error {
	n := len(envelope.Digest{})
	if len(record) < n {
		return ErrRecord
	}
	sum := checksum(key, record[n:])
	if !bytes.Equal(sum[:], record[:n]) {
		return ErrRecord
	}
	if err := envelope.Decode(record[n:], v); err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return nil
}

func checksum(key, body []byte) envelope.Digest {
	return envelope.Sum(append(bytes.Clone(key), body...))
}
