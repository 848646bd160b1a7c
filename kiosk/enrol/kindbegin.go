package enrol

import (
	"encoding/json"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/rules"
)

// begin opens a journal with the first event in it.
func (s *Station) begin(c Command) (p *Problem) {
	var corrects *correction
	var opens *opening
	var one *rules.Pack
	if c.Name == CmdCorrect {
		if corrects, one, p = s.asked(c); p == nil {
			opens = &opening{Kind: one.As().Code}
		}
	} else {
		opens, one, p = s.opens(c)
	}
	switch {
	case p != nil:
		return p
	case c.Officer == "":
		return problem("no-officer")
	}
	reviewer := ""
	if one.As().Dossier != "" {
		if p := s.room(); p != nil {
			return p
		}
		if reviewer, p = s.reviewer(); p != nil {
			return p
		}
	}
	id, err := uuid.NewV7FromReader(s.rand)
	if err != nil {
		return problem("disk")
	}
	pack, err := json.Marshal(s.pack)
	if err != nil {
		s.log.Error("the rule pack can not be kept", "err", err)
		return problem("disk")
	}
	e := event{Kind: c.Name, Command: c.ID, At: s.cfg.Now(), Officer: c.Officer, ID: id, Rules: s.pack.Version, Pack: pack,
		Corrects: corrects, Opening: opens, Reviewer: reviewer}
	if err := s.restart(&e, one); err != nil {
		s.log.Error("journal could not be started", "err", err)
		return problem("disk")
	}
	s.rules, s.resumed = one, false
	s.live = live{version: s.live.version}
	s.draft()
	s.noteEvent(&e)
	return nil
}

// end erases the enrolment from the station: a sealed one is the outbox's, any
// other is called off.
func (s *Station) end(c Command) *Problem {
	st, step := s.st, s.st.step(s.rules)
	off := st != nil && st.done == nil && !st.verified()
	if off {
		s.abandon()
	}
	if s.journal != nil {
		if err := s.journal.Erase(); err != nil {
			s.log.Error("journal could not be erased", "err", err)
			if off {
				s.draft()
			}
			return problem("disk")
		}
	}
	s.st, s.journal, s.resumed, s.rules = nil, nil, false, s.pack
	s.live = live{version: s.live.version}
	s.preview.drop()
	s.move()
	if off {
		s.note(Act{Who: c.Officer, What: actCancelled, Dossier: st.id, Detail: string(step)})
	}
	return nil
}
