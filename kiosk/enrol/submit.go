package enrol

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
)

// acceptSeal takes the order once, under whatever number: the dossier is being
// built from this state, and its time of sealing must not change under it.
func acceptSeal(s *Station, c Command, _ *event) *Problem {
	if !s.st.sealedAt.IsZero() {
		return problem("wrong-step")
	}
	return readArgs(c.Args, &struct{}{})
}

// submitDossier builds the dossier and hands it to the outbox, again and again
// until it is there. The dossier, and whether it waits for a supervisor, follow
// from the journal alone, so that one that was handed over just before a power
// cut is the same the second time.
func (s *Station) submitDossier(ctx context.Context, st *state, r *rules.Pack) {
	reasons := st.reviews(st.personFields(st.sealedAt), r)
	for ctx.Err() == nil {
		begun := s.cfg.Now()
		d, err := s.dossier(st, r)
		if err == nil {
			err = s.handOver(ctx, st, d, reasons)
		}
		if errors.Is(err, offline.ErrOtherContent) {
			// The outbox has this enrolment, which can not have changed since it
			// was signed: an earlier version of the program handed it over, in
			// another form, just before the power was cut.
			s.log.Error("the outbox has the dossier in another form", "id", st.id)
			err = nil
		}
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			machine := maps.Clone(st.machine)
			machine[StepSeal] += s.cfg.Now().Sub(begun)
			if s.close(ctx, st, d.Virtual, reasons, machine) || !s.pause(ctx) {
				return
			}
			continue
		}
		s.log.Error("the outbox did not take the dossier", "id", st.id, "err", err)
		s.report(ctx, func() { s.trouble("outbox", problem("outbox")) })
		if !s.pause(ctx) {
			return
		}
	}
}

// close replaces the journal by the receipt: from here on the citizen's data
// are the outbox's alone.
func (s *Station) close(ctx context.Context, st *state, virtual bool, reasons []string, machine map[Step]time.Duration) bool {
	ok := false
	done := make(chan struct{})
	sent := s.send(ctx, func() {
		defer close(done)
		if ctx.Err() != nil {
			return
		}
		fields := st.personFields(s.cfg.Now())
		where := "sealed"
		if len(reasons) > 0 {
			where = StateHeld
		}
		e := event{Kind: evSubmitted, At: s.cfg.Now(), ID: st.id, Rules: st.rules, Opening: st.opening.plain(), Done: &finished{
			Receipt: Receipt{ID: st.id.String(), Initials: initials(value(fields, fieldName)), Number: Masked(value(fields, fieldNumber)),
				Sealed: st.sealedAt, Virtual: virtual, State: cmp.Or(s.st.queue, where), Review: reasons, Flags: st.flags(s.rules)},
			Machine:   machine,
			Commands:  st.commands,
			Household: st.householdOf(s.rules),
		}}
		told := st.promise(s.rules)
		e.Done.Receipt.Due, e.Done.Receipt.DueSure, e.Done.Receipt.Form = told.Day, told.Sure, told.Form
		if err := s.restart(&e, s.rules); err != nil {
			s.log.Error("journal could not be closed", "err", err)
			s.trouble("outbox", problem("disk"))
		} else {
			ok = true
			if flags := e.Done.Receipt.Flags; len(flags) > 0 {
				s.note(Act{What: ActFlagged, Dossier: st.id, Masked: e.Done.Receipt.Number, Detail: strings.Join(flags, " ")})
			}
			if len(reasons) > 0 {
				s.note(Act{What: ActReview, Dossier: st.id, Masked: e.Done.Receipt.Number, Detail: strings.Join(reasons, " ")})
			}
			s.live = live{version: s.live.version}
			s.preview.drop()
		}
		s.drive()
		s.publish()
	})
	if !sent {
		return false
	}
	<-done
	return ok
}

// promise is what the receipt says of the result.
func (s *state) promise(r *rules.Pack) dossier.Promise {
	due, sure := r.Due(s.sealedAt)
	return dossier.Promise{Day: due.Format(isoDate), Sure: sure, Days: r.WorkingDays, Form: r.As().Form}
}

// What may stay readable is bounded: name and number come from a chip.
const (
	maxInitials = 6
	shownDigits = 4
	numberWidth = 12
)

// shown is what stays readable of the citizen once the dossier is sealed.
func shown(fields []Field) string {
	return strings.TrimSpace(initials(value(fields, fieldName)) + " " + Masked(value(fields, fieldNumber)))
}

// initials of a Vietnamese name: "Nguyễn Văn Thử" → "N.V.T."
func initials(name string) string {
	var b strings.Builder
	for i, w := range strings.Fields(name) {
		r, _ := utf8.DecodeRuneInString(w)
		if i < maxInitials && unicode.IsLetter(r) {
			b.WriteRune(unicode.ToUpper(r))
			b.WriteByte('.')
		}
	}
	return b.String()
}

// Masked keeps the last four of twelve digits, and less of what is no such
// number.
func Masked(number string) string {
	r := []rune(number)
	if len(r) != numberWidth {
		return strings.Repeat("•", min(len(r), numberWidth))
	}
	return strings.Repeat("•", numberWidth-shownDigits) + string(r[numberWidth-shownDigits:])
}
