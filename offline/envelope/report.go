package envelope

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Limits of a report.
const (
	maxSets   = 400 // days
	maxEvents = 64
	maxProof  = 64 // hashes: logs of up to 2⁶⁴ records
)

// Report is a station's signed summary, sent with each sync: what it believes to
// be in custody, where its audit log stands, and how it fares.
type Report struct {
	Version  uint64          `cbor:"1,keyasint" json:"-"` // filled by SignReport
	Station  string          `cbor:"2,keyasint" json:"station"`
	Number   uint64          `cbor:"3,keyasint" json:"number"` // growing, from 1
	At       Clock           `cbor:"4,keyasint" json:"at"`
	Sequence uint64          `cbor:"5,keyasint" json:"sequence"` // of its last manifest
	Sets     []DaySet        `cbor:"6,keyasint" json:"sets"`
	Audit    Head            `cbor:"7,keyasint" json:"audit"`
	Since    uint64          `cbor:"8,keyasint" json:"since"` // size of the log that Proof begins at
	Proof    []Digest        `cbor:"9,keyasint" json:"proof"` // that Audit continues it (RFC 6962 §2.1.2)
	Counter  uint64          `cbor:"10,keyasint,omitempty" json:"counter,omitempty"`
	Events   []SecurityEvent `cbor:"11,keyasint" json:"events"`
	Health   Health          `cbor:"12,keyasint" json:"health"`
}

// DaySet names the dossiers in custody whose receipts are of one UTC day.
type DaySet struct {
	Day    string `cbor:"1,keyasint" json:"day"` // 2006-01-02
	Count  uint64 `cbor:"2,keyasint" json:"count"`
	Digest Digest `cbor:"3,keyasint" json:"digest"` // see SetDigest
}

// SecurityEvent is something at a station that its authority should see.
type SecurityEvent struct {
	Code  string `cbor:"1,keyasint" json:"code"`
	Count uint64 `cbor:"2,keyasint" json:"count"`
	First int64  `cbor:"3,keyasint" json:"first"` // by the station's clock, Unix milliseconds
	Last  int64  `cbor:"4,keyasint" json:"last"`
}

// Health is how a station fares. Sizes are bytes.
type Health struct {
	Version string `cbor:"1,keyasint" json:"version"`
	Free    uint64 `cbor:"2,keyasint" json:"free"`
	Total   uint64 `cbor:"3,keyasint" json:"total"`
	Held    uint64 `cbor:"4,keyasint" json:"held"`    // sealed bytes that wait
	Waiting uint64 `cbor:"5,keyasint" json:"waiting"` // dossiers
	Oldest  int64  `cbor:"6,keyasint" json:"oldest"`  // of those, Unix milliseconds, 0 for none
}

// SetDigest is the SHA-256 of the sorted IDs, one after the other.
func SetDigest(ids []uuid.UUID) Digest {
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	h := sha256.New()
	for _, id := range sorted {
		h.Write(id[:])
	}
	return Digest(h.Sum(nil))
}

// SignReport makes the report's COSE_Sign1 message.
func SignReport(s *Signer, r Report) ([]byte, error) {
	r.Version = version
	if err := r.check(); err != nil {
		return nil, err
	}
	return sign(kindReport, s, &r)
}

// SignedReport is a parsed report whose signature is yet to be checked.
type SignedReport struct {
	Report
	Key KeyID // the key that claims to have signed it
	msg *message
}

// ParseReport reads a signed report. Call Verify before you believe it.
func ParseReport(raw []byte) (*SignedReport, error) {
	msg, err := parse(kindReport, raw)
	if err != nil {
		return nil, err
	}
	s := &SignedReport{Key: msg.key, msg: msg}
	if err := Decode(msg.cose.Payload, &s.Report); err != nil {
		return nil, err
	}
	return s, s.check()
}

// Verify checks the signature; the error is ErrSignature.
func (s *SignedReport) Verify(key *PublicKey) error { return s.msg.verify(key) }

func (r *Report) check() error {
	bad := fmt.Errorf("%w: report", ErrEncoding)
	if r.Version != version || r.Station == "" || !word(r.Station) || r.Number == 0 || len(r.Sets) > maxSets ||
		len(r.Events) > maxEvents || len(r.Proof) > maxProof || r.Since > r.Audit.Size || !word(r.Health.Version) {
		return bad
	}
	for _, d := range r.Sets {
		if _, err := time.Parse(time.DateOnly, d.Day); err != nil {
			return bad
		}
	}
	for _, e := range r.Events {
		if e.Code == "" || !word(e.Code) {
			return bad
		}
	}
	return nil
}
