package pcscd

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownNetwork asks for a network of its own for the process. It reports
// whether the system knows how.
func ownNetwork(cmd *exec.Cmd) bool {
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	return true
}

// endWithUs ends the service when this program is killed, and keeps a Ctrl-C
// at the terminal from ending it before the card's session is closed.
func endWithUs(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
}

// inside runs f on a thread that has moved into the network of a process. The
// thread ends with f: it is never used for anything else.
func inside(pid int, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		done <- func() error {
			ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
			if err != nil {
				return err
			}
			defer func() { _ = ns.Close() }()
			if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter the service's network: %w", err)
			}
			return f()
		}()
	}()
	return <-done
}

// loopbackUp switches on the loopback interface of a new network.
func loopbackUp(pid int) error {
	return inside(pid, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer func() { _ = unix.Close(fd) }()
		lo, err := unix.NewIfreq("lo")
		if err != nil {
			return err
		}
		lo.SetUint16(unix.IFF_UP)
		if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
			return fmt.Errorf("switch on loopback in the service's network: %w", err)
		}
		return nil
	})
}

// dialInside connects to an address in the network of a process. address is an
// IP address and port: looking up a name would leave the thread.
func dialInside(ctx context.Context, pid int, address string) (conn net.Conn, err error) {
	err = inside(pid, func() error {
		conn, err = (&net.Dialer{FallbackDelay: -1}).DialContext(ctx, "tcp4", address)
		return err
	})
	return conn, err
}
