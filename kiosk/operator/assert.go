package operator

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// LoginKey opens a session of whose security key answered.
func (s *Store) LoginKey(id string, answer []byte) (Session, error) {
	r, err := s.assert(aboutLogin, id, answer, Look)
	if err != nil {
		return Session{}, err
	}
	return s.open(r.officer(), "")
}

// UnlockKey is Unlock by the security key of the session's person.
func (s *Store) UnlockKey(token, id string, answer []byte) (Session, error) {
	who, err := s.whose(token)
	if err != nil {
		return Session{}, err
	}
	r, err := s.assert(aboutUnlock+token, id, answer, Look)
	switch {
	case err != nil:
		return Session{}, err
	case r.ID != who:
		return Session{}, &KeyError{r.ID, ErrKey, errors.New("the session is somebody else's")}
	}
	return s.open(r.officer(), token)
}

// ApproveKey is Approve by a supervisor's security key: of is what BeginApproval
// named.
func (s *Store) ApproveKey(of, id string, answer []byte) (Officer, error) {
	r, err := s.assert(aboutApprove+of, id, answer, Approve)
	return r.officer(), err
}

// assert verifies the answer of a security key (WebAuthn level 3 §7.2): the
// challenge, the origin, the relying party, that the person was there and was
// verified, the signature. The key's counter is on the disk before anything is
// answered; where it went back there are two keys, and neither is taken again.
func (s *Store) assert(about, id string, answer []byte, right Right) (record, error) {
	refuse := func(who string, kind, why error) (record, error) { return record{}, &KeyError{who, kind, why} }
	party, err := s.party()
	if err != nil {
		return record{}, err
	}
	c, err := s.take(id, about)
	if err != nil {
		return refuse("", ErrKey, err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return refuse("", ErrKey, err)
	}
	s.write.Lock()
	defer s.write.Unlock()
	next := s.present()
	var r *record
	_, credential, err := party.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		i := slices.IndexFunc(next.People, func(p record) bool { return bytes.Equal(p.Handle, handle) })
		if i < 0 {
			return nil, errors.New("nobody has this handle")
		}
		r = &next.People[i]
		return holder{r}, nil
	}, *c.data, parsed)
	if err != nil {
		who := ""
		if r != nil {
			who = r.ID
		}
		return refuse(who, ErrKey, err)
	}
	k := &r.Keys[slices.IndexFunc(r.Keys, func(k key) bool { return bytes.Equal(k.ID, credential.ID) })]
	if credential.Authenticator.CloneWarning {
		k.Suspended = s.cfg.Now().UTC()
		return refuse(r.ID, ErrKeySuspect, s.replace(next))
	}
	k.Count = credential.Authenticator.SignCount
	if err := s.replace(next); err != nil {
		return record{}, err
	}
	if !next.allowed(r, right) {
		return record{}, ErrNotAllowed
	}
	return *r, nil
}
