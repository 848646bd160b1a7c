package enrol

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/inquiry"
)

// fakeCentral answers as it is told to; without a word everything is in order.
type fakeCentral struct {
	mu        sync.Mutex
	err       error         // of every question
	hold      chan struct{} // when set, a question waits for it
	messages  inquiry.Service
	answers   map[inquiry.Kind]inquiry.Answer
	questions []inquiry.Question
	phone     inquiry.Outcome
	phones    []inquiry.PhoneQuestion
	sendErr   error
	tickets   []uuid.UUID
	sentTo    []string
	life      time.Duration
	code      string // the right one
	tried     []string
	tryErr    error
	outcome   inquiry.Outcome // of a try, whatever the code
	asked     []inquiry.Exception
	askErr    error
	approval  func(inquiry.Exception) inquiry.Approval
}

const rightCode = "428571"

func newCentral() *fakeCentral {
	return &fakeCentral{answers: map[inquiry.Kind]inquiry.Answer{}, code: rightCode, life: 3 * time.Minute, messages: inquiry.Ready}
}

// change sets something under the lock.
func (c *fakeCentral) change(f func(*fakeCentral)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c)
}

// wait holds a question up, and says how it ends.
func (c *fakeCentral) wait(ctx context.Context) error {
	c.mu.Lock()
	hold, err := c.hold, c.err
	c.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return inquiry.ErrOffline
		}
	}
	return err
}

func (c *fakeCentral) Check(ctx context.Context, q inquiry.Question) (inquiry.Answer, error) {
	err := c.wait(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.questions = append(c.questions, q)
	if err != nil {
		return inquiry.Answer{}, err
	}
	if a, ok := c.answers[q.Kind]; ok {
		return a, nil
	}
	return inquiry.Answer{Outcome: inquiry.Pass}, nil
}

func (c *fakeCentral) Services(ctx context.Context) (inquiry.Services, error) {
	err := c.wait(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	return inquiry.Services{Register: inquiry.Ready, Messages: c.messages, Exceptions: inquiry.Ready}, err
}

func (c *fakeCentral) Phone(ctx context.Context, q inquiry.PhoneQuestion) (inquiry.Answer, error) {
	err := c.wait(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phones = append(c.phones, q)
	if err != nil {
		return inquiry.Answer{}, err
	}
	if c.phone == "" {
		return inquiry.Answer{Outcome: inquiry.Pass}, nil
	}
	return inquiry.Answer{Outcome: c.phone}, nil
}

func (c *fakeCentral) SendOTP(ctx context.Context, phone, _ string) (inquiry.Ticket, error) {
	err := c.wait(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sendErr != nil {
		err = c.sendErr
	}
	if err != nil {
		return inquiry.Ticket{}, err
	}
	id := uuid.New()
	c.tickets, c.sentTo = append(c.tickets, id), append(c.sentTo, phone)
	return inquiry.Ticket{ID: id, Expires: time.Now().Add(c.life)}, nil
}

func (c *fakeCentral) ConfirmOTP(ctx context.Context, id uuid.UUID, code string) (inquiry.Outcome, error) {
	err := c.wait(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tryErr != nil {
		err = c.tryErr
	}
	if err != nil {
		return "", err
	}
	c.tried = append(c.tried, code)
	switch {
	case c.outcome != "":
		return c.outcome, nil
	case len(c.tickets) == 0 || c.tickets[len(c.tickets)-1] != id:
		return inquiry.Expired, nil
	case code == c.code:
		return inquiry.Pass, nil
	}
	return inquiry.Fail, nil
}

func (c *fakeCentral) Appointments(context.Context, time.Time) ([]inquiry.Appointment, error) {
	return nil, inquiry.ErrUnavailable
}

func (c *fakeCentral) AskApproval(ctx context.Context, e inquiry.Exception) (uuid.UUID, error) {
	err := c.wait(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.askErr != nil {
		err = c.askErr
	}
	if err != nil {
		return uuid.Nil, err
	}
	c.asked = append(c.asked, e)
	return e.ID, nil
}

func (c *fakeCentral) Approval(ctx context.Context, id uuid.UUID) (inquiry.Approval, error) {
	err := c.wait(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		return inquiry.Approval{}, err
	}
	for _, e := range c.asked {
		if e.ID == id && c.approval != nil {
			return c.approval(e), nil
		}
	}
	return inquiry.Approval{ID: id, State: inquiry.Pending}, nil
}

// kinds lists what was asked of the register.
func (c *fakeCentral) kinds() (out []inquiry.Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.questions {
		out = append(out, q.Kind)
	}
	return out
}
