package enrol

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/inquiry"
)

// phoneGrace is for how long the phone's step waits for the central to say
// whose the number is; the enrolment goes on after it, and the answer is taken
// when it comes.
const phoneGrace = time.Second

// resendWait is the pause before another message where the central names none.
const resendWait = 30 * time.Second

// OTP is a one-time code. It shows itself nowhere.
type OTP string

// LogValue keeps the code out of logs.
func (OTP) LogValue() slog.Value { return slog.StringValue("a code") }

// String says no more than [OTP.LogValue].
func (OTP) String() string { return "a code" }

// GoString says no more than [OTP.LogValue].
func (OTP) GoString() string { return "a code" }

// typedCode is a code on its way to the central: of which message, and the how
// many-th it is.
type typedCode struct {
	ticket uuid.UUID
	trial  int
	Code   OTP // exported, so that it is printed by its own word
}

// services is what a central may say of itself; *inquiry.Client does.
type services interface {
	Services(ctx context.Context) (inquiry.Services, error)
}

// drivePhone asks whose the number is, sends messages and tries codes.
func (s *Station) drivePhone() {
	st, sl := s.st, &s.phone
	if st == nil || st.done != nil || !st.signedAt.IsZero() || st.person == nil || s.cfg.Central == nil || !st.takes(StepPhone) {
		s.live.typed = nil
		s.ensure(sl, "", nil)
		return
	}
	p := &st.phoning
	if t := s.live.typed; t != nil && (p.sent == nil || t.ticket != p.sent.id || t.trial != p.trials) {
		s.live.typed = nil
	}
	number := p.number
	switch typed := s.live.typed; {
	case typed != nil:
		s.ensure(sl, fmt.Sprintf("%s/try/%s/%d", st.id, typed.ticket, typed.trial), func(ctx context.Context) { s.tryCode(ctx, number, typed) })
	case p.sending:
		most := time.Duration(s.rules.OTP.Seconds) * time.Second
		s.ensure(sl, fmt.Sprintf("%s/message/%d", st.id, p.sends), func(ctx context.Context) { s.sendCode(ctx, number, most) })
	case p.online && !p.asked:
		q := inquiry.PhoneQuestion{Number: value(st.personFields(s.cfg.Now()), fieldNumber), Phone: number, Guardian: st.guardianNumber()}
		slow := p.passed != ""
		s.ensure(sl, fmt.Sprintf("%s/phone/%s", st.id, digestOf(nil, q.Number, q.Phone, q.Guardian)), func(ctx context.Context) { s.askPhone(ctx, q, slow) })
	default: // the page hears when the code is too old, and when another may be sent
		s.wakePhone(p)
	}
}

// wakePhone publishes when something of the view changes by itself.
func (s *Station) wakePhone(p *phoning) {
	var soon time.Duration
	if now := s.cfg.Now(); p.sent != nil && p.verified.IsZero() {
		soon = remaining(p.sent.at, p.sent.life, now)
		if wait := remaining(p.waitFrom, p.wait, now); wait > 0 && wait < soon || soon == 0 {
			soon = wait
		}
	}
	if soon == 0 {
		s.ensure(&s.phone, "", nil)
		return
	}
	s.ensure(&s.phone, fmt.Sprintf("%s/wake/%s", s.st.id, p.sent.id), func(ctx context.Context) { sleep(ctx, soon) })
}

// remaining is what is left of a time that began then: at most all of it,
// whatever the clock did since.
func remaining(began time.Time, all time.Duration, now time.Time) time.Duration {
	return min(max(all-now.Sub(began), 0), all)
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// askPhone asks whose the number is, and first whether there is anybody to send
// a message at all.
func (s *Station) askPhone(ctx context.Context, q inquiry.PhoneQuestion, slow bool) {
	begun := s.cfg.Now()
	answered := make(chan phoneEvent, 1)
	limited, cancel := context.WithTimeout(ctx, questionPatience)
	defer cancel()
	go func() { answered <- s.whose(limited, q) }()
	said := func(p phoneEvent) {
		at := s.cfg.Now()
		elapsed := at.Sub(begun)
		begun = at
		s.deliver(ctx, "", event{Kind: evPhone, At: at, Elapsed: elapsed, Phone: &p})
	}
	if !slow {
		t := time.NewTimer(phoneGrace)
		defer t.Stop()
		select {
		case p := <-answered:
			said(p)
			return
		case <-t.C:
			said(phoneEvent{Phone: q.Phone, Code: codeSlow})
		case <-ctx.Done():
		}
	}
	if p := <-answered; ctx.Err() == nil {
		said(p)
	}
}

func (s *Station) whose(ctx context.Context, q inquiry.PhoneQuestion) phoneEvent {
	p := phoneEvent{Phone: q.Phone}
	if c, ok := s.cfg.Central.(services); ok {
		if there, err := c.Services(ctx); err == nil && there.Messages == inquiry.None {
			p.Code = noService
			return p
		}
	}
	a, err := s.cfg.Central.Phone(ctx, q)
	if err != nil {
		p.Code = unanswered(err)
		s.log.Info("the phone was not asked about", "why", p.Code)
		return p
	}
	p.Outcome = a.Outcome
	return p
}

// sendCode has one message sent, with a code that is good for most at most.
func (s *Station) sendCode(ctx context.Context, number string, most time.Duration) {
	begun := s.cfg.Now()
	limited, cancel := context.WithTimeout(ctx, questionPatience)
	ticket, err := s.cfg.Central.SendOTP(limited, number, inquiry.PurposeEnrol)
	cancel()
	if ctx.Err() != nil {
		return
	}
	p := phoneEvent{Phone: number, Wait: resendWait}
	at := s.cfg.Now()
	var often *inquiry.RateError
	switch {
	case errors.As(err, &often):
		p.Code, p.Wait = askedTooOften, min(max(often.After, time.Second), maxWait)
	case err != nil:
		p.Code, p.Wait = unanswered(err), 0
	default:
		p.Ticket, p.Life = ticket.ID, min(max(ticket.Expires.Sub(at), time.Second), most)
	}
	if p.Code != "" {
		s.log.Info("no message was sent", "why", p.Code)
	}
	s.deliver(ctx, "", event{Kind: evCodeSent, At: at, Elapsed: at.Sub(begun), Phone: &p})
}

// maxWait bounds for how long a central may hold up another message.
const maxWait = time.Hour

// tryCode has the central say whether this is the code.
func (s *Station) tryCode(ctx context.Context, number string, t *typedCode) {
	begun := s.cfg.Now()
	limited, cancel := context.WithTimeout(ctx, questionPatience)
	outcome, err := s.cfg.Central.ConfirmOTP(limited, t.ticket, string(t.Code))
	cancel()
	if ctx.Err() != nil {
		return
	}
	p := phoneEvent{Phone: number, Outcome: outcome}
	if err != nil {
		p.Outcome, p.Code = "", unanswered(err)
		s.log.Info("the code was not tried", "why", p.Code)
	}
	at := s.cfg.Now()
	s.deliver(ctx, "", event{Kind: evCodeTried, At: at, Elapsed: at.Sub(begun), Phone: &p})
}
