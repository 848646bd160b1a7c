package operator

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"
)

// Argon2id, RFC 9106 §4: the second recommended option's memory and passes,
// two lanes for a counter PC's two cores.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 2
	hashSize     = 32
	saltSize     = 16
)

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

const recordVersion = 1

// record is the file: the officer, the hash, the lockout.
type record struct {
	Version   int       `json:"version"`
	Officer   string    `json:"officer"`
	Role      string    `json:"role"`
	Time      uint32    `json:"argon2id_time"`
	MemoryKiB uint32    `json:"argon2id_memory_kib"`
	Threads   uint8     `json:"argon2id_threads"`
	Salt      []byte    `json:"salt"`
	Hash      []byte    `json:"hash"`
	Failures  int       `json:"failures"`
	FailedAt  time.Time `json:"failed_at"`
}

func (r *record) hash(pin PIN) []byte {
	return argon2.IDKey([]byte(pin), r.Salt, r.Time, r.MemoryKiB, r.Threads, hashSize)
}

func (r *record) matches(pin PIN) bool {
	return subtle.ConstantTimeCompare(r.hash(pin), r.Hash) == 1
}

// wait says how long sign-in is locked. A clock that was set back does not
// lengthen it beyond the full wait.
func (r *record) wait(now time.Time) time.Duration {
	over := r.Failures - freeTries
	if over < 0 {
		return 0
	}
	full := longWait
	if over < 9 { // 10 s · 2⁹ is above the longest wait
		full = min(firstWait<<over, longWait)
	}
	return min(max(r.FailedAt.Add(full).Sub(now), 0), full)
}

func load(path string) (record, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return record{}, err
	}
	if runtime.GOOS != "windows" && fi.Mode().Perm()&0o077 != 0 {
		return record{}, fmt.Errorf("operator: others can read %s; run chmod 600 on it", filepath.Base(path))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return record{}, err
	}
	return parse(b)
}

func parse(b []byte) (record, error) {
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		return record{}, fmt.Errorf("operator: the officer's file is damaged; remove it to get a new PIN: %w", err)
	}
	if r.Version != recordVersion || r.Officer == "" || len(r.Salt) < saltSize || len(r.Hash) != hashSize || r.Failures < 0 ||
		r.Time < 1 || r.Time > maxArgonTime || r.Threads < 1 || r.MemoryKiB < argonMemory || r.MemoryKiB > maxArgonMemory {
		return record{}, errors.New("operator: the officer's file is damaged; remove it to get a new PIN")
	}
	return r, nil
}

// save replaces the file durably: the count of wrong PINs must survive a
// power cut, or pulling the plug would be a way around the lock.
func (r *record) save(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // NTFS journals the rename; folders can not be synced
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
