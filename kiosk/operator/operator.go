// Package operator knows who works at the station: officers, supervisors and
// administrators, each with an identifier that is never a name, a PIN, security
// keys and a lockout that survives restarts. People are added at the station by
// an administrator, or named in a list that the central has signed.
//
// One file holds them all. It is replaced durably before anything is answered:
// a count of wrong PINs, a counter of a security key or a removal is on the disk
// first, or pulling the plug would be a way around it.
package operator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"path/filepath"
	"sync"
	"time"
)

// Errors of signing in. They never say which part was wrong.
var (
	// ErrWrongPIN says that the name and the PIN are not those of one person.
	ErrWrongPIN = errors.New("wrong name or PIN: check both and try again")
	// ErrLocked says that too many wrong PINs were entered; see [LockedError].
	ErrLocked = errors.New("sign-in is locked after wrong PINs: wait and try again")
	// ErrNoSession says that the session is unknown, ended or too old.
	ErrNoSession = errors.New("not signed in: sign in again")
	// ErrSessionLocked says that the session waits, locked, for its person.
	ErrSessionLocked = errors.New("the session is locked: unlock it with the PIN or the security key")
	// ErrNotAllowed says that the person is who they say and may not do this.
	ErrNotAllowed = errors.New("this person may not do that here: ask the administrator")
)

// LockedError says how long sign-in stays locked, and for whom. It is an
// [ErrLocked].
type LockedError struct {
	Wait time.Duration
	Who  string // identifier; "": nobody of the station. For the audit log, never for an answer
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%v (%d s)", ErrLocked, int(e.Wait.Round(time.Second).Seconds()))
}

// Is makes the error an ErrLocked.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// WrongPINError says whose PIN was missed. It is an [ErrWrongPIN].
type WrongPINError struct {
	Who string // as in LockedError
}

func (e *WrongPINError) Error() string { return ErrWrongPIN.Error() }

// Is makes the error an ErrWrongPIN.
func (e *WrongPINError) Is(target error) bool { return target == ErrWrongPIN }

// PIN is a person's secret. It redacts itself; Reveal gives the digits.
type PIN string

const redacted = "[redacted]"

// String redacts the PIN.
func (PIN) String() string { return redacted }

// GoString redacts the PIN from %#v.
func (PIN) GoString() string { return redacted }

// LogValue redacts the PIN from logs.
func (PIN) LogValue() slog.Value { return slog.StringValue(redacted) }

// Reveal returns the digits, to be shown once to the person.
func (p PIN) Reveal() string { return string(p) }

const pinDigits = 6

