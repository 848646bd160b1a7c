package queue

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/tram-station/tram/offline/audit"
)

// maxDepth of the tree: each level multiplies by two at the least.
const maxDepth = 40

// walker goes through every page that the index uses. bbolt's pages have no
// checksum, and it follows a flipped bit into nowhere; so nothing of the file is
// given to it that was not walked through before. Values are not looked at:
// records carry checksums of their own.
type walker struct {
	*pages
	used []bool // by page
	left uint64 // pages that nobody has claimed
}

// walk checks that each page below the high-water mark is claimed once, by the
// tree, the list of free pages or as a meta page; that elements lie where bbolt
// writes them; and that keys rise within the bounds that their parents give. A
// single flipped bit that passes hit one key or one value, and no more.
func (p *pages) walk() error {
	w := p.walker()
	listed := p.meta.free != noFreeList // an old index may keep none
	if listed {
		if err := w.freeList(func(id uint64) error { return w.claim(id, 0) }); err != nil {
			return err
		}
	}
	if err := w.root(); err != nil {
		return err
	}
	if listed && w.left > 0 {
		return fmt.Errorf("%w: %d pages are lost", errPages, w.left)
	}
	return nil
}

func (p *pages) walker() *walker {
	w := &walker{pages: p, used: make([]bool, p.meta.high), left: p.meta.high - 2}
	w.used[0], w.used[1] = true, true // the meta pages
	return w
}

// claim notes that a page and those that it overflows to are in use.
func (w *walker) claim(id uint64, overflow uint32) error {
	for n := id; n <= id+uint64(overflow); n++ {
		if n < 2 || n >= w.meta.high || w.used[n] {
			return fmt.Errorf("%w: page %d is used twice or does not exist", errPages, n)
		}
		w.used[n] = true
		w.left--
	}
	return nil
}

// freeList calls fn for each free page and claims the pages of the list itself.
func (w *walker) freeList(fn func(id uint64) error) error {
	g, err := w.page(w.meta.free)
	if err != nil {
		return err
	}
	if g.flags != pageFree {
		return fmt.Errorf("%w: the list of free pages has type %d", errPages, g.flags)
	}
	if err := w.claim(g.id, g.overflow); err != nil {
		return err
	}
	ids, count := g.b[headerSize:], uint64(g.count)
	if count == manyFree {
		count, ids = u64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return fmt.Errorf("%w: %d free pages", errPages, count)
	}
	last := uint64(1)
	for i := range count {
		id := u64(ids[i*8:])
		if id <= last || id >= w.meta.high {
			return fmt.Errorf("%w: free page %d", errPages, id)
		}
		last = id
		if err := fn(id); err != nil {
			return err
		}
	}
	return nil
}

// root goes through the buckets: they lie side by side in the tree of the file
// and are known by name.
func (w *walker) root() error {
	return w.tree(w.meta.root, nil, nil, 0, func(e element) error {
		if e.flags != leafBucket || !knownBucket(e.key) || len(e.value) < bucketSize {
			return fmt.Errorf("%w: a bucket of no known name", errPages)
		}
		if root := u64(e.value); root != 0 {
			if len(e.value) != bucketSize {
				return fmt.Errorf("%w: a bucket of %d bytes", errPages, len(e.value))
			}
			return w.tree(root, nil, nil, 0, record)
		}
		if len(e.value) < bucketSize+headerSize {
			return fmt.Errorf("%w: a bucket of %d bytes", errPages, len(e.value))
		}
		g := readPage(e.value[bucketSize:])
		if g.flags != pageLeaf || g.id != 0 || g.overflow != 0 {
			return fmt.Errorf("%w: the page inside a bucket", errPages)
		}
		return g.leaf(nil, nil, record)
	})
}

func record(e element) error {
	if e.flags != 0 {
		return fmt.Errorf("%w: a bucket inside another", errPages)
	}
	return nil
}

func knownBucket(name []byte) bool {
	same := func(b []byte) bool { return bytes.Equal(b, name) }
	return slices.ContainsFunc(buckets, same) || audit.Known(name)
}

// tree goes through the page and all below it. Keys are at least low and less
// than high, where these are given.
func (w *walker) tree(id uint64, low, high []byte, depth int, fn func(element) error) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: the tree is too deep", errPages)
	}
	g, err := w.page(id)
	if err != nil {
		return err
	}
	if err := w.claim(g.id, g.overflow); err != nil {
		return err
	}
	switch g.flags {
	case pageLeaf:
		return g.leaf(low, high, fn)
	case pageBranch:
		return w.branch(g, low, high, depth, fn)
	}
	return fmt.Errorf("%w: page %d has type %d", errPages, id, g.flags)
}

func (w *walker) branch(g page, low, high []byte, depth int, fn func(element) error) error {
	if g.count == 0 {
		return fmt.Errorf("%w: page %d is empty", errPages, g.id)
	}
	next, err := g.element(0)
	if err != nil {
		return err
	}
	if low != nil && bytes.Compare(next.key, low) < 0 {
		return fmt.Errorf("%w: the keys of page %d", errPages, g.id)
	}
	for i := 1; i <= g.count; i++ {
		e, end := next, high
		if i < g.count {
			if next, err = g.element(i); err != nil {
				return err
			}
			end = next.key
		}
		if end != nil && bytes.Compare(e.key, end) >= 0 {
			return fmt.Errorf("%w: the keys of page %d", errPages, g.id)
		}
		if err := w.tree(e.child, e.key, end, depth+1, fn); err != nil {
			return err
		}
	}
	return nil
}

func (g *page) leaf(low, high []byte, fn func(element) error) error {
	last := low
	for i := range g.count {
		e, err := g.element(i)
		if err != nil {
			return err
		}
		order := 1
		if last != nil {
			order = bytes.Compare(e.key, last)
		}
		if order < 0 || order == 0 && i > 0 || high != nil && bytes.Compare(e.key, high) >= 0 {
			return fmt.Errorf("%w: the keys of page %d", errPages, g.id)
		}
		last = e.key
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}
