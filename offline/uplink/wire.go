package uplink

import (
	"errors"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

// Media types of the contract.
const (
	TypeCOSE  = "application/cose"
	TypeChunk = "application/octet-stream"
	TypeJSON  = "application/json"
)

// MissingRequest is the body of POST /parts/missing.
type MissingRequest struct {
	Parts []envelope.Digest `json:"parts"` // at most envelope.MaxChunks
}

// MissingReply names those of the asked parts that the gateway does not have.
type MissingReply struct {
	Missing []envelope.Digest `json:"missing"`
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
	CodeBusy           Code = "busy" // 503 with Retry-After
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
	// ErrUnreachable says that no answer came at all.
	ErrUnreachable = errors.New("the central does not answer: the dossier waits and goes out by itself")
	// ErrReceipt says that the answer is no valid receipt of the paired central.
	ErrReceipt = errors.New("the answer carries no valid receipt of the paired central: check the pairing file")
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
