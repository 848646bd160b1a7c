package audit_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// start is when the invented station began to work.
var start = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

// boot is the start of its machine.
var boot = uuid.UUID{1}

// station is a database with a log and the central that witnesses it.
type station struct {
	t       *testing.T
	path    string
	db      *bbolt.DB
	central *envelope.Signer
	acts    int
}

func newStation(t *testing.T) *station {
	t.Helper()
	central, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	s := &station{t: t, path: filepath.Join(t.TempDir(), "index.db"), central: central}
	s.open()
	t.Cleanup(func() { _ = s.db.Close() })
	return s
}

func (s *station) open() {
	s.t.Helper()
	db, err := bbolt.Open(s.path, 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		s.t.Fatal(err)
	}
	s.db = db
	s.update(audit.Prepare)
}

func (s *station) reopen() {
	s.t.Helper()
	if err := s.db.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.open()
}

func (s *station) update(fn func(*bbolt.Tx) error) {
	s.t.Helper()
	if err := s.db.Update(fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) act(i int) audit.Act {
	return audit.Act{
		At:  envelope.Clock{Wall: start.Add(time.Duration(i) * time.Hour).UnixMilli(), Monotonic: int64(i), Boot: &boot},
		Who: "canbo-1", What: "card-read", Dossier: uuid.UUID{15: byte(i)}, Masked: "N.V.T. ••••••••0001", Detail: fmt.Sprintf("act %d", i),
	}
}

// append adds n acts and returns the last head.
func (s *station) append(n int) (head envelope.Head) {
	s.t.Helper()
	s.update(func(tx *bbolt.Tx) (err error) {
		for range n {
			s.acts++
			if head, err = audit.Append(tx, s.act(s.acts)); err != nil {
				return err
			}
		}
		return nil
	})
	return head
}

// anchor seals with the TPM's next value.
func (s *station) anchor(counter uint64) {
	s.t.Helper()
	s.update(func(tx *bbolt.Tx) error {
		s.acts++
		a := s.act(s.acts)
		a.What, a.Counter = "sealed", counter
		_, err := audit.Append(tx, a)
		return err
	})
}

// witness has the central sign the present head.
func (s *station) witness() {
	s.t.Helper()
	head := s.head()
	raw, err := envelope.SignReceipt(s.central, envelope.Receipt{
		ID: uuid.UUID{1}, LogPosition: 1, Time: start, Audit: &head,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.update(func(tx *bbolt.Tx) error { return audit.Witness(tx, raw) })
}

func (s *station) head() (head envelope.Head) {
	s.t.Helper()
	err := s.db.View(func(tx *bbolt.Tx) (err error) { head, err = audit.HeadOf(tx); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return head
}

func (s *station) proof(from uint64) (proof []envelope.Digest) {
	s.t.Helper()
	err := s.db.View(func(tx *bbolt.Tx) (err error) { proof, err = audit.Proof(tx, from); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return proof
}

func (s *station) verify(a audit.Anchor) (r audit.Report) {
	s.t.Helper()
	err := s.db.View(func(tx *bbolt.Tx) (err error) { r, err = audit.Verify(tx, s.central.Public(), a); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *station) whole(a audit.Anchor) audit.Report {
	s.t.Helper()
	r := s.verify(a)
	if len(r.Problems) > 0 {
		s.t.Fatalf("an untouched log: %+v", r.Problems)
	}
	return r
}

func TestActs(t *testing.T) {
	s := newStation(t)
	if h := s.head(); h.Size != 0 || h.Root != envelope.Sum(nil) {
		t.Errorf("empty log: %+v", h)
	}
	s.whole(audit.Anchor{})
	s.append(10)
	s.reopen()
	var got []audit.Act
	err := s.db.View(func(tx *bbolt.Tx) error {
		return audit.Each(tx, 7, func(n uint64, a audit.Act) error {
			if n != uint64(7+len(got)) {
				t.Errorf("act %d after %d", n, len(got))
			}
			got = append(got, a)
			return nil
		})
	})
	if err != nil || len(got) != 3 || !reflect.DeepEqual(got[0], s.act(8)) || !reflect.DeepEqual(got[2], s.act(10)) {
		t.Errorf("%v %+v", err, got)
	}
	if r := s.whole(audit.Anchor{}); r.Head != s.head() || r.Head.Size != 10 {
		t.Errorf("%+v", r)
	}
}

// A transaction that is rolled back leaves no act and no trace in the tree.
func TestRollBack(t *testing.T) {
	s := newStation(t)
	before := s.append(5)
	broken := errors.New("the queue said no")
	err := s.db.Update(func(tx *bbolt.Tx) error {
		if h, err := audit.Append(tx, s.act(99)); err != nil || h == before {
			t.Errorf("%v %v", h, err)
		}
		return broken
	})
	if !errors.Is(err, broken) || s.head() != before {
		t.Errorf("%v, head %v, want %v", err, s.head(), before)
	}
	s.whole(audit.Anchor{})
}

// An act is refused for what its program did wrong, and never for a long text.
func TestAct(t *testing.T) {
	s := newStation(t)
	for name, a := range map[string]audit.Act{
		"no code": {Who: "a"}, "code in words": {Who: "a", What: "Sealed it"}, "nobody": {What: "sealed"},
		"long code": {Who: "a", What: strings.Repeat("a", 49)},
	} {
		err := s.db.Update(func(tx *bbolt.Tx) error { _, err := audit.Append(tx, a); return err })
		if !errors.Is(err, audit.ErrAct) {
			t.Errorf("%s: %v", name, err)
		}
	}
	const key = "0123456789012345678901234567890" // in hexadecimal, not a number
	s.update(func(tx *bbolt.Tx) error {
		_, err := audit.Append(tx, audit.Act{
			Who: strings.Repeat("é", 60), What: "sign-in", Masked: "N.V.T. 001099012345\n\x00\xff",
			Detail: "gọi 0912345678 CCCD001099012345, a" + key + ", " + strings.Repeat("ẵ", 600),
		})
		return err
	})
	err := s.db.View(func(tx *bbolt.Tx) error {
		return audit.Each(tx, 0, func(_ uint64, a audit.Act) error {
			if a.Masked != "N.V.T. ••••••••2345   " || !strings.HasPrefix(a.Detail, "gọi ••••••5678 CCCD••••••••2345, a"+key+", ẵẵ") ||
				len(a.Detail) > 512 || len(a.Who) > 64 {
				t.Errorf("%+v", a)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	s.whole(audit.Anchor{})
}

// A database from before the log can be read as an empty one.
func TestOldDatabase(t *testing.T) {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "old.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		h, err := audit.HeadOf(tx)
		p, err2 := audit.Proof(tx, 0)
		r, err3 := audit.Verify(tx, nil, audit.Anchor{})
		last, err4 := audit.LastCounter(tx)
		err5 := audit.Each(tx, 0, func(uint64, audit.Act) error { return errors.New("an act of nobody") })
		if h.Size != 0 || len(p) != 0 || len(r.Problems) != 0 || last != 0 {
			t.Errorf("%v %v %v %v", h, p, r, last)
		}
		return errors.Join(err, err2, err3, err4, err5)
	})
	if err != nil {
		t.Error(err)
	}
}

// root is RFC 6962 §2.1 word for word: the tree that ours is held against.
func root(leaves [][]byte) envelope.Digest {
	switch len(leaves) {
	case 0:
		return envelope.Sum(nil)
	case 1:
		return envelope.Sum(append([]byte{0}, leaves[0]...))
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	l, r := root(leaves[:k]), root(leaves[k:])
	return envelope.Sum(slices.Concat([]byte{1}, l[:], r[:]))
}

// TestRandom plays random days at a station against the plain definition of
// the tree, and every two heads of it against each other.
func TestRandom(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		s := newStation(t)
		heads := []envelope.Head{s.head()}
		var counter uint64
		for range 60 {
			switch rnd.IntN(6) {
			case 0:
				s.reopen()
			case 1:
				s.witness()
			case 2:
				counter++
				s.anchor(counter)
			default:
				s.append(1 + rnd.IntN(9))
			}
			heads = append(heads, s.head())
		}
		a := audit.Anchor{Counter: counter, Known: true}
		if r := s.whole(a); r.Counter != counter || !r.Anchored {
			t.Errorf("%+v", r)
		}
		leaves := s.records()
		for i, h := range heads {
			if want := root(leaves[:h.Size]); h.Root != want {
				t.Fatalf("seed %d: root at %d is %s, want %s", seed, h.Size, h.Root, want)
			}
			proof := s.proof(h.Size)
			if err := audit.Consistent(h, s.head(), proof); err != nil {
				t.Fatalf("seed %d: head %d of size %d: %v", seed, i, h.Size, err)
			}
			s.refuses(h, proof, rnd)
		}
	}
}

// refuses tries a proof that was tampered with.
func (s *station) refuses(then envelope.Head, proof []envelope.Digest, rnd *rand.Rand) {
	s.t.Helper()
	now := s.head()
	if then.Size == 0 {
		return // nothing was witnessed: every log continues it
	}
	other := then
	other.Root[rnd.IntN(32)] ^= 1
	if err := audit.Consistent(other, now, proof); !errors.Is(err, audit.ErrFork) {
		s.t.Fatalf("another root at %d: %v", then.Size, err)
	}
	if err := audit.Consistent(now, then, proof); then.Size < now.Size && !errors.Is(err, audit.ErrFork) {
		s.t.Fatalf("a shorter log: %v", err)
	}
	if len(proof) == 0 {
		return
	}
	bad := slices.Clone(proof)
	bad[rnd.IntN(len(bad))][rnd.IntN(32)] ^= 1
	for _, p := range [][]envelope.Digest{bad, proof[1:], append(slices.Clone(proof), proof[0]), nil} {
		if err := audit.Consistent(then, now, p); !errors.Is(err, audit.ErrFork) {
			s.t.Fatalf("a bad proof from %d to %d: %v", then.Size, now.Size, err)
		}
	}
}

// records are the stored acts as they were hashed.
func (s *station) records() (out [][]byte) {
	s.t.Helper()
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("audit-acts")).ForEach(func(_, v []byte) error {
			out = append(out, bytes.Clone(audit.RecordOf(uint64(len(out)), v)))
			return nil
		})
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}
