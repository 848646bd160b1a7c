package operator

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// former writes a person's file as the last version did. The hash is that of a
// PIN under that version's parameters.
func writeFormer(t *testing.T, dir, name, id, role string, pin PIN, failures int, at time.Time) {
	t.Helper()
	h, err := testCost.hash(pin, prepare(Config{}).cfg.Rand)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(map[string]any{"version": 1, "officer": id, "role": role, "argon2id_time": h.Time, "argon2id_memory_kib": h.MemoryKiB,
		"argon2id_threads": h.Threads, "salt": h.Salt, "hash": h.Hash, "failures": failures, "failed_at": at}, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestFormerPeopleAreTakenOver: with their PINs and their lockouts, and an old
// PIN does not come back with the old file.
func TestFormerPeopleAreTakenOver(t *testing.T) {
	c := newClock()
	cfg := config(t, c)
	dir := filepath.Dir(cfg.Path)
	writeFormer(t, dir, formerOfficer, "officer-1", RoleOfficer, testPINs.Officer, 0, time.Time{})
	writeFormer(t, dir, formerSupervisor, "supervisor-1", RoleSupervisor, testPINs.Supervisor, freeTries, c.t)
	s, pins, err := Open(cfg)
	if err != nil || pins != (PINs{}) {
		t.Fatalf("Open: %v, PINs were made: %v", err, pins != (PINs{}))
	}
	if _, err := s.Login("officer-1", testPINs.Officer); err != nil {
		t.Errorf("the officer: %v", err)
	}
	if _, err := s.Approve("supervisor-1", testPINs.Supervisor); !errors.Is(err, ErrLocked) {
		t.Errorf("the supervisor's lock was lost: %v", err)
	}
	c.t = c.t.Add(firstWait)
	if _, err := s.Approve("supervisor-1", testPINs.Supervisor); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	for _, name := range []string{formerOfficer, formerSupervisor} {
		if exists(filepath.Join(dir, name)) {
			t.Errorf("%s is still there", name)
		}
	}
	// A power cut between the new file and the end of the old ones: the new one
	// counts, and the old ones go.
	if _, err := s.NewPIN("", "officer-1"); err != nil {
		t.Fatal(err)
	}
	writeFormer(t, dir, formerOfficer, "officer-1", RoleOfficer, testPINs.Officer, 0, time.Time{})
	if s, _, err = Open(cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Login("officer-1", testPINs.Officer); !errors.Is(err, ErrWrongPIN) {
		t.Errorf("the old PIN came back: %v", err)
	}
	if exists(filepath.Join(dir, formerOfficer)) {
		t.Error("the old file stays")
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// TestFormerDamaged: who can not be taken over stops the start, and nobody new
// is made in the place.
func TestFormerDamaged(t *testing.T) {
	cfg := config(t, newClock())
	path := filepath.Join(filepath.Dir(cfg.Path), formerOfficer)
	if err := os.WriteFile(path, []byte(`{"version":1,"officer":"officer-1"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(cfg); !errors.Is(err, ErrDamaged) && err == nil {
		t.Fatal("a damaged file was passed over")
	}
	if exists(cfg.Path) || !exists(path) {
		t.Error("something was made or removed")
	}
	if err := os.Remove(path); err != nil { // the control
		t.Fatal(err)
	}
	if _, pins, err := Open(cfg); err != nil || !pins.Officer.valid() {
		t.Fatalf("without it: %v", err)
	}
}

// TestPowerCutWhileSaving: a torn file beside the store is swept, and a torn
// store itself is never taken for an empty one.
func TestPowerCutWhileSaving(t *testing.T) {
	c := newClock()
	cfg := config(t, c)
	s, err := OpenFixed(cfg, testPINs)
	if err != nil {
		t.Fatal(err)
	}
	for range freeTries + 1 {
		_, _ = s.Login("officer-1", "000000")
	}
	whole, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(filepath.Dir(cfg.Path), ".people.json-12345")
	if err := os.WriteFile(torn, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if s, _, err = Open(cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Login("officer-1", testPINs.Officer); !errors.Is(err, ErrLocked) {
		t.Errorf("the lock before the cut is gone: %v", err)
	}
	if exists(torn) {
		t.Error("what was torn stays, with its hashes")
	}
	for _, n := range []int{0, 1, len(whole) / 2, len(whole) - 3} { // the control: were the store itself torn
		if err := os.WriteFile(cfg.Path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, pins, err := Open(cfg); !errors.Is(err, ErrDamaged) || pins != (PINs{}) {
			t.Errorf("%d of %d bytes: %v, new PINs %v", n, len(whole), err, pins != (PINs{}))
		}
	}
}

func TestIdentifiers(t *testing.T) {
	for _, good := range []string{"officer-1", "cb.hoankiem_07", "a1", "12345678", strings.Repeat("a", maxID)} {
		if !validID(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{"", "a", "Officer-1", "nguyễn", "-a", "a-", "a b", "001090990001", "123456789", "station", "command-line", strings.Repeat("a", maxID+1), "a\n1"} {
		if validID(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

// FuzzParse: the people's file may be damaged in any way; it is refused or it
// stays within the limits that keep hashing possible, and comes back the same.
func FuzzParse(f *testing.F) {
	s, err := OpenFixed(Config{Path: filepath.Join(f.TempDir(), "people.json"), cost: testCost}, testPINs)
	if err != nil {
		f.Fatal(err)
	}
	b, err := json.Marshal(s.file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parse(b, testCost)
		if err != nil {
			return
		}
		for _, r := range got.People {
			if h := r.PIN; h != nil && (h.MemoryKiB > maxArgonMemory || h.Time > maxArgonTime || h.Threads == 0) {
				t.Fatalf("parameters out of range: %d KiB, %d passes", h.MemoryKiB, h.Time)
			}
			if w := r.wait(time.Now()); w < 0 || w > longWait {
				t.Fatalf("wait %v", w)
			}
		}
		once, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(once, testCost)
		if err != nil {
			t.Fatalf("not read back: %v", err)
		}
		if twice, _ := json.Marshal(again); !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s", once, twice)
		}
	})
}
