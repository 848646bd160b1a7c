//go:build realparts

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/pcsc"
	"github.com/tram-station/tram/reader/pcsc/pcscd"
	"github.com/tram-station/tram/testdata"
)

// The system tests drive the compiled programs, as an officer or a script
// does: real processes, a real pcscd with the virtual chip in its slot, a real
// gateway, the real OpenCV. Nothing in them is a mock.

// systemDir holds the programs and the film while this test binary runs.
var systemDir string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "tram-system-")
		if err != nil {
			println(err.Error())
			return 1
		}
		defer os.RemoveAll(dir)
		systemDir = dir
		return m.Run()
	}())
}

// built compiles the programs once, and films the citizen.
var built = sync.OnceValue(func() error {
	const at = "github.com/tram-station/tram/cmd/"
	for _, args := range [][]string{
		{at + "tram", at + "tram-gateway", at + "tram-sim"},
		{"-tags", "opencv", at + "tram-camera"},
	} {
		cmd := exec.Command("go", append([]string{"build", "-o", systemDir + "/"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %v: %w\n%s", args, err, out)
		}
	}
	return filmCitizen(context.Background(), filmPath(), demoSeed)
})

func filmPath() string { return filepath.Join(systemDir, "citizen.mjpeg") }

// program returns the path of a program of this build; an absolute path is one.
func program(t *testing.T, name string) string {
	t.Helper()
	if filepath.IsAbs(name) {
		return name
	}
	if err := built(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(systemDir, name)
}

// command prepares a program, which ends with the context.
func command(ctx context.Context, t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, program(t, name), args...)
	cmd.Env = append(os.Environ(), "TRAM_ASSETS="+testdata.Assets(t), "HOME="+t.TempDir(), "TRAM_TPM=none")
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// said is what a program that ended has said.
type said struct {
	code           int
	stdout, stderr string
	took           time.Duration
}

// processTimeout bounds one command on a busy machine.
const processTimeout = 3 * time.Minute

// tramProgram runs one command line of the compiled tram to its end.
func tramProgram(t *testing.T, args ...string) said {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), processTimeout)
	defer cancel()
	return finish(t, command(ctx, t, "tram", args...))
}

func finish(t *testing.T, cmd *exec.Cmd) said {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	begun := time.Now()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	return said{cmd.ProcessState.ExitCode(), out.String(), errs.String(), time.Since(begun)}
}

// want fails the test unless the program ended with the code and, on stderr,
// with the words.
func (s said) want(t *testing.T, code int, words ...string) {
	t.Helper()
	if s.code != code {
		t.Fatalf("exit %d, want %d\nstdout: %s\nstderr: %s", s.code, code, s.stdout, s.stderr)
	}
	for _, w := range words {
		if !strings.Contains(s.stderr, w) {
			t.Errorf("stderr does not say %q: %s", w, s.stderr)
		}
	}
}

// field is the reader's field: the real PC/SC service with one virtual slot.
type field struct {
	service *pcscd.Daemon
	issuer  *chip.Issuer
	citizen chip.Citizen
	trust   string // folder with the CSCA
}

// newField starts the service for one test.
func newField(t *testing.T) *field {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), processTimeout) // other packages' tests use it too
	defer cancel()
	f := &field{trust: t.TempDir()}
	var err error
	if f.service, err = pcscd.Start(ctx, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.service.Stop(); err != nil {
			t.Error(err)
		}
	})
	if f.issuer, err = chip.NewIssuer(rand.Reader, time.Now()); err != nil {
		t.Fatal(err)
	}
	if f.citizen, err = demoCitizen(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.trust, "csca.cer"), f.issuer.CSCA(), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *field) issue(t *testing.T, p chip.Profile, fault chip.Fault) *chip.Card {
	t.Helper()
	card, err := f.issuer.Issue(f.citizen, p, fault)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// laid is a card in the field.
type laid struct {
	cancel context.CancelFunc
	gone   chan error // what ServeVPCD ended with: chip.ErrPulled after a pull
}

// lay puts a card into the field.
func (f *field) lay(t *testing.T, card *chip.Card) *laid {
	t.Helper()
	conn, err := f.service.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	card.Reset()
	ctx, cancel := context.WithCancel(context.Background())
	l := &laid{cancel: cancel, gone: make(chan error, 1)}
	go func() { l.gone <- chip.ServeVPCD(ctx, conn, card) }()
	return l
}

// clear takes the card away and waits until the service knows.
func (f *field) clear(t *testing.T, l *laid) {
	t.Helper()
	l.cancel()
	f.empty(t)
}

// empty waits until the service sees no card.
func (f *field) empty(t *testing.T) {
	t.Helper()
	slot, err := pcsc.Open(pcscd.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := slot.(*pcsc.Slot).Removed(ctx); err != nil {
		t.Fatal(err)
	}
}

// doorway is an address that leads to the slot, which lies in the service's own
// network.
func (f *field) doorway(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			sim, err := listener.Accept()
			if err != nil {
				return
			}
			slot, err := f.service.Connect(t.Context())
			if err != nil {
				sim.Close()
				continue
			}
			for _, way := range [][2]net.Conn{{sim, slot}, {slot, sim}} {
				go pump(way[0], way[1])
			}
		}
	}()
	return listener.Addr().String()
}

// pump carries bytes one way. The driver sends length and payload apart, and
// each command would cost 40 ms without an immediate acknowledgement.
func pump(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		if raw, err := from.(*net.TCPConn).SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) {
				_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
			})
		}
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// with lays a card for the time of do.
func (f *field) with(t *testing.T, card *chip.Card, do func()) {
	t.Helper()
	l := f.lay(t, card)
	defer f.clear(t, l)
	do()
}

// eventually asks until it is so.
func eventually(t *testing.T, what string, within time.Duration, so func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !so(); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %s still not so: %s", within, what)
		}
	}
}

// marked lists the processes that carry the mark in their environment: what a
// program started, and what that started, whoever their parent is now.
func marked(t *testing.T, mark string) (pids []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		env, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		if bytes.Contains(env, []byte(mark)) {
			pids = append(pids, filepath.Base(filepath.Dir(path)))
		}
	}
	return pids
}
