package operator

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// The relying party, WebAuthn level 3 §5.1.2: a station's pages are always
// localhost's, and a key answers them without any network.
const (
	partyID   = "localhost"
	partyName = "Trạm"
)

const (
	ceremonyLasts = 2 * time.Minute
	maxCeremonies = 64
	maxKeyName    = 40   // letters
	maxKeyID      = 1023 // bytes, WebAuthn level 3 §5.1.3
	maxPublicKey  = 4096
)

// Errors of the security keys.
var (
	// ErrKey says that a security key's answer was not accepted.
	ErrKey = errors.New("the security key was not accepted: try again, or sign in with the PIN")
	// ErrKeySuspect says that a key's counter went back: there are two of it.
	ErrKeySuspect = errors.New("the security key's counter went back, as a copy's does: it is suspended, show it to the administrator")
	// ErrNoKeys says that keys are not in use, or that there are too many.
	ErrNoKeys = errors.New("security keys can not be used here")
)

// KeyError says whose security key it was, for the audit log. It unwraps to
// ErrKey or ErrKeySuspect.
type KeyError struct {
	Who  string // identifier; "": nobody of the station
	kind error
	why  error // the library's; it tells an attacker more than it tells the person
}

func (e *KeyError) Error() string { return e.kind.Error() }

func (e *KeyError) Unwrap() []error { return []error{e.kind, e.why} }

// key is one security key of a person.
type key struct {
	Name      string    `json:"name"`
	ID        []byte    `json:"id"`         // the credential's
	PublicKey []byte    `json:"public_key"` // COSE
	Count     uint32    `json:"count"`      // signatures, as the key counts them
	Eligible  bool      `json:"backup_eligible,omitempty"`
	Added     time.Time `json:"added"`
	Suspended time.Time `json:"suspended,omitzero"`
}

func (k key) valid() bool {
	return validKeyName(k.Name) && len(k.ID) > 0 && len(k.ID) <= maxKeyID && len(k.PublicKey) > 0 && len(k.PublicKey) <= maxPublicKey
}

func validKeyName(name string) bool {
	n := utf8.RuneCountInString(name)
	return n > 0 && n <= maxKeyName && utf8.ValidString(name) && strings.TrimSpace(name) == name && !strings.ContainsFunc(name, unicode.IsControl)
}

// keyID is how a key is named outside: its credential's identifier.
func keyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// holder is a person as the WebAuthn library sees one.
type holder struct{ r *record }

func (h holder) WebAuthnID() []byte          { return h.r.Handle }
func (h holder) WebAuthnName() string        { return h.r.ID }
func (h holder) WebAuthnDisplayName() string { return h.r.ID }
func (h holder) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, k := range h.r.Keys {
		if k.Suspended.IsZero() {
			all = append(all, webauthn.Credential{ID: k.ID, PublicKey: k.PublicKey, Flags: webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: k.Eligible},
				Authenticator: webauthn.Authenticator{SignCount: k.Count}})
		}
	}
	return all
}

// ceremony is a question to a security key that waits for its answer, which is
// taken once.
type ceremony struct {
	data  *webauthn.SessionData
	about string        // what the answer is for
	name  string        // of the key that is registered
	until time.Duration // by Config.Since: no clock that is set brings one back
}

// Challenge is what the browser hands to a security key.
type Challenge struct {
	ID      string `json:"ceremony"`
	Options any    `json:"options"` // {"publicKey":…}, WebAuthn's JSON
}

