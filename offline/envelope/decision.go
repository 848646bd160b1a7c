package envelope

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Decision is the central's signed word on an exception for which a station
// asked a supervisor there. It names the question, so that it is evidence by
// itself: which exception of which dossier, why it was asked for, who decided.
type Decision struct {
	ID         uuid.UUID // of the question
	Station    string
	Dossier    uuid.UUID
	Exception  string // its code
	Asked      string // the officer's coded reason
	Officer    string // who asked: the station's own identifier
	Approved   bool   // false: refused
	Reason     string // the supervisor's coded reason
	Words      string // the reason for the officer, in Vietnamese
	Supervisor string // who decided: the central's own identifier
	At         time.Time
}

type decisionBody struct {
	Version    uint64    `cbor:"1,keyasint"`
	ID         uuid.UUID `cbor:"2,keyasint"`
	Station    string    `cbor:"3,keyasint"`
	Dossier    uuid.UUID `cbor:"4,keyasint"`
	Exception  string    `cbor:"5,keyasint"`
	Asked      string    `cbor:"6,keyasint"`
	Officer    string    `cbor:"7,keyasint"`
	Approved   bool      `cbor:"8,keyasint"`
	Reason     string    `cbor:"9,keyasint"`
	Words      string    `cbor:"10,keyasint,omitempty"`
	Supervisor string    `cbor:"11,keyasint"`
	At         int64     `cbor:"12,keyasint"` // Unix milliseconds
}

// SignDecision makes the decision's COSE_Sign1 message.
func SignDecision(s *Signer, d Decision) ([]byte, error) {
	b := decisionBody{
		Version: version, ID: d.ID, Station: d.Station, Dossier: d.Dossier, Exception: d.Exception, Asked: d.Asked, Officer: d.Officer,
		Approved: d.Approved, Reason: d.Reason, Words: d.Words, Supervisor: d.Supervisor, At: millis(d.At),
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return sign(kindDecision, s, &b)
}

// VerifyDecision checks a decision's signature and form.
func VerifyDecision(key *PublicKey, raw []byte) (*Decision, error) {
	var b decisionBody
	if err := verified(kindDecision, key, raw, &b); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return b.decision(), nil
}

func (b *decisionBody) check() error {
	ok := b.Version == version && b.ID != uuid.Nil && b.Dossier != uuid.Nil && b.At > 0 &&
		len(b.Words) <= maxWords && utf8.ValidString(b.Words)
	for _, w := range []string{b.Station, b.Exception, b.Asked, b.Officer, b.Reason, b.Supervisor} {
		ok = ok && w != "" && word(w)
	}
	if !ok {
		return fmt.Errorf("%w: decision", ErrEncoding)
	}
	return nil
}

// ReadDecision reads a decision without checking its signature, for whoever
// hands it on.
func ReadDecision(raw []byte) (*Decision, error) {
	msg, err := parse(kindDecision, raw)
	if err != nil {
		return nil, err
	}
	var b decisionBody
	if err := Decode(msg.cose.Payload, &b); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return b.decision(), nil
}

func (b *decisionBody) decision() *Decision {
	return &Decision{
		ID: b.ID, Station: b.Station, Dossier: b.Dossier, Exception: b.Exception, Asked: b.Asked, Officer: b.Officer,
		Approved: b.Approved, Reason: b.Reason, Words: b.Words, Supervisor: b.Supervisor, At: ofMillis(b.At),
	}
}
