//go:build realparts

package e2e

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/inquiry"
)

// phoneCode is the code of every message that the asked central sends.
const phoneCode = "428571"

// asked is a central that answers while the citizen is there: everything is in
// order, and each message has the same code.
type asked struct {
	mu    sync.Mutex
	sent  []string // the numbers that got a message
	last  uuid.UUID
	taken string // this number is another account's
}

func (*asked) Check(context.Context, inquiry.Question) (inquiry.Answer, error) {
	return inquiry.Answer{Outcome: inquiry.Pass}, nil
}

func (a *asked) Phone(_ context.Context, q inquiry.PhoneQuestion) (inquiry.Answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if q.Phone == a.taken {
		return inquiry.Answer{Outcome: inquiry.Fail}, nil
	}
	return inquiry.Answer{Outcome: inquiry.Pass}, nil
}

func (a *asked) SendOTP(_ context.Context, phone, _ string) (inquiry.Ticket, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = uuid.New()
	a.sent = append(a.sent, phone)
	return inquiry.Ticket{ID: a.last, Expires: time.Now().Add(3 * time.Minute)}, nil
}

func (a *asked) ConfirmOTP(_ context.Context, id uuid.UUID, code string) (inquiry.Outcome, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case id != a.last:
		return inquiry.Expired, nil
	case code == phoneCode:
		return inquiry.Pass, nil
	}
	return inquiry.Fail, nil
}

func (*asked) Appointments(context.Context, time.Time) ([]inquiry.Appointment, error) {
	return nil, inquiry.ErrUnavailable
}

func (*asked) AskApproval(context.Context, inquiry.Exception) (uuid.UUID, error) {
	return uuid.Nil, inquiry.ErrUnavailable
}

func (*asked) Approval(context.Context, uuid.UUID) (inquiry.Approval, error) {
	return inquiry.Approval{}, inquiry.ErrUnavailable
}

// messages are the numbers that got one, oldest first.
func (a *asked) messages() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{}, a.sent...)
}
