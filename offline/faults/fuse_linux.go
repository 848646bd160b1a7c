package faults

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

const (
	blockSize = 4096
	plenty    = 1 << 40 // the size of a disk without a limit
)

// Mount puts the disk at an empty folder. It needs /dev/fuse and the right to
// mount (root); no other program.
func (d *Disk) Mount(dir string) error {
	second := time.Second
	server, err := fs.Mount(dir, &node{disk: d, inode: d.root}, &fs.Options{
		EntryTimeout: &second, AttrTimeout: &second, NullPermissions: true,
		RootStableAttr: &fs.StableAttr{Ino: d.root.number},
		MountOptions: fuse.MountOptions{
			DirectMountStrict: true, FsName: "faults", Name: "faults", MaxWrite: 1 << 20,
		},
	})
	if err != nil {
		return fmt.Errorf("faults: mount: %w (it needs /dev/fuse and root)", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.server, d.dir = server, dir
	return nil
}

// Unmount takes the disk away. The programs on it must have ended.
func (d *Disk) Unmount() error {
	d.mu.Lock()
	server := d.server
	d.mu.Unlock()
	if server == nil {
		return nil
	}
	err := server.Unmount() // it tries for a while: the kernel closes a killed program's files a little later
	if err != nil {
		return errors.Join(fmt.Errorf("faults: unmount: %w", err), syscall.Unmount(d.dir, syscall.MNT_DETACH))
	}
	d.mu.Lock()
	d.server = nil
	d.mu.Unlock()
	return nil
}

// node is an inode in the kernel's eyes.
type node struct {
	fs.Inode
	disk  *Disk
	inode *inode
}

// handle is an open file; synced says that each write is to be durable
// (O_SYNC).
type handle struct{ synced bool }

var (
	_ fs.NodeLookuper  = (*node)(nil)
	_ fs.NodeReaddirer = (*node)(nil)
	_ fs.NodeGetattrer = (*node)(nil)
	_ fs.NodeSetattrer = (*node)(nil)
	_ fs.NodeOpener    = (*node)(nil)
	_ fs.NodeReader    = (*node)(nil)
	_ fs.NodeWriter    = (*node)(nil)
	_ fs.NodeFsyncer   = (*node)(nil)
	_ fs.NodeCreater   = (*node)(nil)
	_ fs.NodeMknoder   = (*node)(nil)
	_ fs.NodeMkdirer   = (*node)(nil)
	_ fs.NodeLinker    = (*node)(nil)
	_ fs.NodeUnlinker  = (*node)(nil)
	_ fs.NodeRmdirer   = (*node)(nil)
	_ fs.NodeRenamer   = (*node)(nil)
	_ fs.NodeStatfser  = (*node)(nil)
)

func (n *inode) attr(out *fuse.Attr) {
	out.Ino, out.Mode, out.Nlink = n.number, n.mode, 1
	out.Size = uint64(len(n.data))
	out.Blocks, out.Blksize = (out.Size+sector-1)/sector, blockSize
	out.SetTimes(&n.mtime, &n.mtime, &n.mtime)
}

func (n *node) child(ctx context.Context, of *inode, out *fuse.EntryOut) *fs.Inode {
	of.attr(&out.Attr)
	return n.NewInode(ctx, &node{disk: n.disk, inode: of}, fs.StableAttr{Mode: of.mode & syscall.S_IFMT, Ino: of.number})
}

func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	c := n.inode.names[name]
	if c == nil {
		return nil, syscall.ENOENT
	}
	return n.child(ctx, c, out), 0
}

func (n *node) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	var list []fuse.DirEntry
	for name, c := range n.inode.names {
		list = append(list, fuse.DirEntry{Name: name, Mode: c.mode, Ino: c.number})
	}
	return fs.NewListDirStream(list), 0
}

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.inode.attr(&out.Attr)
	return 0
}

func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if size, ok := in.GetSize(); ok {
		if errno := n.disk.truncate(n.inode, int64(size)); errno != 0 {
			return errno
		}
	}
	if mode, ok := in.GetMode(); ok {
		n.inode.mode = n.inode.mode&syscall.S_IFMT | mode&^syscall.S_IFMT
	}
	if t, ok := in.GetMTime(); ok {
		n.inode.mtime = t
	}
	n.inode.attr(&out.Attr)
	return 0
}

func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if n.disk.dead {
		return nil, 0, syscall.EIO
	}
	if flags&syscall.O_TRUNC != 0 {
		if errno := n.disk.truncate(n.inode, 0); errno != 0 {
			return nil, 0, errno
		}
	}
	return newHandle(flags), 0, 0
}

