package queue

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// maxRecord is longer than any record, in bytes: a manifest, a receipt and a
// notice at the most, or a bucket small enough to lie in its parent's page.
const maxRecord = 4 * envelope.MaxManifest

// salvage calls try with what may be the records of a damaged index, whatever
// bucket they were in: the layout says most things twice, so that each record is
// looked for where its element says and where its neighbours leave room. try says
// whether it knew one by its checksum or its form.
//
// Free pages hold what was true once. The list of them tells them apart, or the
// tree; only where both are broken is every page looked at.
func (p *pages) salvage(try func(key, value []byte) bool) {
	live := p.live()
	for id := 2; (id+1)*p.size <= len(p.b); id++ {
		if live == nil || id < len(live) && live[id] {
			_ = guard(func() error { // the next page may be readable
				salvagePage(readPage(p.b[id*p.size:]), uint64(id), try)
				return nil
			})
		}
	}
}

// live are the pages that are in use, nil when nothing tells: those that the list
// of free pages does not name, and those that the tree reaches, for one of the
// two may be what is damaged.
func (p *pages) live() []bool {
	if p.meta.high == 0 || p.meta.high > uint64(len(p.b)/p.size) {
		return nil
	}
	w := p.walker()
	whole := w.root() == nil
	reached, live := w.used, make([]bool, p.meta.high)
	for id := range live {
		live[id] = true
	}
	err := p.walker().freeList(func(id uint64) error { live[id] = reached[id]; return nil })
	switch {
	case err == nil:
		return live
	case whole:
		return reached
	}
	return nil
}

// salvagePage looks through a page that may be a leaf.
func salvagePage(g page, id uint64, try func(key, value []byte) bool) {
	first := 0 // where the data begin says how many elements there are
	if len(g.b) >= headerSize+elementSize {
		first = int(u32(g.b[headerSize+4:])) / elementSize
	}
	likely := 0
	for _, yes := range []bool{g.id == id, g.flags == pageLeaf, first == g.count} {
		if yes {
			likely++
		}
	}
	if likely < 2 {
		return
	}
	count := g.count
	if first <= 0xFFFF {
		count = max(count, first)
	}
	count = min(count, (len(g.b)-headerSize)/elementSize)
	last := headerSize + first*elementSize // where the record before ended
	for i := range count {
		at := headerSize + i*elementSize
		raw := g.b[at : at+elementSize]
		start, k, v := at+int(u32(raw[4:])), int(u32(raw[8:])), int(u32(raw[12:]))
		next := last + k + v
		if at+2*elementSize <= len(g.b) && i+1 < count {
			next = at + elementSize + int(u32(raw2(g.b, at)[4:]))
		}
		for _, c := range [][3]int{{start, k, v}, {last, k, v}, {start, next - start - v, v}, {start, k, next - start - k}} {
			start, k, v := c[0], c[1], c[2]
			if start < headerSize || k <= 0 || k > bbolt.MaxKeySize || v < 0 || v > maxRecord || start > len(g.b)-k-v {
				continue
			}
			if salvageRecord(g.b[start:start+k], g.b[start+k:start+k+v], try) {
				last = start + k + v
				break
			}
		}
	}
}

// raw2 is the element behind the one at the offset.
func raw2(b []byte, at int) []byte { return b[at+elementSize : at+2*elementSize] }

// salvageRecord tries a record, or those of the page inside a bucket.
func salvageRecord(key, value []byte, try func(key, value []byte) bool) bool {
	if try(key, value) {
		return true
	}
	if !knownBucket(key) || len(value) < bucketSize+headerSize {
		return false
	}
	salvagePage(readPage(value[bucketSize:]), 0, try)
	return true
}

// found is what a damaged index still held. Its bytes are those of the file.
type found struct {
	entries map[string]map[uuid.UUID]Entry // by bucket
	head    head
	heads   int
	others  [][2][]byte // of the meta, days, pruned and audit buckets
}

