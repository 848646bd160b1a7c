// Package central holds the three doors through which a gateway speaks to what
// is behind it: the register that knows the citizens, the messenger that
// reaches their phones, and the desk where a supervisor decides on exceptions.
// Beside the ports stand a reference for each that works on a folder, for
// tests, demos and small sites, and the handler that serves them to stations.
// All people in the reference are invented.
package central

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics/face"
)

// Outcome is the answer of a check: never more than this and which fields.
type Outcome string

// The outcomes.
const (
	Pass     Outcome = "pass"      // Đạt
	Fail     Outcome = "fail"      // Không đạt
	NotFound Outcome = "not-found" // the register has no such number
	NotHeld  Outcome = "not-held"  // of a field: the register has nothing to compare
	Expired  Outcome = "expired"   // of a code: too old, or not known
	Spent    Outcome = "spent"     // of a code: tried too often; a new one is needed
)

// Kind is what is checked.
type Kind string

// The kinds of check.
const (
	Data    Kind = "data"
	Face    Kind = "face"
	Fingers Kind = "fingers"
)

// Limits of what a station may ask.
const (
	MaxFields   = 24
	MaxValue    = 512      // bytes of a field's value
	MaxVector   = 4096     // dimensions of a face template
	MaxMinutiae = 64 << 10 // bytes of a minutiae record
)

// Errors of the ports.
var (
	// ErrQuestion says that a question means nothing.
	ErrQuestion = errors.New("central: the question is not complete")
	// ErrFull says that nothing more can be taken at the moment.
	ErrFull = errors.New("central: too many messages wait: come back later")
)

// RateError says that a phone or a station has asked too often.
type RateError struct{ After time.Duration }

func (e *RateError) Error() string {
	return fmt.Sprintf("central: asked too often: wait %s", e.After.Round(time.Second))
}

// Question is one check of one citizen against the register.
type Question struct {
	Kind   Kind   `json:"kind"`
	Number string `json:"number"` // twelve digits; a foreigner's document
	// Fields are what the card says, for Data: name, birth, sex, issued, …
	Fields map[string]string `json:"fields,omitempty"`
	// Face is the template of the live portrait, for Face.
	Face *face.Template `json:"face,omitempty"`
	// Fingers is a minutiae record of ISO/IEC 19794-2 of the live prints.
	Fingers []byte `json:"fingers,omitempty"`
}

// LogValue keeps the citizen out of logs.
func (q Question) LogValue() slog.Value {
	return slog.StringValue("question of kind " + string(q.Kind))
}

// PhoneQuestion asks whether a phone may be a citizen's.
type PhoneQuestion struct {
	Number string `json:"number"` // twelve digits; a foreigner's document
	Phone  string `json:"phone"`
	// Guardian is the guardian's number where the phone is the guardian's: one
	// phone serves one account, but for a child or a ward. "" for none.
	Guardian string `json:"guardian,omitempty"`
}

// LogValue keeps the citizen out of logs.
func (PhoneQuestion) LogValue() slog.Value { return slog.StringValue("question of a phone") }

// Field is the outcome of one field.
type Field struct {
	Name    string  `json:"field"`
	Outcome Outcome `json:"outcome"`
}

// Answer says whether it fits, and where it does not. It never says what the
// register holds.
type Answer struct {
	Outcome Outcome `json:"outcome"`
	Fields  []Field `json:"fields"`
	Words   Words   `json:"words"`
}

// Words is a text for people.
type Words struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Appointment is one citizen who said when to come.
type Appointment struct {
	At     time.Time `json:"at"`
	Number string    `json:"number"`
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
}

// LogValue keeps the citizen out of logs.
func (a Appointment) LogValue() slog.Value { return slog.StringValue("appointment") }

// Registry is the central register of citizens.
type Registry interface {
	// Check compares; a citizen who is not known is an outcome, no error.
	Check(ctx context.Context, q Question) (Answer, error)
	// Phone says whether the phone may be this citizen's: Fail when it is
	// another's, who is not the guardian.
	Phone(ctx context.Context, q PhoneQuestion) (Answer, error)
	// Appointments lists a station's day (2006-01-02), by time.
	Appointments(ctx context.Context, station, day string) ([]Appointment, error)
}

// Ticket is a one-time code under way.
type Ticket struct {
	ID      uuid.UUID `json:"id"`
	Expires time.Time `json:"expires"`
}

// NoticeKind names a text of the messenger; stations choose one, they do not
// write it.
type NoticeKind string

// The kinds of notice.
const (
	NoticeTaken    NoticeKind = "taken"
	NoticeApproved NoticeKind = "approved"
	NoticeFix      NoticeKind = "fix-needed"
	NoticeRejected NoticeKind = "rejected"
)

// Messenger reaches citizens.
type Messenger interface {
	// OTP sends a one-time code; the error may be a *RateError or ErrFull.
	OTP(ctx context.Context, station, phone, purpose string) (Ticket, error)
	// Confirm says whether the citizen typed the code: Pass once, Fail, Expired
	// or Spent. Only the station that asked for the code may.
	Confirm(ctx context.Context, station string, id uuid.UUID, code string) (Outcome, error)
	// Notice sends one of the fixed texts; the errors are those of OTP.
	Notice(ctx context.Context, station, phone string, kind NoticeKind, dossier uuid.UUID) error
}
