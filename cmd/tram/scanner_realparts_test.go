//go:build libusb && realparts

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The fake U.are.U of biometrics/libusb is on a bus that umockdev makes, which
// is there for its child processes alone: the test runs itself again.
const (
	envOnBus    = "TRAM_TEST_ON_BUS"
	envProgram  = "TRAM_TEST_PROGRAM"
	fakeSensor  = 384 * 290
	modeWaiting = "mode=10"
	modeOff     = "mode=70"
)

// TestSwitchedOffOnSignal: whoever ends tram while it waits for a finger leaves
// the reader dark, and the next one finds it in order.
func TestSwitchedOffOnSignal(t *testing.T) {
	dir := t.TempDir()
	program, fake, ground := filepath.Join(dir, "tram"), filepath.Join(dir, "fakereader"), filepath.Join(dir, "ground")
	if out, err := exec.Command("go", "build", "-tags", "libusb", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build tram: %v\n%s", err, out)
	}
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "umockdev-1.0").Output()
	if err != nil {
		t.Fatalf("pkg-config umockdev-1.0 (needs the package libumockdev-dev): %v", err)
	}
	source := filepath.Join("..", "..", "biometrics", "libusb", "testdata", "fakereader.c")
	if out, err := exec.Command("gcc", append([]string{"-O1", "-o", fake, source}, strings.Fields(string(flags))...)...).CombinedOutput(); err != nil {
		t.Fatalf("compile the fake reader: %v\n%s", err, out)
	}
	if err := os.WriteFile(ground, bytes.Repeat([]byte{245}, fakeSensor), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("umockdev-wrapper", fake, ground, os.Args[0], "-test.v", "-test.count=1", "-test.timeout=60s", "-test.run=^TestInsideSwitchedOff$")
	cmd.Env = append(os.Environ(), envOnBus+"=1", envProgram+"="+program)
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestInsideSwitchedOff") {
		t.Errorf("%v (needs the packages umockdev, libumockdev-dev, gcc)\n%s", err, out)
	}
}

func TestInsideSwitchedOff(t *testing.T) {
	if os.Getenv(envOnBus) == "" {
		t.Skip("runs inside TestSwitchedOffOnSignal")
	}
	const ordersAt, answersAt = 3, 4
	orders, answers := os.NewFile(ordersAt, "orders"), bufio.NewReader(os.NewFile(answersAt, "answers"))
	state := func() string {
		t.Helper()
		if _, err := fmt.Fprintln(orders, "state"); err != nil {
			t.Fatal(err)
		}
		line, err := answers.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd := exec.Command(os.Getenv(envProgram), "finger", "capture", "--device", "uru", "--json")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); !strings.Contains(state(), modeWaiting); {
			if time.Now().After(deadline) {
				_ = cmd.Process.Kill()
				t.Fatalf("it never waits for a finger: %s\n%s", state(), &out)
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitOther {
			t.Errorf("%v: %v\n%s", signal, err, &out)
		}
		if s := state(); !strings.Contains(s, modeOff) || !strings.Contains(s, "resets=0") {
			t.Errorf("%v: the reader is at %s", signal, s)
		}
	}
}
