package audit_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

var (
	actsBucket = []byte("audit-acts")
	metaBucket = []byte("audit-meta")
)

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// hashesOf is how many bytes of hashes stand before the record of act n.
func hashesOf(n uint64, value []byte) int { return len(value) - len(audit.RecordOf(n, value)) }

// rewrite makes the log anew from the records: what somebody does who knows the
// format. All hashes and the head are right again.
func rewrite(tx *bbolt.Tx, change func(acts []audit.Act) []audit.Act) error {
	var acts []audit.Act
	err := audit.Each(tx, 0, func(_ uint64, a audit.Act) error { acts = append(acts, a); return nil })
	if err != nil {
		return err
	}
	if err := errors.Join(tx.DeleteBucket(actsBucket), tx.DeleteBucket(metaBucket), audit.Prepare(tx)); err != nil {
		return err
	}
	for _, a := range change(acts) {
		if _, err := audit.Append(tx, a); err != nil {
			return err
		}
	}
	return nil
}

// tamperings are what one can do to a log of 100 acts of which the central has
// witnessed 64.
var tamperings = []struct {
	name, code string
	do         func(tx *bbolt.Tx) error
}{
	{"edit a record", audit.Edited, func(tx *bbolt.Tx) error {
		v := bytes.Clone(tx.Bucket(actsBucket).Get(numberKey(17)))
		i := bytes.Index(v, []byte("canbo-1"))
		v[i+6] = '2'
		return tx.Bucket(actsBucket).Put(numberKey(17), v)
	}},
	{"edit a record and its leaf", audit.Tree, func(tx *bbolt.Tx) error {
		b := tx.Bucket(actsBucket)
		v := bytes.Clone(b.Get(numberKey(17)))
		v[bytes.Index(v, []byte("canbo-1"))+6] = '2'
		leaf := tlog.RecordHash(audit.RecordOf(17, v))
		copy(v, leaf[:])
		return b.Put(numberKey(17), v)
	}},
	{"edit a record and write the log anew", audit.Forked, func(tx *bbolt.Tx) error {
		return rewrite(tx, func(acts []audit.Act) []audit.Act { acts[17].Who = "canbo-2"; return acts })
	}},
	{"flip a bit of an inner hash", audit.Tree, func(tx *bbolt.Tx) error {
		v := bytes.Clone(tx.Bucket(actsBucket).Get(numberKey(15)))
		v[2*tlog.HashSize] ^= 1
		return tx.Bucket(actsBucket).Put(numberKey(15), v)
	}},
	{"make a record unreadable", audit.Damaged, func(tx *bbolt.Tx) error {
		v := bytes.Clone(tx.Bucket(actsBucket).Get(numberKey(18)))
		v[hashesOf(18, v)] = 0xff
		return tx.Bucket(actsBucket).Put(numberKey(18), v)
	}},
	{"cut a value short", audit.Damaged, func(tx *bbolt.Tx) error {
		return tx.Bucket(actsBucket).Put(numberKey(19), []byte("short"))
	}},
	{"cut off the end", audit.Cut, func(tx *bbolt.Tx) error {
		return errors.Join(tx.Bucket(actsBucket).Delete(numberKey(99)), tx.Bucket(actsBucket).Delete(numberKey(98)))
	}},
	{"cut off what was witnessed, head and all", audit.Cut, func(tx *bbolt.Tx) error {
		return rewrite(tx, func(acts []audit.Act) []audit.Act { return acts[:60] })
	}},
	{"take an act out", audit.Missing, func(tx *bbolt.Tx) error {
		return tx.Bucket(actsBucket).Delete(numberKey(40))
	}},
	{"take an act out and write the log anew", audit.Forked, func(tx *bbolt.Tx) error {
		return rewrite(tx, func(acts []audit.Act) []audit.Act { return slices.Delete(acts, 40, 41) })
	}},
	{"swap two acts", audit.Tree, func(tx *bbolt.Tx) error {
		b := tx.Bucket(actsBucket) // of even numbers: as many hashes each
		x, y := bytes.Clone(b.Get(numberKey(20))), bytes.Clone(b.Get(numberKey(22)))
		return errors.Join(b.Put(numberKey(20), y), b.Put(numberKey(22), x))
	}},
	{"swap two acts and write the log anew", audit.Forked, func(tx *bbolt.Tx) error {
		return rewrite(tx, func(acts []audit.Act) []audit.Act { acts[20], acts[22] = acts[22], acts[20]; return acts })
	}},
	{"insert an act and write the log anew", audit.Forked, func(tx *bbolt.Tx) error {
		return rewrite(tx, func(acts []audit.Act) []audit.Act { return slices.Insert(acts, 30, acts[3]) })
	}},
	{"slip in a key", audit.Damaged, func(tx *bbolt.Tx) error {
		return tx.Bucket(actsBucket).Put([]byte("zz"), []byte("an act"))
	}},
	{"skip numbers", audit.Missing, func(tx *bbolt.Tx) error {
		b := tx.Bucket(actsBucket)
		return b.Put(numberKey(1<<40), bytes.Clone(b.Get(numberKey(2))))
	}},
	{"change the head", audit.Tree, func(tx *bbolt.Tx) error {
		raw := bytes.Clone(tx.Bucket(metaBucket).Get([]byte("head")))
		raw[len(raw)-1] ^= 1
		return tx.Bucket(metaBucket).Put([]byte("head"), raw)
	}},
	{"throw the log away", audit.Cut, func(tx *bbolt.Tx) error {
		return rewrite(tx, func([]audit.Act) []audit.Act { return nil })
	}},
}

