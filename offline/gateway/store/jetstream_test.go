package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
)

const thu = "tram-thử.001 *>" // a name that would mean something in a subject

func embedded(t testing.TB, dir string) *store.JetStream {
	t.Helper()
	j, err := store.OpenJetStream(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// maker signs manifests of one station.
type maker struct {
	t   testing.TB
	key *envelope.Signer
	to  *envelope.Recipient
}

func newMaker(t testing.TB) *maker {
	t.Helper()
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	identity, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return &maker{t, key, identity.Recipient()}
}

func (m *maker) seal(station string, sequence uint64) (uuid.UUID, []byte, gateway.Link) {
	m.t.Helper()
	d := envelope.Draft{
		ID: uuid.Must(uuid.NewV7()), Station: station, Sequence: sequence,
		Parts: []envelope.Part{{Name: "a", Bytes: []byte("x")}},
	}
	if sequence > 1 {
		d.Previous = envelope.Sum([]byte("the one before"))
	}
	s, err := envelope.Seal(m.key, []*envelope.Recipient{m.to}, d)
	if err != nil {
		m.t.Fatal(err)
	}
	return d.ID, s.Manifest, gateway.Link{Dossier: d.ID, Manifest: envelope.Sum(s.Manifest)}
}

// take links and creates, as the gateway does.
func (m *maker) take(j *store.JetStream, station string, sequence uint64) (uuid.UUID, gateway.Link) {
	m.t.Helper()
	id, raw, link := m.seal(station, sequence)
	if _, err := j.Link(m.t.Context(), station, sequence, link); err != nil {
		m.t.Fatal(err)
	}
	if _, err := j.Create(m.t.Context(), id, raw, gateway.Mark{}); err != nil {
		m.t.Fatal(err)
	}
	return id, link
}

func TestLedger(t *testing.T) {
	dir, m := t.TempDir(), newMaker(t)
	j := embedded(t, dir)
	id, raw, _ := m.seal(thu, 1)
	if _, err := j.Get(t.Context(), id); !errors.Is(err, gateway.ErrNoRecord) {
		t.Fatal(err)
	}
	mark := gateway.Mark{Quarantine: "fork", CarriedBy: "tram-thu-002"}
	first, err := j.Create(t.Context(), id, raw, mark)
	if err != nil || first.Position != 1 || first.Mark != mark || !bytes.Equal(first.Manifest, raw) {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := j.Create(t.Context(), id, []byte("another manifest"), gateway.Mark{})
	if err != nil || !bytes.Equal(second.Manifest, raw) || !second.Time.Equal(first.Time) || second.Position != 1 || second.Mark != mark {
		t.Errorf("the second of an ID: %+v, %v", second, err)
	}
	must(t, j.Close())
	j = embedded(t, dir)
	again, err := j.Get(t.Context(), id)
	if err != nil || !bytes.Equal(again.Manifest, raw) || !again.Time.Equal(first.Time) || again.Mark != mark {
		t.Errorf("after a restart: %+v, %v", again, err)
	}
	if n, err := j.Len(t.Context()); err != nil || n != 1 {
		t.Errorf("%d records, %v", n, err)
	}
}

// Many writers of the same few IDs: each ID has one record, and everyone is
// told the same one.
func TestLedgerTogether(t *testing.T) {
	j := embedded(t, t.TempDir())
	var wait sync.WaitGroup
	var told sync.Map
	ids := make([]uuid.UUID, 20)
	for i := range ids {
		ids[i] = uuid.Must(uuid.NewV7())
	}
	for w := range 8 {
		wait.Go(func() {
			for _, id := range ids {
				r, err := j.Create(t.Context(), id, fmt.Appendf(nil, "%d", w), gateway.Mark{})
				if err != nil {
					t.Error(err)
					return
				}
				if first, loaded := told.LoadOrStore(id, string(r.Manifest)); loaded && first != string(r.Manifest) {
					t.Errorf("two records under one ID")
				}
			}
		})
	}
	wait.Wait()
	if n, err := j.Len(t.Context()); err != nil || n != uint64(len(ids)) {
		t.Errorf("%d records, %v, want %d", n, err, len(ids))
	}
}

func TestChain(t *testing.T) {
	j, m := embedded(t, t.TempDir()), newMaker(t)
	id, link := m.take(j, thu, 1)
	_, raw, fork := m.seal(thu, 1)
	if have, err := j.Link(t.Context(), thu, 1, fork); err != nil || have != link {
		t.Errorf("a fork: %+v, %v", have, err)
	}
	if _, err := j.Create(t.Context(), fork.Dossier, raw, gateway.Mark{Quarantine: "fork"}); err != nil {
		t.Fatal(err)
	}
	if have, err := j.Link(t.Context(), thu, 1, link); err != nil || have != link {
		t.Errorf("the same again: %+v, %v", have, err)
	}
	m.take(j, "tram-thu-002", 1) // another station's
	fifth, _ := m.take(j, thu, 5)
	_, _, never := m.seal(thu, 6)
	if _, err := j.Link(t.Context(), thu, 6, never); err != nil { // its record never comes
		t.Fatal(err)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	ids, err := j.Day(t.Context(), thu, today)
	if want := []uuid.UUID{id, fork.Dossier, fifth}; err != nil || !slices.Equal(ids, want) {
		t.Errorf("today: %v, %v, want %v", ids, err, want)
	}
	for _, day := range []string{"2020-01-01", time.Now().UTC().AddDate(0, 0, 2).Format(time.DateOnly)} {
		if ids, err := j.Day(t.Context(), thu, day); err != nil || len(ids) != 0 {
			t.Errorf("%s: %v, %v", day, ids, err)
		}
	}
	if _, err := j.Day(t.Context(), thu, "hôm nay"); err == nil {
		t.Error("no day passed")
	}
}

func TestGaps(t *testing.T) {
	j, m := embedded(t, t.TempDir()), newMaker(t)
	want := func(station string, last uint64, gaps ...[2]uint64) {
		t.Helper()
		for range 2 { // from the book, and from the stream
			got, n, err := j.Gaps(t.Context(), station, 10)
			if err != nil || n != last || !slices.Equal(got, gaps) {
				t.Errorf("gaps %v up to %d, %v, want %v up to %d", got, n, err, gaps, last)
			}
			j.Forget()
		}
		if _, _, err := j.Gaps(t.Context(), station, 10); err != nil { // in the book from now on
			t.Error(err)
		}
	}
	want(thu, 0)
	m.take(j, thu, 1)
	m.take(j, thu, 2)
	want(thu, 2)
	m.take(j, thu, 9)
	m.take(j, thu, 5)
	want(thu, 9, [2]uint64{3, 4}, [2]uint64{6, 8})
	m.take(j, thu, 3)
	m.take(j, thu, 4)
	want(thu, 9, [2]uint64{6, 8})
	want("tram-thu-002", 0)
	m.take(j, thu, 1<<63)
	if got, n, err := j.Gaps(t.Context(), thu, 1); err != nil || n != 1<<63 || len(got) != 1 {
		t.Errorf("limited: %v up to %d, %v", got, n, err)
	}
}

// The ranges are those of a plain set.
func TestRanges(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		var numbers []uint64
		for range dice.IntN(60) {
			numbers = append(numbers, 1+dice.Uint64N(40))
		}
		got, last := store.Ranges(numbers...)
		var want [][2]uint64
		top := uint64(0)
		for n := uint64(1); n <= 40; n++ {
			if !slices.Contains(numbers, n) {
				continue
			}
			if n > top+1 {
				want = append(want, [2]uint64{top + 1, n - 1})
			}
			top = n
		}
		if last != top || !slices.Equal(got, want) {
			t.Fatalf("%v: %v up to %d, want %v up to %d", numbers, got, last, want, top)
		}
	}
}

// A folder of an older gateway has manifests and no chain.
func TestMigrate(t *testing.T) {
	dir, m := t.TempDir(), newMaker(t)
	j := embedded(t, dir)
	var ids []uuid.UUID
	for _, sequence := range []uint64{1, 2, 4} {
		id, raw, _ := m.seal(thu, sequence)
		ids = append(ids, id)
		if _, err := j.Create(t.Context(), id, raw, gateway.Mark{}); err != nil {
			t.Fatal(err)
		}
	}
	today := time.Now().UTC().Format(time.DateOnly)
	if found, err := j.Day(t.Context(), thu, today); err != nil || len(found) != 0 {
		t.Fatalf("control: without a chain %v, %v", found, err)
	}
	must(t, j.Erase(t.Context()))
	must(t, j.Close())
	j = embedded(t, dir)
	if found, err := j.Day(t.Context(), thu, today); err != nil || !slices.Equal(found, ids) {
		t.Errorf("today: %v, %v, want %v", found, err, ids)
	}
	if gaps, last, err := j.Gaps(t.Context(), thu, 10); err != nil || last != 4 || !slices.Equal(gaps, [][2]uint64{{3, 3}}) {
		t.Errorf("gaps %v up to %d, %v", gaps, last, err)
	}
}

func TestStates(t *testing.T) {
	dir, m := t.TempDir(), newMaker(t)
	j := embedded(t, dir)
	id, link := m.take(j, thu, 1)
	if _, err := j.State(t.Context(), id); !errors.Is(err, gateway.ErrNoRecord) {
		t.Fatal(err)
	}
	step := func(state string) gateway.Event {
		return gateway.Event{Station: thu, Dossier: id, Manifest: link.Manifest, State: state, By: "duyet-01"}
	}
	first, err := j.Append(t.Context(), step("validated"))
	if err != nil || first.Cursor == 0 || time.Since(first.At) > time.Minute || first.By != "duyet-01" {
		t.Fatalf("%+v, %v", first, err)
	}
	same := step("validated")
	same.By = "duyet-02"
	if e, err := j.Append(t.Context(), same); err != nil || e.Cursor != first.Cursor || e.By != "duyet-01" {
		t.Errorf("the same step again: %+v, %v", e, err)
	}
	fix := step("fix-needed")
	fix.Section, fix.Reason, fix.Words, fix.Deadline = "portrait", "blurred", "Ảnh mờ", time.Now().AddDate(0, 0, 7).Truncate(time.Millisecond).UTC()
	last, err := j.Append(t.Context(), fix)
	if err != nil || !last.Deadline.Equal(fix.Deadline) || last.Words != fix.Words {
		t.Fatalf("%+v, %v", last, err)
	}
	for _, back := range []string{"validated", "matched", "approved", "rejected"} {
		if _, err := j.Append(t.Context(), step(back)); !errors.Is(err, gateway.ErrState) {
			t.Errorf("%s after fix-needed: %v", back, err)
		}
	}
	for name, bad := range map[string]gateway.Event{"no such state": step("custody"), "no dossier": {Station: thu, State: "approved"}} {
		if _, err := j.Append(t.Context(), bad); err == nil || errors.Is(err, gateway.ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, j.Close())
	j = embedded(t, dir)
	if e, err := j.State(t.Context(), id); err != nil || e.Cursor != last.Cursor || e.State != "fix-needed" {
		t.Errorf("after a restart: %+v, %v", e, err)
	}
}

func TestFeed(t *testing.T) {
	j, m := embedded(t, t.TempDir()), newMaker(t)
	add := func(station, state string) gateway.Event {
		t.Helper()
		id, raw, link := m.seal(station, 1)
		if _, err := j.Create(t.Context(), id, raw, gateway.Mark{}); err != nil {
			t.Fatal(err)
		}
		e, err := j.Append(t.Context(), gateway.Event{Station: station, Dossier: id, Manifest: link.Manifest, State: state})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	events, next, err := j.Feed(t.Context(), thu, 0, 10)
	if err != nil || len(events) != 0 || next != 0 {
		t.Fatalf("%v %d %v", events, next, err)
	}
	a, _, b := add(thu, "validated"), add("tram-thu-002", "approved"), add(thu, "rejected")
	events, next, err = j.Feed(t.Context(), thu, 0, 10)
	if err != nil || len(events) != 2 || events[0] != a || events[1] != b || next != b.Cursor {
		t.Errorf("%+v %d %v", events, next, err)
	}
	events, next, err = j.Feed(t.Context(), thu, 0, 1)
	if err != nil || len(events) != 1 || events[0] != a || next != a.Cursor {
		t.Errorf("limited: %+v %d %v", events, next, err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := j.Wait(short, thu, b.Cursor); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("control: nothing came, and Wait said %v", err)
	}
	must(t, j.Wait(t.Context(), thu, a.Cursor)) // there already
	done := make(chan time.Time)
	go func() {
		if err := j.Wait(t.Context(), thu, b.Cursor); err != nil {
			t.Error(err)
		}
		done <- time.Now()
	}()
	time.Sleep(50 * time.Millisecond)
	add("tram-thu-002", "approved")
	begun := time.Now()
	c := add(thu, "approved")
	if took := (<-done).Sub(begun); took > 5*time.Second {
		t.Errorf("the waiting one was called after %v", took)
	}
	if events, _, err := j.Feed(t.Context(), thu, b.Cursor, 10); err != nil || len(events) != 1 || events[0] != c {
		t.Errorf("%+v, %v", events, err)
	}
}

// Of many decisions at the same time one counts.
func TestAppendTogether(t *testing.T) {
	j, m := embedded(t, t.TempDir()), newMaker(t)
	id, link := m.take(j, thu, 1)
	var won, beyond atomic.Int32
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			_, err := j.Append(t.Context(), gateway.Event{
				Station: thu, Dossier: id, Manifest: link.Manifest, State: []string{"approved", "rejected"}[i%2], By: fmt.Sprint(i),
				Reason: fmt.Sprint(i),
			})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, gateway.ErrState):
				beyond.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	events, _, err := j.Feed(t.Context(), thu, 0, 10)
	if err != nil || len(events) != 1 || won.Load() != 1 || beyond.Load() != 7 {
		t.Errorf("%d won, %d were late, %d events, %v", won.Load(), beyond.Load(), len(events), err)
	}
}