func (s *Store) party() (*webauthn.WebAuthn, error) {
	if len(s.cfg.Origins) == 0 {
		return nil, ErrNoKeys
	}
	return webauthn.New(&webauthn.Config{
		RPID: partyID, RPDisplayName: partyName, RPOrigins: s.cfg.Origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
}

// What an answer can be for; an approval names the rest itself.
const (
	aboutLogin    = "login"
	aboutRegister = "register\x00"
	aboutUnlock   = "unlock\x00"
	aboutApprove  = "approve\x00"
)

// BeginKey begins the registration of a security key of the session's person,
// whose PIN is asked again: an open session alone makes nobody a second way in.
func (s *Store) BeginKey(token string, pin PIN, name string) (Challenge, error) {
	if !validKeyName(name) {
		return Challenge{}, fmt.Errorf("%w: a name of at most %d letters is needed", ErrNoKeys, maxKeyName)
	}
	party, err := s.party()
	if err != nil {
		return Challenge{}, err
	}
	who, err := s.Check(token)
	if err != nil {
		return Challenge{}, err
	}
	r, err := s.check(who.ID, pin, Look)
	if err != nil {
		return Challenge{}, err
	}
	if len(r.Keys) >= maxKeys {
		return Challenge{}, fmt.Errorf("%w: %d keys are the most", ErrNoKeys, maxKeys)
	}
	options, data, err := party.BeginRegistration(holder{&r}, webauthn.WithExclusions(webauthn.Credentials(holder{&r}.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Challenge{}, fmt.Errorf("operator: %w", err)
	}
	return s.keep(&ceremony{data: data, about: aboutRegister + r.ID, name: name}, options)
}

// FinishKey takes the answer of a registration.
func (s *Store) FinishKey(token, id string, answer []byte) (Officer, error) {
	who, err := s.Check(token)
	if err != nil {
		return Officer{}, err
	}
	party, err := s.party()
	if err != nil {
		return Officer{}, err
	}
	refuse := func(why error) (Officer, error) { return who, &KeyError{who.ID, ErrKey, why} }
	c, err := s.take(id, aboutRegister+who.ID)
	if err != nil {
		return refuse(err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return refuse(err)
	}
	s.write.Lock()
	defer s.write.Unlock()
	next := s.present()
	r := next.find(who.ID)
	if r == nil || len(r.Keys) >= maxKeys {
		return refuse(ErrNoKeys)
	}
	credential, err := party.CreateCredential(holder{r}, *c.data, parsed)
	if err != nil {
		return refuse(err)
	}
	if next.holds(credential.ID) {
		return refuse(errors.New("the key is registered already"))
	}
	r.Keys = append(r.Keys, key{Name: c.name, ID: credential.ID, PublicKey: credential.PublicKey,
		Count: credential.Authenticator.SignCount, Eligible: credential.Flags.BackupEligible, Added: s.cfg.Now().UTC()})
	return who, s.replace(next)
}

// holds reports whether a credential is somebody's already.
func (f *file) holds(id []byte) bool {
	return slices.ContainsFunc(f.People, func(r record) bool {
		return slices.ContainsFunc(r.Keys, func(k key) bool { return bytes.Equal(k.ID, id) })
	})
}

// BeginLogin asks for whoever's security key: no name is asked, so none is told.
func (s *Store) BeginLogin() (Challenge, error) { return s.ask(aboutLogin) }

// BeginUnlock asks for the security key of a session's person.
func (s *Store) BeginUnlock(token string) (Challenge, error) {
	if _, err := s.whose(token); err != nil {
		return Challenge{}, err
	}
	return s.ask(aboutUnlock + token)
}

// BeginApproval asks for a supervisor's security key, for what is named alone.
func (s *Store) BeginApproval(of string) (Challenge, error) { return s.ask(aboutApprove + of) }

func (s *Store) ask(about string) (Challenge, error) {
	party, err := s.party()
	if err != nil {
		return Challenge{}, err
	}
	options, data, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Challenge{}, fmt.Errorf("operator: %w", err)
	}
	return s.keep(&ceremony{data: data, about: about}, options)
}

// keep remembers a ceremony. The oldest gives way: who asks and asks keeps
// nobody out for long, and takes no memory.
func (s *Store) keep(c *ceremony, options any) (Challenge, error) {
	raw := make([]byte, tokenSize)
	if _, err := io.ReadFull(s.cfg.Rand, raw); err != nil {
		return Challenge{}, err
	}
	now := s.cfg.Since()
	c.until = now + ceremonyLasts
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := ""
	for id, other := range s.ceremonies {
		if other.until <= now {
			delete(s.ceremonies, id)
		} else if oldest == "" || other.until < s.ceremonies[oldest].until {
			oldest = id
		}
	}
	if len(s.ceremonies) >= maxCeremonies {
		delete(s.ceremonies, oldest)
	}
	id := base64.RawURLEncoding.EncodeToString(raw)
	s.ceremonies[id] = c
	return Challenge{ID: id, Options: options}, nil
}

// take ends a ceremony, whether its answer is then good or not: an answer that
// was seen once is worth nothing.
func (s *Store) take(id, about string) (*ceremony, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.ceremonies[id]
	delete(s.ceremonies, id)
	if c == nil || c.until <= s.cfg.Since() || subtle.ConstantTimeCompare([]byte(c.about), []byte(about)) != 1 {
		return nil, errors.New("no such question is open")
	}
	return c, nil
}
