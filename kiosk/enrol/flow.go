package enrol

import (
	"slices"

	"github.com/tram-station/tram/kiosk/rules"
)

// flow is the state machine: the enrolment stands in the first step that is
// not done. A step that is undone later (a portrait taken again, a changed
// document) takes the enrolment back to it, and forward again by itself.
var flow = func() (out []flowStep) {
	for _, step := range Order {
		if done := dones[step]; done != nil {
			out = append(out, flowStep{step, done})
		}
	}
	return out
}()

type flowStep struct {
	step Step
	done done
}

// done reports whether a step needs nothing more.
type done func(*state, *rules.Pack) bool

// dones says for each step when it is done.
var dones = join(coreDones, kindDones, paperDones, onlineDones)

var coreDones = map[Step]done{
	StepNotice: func(s *state, _ *rules.Pack) bool { return !s.notice.IsZero() },
	// A correction goes on when the card is known to be the same citizen's, and
	// a card that is only looked at is done when it is read.
	StepCard: func(s *state, _ *rules.Pack) bool {
		return s.cardless() || s.scan != nil && s.chipRefused == "" && (s.corrects == nil && !s.looksOnly() || s.chip != nil)
	},
	StepPerson:   func(s *state, _ *rules.Pack) bool { return s.person != nil },
	StepRegister: func(s *state, _ *rules.Pack) bool { return s.register },
	StepPortrait: func(s *state, _ *rules.Pack) bool { return s.portrait != nil && s.decision != nil },
	StepFingers:  (*state).fingersDone,
	StepSign:     func(s *state, _ *rules.Pack) bool { return !s.signedAt.IsZero() },
	StepSeal:     func(s *state, _ *rules.Pack) bool { return s.done != nil },
}

// step says where the enrolment stands; a nil state is idle.
func (s *state) step(r *rules.Pack) Step {
	switch {
	case s == nil:
		return StepIdle
	case s.done != nil:
		return StepDone
	}
	for _, f := range flow {
		if s.takes(f.step) && !f.done(s, r) {
			return f.step
		}
	}
	return StepDone
}

// allowed says in which steps a command is accepted. Steps overlap: what was
// already done can be done again until the officer signs.
var allowed = join(coreAllowed, peopleAllowed, kindAllowed, paperAllowed, onlineAllowed)

var coreAllowed = map[string][]Step{
	CmdBegin:           {StepIdle, StepDone},
	CmdCorrect:         {StepIdle, StepDone},
	CmdNotice:          {StepNotice},
	CmdScan:            between(StepCard, StepSign),
	CmdScanCamera:      append(between(StepNotice, StepSeal), StepIdle, StepDone), // on: in StepCard only
	CmdAcknowledge:     append(between(StepCard, StepSign), StepIdentity, StepGuardian),
	CmdConfirmPerson:   between(StepPerson, StepSign),
	CmdPortraitStart:   {StepPortrait},
	CmdPortraitRetake:  between(StepPortrait, StepSign),
	CmdPortraitManual:  {StepPortrait},
	CmdPortraitAccept:  {StepPortrait},
	CmdPortraitDiffers: between(StepPortrait, StepSign),
	CmdFingersStart:    between(StepFingers, StepSign),
	CmdFingerException: between(StepFingers, StepSign),
	CmdFingerCamera:    append(between(StepNotice, StepSeal), StepIdle, StepDone), // on: where a finger can be excepted
	CmdFingerPhoto:     between(StepFingers, StepSign),
	CmdFingerApprove:   between(StepFingers, StepSign),
	CmdSign:            {StepSign},
	CmdSeal:            {StepSeal},
	CmdCancel:          append(between(StepNotice, StepSeal), StepIdle),
	CmdFinish:          {StepDone, StepIdle},
}

// capturing are the steps that a correction, or a kind, may go without.
var capturing = []Step{StepIdentity, StepGuardian, StepRequest, StepPerson, StepRegister, StepPortrait, StepFingers, StepDocuments, StepConsent}

// accepted reports whether a command belongs to where the enrolment stands.
// The first step of a command is the one it is for: where the enrolment does
// not go there, later steps do not take it either.
func (s *state) accepted(steps []Step, r *rules.Pack) bool {
	own := steps[0]
	return slices.Contains(steps, s.step(r)) && (s.takes(own) || !slices.Contains(capturing, own))
}

// between lists the steps from one to another, both included.
func between(from, to Step) []Step {
	i, j := slices.Index(Order[:], from), slices.Index(Order[:], to)
	return slices.Clone(Order[i : j+1])
}
