package kiosk

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// needs says which right a route wants. What is not named wants Look for a GET
// and Enrol for a POST. The roles' rights are one table in kiosk/operator.
var needs = map[string]operator.Right{
	"POST /api/logout":                  operator.Look,
	"POST /api/lock":                    operator.Look,
	"POST /api/passkey/register/begin":  operator.Look,
	"POST /api/passkey/register/finish": operator.Look,
	"POST /api/passkey/remove":          operator.Look,
	"POST /api/check":                   operator.Look,
	"GET /api/image/{name}":             operator.Enrol, // faces and prints are no business of who looks after people
	"GET /api/preview":                  operator.Enrol,
	"GET /api/day":                      operator.Approve,
	"POST /api/day":                     operator.Approve,
	"GET /api/held":                     operator.Approve,
	"POST /api/held/open":               operator.Approve,
	"POST /api/held/decide":             operator.Approve,
	"GET /api/audit":                    operator.Audit,
	"GET /api/people":                   operator.Manage,
	"POST /api/people":                  operator.Manage,
}

func need(r *http.Request) operator.Right {
	right, named := needs[r.Pattern]
	switch {
	case named:
		return right
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return operator.Look
	}
	return operator.Enrol
}

// underWay reports whether an enrolment is open, and whose it is.
func underWay(s enrol.Snapshot) (officer string, open bool) {
	return s.Officer, s.Step != enrol.StepIdle && s.Step != enrol.StepDone
}

// sit gives the desk to a new session. Between two enrolments whoever signs in
// has it; while one is under way it has to be free, or taken over. Who takes it
// takes the enrolment: the hand-over is journalled.
func (s *Server) sit(ctx context.Context, on operator.Session, over bool) (active bool, err error) {
	if !on.Officer.May(operator.Enrol) {
		return false, nil
	}
	officer, open := underWay(s.cfg.Station.Snapshot())
	if !s.cfg.Operators.Sit(on.Token, over || !open) {
		return false, nil
	}
	s.second.wake()
	s.cfg.Station.Attend(ctx, on.Officer.ID)
	if open && officer != on.Officer.ID {
		_, err = s.cfg.Station.Do(ctx, enrol.Command{ID: uuid.NewString(), Name: enrol.CmdHandOver, Officer: on.Officer.ID})
	}
	return true, err
}

// mayDo says whether a session may send a command, and has a supervisor's proof
// checked where the command carries one.
func (s *Server) mayDo(ctx context.Context, w http.ResponseWriter, on session, c *enrol.Command) (problem, bool) {
	approves := c.Name == enrol.CmdFingerApprove || c.Name == enrol.CmdExceptionApprove
	if !s.cfg.Operators.AtDesk(on.token) {
		if !approves || !(operator.Officer{Role: on.role}).May(operator.Approve) {
			return problemNotActive, false
		}
		// A supervisor decides in a window of their own: the enrolment stays its
		// officer's.
		c.Officer = s.cfg.Station.Snapshot().Officer
	}
	switch c.Name {
	case enrol.CmdBegin, enrol.CmdNew, enrol.CmdCorrect:
		if s.cfg.Operators.Lease(on.officer).Refuse {
			s.cfg.Station.Note(ctx, enrol.Act{Who: on.officer, What: enrol.ActNotAllowed, Detail: noticeLeaseOver.Code})
			return problemLease, false
		}
	case enrol.CmdFingerApprove, enrol.CmdExceptionApprove:
		return s.approve(ctx, w, on.officer, c)
	}
	return problem{}, true
}

// leaseNotices warns the officer of the end of the lease.
func (s *Server) leaseNotices(on session) []enrol.Problem {
	lease := s.cfg.Operators.Lease(on.officer)
	switch {
	case lease.Refuse:
		return []enrol.Problem{noticeLeaseEnd}
	case lease.State == operator.LeaseOver:
		return []enrol.Problem{noticeLeaseOver}
	case lease.State == operator.LeaseDay:
		return []enrol.Problem{noticeLeaseDay}
	case lease.State == operator.LeaseWeek:
		return []enrol.Problem{noticeLeaseWeek}
	}
	return nil
}
