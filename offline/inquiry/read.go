package inquiry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/uplink"
)

// Limits of what an answer says.
const (
	maxFingers      = 32 // fields of an answer on fingers: a record has ten, and doubles
	maxAppointments = 500
	maxName         = 256 // bytes of a name
	maxWord         = 64  // bytes of a number or a code
	// maxCodeAge bounds what a gateway says of a code's age.
	maxCodeAge = 15 * time.Minute
)

// CodeDigits is the length of a one-time code.
const CodeDigits = 6

// errAnswer says that the central answered what it may not. What it said is
// not repeated: it may be about a citizen.
func errAnswer(what string) error {
	return fmt.Errorf("%w: %w (%s)", ErrUnavailable, uplink.ErrAnswer, what)
}

// decode reads one JSON value and nothing behind it. Members that this version
// does not know are passed over, so that a central may be newer than its
// stations; what is known is checked by the caller, member by member.
func decode(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if d.Decode(v) != nil {
		return errAnswer("not the JSON of this answer")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errAnswer("more than one value")
	}
	return nil
}

// readAnswer reads the outcome of a check; asked says which fields it may name.
// An answer that contradicts itself is none.
func readAnswer(raw []byte, asked func(field string) bool) (Answer, error) {
	var a Answer
	if err := decode(raw, &a); err != nil {
		return Answer{}, err
	}
	if len(a.Fields) > max(MaxFields, maxFingers) {
		return Answer{}, errAnswer("too many fields")
	}
	seen, count := map[string]bool{}, map[Outcome]int{}
	for _, f := range a.Fields {
		if seen[f.Name] || !asked(f.Name) || f.Outcome != Pass && f.Outcome != Fail && f.Outcome != NotHeld {
			return Answer{}, errAnswer("a field that was not asked for, or without an outcome")
		}
		seen[f.Name] = true
		count[f.Outcome]++
	}
	sound := false
	switch a.Outcome {
	case Pass:
		sound = count[Pass] > 0 && count[Fail] == 0
	case Fail:
		sound = count[Fail] > 0
	case NotFound:
		sound = count[Pass] == 0 && count[Fail] == 0
	}
	if !sound {
		return Answer{}, errAnswer("the outcome is not that of its fields")
	}
	if a.Fields == nil {
		a.Fields = []Field{}
	}
	a.Words = Words{uplink.Plain(a.Words.VI), uplink.Plain(a.Words.EN)}
	return a, nil
}

// asks says whether an answer may name the field.
func (q Question) asks(field string) bool {
	switch q.Kind {
	case Data:
		_, ok := q.Fields[field]
		return ok
	case Face:
		return field == "face"
	default:
		return strings.HasPrefix(field, "finger-") && len(field) <= len("finger-255")
	}
}

// check refuses what the gateway would refuse, before it goes out.
func (q Question) check() error {
	ok := len(q.Number) > 0 && len(q.Number) <= maxWord
	switch q.Kind {
	case Data:
		ok = ok && len(q.Fields) > 0 && len(q.Fields) <= MaxFields
		for name, value := range q.Fields {
			ok = ok && name != "" && len(name) <= MaxValue && len(value) <= MaxValue
		}
	case Face:
		ok = ok && q.Face != nil && len(q.Face.Vector) > 0 && len(q.Face.Vector) <= MaxVector
	case Fingers:
		ok = ok && len(q.Fingers) > 0 && len(q.Fingers) <= MaxMinutiae
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("%w: kind %q needs a number, and its fields, a template or a record, within limits", ErrQuestion, q.Kind)
	}
	return nil
}

func readTicket(raw []byte) (Ticket, error) {
	var t Ticket
	if err := decode(raw, &t); err != nil {
		return Ticket{}, err
	}
	if t.ID == uuid.Nil || t.Expires.IsZero() {
		return Ticket{}, errAnswer("a code without an ID or an end")
	}
	return t, nil
}

func readOutcome(raw []byte) (Outcome, error) {
	var reply struct {
		Outcome Outcome `json:"outcome"`
	}
	if err := decode(raw, &reply); err != nil {
		return "", err
	}
	switch reply.Outcome {
	case Pass, Fail, Expired, Spent:
		return reply.Outcome, nil
	default:
		return "", errAnswer("no outcome of a code")
	}
}

func readAppointments(raw []byte) ([]Appointment, error) {
	var reply struct {
		Appointments []Appointment `json:"appointments"`
	}
	if err := decode(raw, &reply); err != nil {
		return nil, err
	}
	list := reply.Appointments
	if len(list) > maxAppointments {
		return nil, errAnswer("too many appointments for a day")
	}
	for i := range list {
		a := &list[i]
		if a.At.IsZero() || a.Number == "" || len(a.Number) > maxWord || len(a.Name) > maxName || len(a.Kind) > maxWord {
			return nil, errAnswer("an appointment without a time or a number, or too long")
		}
		a.Number, a.Name, a.Kind = uplink.Plain(a.Number), uplink.Plain(a.Name), uplink.Plain(a.Kind)
	}
	slices.SortStableFunc(list, func(a, b Appointment) int { return a.At.Compare(b.At) })
	return list, nil
}

// Service is whether something stands behind the gateway.
type Service string

// The states of a service.
const (
	Ready   Service = "ready"
	Failing Service = "failing" // it is there and does not work at the moment
	None    Service = "none"
)

// Services is what stands behind the gateway.
type Services struct {
	Register   Service `json:"register"`
	Messages   Service `json:"messages"`
	Exceptions Service `json:"exceptions"`
}

func readServices(raw []byte) (Services, error) {
	var s Services
	if err := decode(raw, &s); err != nil {
		return Services{}, err
	}
	for _, one := range []Service{s.Register, s.Messages, s.Exceptions} {
		if one != Ready && one != Failing && one != None {
			return Services{}, errAnswer("a service without a state")
		}
	}
	return s, nil
}
