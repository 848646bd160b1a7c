package offline_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
)

// oldEntry is an entry of the first layout, which kept each chunk as a file.
type oldEntry struct {
	ID       uuid.UUID       `cbor:"1,keyasint"`
	State    uint8           `cbor:"2,keyasint"`
	Sequence uint64          `cbor:"3,keyasint"`
	Digest   envelope.Digest `cbor:"4,keyasint"`
	Manifest []byte          `cbor:"5,keyasint"`
	Size     int64           `cbor:"6,keyasint"`
	Tag      [32]byte        `cbor:"7,keyasint"`
	Kind     string          `cbor:"8,keyasint"`
	Masked   string          `cbor:"9,keyasint"`
	Virtual  bool            `cbor:"10,keyasint"`
	Enqueued int64           `cbor:"11,keyasint"`
	Tries    int             `cbor:"12,keyasint"`
	Detail   string          `cbor:"13,keyasint"`
	Receipt  []byte          `cbor:"14,keyasint"`
}

type oldHead struct {
	Sequence uint64          `cbor:"1,keyasint"`
	Digest   envelope.Digest `cbor:"2,keyasint"`
	Trusted  int64           `cbor:"3,keyasint"`
}

// writeOld writes a queue as the last version left it: one dossier in custody,
// one that waits, one that was refused.
func writeOld(t *testing.T, c *central, cfg offline.Config) (ids []uuid.UUID) {
	t.Helper()
	chunks := filepath.Join(cfg.Dir, "chunks")
	if err := os.MkdirAll(chunks, 0o700); err != nil {
		t.Fatal(err)
	}
	db := must(bbolt.Open(filepath.Join(cfg.Dir, "index.db"), 0o600, nil))(t)
	defer func() { _ = db.Close() }()
	put := func(tx *bbolt.Tx, bucket string, key []byte, v any) error {
		b, err := tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		body := must(envelope.Encode(v))(t)
		sum := envelope.Sum(append(bytes.Clone(key), body...))
		return b.Put(key, append(sum[:], body...))
	}
	head := oldHead{}
	err := db.Update(func(tx *bbolt.Tx) error {
		for i, state := range []uint8{3, 1, 4} { // custody, sealed, refused
			d := newDossier(300 << 10)
			parts := must(d.Parts())(t)
			sealed := must(envelope.Seal(cfg.Signer, cfg.Recipients, envelope.Draft{
				ID: d.ID, Station: stationID, Sequence: uint64(i + 1), Previous: head.Digest, Virtual: true, Parts: parts,
			}))(t)
			m := must(envelope.ParseManifest(sealed.Manifest))(t)
			e := oldEntry{
				ID: d.ID, State: state, Sequence: m.Sequence, Digest: m.Digest, Manifest: sealed.Manifest, Size: m.Size(),
				Kind: d.Kind, Masked: d.Masked, Virtual: true, Enqueued: d.Sealed.UnixMilli(), Tries: 1,
			}
			if state == 3 {
				e.Receipt = must(envelope.SignReceipt(c.key, envelope.Receipt{ID: d.ID, Manifest: m.Digest, LogPosition: 1, Time: d.Sealed}))(t)
			} else {
				for digest, b := range sealed.Chunks.(envelope.Chunks) {
					if err := os.WriteFile(filepath.Join(chunks, digest.String()), b, 0o600); err != nil {
						return err
					}
				}
			}
			if err := put(tx, "entries", d.ID[:], e); err != nil {
				return err
			}
			ids = append(ids, d.ID)
			head = oldHead{m.Sequence, m.Digest, d.Sealed.UnixMilli()}
		}
		for _, key := range []string{"head-a", "head-b"} {
			if err := put(tx, "meta", []byte(key), head); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte("meta")).Put([]byte("tag-key"), make([]byte, 32))
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// A queue of the last version is taken over: what waits goes out, receipts stay,
// the chain goes on.
func TestOldQueue(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, serve(t, c).URL)
	c.enrol(t, cfg)
	ids := writeOld(t, c, cfg)
	o := open(t, cfg)
	list := must(o.List())(t)
	if len(list) != 3 || list[0].State != offline.Custody || list[0].Receipt == nil || list[1].State != offline.Sealed || list[2].State != offline.Refused {
		t.Fatalf("%+v", list)
	}
	if r := must(o.Verify())(t); len(r.Problems) != 0 || r.Waiting != 2 || r.Chunks != 10 {
		t.Errorf("%+v", r)
	}
	fresh := newDossier(10)
	submit(t, o, fresh)
	if err := o.Retry(ids[2]); err != nil {
		t.Fatal(err)
	}
	if err := o.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range append(ids[1:], fresh.ID) {
		if s := must(o.Status(id))(t); s.State != offline.Custody {
			t.Errorf("%s: %s %s", id, s.State, s.Detail)
		}
		sealed, station, err := c.gw.Dossier(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := envelope.Open(c.identities[0], station.Key, sealed); err != nil {
			t.Error(err)
		}
	}
	if s := must(o.Status(fresh.ID))(t); s.Sequence != 4 {
		t.Errorf("the chain goes on at %d, want 4", s.Sequence)
	}
	if _, err := os.Stat(filepath.Join(cfg.Dir, "chunks")); !os.IsNotExist(err) {
		t.Errorf("the old folder is still there: %v", err)
	}
}
