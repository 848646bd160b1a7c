package inquiry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/uplink"
)

// Limits of the answers, in bytes.
const (
	maxAnswer = 32 << 10
	maxDay    = 512 << 10 // of a day's appointments
)

// defaultWait is for a gateway that asks for patience and does not say how much.
const defaultWait = time.Minute

// Client asks. It is safe for concurrent use. Every question ends within
// Timeout, whatever the line does. The errors of all questions are ErrOffline
// (also where ctx has a deadline and it passed), ErrUnavailable, ErrQuestion, a
// *RateError, and context.Canceled where the caller went away.
type Client struct {
	Uplink  *uplink.Client   // the line of the dossiers: the station's key, certificate and proxy
	Timeout time.Duration    // of one question; 0 for DefaultTimeout
	Now     func() time.Time // nil for time.Now
	Rand    io.Reader        // of the IDs of exceptions; nil for crypto/rand

	line line
}

// Check compares a citizen with the register.
func (c *Client) Check(ctx context.Context, q Question) (Answer, error) {
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	raw, err := c.ask(ctx, uplink.Ask{Method: http.MethodPost, Path: "/registry/check", Body: q, Limit: maxAnswer}, 0)
	if err != nil {
		return Answer{}, err
	}
	return readAnswer(raw, q.asks)
}

// Phone asks whether the phone may be this citizen's: Fail when it is
// another's, who is not the guardian.
func (c *Client) Phone(ctx context.Context, q PhoneQuestion) (Answer, error) {
	if q.Number == "" || q.Phone == "" || len(q.Number) > MaxValue || len(q.Phone) > MaxValue || len(q.Guardian) > MaxValue {
		return Answer{}, ErrQuestion
	}
	raw, err := c.ask(ctx, uplink.Ask{Method: http.MethodPost, Path: "/registry/phone", Body: q, Limit: maxAnswer}, 0)
	if err != nil {
		return Answer{}, err
	}
	return readAnswer(raw, func(field string) bool { return field == "phone" })
}

// SendOTP has a code of six digits sent to the phone. Expires is by this
// station's clock. A lost answer is not asked for again: the next code takes
// the place of this one.
func (c *Client) SendOTP(ctx context.Context, phone, purpose string) (Ticket, error) {
	if phone == "" || len(phone) > MaxValue || purpose != PurposeEnrol && purpose != PurposePhone {
		return Ticket{}, ErrQuestion
	}
	body := map[string]string{"phone": phone, "purpose": purpose}
	raw, err := c.ask(ctx, uplink.Ask{Method: http.MethodPost, Path: "/messages/otp", Body: body, Once: true, Limit: maxAnswer}, 0)
	if err != nil {
		return Ticket{}, err
	}
	t, err := readTicket(raw)
	if err != nil {
		return Ticket{}, err
	}
	// The central's time, on a clock that may be years off.
	if skew, known := c.Uplink.Clock.Skew(); known {
		t.Expires = t.Expires.Add(-skew)
	}
	if latest := c.now().Add(maxCodeAge); t.Expires.After(latest) {
		t.Expires = latest
	}
	return t, nil
}

// ConfirmOTP says whether this is the code that the citizen got: Pass once,
// Fail, Expired, or Spent after too many tries. What has not the form of a code
// fails here and costs no try.
func (c *Client) ConfirmOTP(ctx context.Context, id uuid.UUID, code string) (Outcome, error) {
	if code = strings.TrimSpace(code); id == uuid.Nil {
		return "", ErrQuestion
	}
	if len(code) != CodeDigits || strings.ContainsFunc(code, func(r rune) bool { return r < '0' || r > '9' }) {
		return Fail, nil
	}
	raw, err := c.ask(ctx, uplink.Ask{
		Method: http.MethodPost, Path: "/messages/otp/" + id.String(), Body: map[string]string{"code": code}, Once: true, Limit: maxAnswer,
	}, 0)
	if err != nil {
		return "", err
	}
	return readOutcome(raw)
}

// Appointments lists who said to come to this station on a day, by time. The
// day is Vietnam's.
func (c *Client) Appointments(ctx context.Context, day time.Time) ([]Appointment, error) {
	query := url.Values{"day": {day.In(hanoi()).Format(time.DateOnly)}}
	raw, err := c.ask(ctx, uplink.Ask{Method: http.MethodGet, Path: "/registry/appointments?" + query.Encode(), Limit: maxDay}, 0)
	if err != nil {
		return nil, err
	}
	return readAppointments(raw)
}

// hanoi is UTC+7 all year.
func hanoi() *time.Location { return time.FixedZone("Asia/Ho_Chi_Minh", 7*60*60) }

// Services says what stands behind the gateway; no citizen is asked about.
func (c *Client) Services(ctx context.Context) (Services, error) {
	raw, err := c.ask(ctx, uplink.Ask{Method: http.MethodGet, Path: "/registry/services", Limit: maxAnswer}, 0)
	if err != nil {
		return Services{}, err
	}
	return readServices(raw)
}

func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

// ask sends one question; wait is for how long the gateway may hold it open.
func (c *Client) ask(ctx context.Context, a uplink.Ask, wait time.Duration) ([]byte, error) {
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return nil, err
	}
	begun := c.now()
	if !c.line.enter(begun) {
		return nil, ErrOffline
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	own, cancel := context.WithTimeout(ctx, timeout+wait)
	defer cancel()
	raw, err := c.Uplink.Ask(own, a)
	elapsed := c.now().Sub(begun)
	switch {
	case err == nil, answered(err), elapsed < quick && ctx.Err() == nil:
		c.line.heard()
	case errors.Is(ctx.Err(), context.Canceled):
		c.line.left()
		return nil, ctx.Err()
	case ctx.Err() != nil && elapsed < timeout/2:
		c.line.left() // a caller with less time than most: that says little
	default:
		c.line.silent(begun.Add(elapsed))
	}
	if err != nil {
		return nil, meaning(err)
	}
	return raw, nil
}

// answered says that somebody was at the other end.
func answered(err error) bool {
	_, refused := errors.AsType[*uplink.Refusal](err)
	return refused || errors.Is(err, uplink.ErrAnswer) || errors.Is(err, uplink.ErrNoCertificate)
}

// meaning is what an error of the line says to an enrolment. A gateway's words
// are left out: they may repeat what was asked.
func meaning(err error) error {
	r, refused := errors.AsType[*uplink.Refusal](err)
	if !refused {
		if answered(err) {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		if cause, ok := errors.AsType[*url.Error](err); ok { // without the uplink's words, which are about dossiers
			return fmt.Errorf("%w (%w)", ErrOffline, cause)
		}
		return fmt.Errorf("%w (%w)", ErrOffline, err)
	}
	switch r.Status {
	case http.StatusTooManyRequests:
		if r.RetryAfter <= 0 {
			return &RateError{After: defaultWait}
		}
		return &RateError{After: r.RetryAfter}
	case http.StatusGone:
		return ErrForgotten
	case http.StatusConflict:
		return ErrOther
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return ErrQuestion
	}
	for _, known := range []error{uplink.ErrNoCertificate, uplink.ErrNotEnrolled} {
		if errors.Is(err, known) {
			return fmt.Errorf("%w: %w", ErrUnavailable, known)
		}
	}
	return fmt.Errorf("%w (status %d)", ErrUnavailable, r.Status)
}
