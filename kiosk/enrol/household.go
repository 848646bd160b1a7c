package enrol

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader"
)

// household is a guardian who was verified once and stands beside several citizens,
// one after the other, each with a dossier of their own. It is in the journal
// only, until the officer finishes or its time is over.
type household struct {
	ID       uuid.UUID      `cbor:"id"`     // the first dossier's
	Linked   []uuid.UUID    `cbor:"linked"` // all dossiers so far, oldest first
	Officer  string         `cbor:"officer"`
	Until    time.Time      `cbor:"until"`
	Guardian guardianRecord `cbor:"guardian"`
}

// guardianRecord is what is kept of the guardian: not the relation, which is
// another one to each citizen.
type guardianRecord struct {
	Scan    *scanned          `cbor:"scan,omitempty"`
	Chip    *reader.Report    `cbor:"chip,omitempty"`
	Reason  string            `cbor:"reason,omitempty"`
	Fields  map[string]string `cbor:"fields,omitempty"`
	Officer string            `cbor:"officer"`
	At      time.Time         `cbor:"at"`
}

// HouseholdView says that BeginArgs.After may begin the next citizen of the same
// guardian, until a moment.
type HouseholdView struct {
	After string    `json:"after"`
	Until time.Time `json:"until"`
}

// householdOf is what the journal keeps of the guardian behind a receipt; nil where
// there was none.
func (s *state) householdOf(r *rules.Pack) *household {
	g := s.guardian
	if s.corrects != nil || g.said == nil || r.As().Guardian == nil || g.officer != s.officer {
		return nil // whoever took the enrolment over has verified nobody
	}
	f := &household{ID: s.id, Officer: s.officer, Until: g.at.Add(r.As().Guardian.Family()),
		Guardian: guardianRecord{g.scan, g.chip, g.said.Reason, g.said.Fields, g.officer, g.at}}
	if g.household != nil {
		f.ID, f.Linked = g.household.ID, g.household.Linked
	}
	f.Linked = append(f.Linked[:len(f.Linked):len(f.Linked)], s.id)
	return f
}

// present is the household behind the receipt that is shown, nil where there is
// none or its time is over.
func (s *Station) present() *household {
	if s.st == nil || s.st.done == nil || s.st.done.Household == nil || !s.cfg.Now().Before(s.st.done.Household.Until) {
		return nil
	}
	return s.st.done.Household
}

// follows returns the household that a command goes on with.
func (s *Station) follows(after, officer string) (*household, *Problem) {
	f := s.present()
	if f == nil || s.st.id.String() != after || f.Officer != officer {
		return nil, problem("no-family")
	}
	return f, nil
}

func (s *Station) householdView() *HouseholdView {
	f := s.present()
	if f == nil {
		return nil
	}
	return &HouseholdView{s.st.id.String(), f.Until}
}

// driveHousehold forgets the guardian when the time is over.
func (s *Station) driveHousehold() {
	key := ""
	var until time.Time
	if s.st != nil && s.st.done != nil && s.st.done.Household != nil {
		until = s.st.done.Household.Until
		key = fmt.Sprintf("%s/household/%d", s.st.id, until.UnixNano())
	}
	s.ensure(&s.household, key, func(ctx context.Context) { s.forgetGuardian(ctx, until) })
}

// forgetEvery is how often the clock is looked at: it may have been set.
const forgetEvery = 10 * time.Second

func (s *Station) forgetGuardian(ctx context.Context, until time.Time) {
	for ctx.Err() == nil {
		wait := min(until.Sub(s.cfg.Now()), forgetEvery)
		if wait > 0 {
			t := time.NewTimer(wait)
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
			}
			continue
		}
		dropped, done := false, make(chan struct{})
		if !s.send(ctx, func() {
			defer close(done)
			dropped = ctx.Err() == nil && s.dropGuardian()
		}) {
			return
		}
		if <-done; dropped || !s.pause(ctx) {
			return
		}
	}
}

// Attend says who is at the counter now, "" where nobody is: a guardian whom
// somebody else has verified is forgotten. It returns when that is durable, or
// is tried again for as long as the disk refuses; nobody can go on with the
// guardian from the call on.
func (s *Station) Attend(ctx context.Context, officer string) {
	done := make(chan struct{})
	// A page that is closed as somebody signs out calls nothing off.
	if s.send(context.WithoutCancel(ctx), func() {
		defer close(done)
		if f := s.present(); f == nil || f.Officer == officer {
			return
		}
		over, household := *s.st.done, *s.st.done.Household
		household.Until = s.cfg.Now()
		over.Household, s.st.done = &household, &over
		if !s.dropGuardian() {
			s.drive()
			s.publish()
		}
	}) {
		<-done
	}
}

// dropGuardian writes the receipt's journal anew, without the guardian.
func (s *Station) dropGuardian() bool {
	st := s.st
	d := *st.done
	d.Household, d.Receipt.State, d.Commands = nil, cmp.Or(st.queue, d.Receipt.State), st.commands
	e := event{Kind: evSubmitted, At: s.cfg.Now(), ID: st.id, Rules: st.rules, Opening: st.opening, Done: &d}
	if err := s.restart(&e, s.rules); err != nil {
		s.log.Error("the guardian could not be forgotten", "err", err)
		return false
	}
	s.drive()
	s.publish()
	return true
}
