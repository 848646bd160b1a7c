package queue

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

var central = time.UnixMilli(1_790_000_000_000).UTC()

func notice(e Entry, cursor uint64, state string) *envelope.Notice {
	return &envelope.Notice{
		Cursor: cursor, Station: "tram-thu-001", Dossier: e.ID, Manifest: e.Digest, State: state,
		Section: "portrait", Reason: "blurred", Words: "Ảnh mờ, chụp lại", Deadline: central.AddDate(0, 0, 7),
		At: central.Add(time.Duration(cursor) * time.Hour),
	}
}

func advance1(t testing.TB, q *Queue, n *envelope.Notice) (Entry, bool) {
	t.Helper()
	e, changed, err := q.Advance(n, []byte("signed"), envelope.Clock{Wall: 1})
	if err != nil {
		t.Fatal(err)
	}
	return e, changed
}

func states(e Entry) (list []State) {
	for _, s := range e.Steps {
		list = append(list, s.State)
	}
	return list
}

func TestWayOfADossier(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	e, sealed, err := s.seal(q, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Draft(e.ID, "citizen-level2", envelope.Clock{Wall: 7}); err != nil {
		t.Fatal(err)
	}
	if drafts, err := q.Drafts(); err != nil || len(drafts) != 1 || drafts[0].State != Draft {
		t.Fatalf("drafts %+v, %v", drafts, err)
	}
	if err := q.Put(t.Context(), e, sealed); err != nil {
		t.Fatal(err)
	}
	if drafts, err := q.Drafts(); err != nil || len(drafts) != 0 {
		t.Errorf("sealed, and still a draft: %+v, %v", drafts, err)
	}
	for _, state := range []State{Sending, Sealed, Sending} { // the second would go back
		if e, err = q.Update(e.ID, func(e *Entry) { e.State = state }); err != nil || e.State != Sending {
			t.Fatalf("%s, %v", e.State, err)
		}
	}
	if err := settleAt(q, e, central); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		state   string
		changed bool
	}{
		{"matched", true}, {"validated", false}, {"custody", false}, {"not-known", false}, {"sealed", false},
		{"fix-needed", true}, {"approved", false}, {"matched", false},
	} {
		if _, changed := advance1(t, q, notice(e, uint64(i+1), c.state)); changed != c.changed {
			t.Errorf("notice %d, %s: changed %v", i, c.state, changed)
		}
	}
	if e, err = q.Get(e.ID); err != nil {
		t.Fatal(err)
	}
	if want := []State{Draft, Sealed, Sending, Custody, Matched, FixNeeded}; !slices.Equal(states(e), want) {
		t.Errorf("steps %v, want %v", states(e), want)
	}
	if e.Fix == nil || e.Fix.Section != "portrait" || !e.Fix.Deadline.Equal(central.AddDate(0, 0, 7)) || e.Notice == nil {
		t.Errorf("fix %+v", e.Fix)
	}
	if cursor, err := q.Cursor(); err != nil || cursor != 8 {
		t.Errorf("cursor %d, %v", cursor, err)
	}
	if r := verify(t, q); len(r.Problems) != 0 {
		t.Errorf("%+v", r.Problems)
	}
	acts := 0
	err = q.Audit(func(tx *bbolt.Tx) error {
		return audit.Each(tx, 0, func(uint64, audit.Act) error { acts++; return nil })
	})
	if err != nil || acts != 6 {
		t.Errorf("%d acts, %v, want one a step", acts, err)
	}
}

