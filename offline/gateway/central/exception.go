package central

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits of exceptions.
const (
	// MaxOpen is how many exceptions of one station wait for a decision at a time.
	MaxOpen = 20
	// ExceptionBurst is how many a station may ask for in ExceptionWindow.
	ExceptionBurst  = 60
	ExceptionWindow = time.Hour
	// MaxExceptions is how many are kept in all.
	MaxExceptions = 50_000
	// ExceptionAge is after how long one that nobody decided on is dropped: its
	// dossier is under way as "waiting for approval" long since.
	ExceptionAge = 24 * time.Hour
	// ExceptionKept is for how long a station can fetch a decision.
	ExceptionKept = 7 * 24 * time.Hour
	maxMasked     = 64 // bytes
	maxShown      = 4  // digits of a masked number
	maxCode       = 64 // bytes of a code or an identifier
)

// Errors of a Desk.
var (
	// ErrForgotten says that no such exception is known, or no more.
	ErrForgotten = errors.New("central: no such exception, or it is forgotten")
	// ErrOther says that this ID came before with another question.
	ErrOther = errors.New("central: this exception was asked for before with other content")
	// ErrDecided says that somebody decided before.
	ErrDecided = errors.New("central: this exception is decided already")
)

// Exception is what a station asks a supervisor here to decide on: codes and a
// masked number. Who the citizen is stands in the dossier, sealed.
type Exception struct {
	ID      uuid.UUID `json:"id"`
	Dossier uuid.UUID `json:"dossier"`
	Code    string    `json:"code"`    // the exception's: finger-missing, face-mismatch, chip-failed, …
	Reason  string    `json:"reason"`  // the officer's coded reason
	Masked  string    `json:"masked"`  // the number, at most four digits of it shown
	Officer string    `json:"officer"` // who asks
}

// LogValue keeps the citizen out of logs.
func (e Exception) LogValue() slog.Value { return slog.StringValue("exception " + e.Code) }

// ApprovalState is how far an exception has come.
type ApprovalState string

// The states.
const (
	Pending  ApprovalState = "pending"
	Approved ApprovalState = "approved"
	Refused  ApprovalState = "refused"
)

// Approval is what has become of an exception. Signed is the decision under the
// gateway's key, envelope.Decision; the rest says the same for clients that
// check no signature.
type Approval struct {
	ID         uuid.UUID     `json:"id"`
	State      ApprovalState `json:"state"`
	Reason     string        `json:"reason,omitempty"`
	Words      string        `json:"words,omitempty"`
	Supervisor string        `json:"supervisor,omitempty"`
	At         time.Time     `json:"at,omitzero"`
	Signed     []byte        `json:"signed,omitempty"`
}

// Desk is where exceptions are decided on.
type Desk interface {
	// Ask takes an exception, durably; the same one again is no error. The error
	// may be ErrQuestion, ErrOther, a *RateError or ErrFull.
	Ask(ctx context.Context, station string, e Exception) (Approval, error)
	// Look says what has become of it, to the station that asked; the error may be
	// ErrForgotten.
	Look(ctx context.Context, station string, id uuid.UUID) (Approval, error)
	// Await is Look once somebody decides or ctx ends.
	Await(ctx context.Context, station string, id uuid.UUID) (Approval, error)
}

// check refuses what is no question, and what says who the citizen is.
func (e Exception) check() error {
	ok := e.ID != uuid.Nil && e.Dossier != uuid.Nil && masked(e.Masked) && coded(e.Code) && coded(e.Reason) && coded(e.Officer)
	if !ok {
		return fmt.Errorf("%w: an exception needs IDs, codes and a masked number", ErrQuestion)
	}
	return nil
}

// coded says that a text is a code or an identifier and no sentence.
func coded(s string) bool {
	for _, r := range s {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && r != '.' && r != ':' && r != '@' {
			return false
		}
	}
	return s != "" && len(s) <= maxCode
}

// masked says that no more than maxShown digits of a number are shown.
func masked(s string) bool {
	if len(s) > maxMasked || !utf8.ValidString(s) {
		return false
	}
	shown := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			shown++
		} else if unicode.IsLetter(r) || unicode.IsControl(r) {
			return false
		}
	}
	return shown <= maxShown
}
