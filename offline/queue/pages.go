package queue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
)

// errPages says that the pages of the index do not hang together.
var errPages = errors.New("the pages of the index are damaged")

// The layout of a bbolt file of version 2, whose numbers are in the machine's
// own order. A page is its header, its elements, and then the keys and values of
// the elements one behind the other.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	headerSize  = 16 // of a page: id, flags, count, overflow
	elementSize = 16 // branch: pos, ksize, page; leaf: flags, pos, ksize, vsize
	bucketSize  = 16 // root page and sequence, before an inline page
	metaSize    = 64
	pageBranch  = 0x01
	pageLeaf    = 0x02
	pageMeta    = 0x04
	pageFree    = 0x10
	leafBucket  = 0x01 // an element that is a bucket
	manyFree    = 0xFFFF
	noFreeList  = ^uint64(0)
	minPage     = 1 << 10
	maxPage     = 1 << 24
)

// pages is a bbolt file in memory. Nothing in it is believed: every offset is
// checked before it is followed.
type pages struct {
	b    []byte
	size int // of a page
	meta meta
	torn bool // one of the two meta pages is damaged: the last commit may be lost
}

type meta struct {
	page, root, free, high, tx uint64 // high is the first page that was never used
}

func u16(b []byte) uint16 { return binary.NativeEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.NativeEndian.Uint32(b) }
func u64(b []byte) uint64 { return binary.NativeEndian.Uint64(b) }

// openPages reads the meta pages. Without a whole one, p still names the size of
// a page to look for records by.
func openPages(b []byte, usual int) (p *pages, err error) {
	p = &pages{b: b, size: usual}
	whole := 0
	for at := 0; at <= maxPage && at+headerSize+metaSize <= len(b); at = max(2*at, minPage) {
		m, ok := readMeta(b[at:])
		if !ok || at != int(m.tx%2*m.page) {
			continue
		}
		if whole++; whole == 1 || m.tx > p.meta.tx {
			p.meta = m
		}
		if at == int(m.page) {
			break
		}
	}
	if whole == 0 {
		return p, fmt.Errorf("%w: no meta page is whole", errPages)
	}
	p.size = int(p.meta.page)
	p.torn = whole == 1
	if p.meta.high < 3 || p.meta.high > uint64(len(b)/p.size) {
		return p, fmt.Errorf("%w: the file ends before its last page", errPages)
	}
	return p, nil
}

// readMeta reads the meta page at the start of b.
func readMeta(b []byte) (m meta, ok bool) {
	body := b[headerSize : headerSize+metaSize]
	sum := fnv.New64a()
	_, _ = sum.Write(body[:metaSize-8]) // never fails
	m = meta{page: uint64(u32(body[8:])), root: u64(body[16:]), free: u64(body[32:]), high: u64(body[40:]), tx: u64(body[48:])}
	ok = u32(body) == boltMagic && u32(body[4:]) == boltVersion && u64(body[56:]) == sum.Sum64() &&
		u16(b[8:]) == pageMeta && m.page >= minPage && m.page <= maxPage && m.page&(m.page-1) == 0
	return m, ok
}

// page is one page with what overflows from it.
type page struct {
	b                 []byte
	id                uint64
	flags             uint16
	count             int
	overflow          uint32
	elements, dataEnd int
}

// page returns page id of the file; its own header has to say the same.
func (p *pages) page(id uint64) (g page, err error) {
	if id < 2 || id >= p.meta.high {
		return g, fmt.Errorf("%w: page %d of %d", errPages, id, p.meta.high)
	}
	g = readPage(p.b[id*uint64(p.size):])
	if g.id != id || uint64(g.overflow) >= p.meta.high-id {
		return g, fmt.Errorf("%w: page %d names itself %d and %d more", errPages, id, g.id, g.overflow)
	}
	g.b = g.b[:(uint64(g.overflow)+1)*uint64(p.size)]
	return g, nil
}

// readPage reads the header at the start of b, which holds one.
func readPage(b []byte) page {
	return page{b: b, id: u64(b), flags: u16(b[8:]), count: int(u16(b[10:])), overflow: u32(b[12:])}
}

// element is one element of a page, in its bounds.
type element struct {
	flags      uint32
	child      uint64
	key, value []byte
}

// element reads element i. Elements lie as bbolt writes them, one key and value
// right behind the other: g.dataEnd is where the last one ended.
func (g *page) element(i int) (e element, err error) {
	if i == 0 {
		g.elements = headerSize + g.count*elementSize
		g.dataEnd = g.elements
	}
	if g.elements > len(g.b) {
		return e, fmt.Errorf("%w: page %d has no room for %d elements", errPages, g.id, g.count)
	}
	at := headerSize + i*elementSize
	raw := g.b[at : at+elementSize]
	var pos, ksize, vsize uint32
	if g.flags == pageBranch {
		pos, ksize, e.child = u32(raw), u32(raw[4:]), u64(raw[8:])
	} else {
		e.flags, pos, ksize, vsize = u32(raw), u32(raw[4:]), u32(raw[8:]), u32(raw[12:])
	}
	start := uint64(at) + uint64(pos)
	middle := start + uint64(ksize)
	end := middle + uint64(vsize)
	if start != uint64(g.dataEnd) || ksize == 0 || end > uint64(len(g.b)) {
		return e, fmt.Errorf("%w: element %d of page %d lies elsewhere", errPages, i, g.id)
	}
	g.dataEnd = int(end)
	e.key, e.value = g.b[start:middle:middle], g.b[middle:end:end]
	return e, nil
}