func newHandle(flags uint32) *handle { return &handle{flags&(syscall.O_SYNC|syscall.O_DSYNC) != 0} }

func (n *node) Read(_ context.Context, _ fs.FileHandle, dest []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if at >= int64(len(n.inode.data)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(dest[:copy(dest, n.inode.data[at:])]), 0
}

func (n *node) Write(_ context.Context, f fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if errno := n.disk.write(n.inode, data, at); errno != 0 {
		return 0, errno
	}
	if h, ok := f.(*handle); ok && h.synced {
		n.disk.syncFile(n.inode)
	}
	return uint32(len(data)), 0
}

func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	kind, sync := "fsync", n.disk.syncFile
	if n.inode.folder() {
		kind, sync = "fsyncdir", n.disk.syncDir
	}
	// A cut at this very moment comes before the sync, not after it.
	if errno := n.disk.ask(Op{Kind: kind, Name: n.inode.name}, 0); errno != 0 {
		return errno
	}
	if n.disk.dead {
		return syscall.EIO
	}
	sync(n.inode)
	return 0
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	c, errno := n.add(ctx, "create", name, syscall.S_IFREG|mode&^syscall.S_IFMT, out)
	return c, newHandle(flags), 0, errno
}

func (n *node) Mknod(ctx context.Context, name string, mode, _ uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.add(ctx, "create", name, mode, out)
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.add(ctx, "mkdir", name, syscall.S_IFDIR|mode&^syscall.S_IFMT, out)
}

func (n *node) add(ctx context.Context, kind, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if errno := n.disk.ask(Op{Kind: kind, Name: name}, 0); errno != 0 {
		return nil, errno
	}
	c := n.disk.make(mode)
	c.name = name
	n.disk.change(change{{n.inode, name, c}})
	return n.child(ctx, c, out), 0
}

func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if errno := n.disk.ask(Op{Kind: "link", Name: name}, 0); errno != 0 {
		return nil, errno
	}
	c := target.(*node).inode
	n.disk.change(change{{n.inode, name, c}})
	return n.child(ctx, c, out), 0
}

func (n *node) Unlink(_ context.Context, name string) syscall.Errno {
	return n.remove("unlink", name)
}

func (n *node) Rmdir(_ context.Context, name string) syscall.Errno {
	n.disk.mu.Lock()
	c := n.inode.names[name]
	full := c != nil && len(c.names) > 0
	n.disk.mu.Unlock()
	if full {
		return syscall.ENOTEMPTY
	}
	return n.remove("rmdir", name)
}

func (n *node) remove(kind, name string) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if errno := n.disk.ask(Op{Kind: kind, Name: name}, 0); errno != 0 {
		return errno
	}
	n.disk.change(change{{n.inode, name, nil}})
	return 0
}

func (n *node) Rename(_ context.Context, name string, to fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	dir := to.(*node).inode
	over := dir.names[newName]
	switch {
	case flags&fs.RENAME_EXCHANGE != 0:
		return syscall.EINVAL
	case flags != 0 && over != nil: // RENAME_NOREPLACE
		return syscall.EEXIST
	case over != nil && len(over.names) > 0:
		return syscall.ENOTEMPTY
	}
	if errno := n.disk.ask(Op{Kind: "rename", Name: newName}, 0); errno != 0 {
		return errno
	}
	c := n.inode.names[name]
	n.disk.change(change{{n.inode, name, nil}, {dir, newName, c}})
	return 0
}

func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	size := n.disk.limit
	if size == 0 {
		size = plenty
	}
	out.Bsize, out.Frsize, out.NameLen = blockSize, blockSize, 255
	out.Blocks = uint64(size) / blockSize
	out.Bfree = uint64(max(0, size-n.disk.used)) / blockSize
	out.Bavail = out.Bfree
	return 0
}

func (d *Disk) truncate(n *inode, size int64) syscall.Errno {
	if errno := d.ask(Op{Kind: "truncate", Name: n.name, Bytes: int(size)}, d.growth(n, size)); errno != 0 {
		return errno
	}
	n.put(write{at: size})
	return 0
}

func (d *Disk) write(n *inode, data []byte, at int64) syscall.Errno {
	size := max(at+int64(len(data)), int64(len(n.data)))
	if errno := d.ask(Op{Kind: "write", Name: n.name, Bytes: len(data)}, d.growth(n, size)); errno != 0 {
		return errno
	}
	n.put(write{at, append([]byte{}, data...)}) // the buffer is the kernel's
	return 0
}

// growth is what a new size costs; a file without a name is not counted.
func (d *Disk) growth(n *inode, size int64) int64 {
	if n.links == 0 {
		return 0
	}
	return size - int64(len(n.data))
}
