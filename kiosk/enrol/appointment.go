package enrol

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/tram-station/tram/offline/inquiry"
)

// AppointmentView is a citizen who said when to come: masked, for the officer to
// ask whose turn it is.
type AppointmentView struct {
	ID       string    `json:"id"` // for BeginArgs; the same while the appointment is
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"` // a code of RulesView.Kinds
	Initials string    `json:"initials"`
	Number   string    `json:"number"` // masked
}

// booked is what the journal keeps of an appointment.
type booked struct {
	At     time.Time `cbor:"at"`
	Number string    `cbor:"number"`
	Kind   string    `cbor:"kind"`
}

// appointmentOther is the issue of a card that is not the appointment's.
const appointmentOther = "appointment-other"

func (s *state) booked() *booked {
	if s.opening == nil {
		return nil
	}
	return s.opening.Booked
}

// other reports whether neither the citizen nor the guardian is who made the
// appointment; false while nobody is known.
func (b *booked) other(citizen, guardian string) bool {
	return b != nil && citizen != "" && b.Number != citizen && b.Number != guardian
}

// maxAppointments bounds a day's list.
const maxAppointments = 1000

// Appointments asks the central for the day's list. It is kept in memory for BeginArgs.Appointment until it is asked for again. The
// error is a *CommandError or the context's; walking in needs no list.
func (s *Station) Appointments(ctx context.Context) ([]AppointmentView, error) {
	if s.cfg.Central == nil {
		return nil, refuse(problem("appointments-none"))
	}
	list, err := s.cfg.Central.Appointments(ctx, s.cfg.Now().In(hanoi))
	switch {
	case errors.Is(err, inquiry.ErrUnavailable):
		return nil, refuse(problem("appointments-none"))
	case err != nil:
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.log.Warn("the day's appointments can not be asked for", "err", err)
		return nil, refuse(problem("appointments-offline"))
	}
	views, known := []AppointmentView{}, map[string]booked{}
	for _, a := range list[:min(len(list), maxAppointments)] {
		v := AppointmentView{ID: s.appointmentID(a), At: a.At, Kind: a.Kind, Initials: initials(a.Name), Number: Masked(a.Number)}
		views, known[v.ID] = append(views, v), booked{a.At, a.Number, a.Kind}
	}
	if !s.send(ctx, func() { s.day = known }) {
		return nil, refuse(problem("closed"))
	}
	return views, nil
}

// appointmentID names an appointment by what is in it; without the station's key
// it says nothing.
func (s *Station) appointmentID(a inquiry.Appointment) string {
	mac := hmac.New(sha256.New, s.cfg.JournalKey)
	for _, part := range []string{"appointment", a.At.UTC().Format(time.RFC3339Nano), a.Number, a.Kind} {
		_, _ = mac.Write(append([]byte(part), 0)) // never fails, hash.Hash
	}
	return hex.EncodeToString(mac.Sum(nil)[:markBytes])
}

// booking returns one of the last list.
func (s *Station) booking(id string) (*booked, *Problem) {
	b, ok := s.day[id]
	if !ok {
		return nil, problem("no-appointment")
	}
	return &b, nil
}
