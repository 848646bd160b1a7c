//go:build realparts

package queue

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const envFullDir = "TRAM_TEST_FULL_DIR" // makes the test binary the child

// TestRealDiskFull fills a real file system of 6 MiB (a tmpfs of its own, in a
// mount namespace of its own) through chunks and index alike.
func TestRealDiskFull(t *testing.T) {
	if dir := os.Getenv(envFullDir); dir != "" {
		// Nothing of this is seen outside; where / is no mount point of its
		// own (a chroot) that can not be said, and the unmounting has to do.
		_ = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=6m"); err != nil {
			t.Fatal(err)
		}
		fillDisk(t, dir)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRealDiskFull$", "-test.v")
	cmd.Env = append(os.Environ(), envFullDir+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 { // root needs no other self to mount
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

func fillDisk(t *testing.T, dir string) {
	q, s := open(t, dir), newSealer(t)
	q.free = func(string) (uint64, uint64, error) { return 1 << 40, 1 << 40, nil } // let the disk itself say no
	q.restock()                                                                    // as at the start on a disk of usual size
	var kept []Entry
	full := map[string]int{}
	for _, size := range []int{200 << 10, 20 << 10, 1 << 10} { // the last hits the index
		for range 400 {
			e, sealed, err := s.seal(q, size)
			if err != nil {
				t.Fatal(err)
			}
			err = q.Put(t.Context(), e, sealed)
			if errors.Is(err, ErrFull) {
				full[fmt.Sprint(size)]++
				break
			}
			if err != nil {
				t.Fatalf("%d dossiers in: %v", len(kept), err)
			}
			kept = append(kept, e)
		}
	}
	if len(full) != 3 {
		t.Fatalf("full at %v: the disk was never full", full)
	}
	check := func(waiting int) {
		t.Helper()
		if r := verify(t, q); r.Waiting != waiting || len(r.Problems) > 0 {
			t.Fatalf("%d waiting, want %d: %+v", r.Waiting, waiting, r.Problems)
		}
	}
	check(len(kept))
	// On the full disk dossiers still go out, one by one, and make room.
	for i, e := range kept {
		e, err := q.Get(e.ID)
		if err == nil {
			err = settleAt(q, e, time.Now())
		}
		if err != nil {
			t.Fatalf("settle %d of %d on a full disk: %v", i+1, len(kept), err)
		}
	}
	check(0)
	s.put(t, q, 200<<10)
	t.Logf("%d dossiers until full, all settled, room again", len(kept))
}