// A step that goes back is found, whoever wrote it: the record's checksum fits.
func TestVerifyFindsStepsThatGoBack(t *testing.T) {
	at := func(trusted, monotonic int64, boot *uuid.UUID) envelope.Clock {
		return envelope.Clock{Trusted: trusted, Monotonic: monotonic, Boot: boot}
	}
	boot := uuid.New()
	for name, c := range map[string]struct {
		steps []Step
		good  bool
	}{
		"forward":         {[]Step{{Sealed, at(1, 5, &boot)}, {Custody, at(2, 6, &boot)}}, true},
		"retried":         {[]Step{{Sealed, at(0, 0, nil)}, {Refused, at(0, 0, nil)}, {Sealed, at(0, 0, nil)}, {Custody, at(1, 0, nil)}}, true},
		"back":            {[]Step{{Matched, at(1, 1, nil)}, {Custody, at(1, 2, nil)}}, false},
		"central's time":  {[]Step{{Sealed, at(2, 1, nil)}, {Custody, at(1, 1, nil)}}, false},
		"time since boot": {[]Step{{Sealed, at(1, 9, &boot)}, {Custody, at(2, 3, &boot)}}, false},
		"refused after":   {[]Step{{Custody, at(1, 1, nil)}, {Refused, at(1, 1, nil)}}, false},
	} {
		if err := checkSteps(c.steps, c.steps[len(c.steps)-1].State); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A notice that is faster than the receipt moves the state, and nothing is
// deleted before the receipt.
func TestNoticeBeforeReceipt(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	e := s.put(t, q, 1000)
	other := notice(e, 1, "matched")
	other.Manifest[0] ^= 1
	if _, changed := advance1(t, q, other); changed {
		t.Error("a notice for another manifest moved it")
	}
	unknown := notice(e, 2, "approved")
	unknown.Dossier = uuid.New()
	if _, changed := advance1(t, q, unknown); changed {
		t.Error("a dossier that is not here moved")
	}
	advance1(t, q, notice(e, 3, "approved"))
	waiting, err := q.Waiting()
	if err != nil || len(waiting) != 1 || waiting[0].State != Approved || blobFiles(t, q) != 1 {
		t.Fatalf("%+v, %v: it waits for its receipt", waiting, err)
	}
	if err := settleAt(q, e, central); err != nil {
		t.Fatal(err)
	}
	waiting, err = q.Waiting()
	if got, gerr := q.Get(e.ID); err != nil || gerr != nil || len(waiting) != 0 || got.State != Approved || blobFiles(t, q) != 0 {
		t.Errorf("%+v %s", waiting, got.State)
	}
	if r := verify(t, q); len(r.Problems) != 0 {
		t.Errorf("%+v", r.Problems)
	}
}

func TestHeldAndCarried(t *testing.T) {
	dir := t.TempDir()
	q, s := open(t, dir), newSealer(t)
	e, sealed, err := s.seal(q, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Hold(t.Context(), e, sealed); err != nil {
		t.Fatal(err)
	}
	far := newSealer(t)
	elsewhere := open(t, t.TempDir())
	_, foreign, err := far.seal(elsewhere, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice is no error
		if err := q.Carry(t.Context(), foreign, "tram-thu-002"); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir) // the sweep leaves both
	if r := verify(t, q); r.Held != 1 || r.Carried != 1 || r.Chunks != 4 || r.Orphans != 0 || len(r.Problems) != 0 {
		t.Fatalf("%+v", r)
	}
	if err := q.Uncarry(foreign.ID); !errors.Is(err, ErrUnsettled) {
		t.Errorf("a carried dossier went without a receipt: %v", err)
	}
	r := &envelope.Receipt{ID: foreign.ID, Manifest: envelope.Sum(foreign.Manifest), LogPosition: 1, Time: central}
	if err := q.SettleCarried(foreign.ID, []byte("receipt"), r); err != nil {
		t.Fatal(err)
	}
	if carried, err := q.Carried(); err != nil || len(carried) != 1 || carried[0].Station != "tram-thu-002" || string(carried[0].Receipt) != "receipt" {
		t.Errorf("%+v, %v", carried, err)
	}
	if err := q.Uncarry(foreign.ID); err != nil {
		t.Fatal(err)
	}
	// Reviewed: the dossier that is sealed anew takes the place of the held one.
	if err := q.Put(t.Context(), e, sealed); err != nil {
		t.Fatal(err)
	}
	if held, err := q.Held(); err != nil || len(held) != 0 {
		t.Errorf("%+v, %v", held, err)
	}
	if r := verify(t, q); r.Waiting != 1 || r.Carried != 0 || r.Orphans != 0 || len(r.Problems) != 0 {
		t.Errorf("%+v", r)
	}
	if space, err := q.Space(); err != nil || space.Held == 0 {
		t.Errorf("%+v, %v", space, err)
	}
	if err := settleAt(q, Entry{ID: e.ID, Digest: envelope.Sum(sealed.Manifest)}, central); err != nil {
		t.Fatal(err)
	}
	if space, err := q.Space(); err != nil || space.Held != 0 || blobFiles(t, q) != 0 {
		t.Errorf("%+v, %v: all is gone", space, err)
	}
}

func TestFind(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	index := [32]byte{7}
	var want []uuid.UUID
	for i := range 4 {
		e, sealed, err := s.seal(q, 10)
		if err != nil {
			t.Fatal(err)
		}
		if e.Lookup = [32]byte{byte(i)}; i%2 == 0 {
			e.Lookup = index
			want = append(want, e.ID)
		}
		if err := q.Put(t.Context(), e, sealed); err != nil {
			t.Fatal(err)
		}
	}
	found, err := q.Find(index)
	if err != nil || len(found) != 2 || found[0].ID != want[0] || found[1].ID != want[1] {
		t.Errorf("%v, %v", found, err)
	}
	if found, err := q.Find([32]byte{9}); err != nil || len(found) != 0 {
		t.Errorf("somebody else: %v, %v", found, err)
	}
}

func TestPruneByTheCentralsTime(t *testing.T) {
	q, s := open(t, t.TempDir()), newSealer(t)
	var all []Entry
	for day := range 3 {
		e := s.put(t, q, 10)
		if err := settleAt(q, e, central.AddDate(0, 0, day)); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	s.put(t, q, 10) // waits: stays whatever its age
	sets, err := q.Sets(central)
	if err != nil || len(sets) != 3 || sets[0].Count != 1 || sets[0].Digest != envelope.SetDigest([]uuid.UUID{all[0].ID}) {
		t.Fatalf("%+v, %v", sets, err)
	}
	keep := func(State) time.Duration { return 36 * time.Hour }
	prune := func(now envelope.Clock) int {
		t.Helper()
		n, err := q.Prune(now, keep)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := prune(envelope.Clock{Wall: central.AddDate(2, 0, 0).UnixMilli()}); n != 0 {
		t.Errorf("a clock two years ahead cost %d records", n)
	}
	if n := prune(envelope.Clock{Trusted: central.AddDate(0, 0, 2).UnixMilli()}); n != 1 {
		t.Errorf("control: %d records pruned, want the oldest", n)
	}
	if _, err := q.Get(all[0].ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
	if again, err := q.Sets(central); err != nil || !slices.Equal(again, sets) {
		t.Errorf("the sets changed: %+v, %v", again, err)
	}
	if ids, err := q.SetIDs(sets[0].Day); err != nil || len(ids) != 1 || ids[0] != all[0].ID {
		t.Errorf("%v, %v", ids, err)
	}
	if r := verify(t, q); len(r.Problems) != 0 {
		t.Errorf("a pruned record is no gap: %+v", r.Problems)
	}
}

func TestSpaceLevels(t *testing.T) {
	q := open(t, t.TempDir())
	for free, want := range map[uint64]string{49: LevelFull, 51: LevelLow, 99: LevelLow, 101: LevelOK} {
		q.free = func(string) (uint64, uint64, error) { return free, 1000, nil }
		if s, err := q.Space(); err != nil || s.Level != want {
			t.Errorf("%d of 1000 free: %s, want %s", free, s.Level, want)
		}
	}
	q.free = func(string) (uint64, uint64, error) { return 1000, 1000, nil }
	q.SetQuota(100)
	for held, want := range map[int64]string{79: LevelOK, 80: LevelLow, 100: LevelFull} {
		q.held = held
		if s, err := q.Space(); err != nil || s.Level != want {
			t.Errorf("%d of 100 held: %s, want %s", held, s.Level, want)
		}
	}
}
