package operator

import (
	"io"
	"strings"
	"time"
)

// person is one of the people: the file, and what stands in it.
type person struct {
	path string
	who  Officer // who is made where there is no file
	rec  record
}

// enrol makes the person, with a PIN.
func (p *person) enrol(pin PIN, rand io.Reader) error {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return err
	}
	p.rec = record{Version: recordVersion, Officer: p.who.ID, Role: p.who.Role,
		Time: argonTime, MemoryKiB: argonMemory, Threads: argonThreads, Salt: salt}
	p.rec.Hash = p.rec.hash(pin)
	return p.rec.save(p.path)
}

func (p *person) officer() Officer { return Officer{ID: p.rec.Officer, Role: p.rec.Role} }

// check compares a PIN. A wrong one is counted on the disk before it is
// answered; after a few each one makes the next wait longer.
func (p *person) check(pin PIN, now time.Time) error {
	if wait := p.rec.wait(now); wait > 0 {
		return &LockedError{Wait: wait}
	}
	next := p.rec
	next.Failures, next.FailedAt = p.rec.Failures+1, now
	if err := next.save(p.path); err != nil {
		return err
	}
	p.rec = next
	if !p.rec.matches(pin) {
		if wait := p.rec.wait(now); wait > 0 {
			return &LockedError{Wait: wait}
		}
		return ErrWrongPIN
	}
	next.Failures, next.FailedAt = 0, time.Time{}
	if err := next.save(p.path); err != nil {
		return err
	}
	p.rec = next
	return nil
}

// Approve checks a supervisor's name and PIN and says who approves. It opens no
// session: each approval needs the PIN. A wrong name counts as a wrong PIN, and
// takes as long.
func (s *Store) Approve(name string, pin PIN) (Officer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.EqualFold(strings.TrimSpace(name), s.supervisor.rec.Officer) {
		pin = "" // nobody's
	}
	if err := s.supervisor.check(pin, s.cfg.Now()); err != nil {
		return Officer{}, err
	}
	return s.supervisor.officer(), nil
}
