package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program is one running tram-sim.
type program struct {
	printed printed
	stop    context.CancelFunc
	code    chan int
	stderr  *bytes.Buffer // to be read after the end
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	p := &program{stop: cancel, code: make(chan int, 1), stderr: &bytes.Buffer{}}
	go func() {
		p.code <- run(ctx, args, w, p.stderr)
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadBytes('\n')
	if err != nil {
		cancel()
		t.Fatalf("no line: exit %d: %s", <-p.code, p.stderr)
	}
	if err := json.Unmarshal(line, &p.printed); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *program) end(t *testing.T) int {
	t.Helper()
	p.stop()
	select {
	case code := <-p.code:
		return code
	case <-time.After(10 * time.Second):
		t.Fatal("tram-sim does not end")
		return -1
	}
}

// ask sends a frame and returns the answer.
func ask(conn net.Conn, message []byte) ([]byte, error) {
	if _, err := conn.Write(append([]byte{byte(len(message) >> 8), byte(len(message))}, message...)); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	b := make([]byte, int(size[0])<<8|int(size[1]))
	_, err := io.ReadFull(conn, b)
	return b, err
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func atr(t *testing.T, conn net.Conn) {
	t.Helper()
	got, err := ask(conn, []byte{4})
	if err != nil || len(got) < 5 || got[0] != 0x3B {
		t.Fatalf("ATR %X, %v", got, err)
	}
}

// TestListen: the reader dials, drops and dials again.
func TestListen(t *testing.T) {
	out := t.TempDir()
	p := start(t, "chip", "--listen", "127.0.0.1:0", "--out", out)
	if len(p.printed.CAN) != 6 || len(p.printed.MRZ) != 3 || !strings.HasPrefix(p.printed.QR, "001090990001|") {
		t.Errorf("printed %+v", p.printed)
	}
	for range 2 {
		conn := dial(t, p.printed.Address)
		atr(t, conn)
		if r, err := ask(conn, []byte("\x00\xA4\x04\x0C\x07\xA0\x00\x00\x02\x47\x10\x01")); err != nil || !bytes.Equal(r, []byte{0x90, 0}) {
			t.Fatalf("SELECT: %X, %v", r, err)
		}
		conn.Close()
	}
	if code := p.end(t); code != exitGood {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	der, err := os.ReadFile(filepath.Join(p.printed.Trust, "csca.cer"))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := x509.ParseCertificate(der); err != nil || !c.IsCA {
		t.Errorf("the CSCA: %v", err)
	}
	if mrz, err := os.ReadFile(filepath.Join(out, "mrz.txt")); err != nil || string(mrz) != strings.Join(p.printed.MRZ, "\n")+"\n" {
		t.Errorf("mrz.txt %q, %v", mrz, err)
	}
}

// TestDial: the reader listens; what was not asked to stay is gone at the end.
func TestDial(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p := start(t, "chip", "--vpcd", listener.Addr().String(), "--profile", "bac")
	if _, err := os.Stat(filepath.Join(p.printed.Trust, "csca.cer")); err != nil {
		t.Error(err)
	}
	for range 2 {
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		atr(t, conn)
		conn.Close()
	}
	if code := p.end(t); code != exitGood {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	if _, err := os.Stat(p.printed.Trust); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the trust folder stays: %v", err)
	}
}

func TestExitCodes(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := free.Addr().String()
	free.Close()
	for _, c := range []struct {
		want int
		args []string
	}{
		{exitGood, []string{"--help"}},
		{exitUsage, []string{"chip", "--nothing"}},
		{exitUsage, []string{"nothing"}},
		{exitUsage, []string{"chip", "more"}},
		{exitUsage, []string{"chip", "--profile", "nothing"}},
		{exitUsage, []string{"chip", "--fault", "nothing"}},
		{exitUsage, []string{"chip", "--vpcd", "x:1", "--listen", "x:2"}},
		{exitNoDevice, []string{"chip", "--vpcd", nobody, "--wait", "300ms"}},
		{exitNoDevice, []string{"chip", "--listen", "127.0.0.1:0", "--wait", "300ms"}},
	} {
		var stderr bytes.Buffer
		if got := run(t.Context(), append(c.args, "--json"), io.Discard, &stderr); got != c.want {
			t.Errorf("%v: exit %d, want %d", c.args, got, c.want)
		}
		if c.want == exitGood {
			continue
		}
		var said struct {
			Error string
			Exit  int
		}
		if err := json.Unmarshal(stderr.Bytes(), &said); err != nil || said.Error == "" || said.Exit != c.want {
			t.Errorf("%v: %s", c.args, &stderr)
		}
	}
}