// newPIN draws six digits, each value alike.
func newPIN(r io.Reader) (PIN, error) {
	n, err := rand.Int(r, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return PIN(fmt.Sprintf("%0*d", pinDigits, n.Int64())), nil
}

func (p PIN) valid() bool {
	if len(p) != pinDigits {
		return false
	}
	for _, c := range p {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Config is where the people are kept and what they are judged by. Path is
// required.
type Config struct {
	Path string           // the people's file, mode 0600
	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // nil: crypto/rand
	Idle time.Duration    // a session locks after this long without use; 0: 15 minutes
	// Origins are the kiosk's own, say "http://localhost:8420": a security key
	// answers to no other. None: nobody signs in with a key.
	Origins []string
	// Mark is the station's keyed hash of a citizen's number; nil: nobody's own
	// card is known here.
	Mark func(number string) []byte
	// Time is the best guess of the true time, and the newest time that the
	// central has signed, zero for none. nil: the station's clock, and none.
	Time func() (guess, signed time.Time)
	// Since is a time that passes, by a clock that nobody can set: sessions and
	// questions to keys end by it. A station that sleeps has to count the sleep,
	// or a lid that is closed keeps a session open. nil: the monotonic clock.
	Since func() time.Duration
	Log   *slog.Logger // nil: discard

	cost cost // of a PIN's hash; zero: argonCost
}

// The limits of sessions. The idle time is the one of peers' stations.
const (
	defaultIdle = 15 * time.Minute
	maxSession  = 12 * time.Hour // a working day
	maxSessions = 16
)

// Officer is one of the people as others see them.
type Officer struct {
	ID   string `json:"id"` // never a name
	Role string `json:"role"`
}

// PINs are those of the two people of a first run. An empty one is nobody's new
// one.
type PINs struct{ Officer, Supervisor PIN }

// The people of a first run.
const (
	firstOfficer    = "officer-1"
	firstSupervisor = "supervisor-1"
)

// Store keeps the people, their sessions and the security keys' ceremonies. It
// is safe for concurrent use; one process opens a file at a time.
type Store struct {
	cfg Config

	write sync.Mutex // held by whoever changes the file; one PIN is hashed at a time. Taken before mu

	mu         sync.Mutex // guards what follows
	file       file
	sessions   map[digest]*session // by digest of the token
	desk       digest              // of the session that works at the enrolment
	ceremonies map[string]*ceremony
	anchor     anchor
}

// Open opens the store. Where there is none, the two people of the last
// version's files are taken over, and who is missing of them is made; pins has
// the new PINs, to be printed once, and none ever after.
func Open(cfg Config) (s *Store, pins PINs, err error) {
	s = prepare(cfg)
	if err := s.sweepTorn(); err != nil {
		return nil, PINs{}, err
	}
	f, err := load(s.cfg.Path, s.cfg.cost)
	switch {
	case err == nil:
		s.file = f
		// A power cut may have come between the two: what was taken over is gone
		// for good, or an old PIN would come back with it.
		return s, PINs{}, s.dropFormer()
	case !missing(err):
		return nil, PINs{}, err
	}
	if s.file, err = s.begin(); err != nil {
		return nil, PINs{}, err
	}
	if pins, err = s.firstRun(); err != nil {
		return nil, PINs{}, err
	}
	return s, pins, nil
}

// firstRun makes the two people that are not there, and saves the file.
func (s *Store) firstRun() (pins PINs, err error) {
	next := s.file.clone()
	if err := s.takeOver(&next); err != nil {
		return PINs{}, err
	}
	for _, p := range []struct {
		role, id string
		pin      *PIN
	}{{RoleOfficer, firstOfficer, &pins.Officer}, {RoleSupervisor, firstSupervisor, &pins.Supervisor}} {
		if next.has(p.role) {
			continue
		}
		for *p.pin == "" || pins.Officer == pins.Supervisor {
			if *p.pin, err = newPIN(s.cfg.Rand); err != nil {
				return PINs{}, err
			}
		}
		if err := s.add(&next, p.id, p.role, *p.pin); err != nil {
			return PINs{}, err
		}
	}
	if err := s.replace(next); err != nil {
		return PINs{}, err
	}
	return pins, s.dropFormer()
}

// OpenFixed opens a store whose two people have known PINs, replacing whoever
// was there. It exists for the demonstration and for tests: a station that takes
// real citizens uses [Open].
func OpenFixed(cfg Config, pins PINs) (*Store, error) {
	if !pins.Officer.valid() || !pins.Supervisor.valid() || pins.Officer == pins.Supervisor {
		return nil, fmt.Errorf("operator: two different PINs of %d digits are needed", pinDigits)
	}
	s := prepare(cfg)
	next, err := s.begin()
	if err == nil {
		err = s.add(&next, firstOfficer, RoleOfficer, pins.Officer)
	}
	if err == nil {
		err = s.add(&next, firstSupervisor, RoleSupervisor, pins.Supervisor)
	}
	if err == nil {
		err = s.replace(next)
	}
	return s, err
}

func prepare(cfg Config) *Store {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Idle <= 0 {
		cfg.Idle = defaultIdle
	}
	if cfg.Time == nil {
		cfg.Time = func() (guess, signed time.Time) { return cfg.Now(), time.Time{} }
	}
	if cfg.Since == nil {
		begun := time.Now()
		cfg.Since = func() time.Duration { return time.Since(begun) }
	}
	if cfg.cost == (cost{}) {
		cfg.cost = argonCost()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{cfg: cfg, sessions: map[digest]*session{}, ceremonies: map[string]*ceremony{}}
}

// inFolder is a file beside the people's.
func (s *Store) inFolder(name string) string { return filepath.Join(filepath.Dir(s.cfg.Path), name) }
