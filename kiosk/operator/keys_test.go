package operator

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	authn "github.com/descope/virtualwebauthn"
)

const testOrigin = "http://localhost:8420"

var testParty = authn.RelyingParty{ID: partyID, Name: partyName, Origin: testOrigin}

// keyring is a person's security key, as a browser reaches it.
type keyring struct {
	party authn.RelyingParty
	auth  authn.Authenticator
	cred  authn.Credential
}

func newKeyring() *keyring {
	return &keyring{party: testParty, auth: authn.NewAuthenticator(), cred: newCredential()}
}

// wholeKey is the COSE form of a P-256 key. The virtual authenticator leaves
// leading zeros of a coordinate out, which RFC 9053 §7.1.1 forbids.
const wholeKey = 77 // bytes

func newCredential() authn.Credential {
	for {
		if c := authn.NewCredential(authn.KeyTypeEC2); len(c.Key.AttestationData()) == wholeKey {
			return c
		}
	}
}

func (k *keyring) options(t *testing.T, c Challenge) string {
	t.Helper()
	b, err := json.Marshal(c.Options)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// register answers a registration.
func (k *keyring) register(t *testing.T, c Challenge) []byte {
	t.Helper()
	o, err := authn.ParseAttestationOptions(k.options(t, c))
	if err != nil {
		t.Fatal(err)
	}
	k.auth.Options.UserHandle = []byte(o.UserID)
	return []byte(authn.CreateAttestationResponse(k.party, k.auth, k.cred, *o))
}

// answer signs, and counts as a key does.
func (k *keyring) answer(t *testing.T, c Challenge) []byte {
	t.Helper()
	o, err := authn.ParseAssertionOptions(k.options(t, c))
	if err != nil {
		t.Fatal(err)
	}
	k.cred.Counter++
	return []byte(authn.CreateAssertionResponse(k.party, k.auth, k.cred, *o))
}

func withKeys(t *testing.T) (*Store, Config, *clock) {
	t.Helper()
	c := newClock()
	cfg := config(t, c)
	cfg.Origins = []string{testOrigin}
	s, err := OpenFixed(cfg, testPINs)
	if err != nil {
		t.Fatal(err)
	}
	return s, cfg, c
}

// enrolKey registers a key of a person.
func enrolKey(t *testing.T, s *Store, id string, pin PIN) *keyring {
	t.Helper()
	on, err := s.Login(id, pin)
	if err != nil {
		t.Fatal(err)
	}
	k := newKeyring()
	c, err := s.BeginKey(on.Token, pin, "khóa thử")
	if err != nil {
		t.Fatal(err)
	}
	if who, err := s.FinishKey(on.Token, c.ID, k.register(t, c)); err != nil || who.ID != id {
		t.Fatalf("register: %v, %v", who, err)
	}
	return k
}

func begin(t *testing.T, ask func() (Challenge, error)) Challenge {
	t.Helper()
	c, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestKeyOpensSessions: without a name and without a network, over restarts, and
// beside the lock of wrong PINs.
func TestKeyOpensSessions(t *testing.T) {
	s, cfg, _ := withKeys(t)
	k := enrolKey(t, s, "officer-1", testPINs.Officer)
	for range freeTries + 1 {
		_, _ = s.Login("officer-1", "000000")
	}
	s, _, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := begin(t, s.BeginLogin)
	on, err := s.LoginKey(c.ID, k.answer(t, c))
	if err != nil || on.Officer.ID != "officer-1" {
		t.Fatalf("sign in: %+v, %v", on.Officer, err)
	}
	if _, err := s.Check(on.Token); err != nil {
		t.Fatal(err)
	}
	s.Lock(on.Token)
	c = begin(t, func() (Challenge, error) { return s.BeginUnlock(on.Token) })
	again, err := s.UnlockKey(on.Token, c.ID, k.answer(t, c))
	if err != nil || again.Token == on.Token {
		t.Fatalf("unlock: %v, the same token %v", err, again.Token == on.Token)
	}
	if _, err := s.Check(on.Token); !errors.Is(err, ErrNoSession) {
		t.Errorf("the old token lives on: %v", err)
	}
	if p := s.People(); len(p[0].Keys) != 1 || p[0].Keys[0].Name != "khóa thử" || p[0].Keys[0].Suspended {
		t.Errorf("keys %+v", p[0].Keys)
	}
	if err := s.RemoveKey("officer-1", s.People()[0].Keys[0].ID); err != nil {
		t.Fatal(err)
	}
	c = begin(t, s.BeginLogin)
	if _, err := s.LoginKey(c.ID, k.answer(t, c)); !errors.Is(err, ErrKey) {
		t.Errorf("a removed key: %v", err)
	}
	if _, err := s.Check(again.Token); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session outlived the removal of the key: %v", err)
	}
}

// TestKeyFaults: each way of being wrong is refused, and the same key passes
// where nothing is wrong.
func TestKeyFaults(t *testing.T) {
	s, _, _ := withKeys(t)
	k := enrolKey(t, s, "officer-1", testPINs.Officer)
	var seen []byte // an answer that was taken
	var seenOf Challenge
	for name, fault := range map[string]func() (string, []byte){
		"wrong origin": func() (string, []byte) {
			bad := *k
			bad.party.Origin = "http://localhost:9999"
			c := begin(t, s.BeginLogin)
			return c.ID, bad.answer(t, c)
		},
		"wrong party": func() (string, []byte) {
			bad := *k
			bad.party.ID = "evil.example"
			c := begin(t, s.BeginLogin)
			return c.ID, bad.answer(t, c)
		},
		"nobody verified": func() (string, []byte) {
			bad := *k
			bad.auth.Options.UserNotVerified = true
			c := begin(t, s.BeginLogin)
			return c.ID, bad.answer(t, c)
		},
		"nobody there": func() (string, []byte) {
			bad := *k
			bad.auth.Options.UserNotPresent = true
			c := begin(t, s.BeginLogin)
			return c.ID, bad.answer(t, c)
		},
		"somebody else's key": func() (string, []byte) {
			bad := newKeyring()
			bad.auth.Options.UserHandle = k.auth.Options.UserHandle
			c := begin(t, s.BeginLogin)
			return c.ID, bad.answer(t, c)
		},
		"nobody's handle": func() (string, []byte) {
			bad := *k
			bad.auth.Options.UserHandle = make([]byte, handleSize)
			c := begin(t, s.BeginLogin)
			return c.ID, bad.answer(t, c)
		},
		"another question's answer": func() (string, []byte) {
			c := begin(t, s.BeginLogin)
			return begin(t, s.BeginLogin).ID, k.answer(t, c)
		},
		"an approval's answer": func() (string, []byte) {
			c := begin(t, func() (Challenge, error) { return s.BeginApproval("finger-approve x") })
			return c.ID, k.answer(t, c)
		},
		"a replay": func() (string, []byte) { return seenOf.ID, seen },
		"a replay for a new question": func() (string, []byte) {
			return begin(t, s.BeginLogin).ID, seen
		},
		"no answer":        func() (string, []byte) { return begin(t, s.BeginLogin).ID, nil },
		"not even JSON":    func() (string, []byte) { return begin(t, s.BeginLogin).ID, []byte("\xff{") },
		"no such ceremony": func() (string, []byte) { return "x", k.answer(t, begin(t, s.BeginLogin)) },
	} {
		// The control, before each: this key is good, and stays so.
		seenOf = begin(t, s.BeginLogin)
		seen = k.answer(t, seenOf)
		if _, err := s.LoginKey(seenOf.ID, seen); err != nil {
			t.Fatalf("before %s: %v", name, err)
		}
		id, answer := fault()
		var refused *KeyError
		if on, err := s.LoginKey(id, answer); !errors.Is(err, ErrKey) || !errors.As(err, &refused) || on.Token != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(s.People()[0].Keys); n != 1 || s.People()[0].Keys[0].Suspended {
		t.Error("a wrong answer cost the person the key")
	}
}

// TestClonedKeyIsSuspended: two of a key count differently. The second to show
// itself, whichever it is, ends both, also over a restart.
func TestClonedKeyIsSuspended(t *testing.T) {
	s, cfg, _ := withKeys(t)
	k := enrolKey(t, s, "officer-1", testPINs.Officer)
	copied := *k
	login := func(k *keyring) error {
		c := begin(t, s.BeginLogin)
		_, err := s.LoginKey(c.ID, k.answer(t, c))
		return err
	}
	for range 3 { // the control: counting up is fine
		if err := login(k); err != nil {
			t.Fatal(err)
		}
	}
	if err := login(&copied); !errors.Is(err, ErrKeySuspect) {
		t.Fatalf("the counter went back: %v", err)
	}
	if !s.People()[0].Keys[0].Suspended {
		t.Error("the key is not suspended")
	}
	s, _, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := login(k); !errors.Is(err, ErrKey) {
		t.Errorf("after a restart the suspended key opens: %v", err)
	}
	if _, err := s.Login("officer-1", testPINs.Officer); err != nil {
		t.Errorf("the PIN: %v", err)
	}
}

// TestRegistrationNeedsThePINAgain, and the session that asked.
func TestRegistrationNeedsThePINAgain(t *testing.T) {
	s, _, _ := withKeys(t)
	on, err := s.Login("officer-1", testPINs.Officer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.BeginKey(on.Token, "000000", "x"); !errors.Is(err, ErrWrongPIN) {
		t.Errorf("a wrong PIN: %v", err)
	}
	if _, err := s.BeginKey("", testPINs.Officer, "x"); !errors.Is(err, ErrNoSession) {
		t.Errorf("no session: %v", err)
	}
	c := begin(t, func() (Challenge, error) { return s.BeginKey(on.Token, testPINs.Officer, "x") })
	k := newKeyring()
	answer := k.register(t, c)
	other, err := s.Login("supervisor-1", testPINs.Supervisor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.FinishKey(other.Token, c.ID, answer); !errors.Is(err, ErrKey) {
		t.Errorf("another session's registration: %v", err)
	}
	c = begin(t, func() (Challenge, error) { return s.BeginKey(on.Token, testPINs.Officer, "x") })
	bad := *k
	bad.party.Origin = "https://evil.example"
	if _, err := s.FinishKey(on.Token, c.ID, bad.register(t, c)); !errors.Is(err, ErrKey) {
		t.Errorf("another site's registration: %v", err)
	}
	c = begin(t, func() (Challenge, error) { return s.BeginKey(on.Token, testPINs.Officer, "x") }) // the control
	if _, err := s.FinishKey(on.Token, c.ID, k.register(t, c)); err != nil {
		t.Fatal(err)
	}
	c = begin(t, func() (Challenge, error) { return s.BeginKey(on.Token, testPINs.Officer, "x") })
	if _, err := s.FinishKey(on.Token, c.ID, k.register(t, c)); !errors.Is(err, ErrKey) {
		t.Errorf("the same key twice: %v", err)
	}
}

// TestApprovalByKey: for what was asked alone, and by a supervisor alone.
func TestApprovalByKey(t *testing.T) {
	s, _, _ := withKeys(t)
	supervisor, officer := enrolKey(t, s, "supervisor-1", testPINs.Supervisor), enrolKey(t, s, "officer-1", testPINs.Officer)
	const of = "finger-approve 0193a5b2"
	approve := func(k *keyring, asked, told string) (Officer, error) {
		c := begin(t, func() (Challenge, error) { return s.BeginApproval(asked) })
		return s.ApproveKey(told, c.ID, k.answer(t, c))
	}
	if who, err := approve(supervisor, of, of); err != nil || who.ID != "supervisor-1" {
		t.Errorf("a supervisor: %v, %v", who, err)
	}
	if _, err := approve(supervisor, of, "finger-approve another"); !errors.Is(err, ErrKey) {
		t.Errorf("for another enrolment: %v", err)
	}
	if _, err := approve(officer, of, of); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("an officer: %v", err)
	}
}

// TestQuestionsEnd: with time, and in number; whose clock is set changes nothing.
func TestQuestionsEnd(t *testing.T) {
	s, _, c := withKeys(t)
	k := enrolKey(t, s, "officer-1", testPINs.Officer)
	ran := time.Duration(0)
	s.cfg.Since = func() time.Duration { return ran }
	s.ceremonies = map[string]*ceremony{}
	late := begin(t, s.BeginLogin)
	c.t = c.t.Add(-48 * time.Hour)
	ran += ceremonyLasts
	if _, err := s.LoginKey(late.ID, k.answer(t, late)); !errors.Is(err, ErrKey) {
		t.Errorf("late, under a clock that was set back: %v", err)
	}
	intime := begin(t, s.BeginLogin)
	c.t = c.t.Add(96 * time.Hour)
	ran += ceremonyLasts - 1
	if _, err := s.LoginKey(intime.ID, k.answer(t, intime)); err != nil {
		t.Errorf("in time, under a clock that was set forward: %v", err)
	}
	first := begin(t, s.BeginLogin)
	for range maxCeremonies {
		ran++
		begin(t, s.BeginLogin)
	}
	if len(s.ceremonies) > maxCeremonies {
		t.Errorf("%d questions are open", len(s.ceremonies))
	}
	if _, err := s.LoginKey(first.ID, k.answer(t, first)); !errors.Is(err, ErrKey) {
		t.Errorf("the oldest did not give way: %v", err)
	}
}

// TestNoOriginsNoKeys: the command line asks nobody for a key.
func TestNoOriginsNoKeys(t *testing.T) {
	s, err := OpenFixed(config(t, newClock()), testPINs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.BeginLogin(); !errors.Is(err, ErrNoKeys) {
		t.Errorf("BeginLogin: %v", err)
	}
}

// TestFullDiskRefuses: where the counter can not be written nobody signs in.
func TestFullDiskRefuses(t *testing.T) {
	s, cfg, _ := withKeys(t)
	k := enrolKey(t, s, "officer-1", testPINs.Officer)
	before, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	c := begin(t, s.BeginLogin)
	good := s.cfg.Path
	s.cfg.Path = "/proc/people.json" // nothing can be written there
	if on, err := s.LoginKey(c.ID, k.answer(t, c)); err == nil || on.Token != "" {
		t.Errorf("by key: %v", err)
	}
	if on, err := s.Login("officer-1", testPINs.Officer); err == nil || on.Token != "" {
		t.Errorf("by PIN: %v", err)
	}
	s.cfg.Path = good
	if after, _ := os.ReadFile(cfg.Path); string(after) != string(before) {
		t.Error("the file changed")
	}
	c = begin(t, s.BeginLogin) // the control
	if _, err := s.LoginKey(c.ID, k.answer(t, c)); err != nil {
		t.Errorf("with a disk: %v", err)
	}
}
