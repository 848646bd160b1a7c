package enrol

import (
	"context"
	"errors"
	"unicode/utf8"
)

// CommandError is a refused command with the words for the officer. It
// unwraps to ErrWrongStep, ErrBadCommand, ErrRefused, ErrDisk or ErrClosed.
type CommandError struct {
	Problem *Problem
	kind    error
}

func (e *CommandError) Error() string { return e.kind.Error() + " (" + e.Problem.Code + ")" }

func (e *CommandError) Unwrap() error { return e.kind }

func refuse(p *Problem) error {
	kind := ErrRefused
	switch p.Code {
	case "wrong-step", "stale", "id-reused", "other-enrolment":
		kind = ErrWrongStep
	case "unknown-command", "bad-command-id", "bad-args":
		kind = ErrBadCommand
	case "disk":
		kind = ErrDisk
	case "closed":
		kind = ErrClosed
	}
	return &CommandError{Problem: p, kind: kind}
}

// Do carries out one command. It returns when the command is durable; what
// devices do about it follows in later snapshots. The snapshot is the present
// one, also beside an error, which is then a *CommandError or the context's.
// "seal" is done when the snapshot reaches StepDone.
func (s *Station) Do(ctx context.Context, c Command) (Snapshot, error) {
	var p *Problem
	done := make(chan struct{})
	ok := s.send(ctx, func() {
		defer close(done)
		if p = s.do(c); p == nil {
			s.told.keep(c)
		}
		s.drive()
		s.publish()
	})
	switch {
	case ok:
		<-done
	case ctx.Err() != nil:
		return s.Snapshot(), ctx.Err()
	default:
		return s.Snapshot(), refuse(problem("closed"))
	}
	if p != nil {
		return s.Snapshot(), refuse(p)
	}
	return s.Snapshot(), nil
}

// do runs in the owner.
func (s *Station) do(c Command) *Problem {
	if c.ID == "" || len(c.ID) > maxCommandID || !utf8.ValidString(c.ID) {
		return problem("bad-command-id")
	}
	if c.Name == CmdNew { // another word for the same
		c.Name = CmdBegin
	}
	if c.Citizen != "" {
		if p := s.otherCitizen(c.Citizen); p != nil {
			return p
		}
	}
	if name, again := s.seen(c.ID); again {
		if name != c.Name || s.told.differs(c) {
			return problem("id-reused")
		}
		return nil
	}
	if s.outdated(c) {
		return problem("stale")
	}
	if p := s.taken(c); p != nil {
		return p
	}
	switch c.Name {
	case CmdBegin, CmdCorrect, CmdCancel, CmdFinish:
		return s.bracket(c)
	case CmdScanCamera:
		return s.turnCamera(c)
	case CmdFingerCamera:
		return s.turnHandCamera(c)
	case CmdPhoneCode:
		return s.typeCode(c)
	}
	e := event{Kind: c.Name, Command: c.ID, At: s.cfg.Now(), Officer: c.Officer, Citizen: c.Citizen != ""}
	if p := accepts[c.Name](s, c, &e); p != nil {
		return p
	}
	if err := s.record(&e); err != nil {
		return problem("disk")
	}
	s.torn = false
	s.noteEvent(&e)
	s.settle(c.Name)
	return nil
}

// bracket runs the commands that open and close an enrolment.
func (s *Station) bracket(c Command) *Problem {
	if c.Name == CmdBegin || c.Name == CmdCorrect {
		return s.begin(c)
	}
	if p := acceptPlain(s, c, nil); p != nil {
		return p
	}
	if p := s.end(c); p != nil {
		return p
	}
	s.remember(c)
	return nil
}

// maxRecent bounds the memory of commands that outlived their enrolment.
const maxRecent = 64

func (s *Station) remember(c Command) {
	if len(s.recent) >= maxRecent {
		clear(s.recent)
	}
	s.recent[c.ID] = c.Name
}

// seen reports whether a command was done already, and under which name.
func (s *Station) seen(id string) (name string, ok bool) {
	if s.st != nil {
		if name, ok = s.st.commands[id]; ok {
			return name, true
		}
	}
	name, ok = s.recent[id]
	return name, ok
}

// settle clears the device problem that a command answers.
func (s *Station) settle(command string) {
	answers := map[string][]string{CmdScan: {"chip", "scan"}, CmdIdentity: {"chip", "scan"}, CmdGuardianScan: {"chip", "scan"}, CmdGuardian: {"chip", "scan"}, CmdPortraitStart: {"camera"}, CmdPortraitRetake: {"camera"}, CmdPortraitManual: {"camera"},
		CmdFingersStart: {"scanner"}, CmdFingerException: {"scanner"}, CmdFingerPhoto: {"camera"}}
	for _, source := range answers[command] {
		s.clear(source)
	}
}

// trouble shows a device's problem until the device is well again.
func (s *Station) trouble(source string, p *Problem) {
	if s.live.problem == nil || *s.live.problem != *p {
		s.log.Warn("device problem", "source", source, "code", p.Code)
	}
	s.live.problem, s.live.source = p, source
}

func (s *Station) clear(source string) {
	if source != "" && s.live.source == source {
		s.live.problem, s.live.source = nil, ""
	}
}

// deliver records a device's result: again and again while the disk refuses,
// because the citizen has given it. It reports false when the work was called
// off first.
func (s *Station) deliver(ctx context.Context, source string, e event) bool {
	for {
		var err error
		done := make(chan struct{})
		if !s.send(ctx, func() {
			defer close(done)
			// Only the owner cancels work, so this is exact: a result that
			// was called off is never recorded.
			if err = ctx.Err(); err != nil {
				return
			}
			if err = s.record(&e); err != nil {
				s.trouble(source, problem("disk"))
			} else {
				s.noteEvent(&e)
				s.clear(source)
				if source != "" { // a device's: its live picture is over
					s.preview.drop()
				}
			}
			s.drive()
			s.publish()
		}) {
			return false
		}
		<-done
		if err == nil {
			return true
		}
		if !errors.Is(err, ErrDisk) || !s.pause(ctx) {
			return false
		}
	}
}
