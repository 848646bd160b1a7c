package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"

	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// What a decoder may use beside what the program has when it starts.
const (
	sandboxMemory = 1 << 30 // bytes of addresses
	sandboxHeap   = 640 << 20
	sandboxCPU    = 20 // seconds
)

// confine gives up what decoding does not need, for good: every file, every
// connection, every descriptor beyond those that are open, more memory and more
// processor time. Without Landlock in the kernel the rest still holds.
func confine() error {
	debug.SetMemoryLimit(sandboxHeap)
	held, err := addresses()
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	if err := landlock.V8.BestEffort().Restrict(); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	for _, l := range []struct {
		what int
		most uint64
	}{
		{unix.RLIMIT_AS, held + sandboxMemory},
		{unix.RLIMIT_CPU, sandboxCPU},
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_CORE, 0},
		// No descriptor can be opened any more: no file, no socket, no pipe.
		{unix.RLIMIT_NOFILE, 0},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return fmt.Errorf("limit %d: %w", l.what, err)
		}
	}
	return nil
}

// addresses is how many bytes of addresses the program holds.
func addresses() (uint64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	first, _, _ := bytes.Cut(b, []byte(" "))
	pages, err := strconv.ParseUint(string(first), 10, 64)
	return pages * uint64(os.Getpagesize()), err
}

// confinement says what keeps the decoder in, and whether that is all there is.
func confinement() (words string, whole bool) {
	version, err := landlocksys.LandlockGetABIVersion()
	if err != nil || version < 1 {
		return "a process of its own with limits; this kernel has no Landlock (Linux 5.13 with lsm=landlock)", false
	}
	return fmt.Sprintf("a process of its own with limits, without files and network by Landlock %d", version), true
}
