package enrol

import (
	"errors"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
)

// room returns the problem where the outbox can take no further dossier: asked
// before the citizen gives anything, not at the end.
func (s *Station) room() *Problem {
	err := s.cfg.Outbox.Room()
	if errors.Is(err, offline.ErrFull) {
		return problem("no-room")
	}
	if err != nil { // sealing says more; until then the enrolment can go on
		s.log.Error("the outbox can not say how much room it has", "err", err)
	}
	return nil
}

// draft notes in the outbox that an enrolment is under way. The journal is
// first: one that went on after a restart is noted again.
func (s *Station) draft() {
	if s.st.looksOnly() { // no dossier comes of it
		return
	}
	if err := s.cfg.Outbox.Begin(s.st.id, s.st.kind(s.rules)); err != nil {
		s.log.Error("the outbox did not note the draft", "id", s.st.id, "err", err)
	}
}

// abandon takes the note back, before the journal is erased.
func (s *Station) abandon() {
	if err := s.cfg.Outbox.Abandon(s.st.id); err != nil && !errors.Is(err, offline.ErrNotFound) {
		s.log.Error("the outbox did not drop the draft", "id", s.st.id, "err", err)
	}
}

// SetRules gives the station another rule pack. The present enrolment keeps its
// own to its end; the next one begins under this.
func (s *Station) SetRules(r *rules.Pack) {
	s.send(s.ctx, func() {
		if r == nil || r.Version == s.pack.Version {
			return
		}
		s.pack = r
		if s.st == nil {
			s.rules = r
		}
		s.note(Act{What: ActSettings, Detail: "rules " + r.Version})
		s.publish()
	})
}

// notices are what the officer should know of the station itself. They stop
// nothing.
func (s *Station) notices() []Problem {
	out := []Problem{}
	if s.torn {
		out = append(out, *problem("journal-torn"))
	}
	if s.unlogged {
		out = append(out, *problem("unlogged"))
	}
	if _, p := s.reviewer(); p != nil {
		out = append(out, *p)
	}
	if s.untrusted {
		out = append(out, *problem("no-trust"))
	}
	if s.st != nil && s.pack.Version != s.rules.Version {
		out = append(out, *problem("rules-wait"))
	}
	return out
}
