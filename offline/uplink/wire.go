package uplink

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// Media types and headers of the contract.
const (
	TypeCOSE    = "application/cose"
	TypeChunk   = "application/octet-stream"
	TypeJSON    = "application/json"
	TypeRequest = "application/pkcs10"

	// HeaderStation names the station to a gateway without TLS.
	HeaderStation = "Tram-Station"
	// HeaderRotation is the old key's word for a new one: base64 of a signed
	// envelope.Rotation.
	HeaderRotation = "Tram-Rotation"
)

// Limits of the answers that a station takes.
const (
	// MaxNotices is the most notices of one FeedReply.
	MaxNotices = 256
	// MaxFeedWait is how long a feed may be held open.
	MaxFeedWait = 30 * time.Second
	// MaxSetIDs is the most IDs of one day's set.
	MaxSetIDs = 8192
	maxDays   = 400 // in one answer
	maxGaps   = 4096
	maxChain  = 8 // certificates
)

// MissingRequest is the body of POST /parts/missing.
type MissingRequest struct {
	Parts []envelope.Digest `json:"parts"` // at most envelope.MaxChunks
}

// MissingReply names those of the asked parts that the gateway does not have.
type MissingReply struct {
	Missing []envelope.Digest `json:"missing"`
}

// FeedReply is the answer to GET /feed?after=N&wait=S.
type FeedReply struct {
	Notices [][]byte `json:"notices"` // signed, oldest first; base64 in JSON
	Next    uint64   `json:"next"`    // the cursor to ask with next; not below after
}

// ReportReply is the answer to POST /reports.
type ReportReply struct {
	Witnessed   envelope.Head `json:"witnessed"`             // end of the station's audit log as the central last took it
	Ask         []string      `json:"ask,omitempty"`         // days whose set differs: send their IDs
	Differences []Difference  `json:"differences,omitempty"` // that are known already
	Gaps        [][2]uint64   `json:"gaps,omitempty"`        // sequence numbers that are missing at the central, first and last
}

// SetRequest is the body of POST /reports/sets: what the station believes to be
// in custody of one UTC day.
type SetRequest struct {
	Day string      `json:"day"` // 2006-01-02
	IDs []uuid.UUID `json:"ids"` // at most MaxSetIDs
}

// SetReply is the answer to a SetRequest.
type SetReply struct {
	Differences []Difference `json:"differences"`
}

// Difference is what one end has of a day and the other has not. "Here" is the
// central.
type Difference struct {
	Day          string      `json:"day"`
	MissingHere  []uuid.UUID `json:"missing_here,omitempty"`
	MissingThere []uuid.UUID `json:"missing_there,omitempty"`
}

// RequestState is how far a station's certificate request has come.
type RequestState string

// The states of a request.
const (
	RequestPending  RequestState = "pending" // a person at the central decides
	RequestApproved RequestState = "approved"
	RequestRefused  RequestState = "refused"
	RequestRevoked  RequestState = "revoked"
)

// RequestReply is the answer to POST /stations/requests and to GET
// /stations/requests/{key}.
type RequestReply struct {
	Key         envelope.KeyID `json:"key"`
	State       RequestState   `json:"state"`
	Certificate string         `json:"certificate,omitempty"` // PEM, the station's own first, of an approved one
}

// Code is why the gateway did not do what it was asked.
type Code string

// The codes of a Problem.
const (
	CodeBadRequest     Code = "bad-request"
	CodeTooLarge       Code = "too-large"
	CodeDigest         Code = "digest-mismatch"  // 422: the bytes are not what they are named by
	CodeManifest       Code = "manifest-invalid" // 422: the manifest cannot be accepted by anyone
	CodeRecipient      Code = "wrong-recipient"  // 422: sealed to a key that is not the central's
	CodePartsMissing   Code = "parts-missing"    // 424: send the parts first
	CodeConflict       Code = "conflict"         // 409: this ID is stored with another manifest
	CodeVirtual        Code = "virtual-device"   // 403: captured on virtual devices
	CodeUnknownStation Code = "unknown-station"  // 403: the station's key is not enrolled yet
	CodeSignature      Code = "bad-signature"    // 403: the manifest is not signed by its station
	CodeNotFound       Code = "not-found"
	CodeNoCertificate  Code = "no-certificate" // 401: the caller is nobody; ask for a certificate
	CodeTooMany        Code = "too-many"       // 429 with Retry-After: this station alone
	CodeBusy           Code = "busy"           // 503 with Retry-After
	CodeInternal       Code = "internal"
)

// Problem is the body of every answer that is not good.
type Problem struct {
	Code    Code              `json:"code"`
	Message string            `json:"message"` // what happened and what to do next
	Have    *envelope.Digest  `json:"have,omitempty"`
	Sent    *envelope.Digest  `json:"sent,omitempty"`
	Missing []envelope.Digest `json:"missing,omitempty"`
}

// Errors of a delivery, for errors.Is. Every other error is worth another try.
var (
	// ErrRefused says that the central will not take this dossier as it is.
	ErrRefused = errors.New("the central refused the dossier")
	// ErrNotEnrolled says that the central does not know the station's key
	// yet: the dossier waits until it does.
	ErrNotEnrolled = errors.New("the central does not know this station's key yet: have it enrolled (tram-gateway enrol)")
	// ErrNoCertificate says that the central does not know the caller by a valid
	// certificate: Request a new one.
	ErrNoCertificate = errors.New("the central does not take this station's certificate: a new one is asked for, and the dossier waits")
	// ErrUnreachable says that no answer came at all.
	ErrUnreachable = errors.New("the central does not answer: the dossier waits and goes out by itself")
	// ErrReceipt says that the answer is no valid receipt of the paired central.
	ErrReceipt = errors.New("the answer carries no valid receipt of the paired central: check the pairing file")
	// ErrAnswer says that the gateway answers what it may not.
	ErrAnswer = errors.New("the central's answer is not valid: nothing of it was taken")
	// ErrDamaged says that the station's own copy is damaged.
	ErrDamaged = errors.New("the station's copy of the dossier is damaged")
)

// Refusal is an answer other than success. It matches ErrRefused or
// ErrNotEnrolled when the gateway's words are final or wait for a person.
type Refusal struct {
	Status     int // HTTP status
	Problem    Problem
	RetryAfter time.Duration // 0 when the gateway named none
}

func (r *Refusal) Error() string {
	if r.Problem.Message != "" {
		return r.Problem.Message
	}
	return "the central answered with status " + statusText(r.Status)
}

// Is maps the code onto the decisions.
func (r *Refusal) Is(target error) bool {
	switch r.Problem.Code {
	case CodeConflict, CodeVirtual, CodeSignature, CodeManifest, CodeRecipient, CodeTooLarge:
		return target == ErrRefused
	case CodeUnknownStation:
		return target == ErrNotEnrolled
	case CodeNoCertificate:
		return target == ErrNoCertificate
	default:
		return false
	}
}

// RetryAfter returns how long the gateway asked to wait, or 0.
func RetryAfter(err error) time.Duration {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.RetryAfter
	}
	return 0
}
