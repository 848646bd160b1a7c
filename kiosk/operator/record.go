package operator

import (
	"crypto/subtle"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

const (
	hashSize = 32
	saltSize = 16
)

// cost is what the hash of a PIN costs whoever tries them all: passes, memory
// in KiB, lanes.
type cost struct {
	time, memory uint32
	threads      uint8
}

// argonCost is Argon2id's, RFC 9106 §4: the second recommended option's memory
// and passes, two lanes for a counter PC's two cores.
func argonCost() cost { return cost{time: 3, memory: 64 << 10, threads: 2} }

// The range of parameters that a file may ask for: a damaged one must not
// take all memory or weaken the hash.
const (
	maxArgonTime   = 16
	maxArgonMemory = 1 << 20 // KiB
)

// Lockout: the first wrong PINs are free, then each one doubles the wait.
const (
	freeTries = 3
	firstWait = 10 * time.Second
	longWait  = time.Hour
)

// Identifiers are short and plain: they stand in logs, on receipts and in
// dossiers.
const (
	minID     = 2
	maxID     = 32
	maxDigits = 8 // an identifier of more digits alone could be a citizen's number
)

// reserved identifiers are those of machines in the audit log.
var reserved = map[string]bool{"station": true, "command-line": true, "central": true}

// validID reports whether a text is an identifier: small letters, digits, and
// between them dots, hyphens and underscores.
func validID(id string) bool {
	if len(id) < minID || len(id) > maxID || reserved[id] {
		return false
	}
	plain := func(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
	for i := range len(id) {
		if c := id[i]; !plain(c) && (!strings.ContainsRune(".-_", rune(c)) || i == 0 || i == len(id)-1) {
			return false
		}
	}
	return len(id) <= maxDigits || strings.Trim(id, "0123456789") != ""
}

// folded is a name as it was typed, made into an identifier.
func folded(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// record is one person.
type record struct {
	ID      string    `json:"id"`
	Role    string    `json:"role"`
	Listed  bool      `json:"listed,omitempty"` // the central's list says so, and decides
	Until   time.Time `json:"until,omitzero"`   // the lease's end; zero: none
	Revoked time.Time `json:"revoked,omitzero"` // the central has ended it
	PIN     *hashed   `json:"pin,omitempty"`    // nil: none was given yet
	strikes
	Handle []byte `json:"handle"`         // of the security keys, random
	Keys   []key  `json:"keys,omitempty"` // security keys
	Card   []byte `json:"card,omitempty"` // keyed hash of the person's own citizen number
}

func (r *record) officer() Officer { return Officer{ID: r.ID, Role: r.Role} }

// hashed is a PIN that can be compared and not read.
type hashed struct {
	Time      uint32 `json:"argon2id_time"`
	MemoryKiB uint32 `json:"argon2id_memory_kib"`
	Threads   uint8  `json:"argon2id_threads"`
	Salt      []byte `json:"salt"`
	Hash      []byte `json:"hash"`
}

func (c cost) hash(pin PIN, rand io.Reader) (*hashed, error) {
	h := c.unsalted()
	if _, err := io.ReadFull(rand, h.Salt); err != nil {
		return nil, err
	}
	h.Hash = h.of(pin)
	return h, nil
}

// unsalted has room for a salt, and no hash.
func (c cost) unsalted() *hashed {
	return &hashed{Time: c.time, MemoryKiB: c.memory, Threads: c.threads, Salt: make([]byte, saltSize)}
}

func (h *hashed) of(pin PIN) []byte {
	return argon2.IDKey([]byte(pin), h.Salt, h.Time, h.MemoryKiB, h.Threads, hashSize)
}

func (h *hashed) matches(pin PIN) bool { return subtle.ConstantTimeCompare(h.of(pin), h.Hash) == 1 }

// valid says that the hash can be computed, and costs no less memory than now.
func (h *hashed) valid(c cost) bool {
	return len(h.Salt) >= saltSize && len(h.Salt) <= 2*hashSize && len(h.Hash) == hashSize &&
		h.Time >= 1 && h.Time <= maxArgonTime && h.Threads >= 1 && h.MemoryKiB >= c.memory && h.MemoryKiB <= maxArgonMemory
}

// strikes counts wrong PINs.
type strikes struct {
	Failures int       `json:"failures,omitempty"`
	FailedAt time.Time `json:"failed_at,omitzero"`
}

// wait says how long sign-in is locked. A clock that was set back does not
// lengthen it beyond the full wait.
func (s strikes) wait(now time.Time) time.Duration {
	over := s.Failures - freeTries
	if over < 0 {
		return 0
	}
	full := longWait
	if over < 9 { // 10 s · 2⁹ is above the longest wait
		full = min(firstWait<<over, longWait)
	}
	return min(max(s.FailedAt.Add(full).Sub(now), 0), full)
}