// TestTampering does each to a real file that verified before: the control of
// every case is the same file untouched.
func TestTampering(t *testing.T) {
	for _, c := range tamperings {
		t.Run(c.name, func(t *testing.T) {
			s := newStation(t)
			s.append(64)
			s.witness()
			s.append(36)
			if r := s.whole(audit.Anchor{}); r.Witnessed != 64 || r.Witnesses == 0 {
				t.Fatalf("%+v", r)
			}
			s.update(c.do)
			s.reopen()
			r := s.verify(audit.Anchor{})
			if !slices.ContainsFunc(r.Problems, func(p audit.Problem) bool { return p.Code == c.code }) {
				t.Errorf("found %+v, want %s", r.Problems, c.code)
			}
			// A damaged log goes on: the next dossier is not lost over it, and
			// the damage still shows.
			s.append(3)
			if r := s.verify(audit.Anchor{}); len(r.Problems) == 0 {
				t.Error("after three more acts nothing is found")
			}
		})
	}
}

// Without a witness a log that was made anew cannot be told from a true one:
// that is what the receipts are for.
func TestWitnessControl(t *testing.T) {
	s := newStation(t)
	s.append(100)
	s.update(func(tx *bbolt.Tx) error {
		return rewrite(tx, func(acts []audit.Act) []audit.Act { return slices.Delete(acts, 40, 41) })
	})
	s.whole(audit.Anchor{})
}

