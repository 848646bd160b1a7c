//go:build realparts

package tpm_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/tpm"
)

// chip is a TPM in software whose memory outlives its process.
type chip struct {
	t    testing.TB
	dir  string
	stop func()
}

func newChip(t testing.TB) *chip {
	t.Helper()
	dir, err := os.MkdirTemp("", "swtpm") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	c := &chip{t: t, dir: dir}
	c.start()
	t.Cleanup(func() { c.stop(); _ = os.RemoveAll(dir) })
	return c
}

func (c *chip) socket() string { return filepath.Join(c.dir, "tpm.sock") }

func (c *chip) start() {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "swtpm", "socket", "--tpm2", "--tpmstate", "dir="+c.dir,
		"--server", "type=unixio,path="+c.socket(), "--ctrl", "type=unixio,path="+c.socket()+".ctrl",
		"--flags", "not-need-init,startup-clear")
	if err := cmd.Start(); err != nil {
		cancel()
		c.t.Fatalf("swtpm does not start: apt-get install swtpm: %v", err)
	}
	c.stop = sync.OnceFunc(func() { cancel(); _ = cmd.Wait() })
	for range 200 {
		if conn, err := net.Dial("unix", c.socket()); err == nil {
			_ = conn.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Fatal("swtpm does not listen")
}

func (c *chip) restart() {
	c.stop()
	_ = os.Remove(c.socket())
	_ = os.Remove(c.socket() + ".ctrl")
	c.start()
}

func (c *chip) open() *tpm.TPM {
	c.t.Helper()
	t, err := tpm.Open("unix:" + c.socket())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = t.Close() })
	return t
}

func signer(t testing.TB, chip *tpm.TPM, dir string) *envelope.Signer {
	t.Helper()
	s, err := chip.Signer(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// receipt is something that a key signed.
func receipt(t testing.TB, s *envelope.Signer) []byte {
	t.Helper()
	raw, err := envelope.SignReceipt(s, envelope.Receipt{ID: [16]byte{1}, LogPosition: 1, Time: time.Unix(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// BenchmarkSign is what a signature costs in a TPM in software.
func BenchmarkSign(b *testing.B) {
	s := signer(b, newChip(b).open(), b.TempDir())
	for b.Loop() {
		receipt(b, s)
	}
}
