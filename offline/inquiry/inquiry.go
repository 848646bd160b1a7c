// Package inquiry is the station's client of what stands behind the gateway:
// the register that knows the citizens, the messenger that reaches their
// phones, the day's appointments, and the supervisor at the central who
// decides on an exception. All of it is asked while the citizen waits, so each
// question ends within seconds, and a central that does not answer is an answer
// too: the enrolment goes on with "not done". Nothing of a citizen is written
// into a URL or a log.
package inquiry

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// Outcome is the answer of a check: never more than this and which fields.
type Outcome string

// The outcomes.
const (
	Pass     Outcome = "pass"      // Đạt
	Fail     Outcome = "fail"      // Không đạt
	NotFound Outcome = "not-found" // the register has no such number, or nothing to compare
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

// Purposes of a one-time code: the central has one text for each.
const (
	PurposeEnrol = "enrol" // the phone of an account to be made
	PurposePhone = "phone" // another phone for an account
)

// Limits of a question; the gateway refuses what is over them.
const (
	MaxFields   = 24
	MaxValue    = 512      // bytes of a field's value
	MaxVector   = 4096     // dimensions of a face template
	MaxMinutiae = 64 << 10 // bytes of a minutiae record
)

// Errors of a question. All of them mean "not done"; none stops an enrolment.
var (
	// ErrOffline says that no answer came within the time that a citizen waits.
	ErrOffline = errors.New("the central does not answer: go on, the check is recorded as not done")
	// ErrUnavailable says that the gateway has no register, messenger or desk for
	// exceptions, or that it cannot answer at the moment.
	ErrUnavailable = errors.New("the central has no such service at the moment: go on, the check is recorded as not done")
	// ErrQuestion says that the central cannot make sense of the question.
	ErrQuestion = errors.New("the central does not take this question: check what was entered")
	// ErrForgotten says that the central knows an exception no more, or never did.
	ErrForgotten = errors.New("the central does not know this exception (any more): ask anew")
	// ErrOther says that this exception was asked for before with other content.
	ErrOther = errors.New("this exception was asked for before with other content: ask anew")
)

// RateError says that this phone or this station has asked too often.
type RateError struct{ After time.Duration }

func (e *RateError) Error() string {
	return fmt.Sprintf("asked too often: wait %s and ask again", e.After.Round(time.Second))
}

// Template is the face template of a live portrait, as the matcher named by
// Model makes it.
type Template struct {
	Model  string
	Vector []float32
}

// LogValue keeps the template out of logs: it is biometric data.
func (t Template) LogValue() slog.Value { return slog.StringValue("template of " + t.Model) }

// String says no more than [Template.LogValue].
func (t Template) String() string { return "template of " + t.Model }

// Question is one check of one citizen against the register.
type Question struct {
	Kind   Kind   `json:"kind"`
	Number string `json:"number"` // twelve digits; a foreigner's document
	// Fields are what the card says, for Data: name, birth, sex, issued, …
	Fields map[string]string `json:"fields,omitempty"`
	// Face is the template of the live portrait, for Face.
	Face *Template `json:"face,omitempty"`
	// Fingers is a minutiae record of ISO/IEC 19794-2 of the live prints.
	Fingers []byte `json:"fingers,omitempty"`
}

// LogValue keeps the citizen out of logs.
func (q Question) LogValue() slog.Value {
	return slog.StringValue("question of kind " + string(q.Kind))
}

// String says no more than [Question.LogValue].
func (q Question) String() string { return "question of kind " + string(q.Kind) }

// PhoneQuestion asks whether a phone may be this citizen's.
type PhoneQuestion struct {
	Number string `json:"number"` // twelve digits; a foreigner's document
	Phone  string `json:"phone"`
	// Guardian is the guardian's number where the phone is the guardian's: one
	// phone serves one account, but for a child or a ward. "" for none.
	Guardian string `json:"guardian,omitempty"`
}

// LogValue keeps the citizen out of logs.
func (PhoneQuestion) LogValue() slog.Value { return slog.StringValue("question of a phone") }

// String says no more than [PhoneQuestion.LogValue].
func (PhoneQuestion) String() string { return "question of a phone" }

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

// LogValue leaves out which fields of a citizen do not fit.
func (a Answer) LogValue() slog.Value { return slog.StringValue("answer " + string(a.Outcome)) }

// Words is a text for people; it converts to verdict.Words.
type Words struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Ticket is a one-time code under way.
type Ticket struct {
	ID      uuid.UUID `json:"id"`
	Expires time.Time `json:"expires"`
}

// Appointment is one citizen who said when to come.
type Appointment struct {
	At     time.Time `json:"at"`
	Number string    `json:"number"`
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
}

// LogValue keeps the citizen out of logs.
func (Appointment) LogValue() slog.Value { return slog.StringValue("appointment") }

// String says no more than [Appointment.LogValue].
func (Appointment) String() string { return "appointment" }

// Exception is what a supervisor at the central is asked to decide on. It has
// no name, no whole number and no picture: the dossier brings those, sealed.
type Exception struct {
	// ID is the question's own, so that asking twice is asking once; the nil UUID
	// lets the client make one.
	ID      uuid.UUID `json:"id"`
	Dossier uuid.UUID `json:"dossier"`
	Code    string    `json:"code"`    // the exception's: finger-missing, face-mismatch, chip-failed, …
	Reason  string    `json:"reason"`  // the officer's coded reason
	Masked  string    `json:"masked"`  // the number with its middle hidden
	Officer string    `json:"officer"` // who asks: the officer's identifier at the station
}

// LogValue keeps the citizen out of logs.
func (e Exception) LogValue() slog.Value { return slog.StringValue("exception " + e.Code) }

// ApprovalState is how far an exception has come at the central.
type ApprovalState string

// The states of an exception.
const (
	Pending  ApprovalState = "pending"
	Approved ApprovalState = "approved"
	Refused  ApprovalState = "refused"
)

// Approval is what has become of an exception.
type Approval struct {
	ID    uuid.UUID     `json:"id"`
	State ApprovalState `json:"state"`
	// The rest is there once it is decided.
	Dossier    uuid.UUID `json:"dossier,omitzero"`
	Code       string    `json:"code,omitempty"`       // the exception's
	Reason     string    `json:"reason,omitempty"`     // the supervisor's coded reason
	Words      string    `json:"words,omitempty"`      // the reason for the officer, in Vietnamese
	Supervisor string    `json:"supervisor,omitempty"` // who decided, as the central names them
	At         time.Time `json:"at,omitzero"`
	// Signed is the decision under the central's key (envelope COSE), verified
	// already: evidence for the dossier.
	Signed []byte `json:"signed,omitempty"`
}