// Another central's signature witnesses nothing.
func TestForeignWitness(t *testing.T) {
	s := newStation(t)
	s.append(8)
	own := s.central
	other, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	s.central = other
	s.witness()
	s.central = own
	if r := s.whole(audit.Anchor{}); r.Witnesses != 0 || r.Unchecked == 0 || r.Witnessed != 0 {
		t.Errorf("%+v", r)
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		r, err := audit.Verify(tx, own.Public(), audit.Anchor{}, other.Public())
		if r.Unchecked != 0 || r.Witnessed != 8 {
			t.Errorf("with the older key: %+v", r)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A year of receipts leaves one a day and the newest, and all of them count.
func TestWitnessesKept(t *testing.T) {
	s := newStation(t)
	const days, each = 30, 4
	for range days * each {
		s.append(6) // an hour each: a quarter of a day
		s.witness()
	}
	r := s.whole(audit.Anchor{})
	if r.Witnesses > days+1+audit.KeptWitnesses || r.Witnesses < days || r.Witnessed != r.Head.Size {
		t.Errorf("%d witnesses for %d receipts of %d days: %+v", r.Witnesses, days*each, days, r)
	}
}

// TestSnapshot puts an older copy of the database back. Whoever does it on a
// machine with a TPM is found at once; without one at the next witness.
func TestSnapshot(t *testing.T) {
	s := newStation(t)
	s.append(5)
	s.anchor(1)
	s.witness()
	snapshot := s.copy()
	s.whole(audit.Anchor{Counter: 1, Known: true})
	s.append(5)
	s.anchor(2)
	s.witness()
	s.whole(audit.Anchor{Counter: 2, Known: true})
	witnessed := s.head()

	s.restore(snapshot)
	if r := s.verify(audit.Anchor{Counter: 2, Known: true}); !has(r, audit.Restored) {
		t.Errorf("with the TPM's counter: %+v", r.Problems)
	}
	s.whole(audit.Anchor{}) // the control: the copy alone is a good log
	s.append(20)            // it works on, and delivers
	s.anchor(3)
	if r := s.verify(audit.Anchor{Counter: 3, Known: true}); !has(r, audit.Restored) {
		t.Errorf("after it has counted with the TPM again: %+v", r.Problems)
	}
	if err := audit.Consistent(witnessed, s.head(), s.proof(witnessed.Size)); !errors.Is(err, audit.ErrFork) {
		t.Errorf("the gateway took the fork: %v", err)
	}
}

// TestClone lets two copies of one disk work on. The central, which has seen
// the one, does not take the other for it.
func TestClone(t *testing.T) {
	s := newStation(t)
	s.append(10)
	clone := newStation(t)
	clone.acts = s.acts
	clone.restore(s.copy())
	seen := s.head()
	if err := audit.Consistent(seen, clone.head(), clone.proof(seen.Size)); err != nil {
		t.Fatalf("the control, a clone that did nothing yet: %v", err)
	}
	s.append(3)
	seen = s.head()
	clone.acts += 7 // other acts
	clone.append(8)
	if err := audit.Consistent(seen, clone.head(), clone.proof(seen.Size)); !errors.Is(err, audit.ErrFork) {
		t.Errorf("the clone passed: %v", err)
	}
	s.append(5)
	if err := audit.Consistent(seen, s.head(), s.proof(seen.Size)); err != nil {
		t.Errorf("the station itself: %v", err)
	}
}

// TestAnchor goes through what the log and the TPM's counter can say.
func TestAnchor(t *testing.T) {
	s := newStation(t)
	s.append(3)
	s.whole(audit.Anchor{Counter: 7, Known: true}) // a TPM that came later
	s.anchor(8)
	s.whole(audit.Anchor{Counter: 7, Known: true}) // cut before the count
	s.whole(audit.Anchor{Counter: 8, Known: true})
	for code, counter := range map[string]uint64{audit.Restored: 9, audit.Counter: 6} {
		if r := s.verify(audit.Anchor{Counter: counter, Known: true}); !has(r, code) {
			t.Errorf("TPM at %d: %+v", counter, r.Problems)
		}
	}
	s.append(2)
	err := s.db.View(func(tx *bbolt.Tx) error {
		last, err := audit.LastCounter(tx)
		if last != 8 {
			t.Errorf("last counter %d", last)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	s.anchor(8)
	if r := s.verify(audit.Anchor{}); !has(r, audit.Counter) {
		t.Errorf("one counter twice: %+v", r.Problems)
	}
}

func has(r audit.Report, code string) bool {
	return slices.ContainsFunc(r.Problems, func(p audit.Problem) bool { return p.Code == code })
}

// copy takes a snapshot of the closed database.
func (s *station) copy() []byte {
	s.t.Helper()
	s.reopen()
	if err := s.db.Close(); err != nil {
		s.t.Fatal(err)
	}
	raw, err := os.ReadFile(s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.open()
	return raw
}

func (s *station) restore(raw []byte) {
	s.t.Helper()
	if err := s.db.Close(); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.path, raw, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.open()
}
