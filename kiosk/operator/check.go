package operator

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
)

const tagSize = 16

// check compares a name and a PIN, and says who that is. A try is counted on the
// disk before it is answered; after a few each one makes the next wait longer. A
// name that nobody has is counted, hashed and locked like any other, so that
// nothing tells the two apart. Who may not do what the right names has proven
// who they are, and is told so.
func (s *Store) check(name string, pin PIN, right Right) (record, error) {
	s.write.Lock()
	defer s.write.Unlock()
	now, next := s.cfg.Now(), s.present()
	id := folded(name)
	r := next.find(id)
	count := next.strikesOf(r, id)
	who := ""
	if r != nil {
		who = r.ID
	}
	if wait := count.wait(now); wait > 0 {
		if count.FailedAt.After(now) { // the clock was set back: the wait begins again, or it would last until then
			count.FailedAt = now
			if err := s.replace(next); err != nil {
				return record{}, err
			}
		}
		return record{}, &LockedError{Wait: wait, Who: who}
	}
	count.Failures, count.FailedAt = count.Failures+1, now
	locked := count.wait(now)
	if err := s.replace(next.clone()); err != nil {
		return record{}, err
	}
	if !next.matches(r, pin, s.cfg.cost) {
		if locked > 0 {
			return record{}, &LockedError{Wait: locked, Who: who}
		}
		return record{}, &WrongPINError{Who: who}
	}
	*count = strikes{}
	if err := s.replace(next); err != nil {
		return record{}, err
	}
	if !next.allowed(r, right) {
		return record{}, ErrNotAllowed
	}
	return *r, nil
}

// matches compares with the person's PIN, and with nobody's where there is none:
// both take the same time.
func (f *file) matches(r *record, pin PIN, c cost) bool {
	if r == nil || r.PIN == nil {
		c.unsalted().matches(pin)
		return false
	}
	return r.PIN.matches(pin)
}

// allowed reports whether the person may do something at the station now.
func (f *file) allowed(r *record, right Right) bool {
	switch {
	case !r.Revoked.IsZero():
		return false
	case f.List.OnlyListed && !r.Listed && r.Role != RoleAdministrator: // somebody has to look after the rest
		return false
	}
	return r.officer().May(right)
}

// strikesOf is the count of a person, or that of a name that nobody has.
func (f *file) strikesOf(r *record, id string) *strikes {
	if r != nil {
		return &r.strikes
	}
	mac := hmac.New(sha256.New, f.Secret)
	_, _ = mac.Write([]byte(id)) // never fails, hash.Hash
	tag := mac.Sum(nil)[:tagSize]
	for i := range f.Unknown {
		if bytes.Equal(f.Unknown[i].Tag, tag) {
			return &f.Unknown[i].strikes
		}
	}
	if len(f.Unknown) == maxUnknown { // the oldest gives way
		oldest := slices.MinFunc(f.Unknown, func(a, b unknown) int { return a.FailedAt.Compare(b.FailedAt) })
		f.Unknown = slices.DeleteFunc(f.Unknown, func(u unknown) bool { return bytes.Equal(u.Tag, oldest.Tag) })
	}
	f.Unknown = append(f.Unknown, unknown{Tag: tag})
	return &f.Unknown[len(f.Unknown)-1].strikes
}

// Approve checks a supervisor's name and PIN and says who approves. It opens no
// session: each approval needs the PIN.
func (s *Store) Approve(name string, pin PIN) (Officer, error) {
	r, err := s.check(name, pin, Approve)
	return r.officer(), err
}

// OwnCard reports whether a citizen's number is that of the person's own card:
// nobody enrols, or approves, themselves.
func (s *Store) OwnCard(id, number string) bool {
	if s.cfg.Mark == nil || number == "" {
		return false
	}
	s.mu.Lock()
	r := s.file.find(id)
	var card []byte
	if r != nil {
		card = r.Card
	}
	s.mu.Unlock()
	return len(card) == markSize && hmac.Equal(card, s.cfg.Mark(number))
}
