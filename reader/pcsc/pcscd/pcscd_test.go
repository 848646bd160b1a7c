package pcscd

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestConfigure(t *testing.T) {
	dir, err := configure("/usr/lib/driver.so")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	b, err := os.ReadFile(filepath.Join(dir, entries[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"DEVICENAME /dev/null:0x8C7B", "CHANNELID 0x8C7B", "LIBPATH /usr/lib/driver.so", `FRIENDLYNAME "Virtual PCD"`} {
		if !strings.Contains(string(b), line+"\n") {
			t.Errorf("no line %q in:\n%s", line, b)
		}
	}
}

func TestLock(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no pcscd on Windows")
	}
	name := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*poll)
	defer cancel()
	if second, err := lock(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
		if err == nil {
			second()
		}
		t.Fatalf("a second lock: %v", err)
	}
	time.AfterFunc(3*poll, unlock)
	second, err := lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	second()
}

// TestAnswers: a foreign service is found by its socket.
func TestAnswers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "comm")
	if answers(name) {
		t.Error("an absent socket answers")
	}
	ln, err := net.Listen("unix", name)
	if err != nil {
		t.Fatal(err)
	}
	if !answers(name) {
		t.Error("a service that listens is not found")
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if answers(name) {
		t.Error("a service that ended is found")
	}
}

// TestStopTwice also stops what never started.
func TestStopTwice(t *testing.T) {
	d := &Daemon{done: make(chan struct{})}
	for range 2 {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	}
}
