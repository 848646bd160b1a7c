// Package operator knows who works at the station: one officer and one
// supervisor for now, each with a random PIN made at the first run and a lockout
// that survives restarts. The officer signs in, to sessions that end when nobody
// works; the supervisor approves what the officer may not decide alone.
package operator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Errors of logging in. They never say which part was wrong.
var (
	// ErrWrongPIN says that the PIN is not the officer's.
	ErrWrongPIN = errors.New("wrong PIN: check the six digits and try again")
	// ErrLocked says that too many wrong PINs were entered; see [LockedError].
	ErrLocked = errors.New("sign-in is locked after wrong PINs: wait and try again")
	// ErrNoSession says that the session is unknown, logged out or idle too long.
	ErrNoSession = errors.New("not signed in: sign in again")
)

// LockedError says how long sign-in stays locked. It is an [ErrLocked].
type LockedError struct{ Wait time.Duration }

func (e *LockedError) Error() string {
	return fmt.Sprintf("%v (%d s)", ErrLocked, int(e.Wait.Round(time.Second).Seconds()))
}

// Is makes the error an ErrLocked.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// PIN is an officer's secret. It redacts itself; Reveal gives the digits.
type PIN string

const redacted = "[redacted]"

// String redacts the PIN.
func (PIN) String() string { return redacted }

// GoString redacts the PIN from %#v.
func (PIN) GoString() string { return redacted }

// LogValue redacts the PIN from logs.
func (PIN) LogValue() slog.Value { return slog.StringValue(redacted) }

// Reveal returns the digits, to be shown once to the officer.
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

// Config is where the people are kept. Path is required.
type Config struct {
	Path string           // the officer's file: hash and lockout, mode 0600
	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // nil: crypto/rand
	Idle time.Duration    // a session ends after this long without use; 0: 15 minutes
}

// The limits of sessions. The idle time is the one of peers' stations.
const (
	defaultIdle = 15 * time.Minute
	maxSession  = 12 * time.Hour // a working day
	maxSessions = 16
)

// supervisorFile is the supervisor's file, beside the officer's.
const supervisorFile = "supervisor.json"

// Officer is who works at the station, or approves.
type Officer struct {
	ID   string `json:"id"` // never a name
	Role string `json:"role"`
}

// PINs are those of the two people. An empty one is nobody's new one.
type PINs struct{ Officer, Supervisor PIN }

// Store keeps the two people and the officer's open sessions.
type Store struct {
	cfg Config

	mu         sync.Mutex // guards all below; also one PIN is hashed at a time
	officer    person
	supervisor person
	sessions   map[[32]byte]*session // by digest of the token
}

// Open opens the store. Who is not there yet is made; pins has the new PINs, to
// be printed once, and none ever after.
func Open(cfg Config) (s *Store, pins PINs, err error) {
	s = prepare(cfg)
	if pins.Officer, err = s.know(&s.officer, nil); err != nil {
		return nil, PINs{}, err
	}
	pins.Supervisor, err = s.know(&s.supervisor, &s.officer)
	return s, pins, err
}

// OpenFixed opens a store whose people have known PINs, replacing whatever was
// there. It exists for the demonstration and for tests: a station that takes
// real citizens uses [Open].
func OpenFixed(cfg Config, pins PINs) (*Store, error) {
	if !pins.Officer.valid() || !pins.Supervisor.valid() || pins.Officer == pins.Supervisor {
		return nil, fmt.Errorf("operator: two different PINs of %d digits are needed", pinDigits)
	}
	s := prepare(cfg)
	return s, errors.Join(s.officer.enrol(pins.Officer, s.cfg.Rand), s.supervisor.enrol(pins.Supervisor, s.cfg.Rand))
}

// know loads a person, or makes one, whose PIN is not that of the other.
func (s *Store) know(p, other *person) (pin PIN, err error) {
	p.rec, err = load(p.path)
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	for pin == "" || other != nil && other.rec.matches(pin) {
		if pin, err = newPIN(s.cfg.Rand); err != nil {
			return "", err
		}
	}
	return pin, p.enrol(pin, s.cfg.Rand)
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
	return &Store{cfg: cfg, sessions: map[[32]byte]*session{},
		officer:    person{path: cfg.Path, who: Officer{"officer-1", "officer"}},
		supervisor: person{path: filepath.Join(filepath.Dir(cfg.Path), supervisorFile), who: Officer{"supervisor-1", "supervisor"}}}
}
