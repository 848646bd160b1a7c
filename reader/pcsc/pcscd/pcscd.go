// Package pcscd runs a PC/SC service of the program's own, for the demo and
// the tests: pcscd in the foreground, with a configuration of its own that
// holds virtual readers (vsmartcard's vpcd) and nothing else. It ends by its
// process, never by its name.
//
// vpcd waits for its card on a TCP port of all addresses. Told to dial the card
// instead, version 0.8 aborts the whole service as soon as the card goes away.
// So the service gets a network of its own, where the system allows that: only
// [Daemon.Connect] reaches the reader then.
package pcscd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Reader is the name of the slot that [Daemon.Connect] lays a card into.
const Reader = "Virtual PCD 00 00"

// port is where that slot waits for its card.
const port = 35963

// socket is where every pcscd of the machine listens; there can be one.
const socket = "/run/pcscd/pcscd.comm"

var (
	// ErrRunning says that a PC/SC service runs that is not ours.
	ErrRunning = errors.New("a PC/SC service runs already: stop it (systemctl stop pcscd.socket pcscd) or use its readers")
	// ErrMissing says that the service or the driver is not installed.
	ErrMissing = errors.New("the virtual reader is not installed: apt-get install pcscd vsmartcard-vpcd")
)

// times of the service's life.
const (
	startTime = 10 * time.Second
	stopTime  = 5 * time.Second
	poll      = 50 * time.Millisecond
)

// Daemon is a running service.
type Daemon struct {
	cmd    *exec.Cmd
	done   chan struct{} // closed when the process ended
	dir    string
	unlock func()
	alone  bool // it has a network of its own
}

// Start starts the service and waits until it answers. The
// machine has one such service at a time: Start waits for another program's
// Start to be stopped, until ctx ends. log, when not nil, gets the service's
// output.
func Start(ctx context.Context, log io.Writer) (_ *Daemon, err error) {
	binary, driver, err := installed()
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, filepath.Join(os.TempDir(), "tram-pcscd.lock"))
	if err != nil {
		return nil, fmt.Errorf("start pcscd: %w", err)
	}
	d := &Daemon{unlock: unlock, done: make(chan struct{})}
	defer func() {
		if err != nil {
			_ = d.Stop()
		}
	}()
	if answers(socket) {
		return nil, ErrRunning
	}
	if d.dir, err = configure(driver); err != nil {
		return nil, fmt.Errorf("start pcscd: %w", err)
	}
	if err := d.launch(binary, log); err != nil {
		return nil, fmt.Errorf("start pcscd: %w", err)
	}
	if err := d.ready(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// launch starts the process, in a network of its own if that is allowed.
func (d *Daemon) launch(binary string, log io.Writer) error {
	command := func() *exec.Cmd {
		c := exec.Command(binary, "--foreground", "--config", d.dir)
		c.Stdout, c.Stderr = log, log
		return c
	}
	var err error
	if d.cmd = command(); ownNetwork(d.cmd) {
		if err = d.start(); err == nil {
			d.alone = true
			return loopbackUp(d.Pid())
		}
	}
	d.cmd = command()
	if err = d.start(); err != nil {
		d.cmd = nil
	}
	return err
}

// start starts d.cmd. The service ends with the thread that started it, and
// thus with this program however that ends; so the thread stays.
func (d *Daemon) start() error {
	endWithUs(d.cmd)
	cmd, started := d.cmd, make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(d.done)
		}
	}()
	return <-started
}

// Connect lays a card into the virtual reader: whoever plays the chip answers
// vpcd's protocol on the connection, and closing it takes the card away. The
// reader takes one card at a time; a second one waits until the first is gone.
func (d *Daemon) Connect(ctx context.Context) (net.Conn, error) {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	var c net.Conn
	var err error
	if d.alone {
		c, err = dialInside(ctx, d.cmd.Process.Pid, address)
	} else {
		c, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		return nil, fmt.Errorf("lay a card into the virtual reader: %w", err)
	}
	return c, nil
}

// Isolated reports whether only Connect reaches the reader. Where it is false
// anyone on the network could lay a virtual card into it.
func (d *Daemon) Isolated() bool { return d.alone }

// ready waits until the service answers: it does so once its readers are up.
func (d *Daemon) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for !answers(socket) {
		select {
		case <-tick.C:
		case <-d.done:
			return errors.New("pcscd ended at once: it needs root, or a machine where /run/pcscd can be written")
		case <-ctx.Done():
			return fmt.Errorf("pcscd does not answer: %w", ctx.Err())
		}
	}
	return nil
}

// Pid is the service's process identifier.
func (d *Daemon) Pid() int { return d.cmd.Process.Pid }

// Stop ends the service and waits for it. Stopping twice is no error.
func (d *Daemon) Stop() error {
	defer d.cleanup()
	if d.cmd == nil {
		return nil
	}
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop pcscd: %w", err)
	}
	select {
	case <-d.done:
	case <-time.After(stopTime):
		_ = d.cmd.Process.Kill()
		<-d.done
		// A killed service leaves its socket, and clients would wait on it.
		_ = os.Remove(socket)
		_ = os.Remove(filepath.Join(filepath.Dir(socket), "pcscd.pid"))
	}
	return nil
}

func (d *Daemon) cleanup() {
	if d.dir != "" {
		_ = os.RemoveAll(d.dir)
	}
	if d.unlock != nil {
		d.unlock()
		d.unlock = nil
	}
}

// answers reports whether a service accepts connections.
func answers(socket string) bool {
	c, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// installed finds the service and the driver where distributions put them.
func installed() (binary, driver string, err error) {
	binary, err = exec.LookPath("pcscd")
	if err != nil {
		if binary = "/usr/sbin/pcscd"; !exists(binary) { // not in a user's PATH
			return "", "", ErrMissing
		}
	}
	for _, pattern := range []string{
		"/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
		"/usr/lib/*/pcsc/drivers/serial/libifdvpcd.so",
		"/usr/lib64/pcsc/drivers/serial/libifdvpcd.so",
		"/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so",
	} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return binary, found[0], nil
		}
	}
	return "", "", ErrMissing
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// configure writes the configuration folder: the virtual reader alone.
func configure(driver string) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "tram-pcscd-"); err != nil {
		return "", err
	}
	conf := strings.Join([]string{
		`FRIENDLYNAME "Virtual PCD"`,
		fmt.Sprintf("DEVICENAME /dev/null:0x%X", port),
		"LIBPATH " + driver,
		fmt.Sprintf("CHANNELID 0x%X", port),
		"",
	}, "\n")
	if err := os.WriteFile(filepath.Join(dir, "vpcd"), []byte(conf), 0o600); err != nil {
		_ = os.RemoveAll(dir)
		return "", err
	}
	return dir, nil
}
