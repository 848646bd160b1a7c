package enrol

import (
	"context"
	"errors"
	"slices"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/verdict"
)

// reviews lists why the dossier waits for a supervisor under the rules; none:
// it goes out at once.
func (s *state) reviews(fields []Field, r *rules.Pack) []string {
	var out []string
	for _, code := range rules.ReviewReasons {
		// An exception that nobody decided on waits wherever somebody can be waited for.
		held := code == rules.ReviewPending && s.reviewer != ""
		if (held || slices.Contains(r.Station.Review, code)) && s.shows(code, fields, r) {
			out = append(out, code)
		}
	}
	return out
}

// shows reports whether a reason is there, whatever the rules make of it.
func (s *state) shows(code string, fields []Field, r *rules.Pack) bool {
	switch code {
	case rules.ReviewByHand:
		return s.portrait != nil && s.portrait.Manual
	case rules.ReviewUncompared:
		return s.portrait != nil && s.matched.band() == ""
	case rules.ReviewUnsure:
		return s.matched.band() == face.Review
	case rules.ReviewAlarm:
		return s.matched.band() == face.Alarm
	case rules.ReviewException:
		return len(s.exceptions) > 0
	case rules.ReviewFinger:
		return len(s.fingerIssues(r)) > 0
	case rules.ReviewCheck:
		return slices.ContainsFunc(s.checks(fields, r), func(c verdict.Check) bool {
			// These have reasons of their own.
			return c.Outcome == verdict.Failed && c.Name != "face-match" && c.Name != "cross-check" && !ofRegister(c.Name)
		})
	case rules.ReviewPending:
		return s.exceptionPending(r)
	case rules.ReviewSample:
		return s.sampled
	case rules.ReviewConflict:
		return slices.ContainsFunc(fields, func(f Field) bool { return f.Conflict })
	}
	return false
}

// reviewer returns to whom a dossier of the next enrolment is held, as its
// journal keeps it: an enrolment that has begun can always end. The problem is
// that the rules ask for a supervisor whose key is not here.
func (s *Station) reviewer() (string, *Problem) {
	switch {
	case s.cfg.Supervisor == nil && len(s.pack.Station.Review) == 0:
		return "", nil // what an exception leaves open is then only said in the dossier
	case s.cfg.Supervisor == nil:
		return "", problem("no-supervisor")
	}
	return s.cfg.Supervisor.String(), nil
}

// errNoReviewer says that a journal asks for a review and names nobody for it.
var errNoReviewer = errors.New("enrol: the dossier waits for a supervisor, and its journal names none")

// handOver gives the dossier to the outbox: to be sent, or to wait for a
// supervisor where there are reasons.
func (s *Station) handOver(ctx context.Context, st *state, d *dossier.Dossier, reasons []string) error {
	switch {
	case len(reasons) == 0:
		return s.cfg.Outbox.Submit(ctx, d)
	case st.reviewer == "":
		return errNoReviewer
	}
	to, err := envelope.ParseRecipient(st.reviewer)
	if err != nil {
		return err
	}
	return s.cfg.Outbox.Hold(ctx, d, to)
}
