package faults

import (
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
	"time"
)

// inode is a file or folder in two states: as running programs see it, and as
// it lies on the platter. What is between the two is listed in order.
type inode struct {
	number uint64
	name   string // that it was made under
	mode   uint32 // type and permissions
	mtime  time.Time
	links  int // names that programs see

	data, durable []byte
	writes        []write // since the last fsync

	names, durableNames map[string]*inode // of a folder
}

// write is a change of content: bytes at an offset, or with no bytes a new
// size.
type write struct {
	at    int64
	bytes []byte
}

// change is one change of names: a creation, a removal, or a rename with its
// steps, which survive together or not at all.
type change []step

type step struct {
	dir   *inode
	name  string
	child *inode // nil: the name is gone
}

func (n *inode) folder() bool { return n.mode&syscall.S_IFMT == syscall.S_IFDIR }

// apply returns content as it is after w.
func (w write) apply(content []byte) []byte {
	end := w.at + int64(len(w.bytes))
	if size := int64(len(content)); size < end {
		content = append(content, make([]byte, end-size)...)
	} else if w.bytes == nil {
		content = content[:end]
	}
	copy(content[w.at:], w.bytes)
	return content
}

// put changes the content that programs see.
func (n *inode) put(w write) {
	n.data = w.apply(n.data)
	n.writes = append(n.writes, w)
	n.mtime = time.Now()
}

// sync makes the content durable.
func (n *inode) sync() {
	for _, w := range n.writes {
		n.durable = w.apply(n.durable)
	}
	n.writes = nil
}

// perform does the change to the names that programs see.
func (c change) perform() {
	for _, s := range c {
		s.on(s.dir.names)
		s.dir.mtime = time.Now()
	}
}

// commit does it to the durable names.
func (c change) commit() {
	for _, s := range c {
		s.on(s.dir.durableNames)
	}
}

func (s step) on(names map[string]*inode) {
	if s.child == nil {
		delete(names, s.name)
	} else {
		names[s.name] = s.child
	}
}

func (c change) touches(dirs map[*inode]bool) bool {
	return slices.ContainsFunc(c, func(s step) bool { return dirs[s.dir] })
}

const sector = 512 // bytes that a disk writes whole or not at all

// lose settles what of the unsynced content outlives a power cut.
func (n *inode) lose(rng *rand.Rand, m Mode) {
	fate := rng.IntN(3)
	kept := rng.IntN(len(n.writes) + 1)
	for i, w := range n.writes {
		switch {
		case fate == 0, m == Journal && i > kept:
			continue // never left the memory
		case fate == 1 || m == Journal && i < kept:
			n.durable = w.apply(n.durable)
		case rng.IntN(2) == 0 || m == Journal:
			n.tear(rng, w)
		}
	}
	n.writes = nil
}

// tear lets some sectors of a write reach the platter.
func (n *inode) tear(rng *rand.Rand, w write) {
	if w.bytes == nil {
		n.durable = w.apply(n.durable)
		return
	}
	for at := int64(0); at < int64(len(w.bytes)); {
		end := min(at+sector-(w.at+at)%sector, int64(len(w.bytes)))
		if rng.IntN(2) == 0 {
			n.durable = write{w.at + at, w.bytes[at:end]}.apply(n.durable)
		}
		at = end
	}
}

// revive makes the durable state the one that programs see, below n, and counts
// each inode's names.
func (n *inode) revive(names map[*inode]int) {
	names[n]++
	if names[n] > 1 {
		return
	}
	n.data = slices.Clone(n.durable)
	if n.folder() {
		n.names = maps.Clone(n.durableNames)
		for _, child := range n.names {
			child.revive(names)
		}
	}
}
