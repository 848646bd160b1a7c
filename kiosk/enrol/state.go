package enrol

import (
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader"
)

// state is one enrolment: the fold of its events and nothing else.
type state struct {
	id       uuid.UUID
	rules    string      // version of the pack it began under
	corrects *correction // nil: a whole enrolment
	reviewer string      // to whom it is held, as an age recipient
	opening  *opening
	as       *rules.Kind
	officer  string
	begun    time.Time
	commands map[string]string // accepted command ID → name

	notice      time.Time
	scan        *scanned   // the last, which opens the chip
	prints      []*scanned // all that are of one card
	scans       int
	identity    *identified
	guardian    guardian
	request     *RequestArgs
	chip        *reader.Report
	chipRefused string // problem code: the keys of the last scan open nothing
	refusals    int
	person      *PersonArgs
	citizen     *CitizenSaid
	personAt    time.Time
	register    bool
	registering
	phoning
	excepting
	acks map[string]ack

	handOvers []handOver

	portraying

	printing

	papering

	signedBy string
	signedAt time.Time
	sealedAt time.Time

	machine map[Step]time.Duration
	done    *finished
	queue   string // the outbox's last word, "" before the first
}

type ack struct {
	Reason, Officer string
	At              time.Time
}

func newState() *state {
	return &state{
		commands: map[string]string{}, acks: map[string]ack{}, machine: map[Step]time.Duration{},
		printing: newPrinting(),
	}
}

// apply folds one event into the state. It decides nothing: what is journalled
// has been accepted.
func (s *state) apply(e *event, r *rules.Pack) {
	if e.Command != "" {
		s.commands[e.Command] = e.Kind
	}
	folds[e.Kind](s, e, r)
}

type fold func(*state, *event, *rules.Pack)

// folds says for each kind of event what it changes.
var folds = join(coreFolds, peopleFolds, kindFolds, paperFolds, onlineFolds, citizenFolds)

var coreFolds = map[string]fold{
	CmdBegin:       foldBegin,
	CmdCorrect:     foldBegin,
	CmdNotice:      func(s *state, e *event, _ *rules.Pack) { s.notice = e.At },
	CmdScan:        foldScan,
	CmdAcknowledge: func(s *state, e *event, _ *rules.Pack) { s.acks[e.Ack.Code] = ack{e.Ack.Reason, e.Officer, e.At} },
	CmdConfirmPerson: func(s *state, e *event, _ *rules.Pack) {
		s.person, s.personAt = e.Person, e.At
		s.rephone(e)
	},
	CmdPortraitStart:   foldStart,
	CmdPortraitRetake:  foldRetake,
	CmdPortraitManual:  foldManual,
	CmdPortraitAccept:  foldAccept,
	CmdPortraitDiffers: foldDiffers,
	CmdFingersStart:    foldFingersStart,
	CmdFingerException: foldException,
	CmdFingerPhoto:     foldFingerPhoto,
	CmdFingerCamera:    foldFingerCamera,
	CmdFingerApprove:   foldApprove,
	CmdSign: func(s *state, e *event, _ *rules.Pack) {
		s.signedBy, s.signedAt, s.sampled = e.Officer, e.At, e.Sampled
	},
	CmdSeal: func(s *state, e *event, _ *rules.Pack) { s.sealedAt = e.At },

	evChip: func(s *state, e *event, _ *rules.Pack) {
		s.chip, s.chipAt = e.Chip, e.At
		s.heard()
		s.machine[StepCard] += e.Elapsed
	},
	evChipRefused: func(s *state, e *event, _ *rules.Pack) {
		s.chipRefused = e.Code
		s.refusals++
		s.machine[StepCard] += e.Elapsed
	},
	evPortrait:       foldPortrait,
	evPortraitMissed: foldMissed,
	evMatch:          foldMatch,
	evReader:         foldReader,
	evTaken:          foldTaken,
	evPhoto:          foldPhoto,
	evCompared:       func(s *state, e *event, _ *rules.Pack) { s.compared = e.Compared },
	evQueue:          func(s *state, e *event, _ *rules.Pack) { s.queue = e.Code },
	evSubmitted: func(s *state, e *event, r *rules.Pack) {
		s.opening, s.as = e.Opening, r.As()
		s.id, s.rules, s.sealedAt, s.done = e.ID, e.Rules, e.Done.Receipt.Sealed, e.Done
		s.machine = maps.Clone(e.Done.Machine)
		if e.Done.Commands != nil {
			s.commands = maps.Clone(e.Done.Commands)
		}
	},
}

func foldBegin(s *state, e *event, r *rules.Pack) {
	s.opening, s.as, s.guardian = e.Opening, r.As(), e.Opening.carried()
	s.id, s.begun, s.officer, s.rules, s.corrects, s.reviewer = e.ID, e.At, e.Officer, e.Rules, e.Corrects, e.Reviewer
}
