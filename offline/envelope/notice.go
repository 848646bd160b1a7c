package envelope

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// maxWord bounds a code, a name or a version in a message, maxWords a sentence,
// in bytes.
const (
	maxWord  = 64
	maxWords = 1024
)

// Notice is the central's signed word on the state of a dossier.
type Notice struct {
	Cursor   uint64    `json:"cursor"` // its place in the central's feed, growing
	Station  string    `json:"station"`
	Dossier  uuid.UUID `json:"dossier"`
	Manifest Digest    `json:"manifest"`          // of the signed manifest
	State    string    `json:"state"`             // validated, matched, approved, fix-needed or rejected
	Section  string    `json:"section,omitempty"` // that has to be taken anew, of fix-needed
	Reason   string    `json:"reason,omitempty"`  // a code
	Words    string    `json:"words,omitempty"`   // for the officer
	Deadline time.Time `json:"deadline,omitzero"` // to the millisecond
	At       time.Time `json:"at"`                // by the central's clock, to the millisecond
}

type noticeBody struct {
	Version  uint64    `cbor:"1,keyasint"`
	Cursor   uint64    `cbor:"2,keyasint"`
	Station  string    `cbor:"3,keyasint"`
	Dossier  uuid.UUID `cbor:"4,keyasint"`
	Manifest Digest    `cbor:"5,keyasint"`
	State    string    `cbor:"6,keyasint"`
	Section  string    `cbor:"7,keyasint,omitempty"`
	Reason   string    `cbor:"8,keyasint,omitempty"`
	Words    string    `cbor:"9,keyasint,omitempty"`
	Deadline int64     `cbor:"10,keyasint,omitempty"` // Unix milliseconds
	At       int64     `cbor:"11,keyasint"`           // Unix milliseconds
}

// SignNotice makes the notice's COSE_Sign1 message.
func SignNotice(s *Signer, n Notice) ([]byte, error) {
	b := noticeBody{
		Version: version, Cursor: n.Cursor, Station: n.Station, Dossier: n.Dossier, Manifest: n.Manifest, State: n.State,
		Section: n.Section, Reason: n.Reason, Words: n.Words, Deadline: millis(n.Deadline), At: millis(n.At),
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return sign(kindNotice, s, &b)
}

// VerifyNotice checks a notice's signature and form.
func VerifyNotice(key *PublicKey, raw []byte) (*Notice, error) {
	var b noticeBody
	if err := verified(kindNotice, key, raw, &b); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return &Notice{
		Cursor: b.Cursor, Station: b.Station, Dossier: b.Dossier, Manifest: b.Manifest, State: b.State,
		Section: b.Section, Reason: b.Reason, Words: b.Words, Deadline: ofMillis(b.Deadline), At: ofMillis(b.At),
	}, nil
}

func (b *noticeBody) check() error {
	if b.Version != version || b.Cursor == 0 || b.Dossier == uuid.Nil || !word(b.Station) || b.Station == "" || !word(b.State) ||
		b.State == "" || !word(b.Section) || !word(b.Reason) || len(b.Words) > maxWords || !utf8.ValidString(b.Words) {
		return fmt.Errorf("%w: notice", ErrEncoding)
	}
	return nil
}

// verified parses a message of the kind, checks its signature and decodes it.
func verified(k kind, key *PublicKey, raw []byte, v any) error {
	msg, err := parse(k, raw)
	if err != nil {
		return err
	}
	if err := msg.verify(key); err != nil {
		return err
	}
	return Decode(msg.cose.Payload, v)
}

// word says that a code, name or version is short and printable.
func word(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	return len(s) <= maxWord
}

// millis writes a time as Unix milliseconds, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func ofMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
