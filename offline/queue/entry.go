package queue

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// State is how far a dossier has come. It only moves forward, but for a
// refused or damaged one that an officer sends again.
type State uint8

// The states.
const (
	Sealed  State = iota + 1 // durable at the station
	Sending                  // a try is or was under way
	Custody                  // the central has it: the receipt is stored, the chunks are deleted
	Refused                  // the central will not take it as it is
	Damaged                  // the copy at the station does not match its digests
)

var stateNames = [...]string{Sealed: "sealed", Sending: "sending", Custody: "custody", Refused: "refused", Damaged: "damaged"}

func (s State) String() string {
	if int(s) < len(stateNames) && stateNames[s] != "" {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *State) UnmarshalText(b []byte) error {
	for i, name := range stateNames {
		if name != "" && name == string(b) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("queue: unknown state %q", b)
}

// Waiting says that the dossier is still to be sent.
func (s State) Waiting() bool { return s == Sealed || s == Sending }

// Entry is what the index keeps of one dossier.
type Entry struct {
	ID       uuid.UUID       `cbor:"1,keyasint"`
	State    State           `cbor:"2,keyasint"`
	Sequence uint64          `cbor:"3,keyasint"`
	Digest   envelope.Digest `cbor:"4,keyasint"` // of Manifest
	Manifest []byte          `cbor:"5,keyasint"` // signed
	Size     int64           `cbor:"6,keyasint"` // sealed bytes
	Tag      [32]byte        `cbor:"7,keyasint"` // keyed hash of the content, to know a repeat
	Kind     string          `cbor:"8,keyasint"`
	Masked   string          `cbor:"9,keyasint"` // what the station may still show
	Virtual  bool            `cbor:"10,keyasint"`
	Enqueued int64           `cbor:"11,keyasint"` // Unix milliseconds
	Tries    int             `cbor:"12,keyasint"`
	Detail   string          `cbor:"13,keyasint"` // in words: why it waits or was refused
	Receipt  []byte          `cbor:"14,keyasint"` // signed, in custody
}

// Time returns when the entry was enqueued.
func (e *Entry) Time() time.Time { return time.UnixMilli(e.Enqueued).UTC() }

// Chunks returns the digests and lengths of the entry's chunks.
func (e *Entry) Chunks() ([]envelope.Digest, []int, error) {
	if err := e.Digest.Check(e.Manifest); err != nil {
		return nil, nil, err
	}
	m, err := envelope.ParseManifest(e.Manifest)
	if err != nil {
		return nil, nil, err
	}
	digests, lengths := m.Chunks()
	return digests, lengths, nil
}

// head is the end of the station's chain of manifests.
type head struct {
	Sequence uint64          `cbor:"1,keyasint"`
	Digest   envelope.Digest `cbor:"2,keyasint"`
	Trusted  int64           `cbor:"3,keyasint"` // time of the newest receipt, Unix milliseconds
}

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
