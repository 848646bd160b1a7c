package queue

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Room and Put agree: what the quota let somebody begin is stored at its end.
func TestRoomIsKept(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	kept := s.put(t, q, 50<<10)
	q.SetQuota(kept.Size + 1)
	if err := q.Room(); err != nil {
		t.Fatalf("control: %v", err)
	}
	s.put(t, q, 300<<10)
	if err := q.Room(); !errors.Is(err, ErrFull) {
		t.Errorf("over the quota: %v", err)
	}
	space, err := q.Space()
	if err != nil {
		t.Fatal(err)
	}
	q.SetQuota(space.Held + 100<<10)
	if err := q.Carry(t.Context(), s.carried(t, 300<<10), "tram-thu-002"); !errors.Is(err, ErrFull) {
		t.Errorf("a carried one over the quota: %v", err)
	}
}

// A file that cannot be deleted is left to the next start: what was done stays
// done, and no error says otherwise.
func TestUndeletableFile(t *testing.T) {
	dir := t.TempDir()
	q, s := open(t, dir), newSealer(t)
	e := s.put(t, q, 10)
	path := q.files.Path(e.Blob)
	if err := errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "x"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := settleAt(q, e, time.Now()); err != nil {
		t.Errorf("settled, but: %v", err)
	}
	if now, err := q.Get(e.ID); err != nil || now.State != Custody {
		t.Errorf("%+v, %v", now, err)
	}
}
