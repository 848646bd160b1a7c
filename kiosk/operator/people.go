package operator

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const numberDigits = 12 // of a citizen's number

// Errors of looking after the people.
var (
	// ErrNobody says that there is no such person.
	ErrNobody = errors.New("nobody has this identifier here")
	// ErrThere says that the identifier is taken.
	ErrThere = errors.New("somebody has this identifier already: choose another")
	// ErrBadID says that a text is no identifier.
	ErrBadID = errors.New("an identifier has 2 to 32 small letters, digits, dots, hyphens or underscores, and is neither a name nor a citizen's number")
	// ErrBadRole says that there is no such role.
	ErrBadRole = errors.New("no such role: officer, supervisor or administrator")
	// ErrListed says that the central's list decides about the person.
	ErrListed = errors.New("the central's list decides about this person: ask the central")
	// ErrBadNumber says that a text is no citizen's number.
	ErrBadNumber = errors.New("a citizen's number has 12 digits: read it from the card again")
	// ErrSelf says that nobody takes the own role away, or gets a PIN from themself.
	ErrSelf = errors.New("nobody changes or removes themself: another administrator does")
)

// Person is one of the people as an administrator sees them.
type Person struct {
	ID      string    `json:"id"`
	Role    string    `json:"role"`
	Listed  bool      `json:"listed"` // the central's list decides about the person
	Allowed bool      `json:"allowed"`
	Until   time.Time `json:"until,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
	PIN     bool      `json:"pin"`  // has one
	Card    bool      `json:"card"` // the own card is known
	Locked  int       `json:"locked_seconds,omitempty"`
	Keys    []KeyInfo `json:"keys"`
}

// KeyInfo is one security key.
type KeyInfo struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Added     time.Time `json:"added"`
	Suspended bool      `json:"suspended"`
}

// People lists the people, by identifier.
func (s *Store) People() []Person {
	s.mu.Lock()
	f := s.file.clone()
	s.mu.Unlock()
	now := s.cfg.Now()
	all := make([]Person, 0, len(f.People))
	for i := range f.People {
		r := &f.People[i]
		p := Person{ID: r.ID, Role: r.Role, Listed: r.Listed, Allowed: f.allowed(r, Look), Until: r.Until, Revoked: r.Revoked,
			PIN: r.PIN != nil, Card: r.Card != nil, Locked: int(r.wait(now).Seconds()), Keys: []KeyInfo{}}
		for _, k := range r.Keys {
			p.Keys = append(p.Keys, KeyInfo{keyID(k.ID), k.Name, k.Added, !k.Suspended.IsZero()})
		}
		all = append(all, p)
	}
	return all
}

// change edits one person durably, and ends the person's sessions where asked.
func (s *Store) change(id string, end bool, edit func(f *file, r *record) error) error {
	s.write.Lock()
	defer s.write.Unlock()
	next := s.present()
	r := next.find(folded(id))
	if r == nil {
		return ErrNobody
	}
	id = r.ID // the edit may remove it
	if err := edit(&next, r); err != nil {
		return err
	}
	if err := s.replace(next); err != nil {
		return err
	}
	if end {
		s.endOf(id)
	}
	return nil
}

// Add adds a person with a new PIN, which is shown once.
func (s *Store) Add(id, role string) (PIN, error) {
	id = folded(id)
	switch {
	case !validID(id):
		return "", ErrBadID
	case rights[role] == nil:
		return "", ErrBadRole
	}
	pin, err := newPIN(s.cfg.Rand)
	if err != nil {
		return "", err
	}
	s.write.Lock()
	defer s.write.Unlock()
	next := s.present()
	if next.find(id) != nil {
		return "", ErrThere
	}
	if err := s.add(&next, id, role, pin); err != nil {
		return "", err
	}
	return pin, s.replace(next)
}

// NewPIN gives a person another PIN, which is shown once, and ends the lock and
// the sessions. Nobody gives themself one from an open session: it would end
// before the PIN is read, and whoever finds it open would have a way in. by is as
// in [Store.SetRole].
func (s *Store) NewPIN(by, id string) (PIN, error) {
	pin, err := newPIN(s.cfg.Rand)
	if err != nil {
		return "", err
	}
	return pin, s.change(id, true, func(_ *file, r *record) (err error) {
		if r.ID == by {
			return ErrSelf
		}
		r.PIN, err = s.cfg.cost.hash(pin, s.cfg.Rand)
		r.strikes = strikes{}
		return err
	})
}

// SetRole changes the role of a person who was added here. The administrator
// who does it is by, "" for the command line.
func (s *Store) SetRole(by, id, role string) error {
	if rights[role] == nil {
		return ErrBadRole
	}
	return s.change(id, true, func(_ *file, r *record) error {
		switch {
		case r.Listed:
			return ErrListed
		case r.ID == by:
			return ErrSelf
		}
		r.Role = role
		return nil
	})
}

// Remove removes a person who was added here, with the keys and the sessions.
func (s *Store) Remove(by, id string) error {
	return s.change(id, true, func(f *file, r *record) error {
		switch {
		case r.Listed && r.Revoked.IsZero():
			return ErrListed
		case r.ID == by:
			return ErrSelf
		}
		gone := r.ID
		f.People = slices.DeleteFunc(f.People, func(p record) bool { return p.ID == gone })
		return nil
	})
}

// SetCard says which citizen a person is, so that nobody enrols or approves
// themselves; "" forgets it. Only a keyed hash of the number is kept.
func (s *Store) SetCard(id, number string) error {
	if s.cfg.Mark == nil {
		return fmt.Errorf("operator: the station has no key for this yet")
	}
	var card []byte
	if number = strings.Join(strings.Fields(number), ""); number != "" {
		if len(number) != numberDigits || strings.Trim(number, "0123456789") != "" { // it would never be found again
			return ErrBadNumber
		}
		if card = s.cfg.Mark(number); len(card) != markSize {
			return fmt.Errorf("operator: the number can not be kept")
		}
	}
	return s.change(id, false, func(_ *file, r *record) error {
		r.Card = card
		return nil
	})
}

// RemoveKey removes a security key of a person.
func (s *Store) RemoveKey(id, credential string) error {
	return s.removeKey(id, credential, true)
}

// DropKey removes a security key of the session's person, whose PIN is asked
// again. The session goes on; those that are open elsewhere may be of somebody
// who found the key, and end.
func (s *Store) DropKey(token string, pin PIN, credential string) error {
	who, err := s.Check(token)
	if err != nil {
		return err
	}
	if _, err := s.check(who.ID, pin, Look); err != nil {
		return err
	}
	if err := s.removeKey(who.ID, credential, false); err != nil {
		return err
	}
	s.endOthers(who.ID, token)
	return nil
}

func (s *Store) removeKey(id, credential string, end bool) error {
	raw, err := base64.RawURLEncoding.DecodeString(credential)
	if err != nil {
		return ErrNobody
	}
	return s.change(id, end, func(_ *file, r *record) error {
		i := slices.IndexFunc(r.Keys, func(k key) bool { return bytes.Equal(k.ID, raw) })
		if i < 0 {
			return ErrNobody
		}
		r.Keys = slices.Delete(r.Keys, i, i+1)
		return nil
	})
}