// take keeps a record that is whole.
func (f *found) take(key, value []byte) bool {
	var e Entry
	var h head
	switch {
	case len(key) == len(e.ID) && len(value) > len(envelope.Digest{}) && unframe(key, value, &e) == nil:
		f.entry(e)
		return true
	case bytes.HasPrefix(key, []byte("head-")) && unframe(key, value, &h) == nil:
		f.heads++
		f.head = newerHead(f.head, h)
		return true
	case bytes.Equal(key, keyTag) && len(value) == 32, isDay(key, value), isPruned(key, value), audit.Whole(key, value):
		f.others = append(f.others, [2][]byte{bytes.Clone(key), bytes.Clone(value)})
		return true
	}
	return false
}

func newerHead(a, b head) head {
	if b.Sequence > a.Sequence {
		a.Sequence, a.Digest = b.Sequence, b.Digest
	}
	a.Trusted, a.Cursor = max(a.Trusted, b.Trusted), max(a.Cursor, b.Cursor)
	return a
}

// entry keeps the copy of an entry that has come further.
func (f *found) entry(e Entry) {
	name := string(e.bucket())
	if f.entries == nil {
		f.entries = map[string]map[uuid.UUID]Entry{}
	}
	if f.entries[name] == nil {
		f.entries[name] = map[uuid.UUID]Entry{}
	}
	there, ok := f.entries[name][e.ID]
	if !ok || !e.unsettled() && there.unsettled() || e.unsettled() == there.unsettled() && len(e.Steps) > len(there.Steps) {
		f.entries[name][e.ID] = e
	}
}

// bucket is where an entry belongs, by what it says.
func (e *Entry) bucket() []byte {
	switch {
	case e.State == Draft:
		return bucketDrafts
	case e.Held:
		return bucketHeld
	case e.Station != "":
		return bucketCarried
	}
	return bucketEntries
}

func isDay(key, value []byte) bool {
	if len(key) != dayLen+len(uuid.UUID{}) || len(value) != 0 {
		return false
	}
	_, err := time.Parse(time.DateOnly, string(key[:dayLen]))
	return err == nil
}

func isPruned(key, value []byte) bool {
	n := len(envelope.Digest{})
	if len(key) != 8 || len(value) != 2*n {
		return false
	}
	_, err := readRow(key, value)
	return err == nil
}

// write puts everything into an empty index.
func (f *found) write(tx *bbolt.Tx) error {
	own := f.entries[string(bucketEntries)]
	for name, entries := range f.entries {
		for id, e := range entries {
			if _, ok := own[id]; ok && name != string(bucketEntries) {
				continue // Put ends the draft and the held copy
			}
			if name == string(bucketEntries) && e.Sequence > f.head.Sequence {
				f.head.Sequence, f.head.Digest = e.Sequence, e.Digest
			}
			if err := putEntry(tx, []byte(name), e); err != nil {
				return err
			}
		}
	}
	for _, o := range f.others {
		if err := putOther(tx, o[0], o[1]); err != nil {
			return err
		}
	}
	if c := tx.Bucket(bucketPruned).Cursor(); c != nil {
		if key, record := c.Last(); len(key) == 8 {
			if n := binary.BigEndian.Uint64(key); n > f.head.Sequence {
				digest, err := readRow(key, record)
				if err != nil {
					return err
				}
				f.head.Sequence, f.head.Digest = n, envelope.Digest(digest)
			}
		}
	}
	return writeHead(tx, f.head)
}

func putOther(tx *bbolt.Tx, key, value []byte) error {
	bucket := bucketMeta
	switch {
	case isDay(key, value):
		bucket = bucketDays
	case isPruned(key, value):
		bucket = bucketPruned
	case !bytes.Equal(key, keyTag):
		return audit.Restore(tx, key, value)
	}
	if err := tx.Bucket(bucket).Put(bytes.Clone(key), bytes.Clone(value)); err != nil {
		return fmt.Errorf("queue: restore: %w", err)
	}
	return nil
}
