package queue

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// carried seals a dossier of another station.
func (s sealer) carried(t *testing.T, size int) *envelope.Sealed {
	t.Helper()
	sealed, err := envelope.Seal(s.key, s.to, envelope.Draft{
		ID: uuid.Must(uuid.NewV7()), Station: "tram-thu-002", Sequence: 1,
		Parts: []envelope.Part{{Name: "a", Bytes: make([]byte, size)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// Other stations' dossiers take no room that capturing wants: a courier must
// not stop the station that helps.
func TestCarriedLeaveRoom(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	free := uint64(100 << 30)
	q.free = func(string) (uint64, uint64, error) { return free, 1 << 40, nil } // 5 % are 51 GiB
	if err := q.Carry(t.Context(), s.carried(t, 10), "tram-thu-002"); err != nil {
		t.Fatalf("control: %v", err)
	}
	free = 50 << 30
	if err := q.Carry(t.Context(), s.carried(t, 10), "tram-thu-002"); !errors.Is(err, ErrFull) {
		t.Errorf("a carried one on a disk that is short: %v", err)
	}
	s.put(t, q, 10) // what was captured here is stored all the same
}

// One that the central will not take can be tried again or dropped; one that
// still waits stays.
func TestCarriedBesideTheWay(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	sealed := s.carried(t, 10)
	if err := q.Carry(t.Context(), sealed, "tram-thu-002"); err != nil {
		t.Fatal(err)
	}
	if err := q.Uncarry(sealed.ID); !errors.Is(err, ErrUnsettled) {
		t.Errorf("dropped while it waits: %v", err)
	}
	for _, state := range []State{Refused, Sealed, Damaged} {
		e, err := q.UpdateCarried(sealed.ID, func(e *Entry) { e.State = state })
		if err != nil || e.State != state {
			t.Fatalf("%s: %+v, %v", state, e, err)
		}
	}
	if r := verify(t, q); len(r.Problems) != 0 {
		t.Errorf("%+v", r)
	}
	if err := q.Uncarry(sealed.ID); err != nil {
		t.Fatal(err)
	}
	if n := blobFiles(t, q); n != 0 {
		t.Errorf("%d files stay", n)
	}
	if space, err := q.Space(); err != nil || space.Held != 0 {
		t.Errorf("%+v, %v", space, err)
	}
}

// Two changes at once may look at the clock in one order and be written in the
// other: that is no step back.
func TestStepsAtOnce(t *testing.T) {
	boot := uuid.New()
	var e Entry
	e.step(Custody, envelope.Clock{Wall: 9, Monotonic: 9, Boot: &boot})
	e.step(Validated, envelope.Clock{Wall: 8, Monotonic: 8, Boot: &boot})
	if err := checkSteps(e.Steps, Validated); err != nil {
		t.Error(err)
	}
	e.Steps[1].At.Monotonic = 8
	if err := checkSteps(e.Steps, Validated); err == nil {
		t.Error("control: a step back passes")
	}
}
