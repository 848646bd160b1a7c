package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// Mode says what a file system promises of what was not synced.
type Mode int

const (
	// Strict keeps what POSIX asks for and nothing else: content outlives a
	// cut when the file was synced, a name when its folder was. Any part of
	// the rest may be there or not, in any order, down to the sector.
	Strict Mode = iota
	// Journal is as ext4 does it (data=ordered): changes of names go to the
	// platter in their order, and every fsync takes along those before it.
	Journal
)

// Op is one operation that a program asks of the disk.
type Op struct {
	Kind  string // "create", "write", "truncate", "fsync", "fsyncdir", "rename", "unlink", "mkdir", "rmdir", "link"
	Name  string // the last element of the path; a rename's new one; a written file's first
	Bytes int
}

// Disk is a file system in memory, mounted by FUSE below real programs, that
// keeps what they see apart from what a power cut leaves. It is safe for
// concurrent use; mu guards all state. Programs must run in other processes
// than the Disk when they map files: a page fault that waits for its own
// process stops it.
type Disk struct {
	mode   Mode
	server *fuse.Server
	dir    string

	mu      sync.Mutex
	root    *inode
	last    uint64 // inode number
	files   map[*inode]bool
	changes []change // of names, not durable
	used    int64
	limit   int64
	fail    func(Op) syscall.Errno
	dead    bool
	lies    bool
	left    int // operations until the power is cut, when counting
	syncs   int
}

// NewDisk returns an empty disk that is not mounted.
func NewDisk(m Mode) *Disk {
	d := &Disk{mode: m, files: map[*inode]bool{}}
	d.root = d.make(syscall.S_IFDIR | 0o755)
	return d
}

func (d *Disk) make(mode uint32) *inode {
	d.last++
	n := &inode{number: d.last, mode: mode, mtime: time.Now()}
	if n.folder() {
		n.names, n.durableNames = map[string]*inode{}, map[string]*inode{}
	} else {
		d.files[n] = true
	}
	return n
}

// Cut takes the power: from now on every operation fails with EIO. What
// programs acknowledge after it they had synced before.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true
}

// CutAfter takes the power when n more changes and syncs were done.
func (d *Disk) CutAfter(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = n
}

// Dead says that the power is out.
func (d *Disk) Dead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

// Syncs is how many fsyncs were asked for, of files and folders.
func (d *Disk) Syncs() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.syncs
}

// Limit sets the disk's size in bytes of content, 0 for none.
func (d *Disk) Limit(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = bytes
}

// Used is how many bytes of content the disk holds.
func (d *Disk) Used() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

// Fail asks fn before each change and sync: an error that it returns is the
// program's. nil ends it.
func (d *Disk) Fail(fn func(Op) syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = fn
}

// Lie makes every fsync answer well and do nothing: what a program without fsync
// is on a good disk. It is the control of each power cut, for any program.
func (d *Disk) Lie() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lies = true
}

// Restart settles what outlives the cut, by the seed, and gives the power back.
// The disk must not be mounted.
func (d *Disk) Restart(seed uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.server != nil {
		return errors.New("faults: the disk is mounted: end its programs and unmount it first")
	}
	rng := rand.New(rand.NewPCG(seed, uint64(len(d.changes))))
	fate, kept := rng.IntN(4), rng.IntN(len(d.changes)+1)
	for i, c := range d.changes {
		if fate == 1 || (fate == 2 || d.mode == Journal) && i < kept || fate == 3 && d.mode == Strict && rng.IntN(2) == 0 {
			c.commit()
		}
	}
	d.changes = nil
	for _, n := range d.ordered() {
		n.lose(rng, d.mode)
	}
	seen := map[*inode]int{}
	d.root.revive(seen)
	d.used = 0
	for n := range d.files {
		if n.links = seen[n]; n.links > 0 {
			d.used += int64(len(n.data))
		} else {
			delete(d.files, n)
		}
	}
	d.dead, d.left, d.fail = false, 0, nil
	return nil
}

// ordered lists the files by number, so that a seed gives the same cut.
func (d *Disk) ordered() []*inode {
	all := make([]*inode, d.last+1)
	for n := range d.files {
		all[n.number] = n
	}
	files := all[:0]
	for _, n := range all {
		if n != nil {
			files = append(files, n)
		}
	}
	return files
}

// Sync makes everything durable, like a clean shutdown.
func (d *Disk) Sync() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for n := range d.files {
		n.sync()
	}
	d.commit(func(change) bool { return true })
}

// Export writes what programs see to a plain folder, to look at it in this
// process.
func (d *Disk) Export(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return export(d.root, dir)
}

func export(n *inode, path string) error {
	switch n.mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		for name, child := range n.names {
			if err := export(child, filepath.Join(path, name)); err != nil {
				return err
			}
		}
		return nil
	case syscall.S_IFREG:
		return os.WriteFile(path, n.data, 0o600)
	default:
		return nil // a socket has no content
	}
}

// ask is at the head of every change and sync, with mu held.
func (d *Disk) ask(op Op, grow int64) syscall.Errno {
	if d.dead {
		return syscall.EIO
	}
	if d.fail != nil {
		if errno := d.fail(op); errno != 0 {
			return errno
		}
	}
	if grow > 0 && d.limit > 0 && d.used+grow > d.limit {
		return syscall.ENOSPC
	}
	d.used += grow
	if d.left > 0 {
		d.left--
		if d.left == 0 {
			d.dead = true // after this one
		}
	}
	return 0
}

// rename, create and remove are all changes of names.
func (d *Disk) change(c change) {
	for _, s := range c {
		if old := s.dir.names[s.name]; old != nil {
			d.linked(old, -1)
		}
		if s.child != nil {
			d.linked(s.child, 1)
		}
	}
	c.perform()
	d.changes = append(d.changes, c)
}

// linked counts a file's names: its content takes room while it has one.
func (d *Disk) linked(n *inode, by int) {
	n.links += by
	switch n.links {
	case 0:
		d.used -= int64(len(n.data))
	case by: // the first
		d.used += int64(len(n.data))
	}
}

// commit makes the changes that fn names durable, in their order.
func (d *Disk) commit(fn func(change) bool) {
	left := d.changes[:0]
	for _, c := range d.changes {
		if fn(c) {
			c.commit()
		} else {
			left = append(left, c)
		}
	}
	clear(d.changes[len(left):])
	d.changes = left
}

// syncFile makes a file's content durable.
func (d *Disk) syncFile(n *inode) {
	d.syncs++
	if d.lies {
		return
	}
	n.sync()
	if d.mode == Journal {
		d.commit(func(change) bool { return true })
	}
}

// syncDir makes a folder's names durable, and with a rename that leads out of
// it the other folder's too.
func (d *Disk) syncDir(n *inode) {
	d.syncs++
	if d.lies {
		return
	}
	if d.mode == Journal {
		d.commit(func(change) bool { return true })
		return
	}
	dirs, taken := map[*inode]bool{n: true}, make([]bool, len(d.changes))
	for i := len(d.changes) - 1; i >= 0; i-- {
		if d.changes[i].touches(dirs) {
			taken[i] = true
			for _, s := range d.changes[i] {
				dirs[s.dir] = true
			}
		}
	}
	i := -1
	d.commit(func(change) bool { i++; return taken[i] })
}

func (d *Disk) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprintf("%d files, %d bytes, %d syncs", len(d.files), d.used, d.syncs)
}
