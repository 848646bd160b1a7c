// Package operator knows who works at the station: one officer for now, with a
// random PIN made at the first run, a lockout that survives restarts, and
// sessions that end when nobody works.
package operator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
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

// Config is where the officer is kept. Path is required.
type Config struct {
	Path string           // file of the hash and the lockout, mode 0600
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

// Officer is who is signed in.
type Officer struct {
	ID   string `json:"id"` // never a name
	Role string `json:"role"`
}

// Store keeps the officer and the open sessions.
type Store struct {
	cfg Config

	mu       sync.Mutex // guards all below; also one PIN is hashed at a time
	rec      record
	sessions map[[32]byte]*session // by digest of the token
}

// Open opens the store. At the first run it makes the officer; pin is then
// the new PIN, to be printed once, and "" ever after.
func Open(cfg Config) (s *Store, pin PIN, err error) {
	s = prepare(cfg)
	s.rec, err = load(cfg.Path)
	if !errors.Is(err, os.ErrNotExist) {
		return s, "", err
	}
	if pin, err = newPIN(s.cfg.Rand); err != nil {
		return nil, "", err
	}
	return s, pin, s.enrol(pin)
}

// OpenFixed opens a store whose officer has a known PIN, replacing whatever
// was there. It exists for the demonstration and for tests: a station that
// takes real citizens uses [Open].
func OpenFixed(cfg Config, pin PIN) (*Store, error) {
	if !pin.valid() {
		return nil, fmt.Errorf("operator: a PIN is %d digits", pinDigits)
	}
	s := prepare(cfg)
	return s, s.enrol(pin)
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
	return &Store{cfg: cfg, sessions: map[[32]byte]*session{}}
}

func (s *Store) enrol(pin PIN) error {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(s.cfg.Rand, salt); err != nil {
		return err
	}
	s.rec = record{Version: recordVersion, Officer: "officer-1", Role: "officer",
		Time: argonTime, MemoryKiB: argonMemory, Threads: argonThreads, Salt: salt}
	s.rec.Hash = s.rec.hash(pin)
	return s.rec.save(s.cfg.Path)
}
