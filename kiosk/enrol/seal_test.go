package enrol

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// TestSealedOnce: a second order under another number, say of another window,
// changes nothing of the dossier that is on its way. The control is the first
// one, and the same number again.
func TestSealedOnce(t *testing.T) {
	b := newBench(t, t.TempDir())
	first := time.Now()
	var ahead atomic.Int64
	b.cfg.Now = func() time.Time { return first.Add(time.Duration(ahead.Load())) }
	b.outbox.hold = make(chan struct{})
	s := b.open(t)
	seal := step(t, CmdSeal)
	play(t, s, 0, seal)
	order := moves[seal].command(seal)
	for range 2 {
		if _, err := s.Do(t.Context(), order); err != nil {
			t.Fatal(err)
		}
	}
	ahead.Store(int64(time.Hour))
	order.ID = "of another window"
	if _, err := s.Do(t.Context(), order); !errors.Is(err, ErrWrongStep) {
		t.Fatalf("%v, want ErrWrongStep", err)
	}
	close(b.outbox.hold)
	snap := await(t, s, "done", func(s Snapshot) bool { return s.Step == StepDone })
	if !snap.Receipt.Sealed.Equal(first) || len(b.outbox.dossiers) != 1 {
		t.Errorf("sealed at %s, want %s; %d dossiers", snap.Receipt.Sealed, first, len(b.outbox.dossiers))
	}
}
