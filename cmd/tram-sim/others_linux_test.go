//go:build realparts

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ebfe/scard"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/pcsc"
	"github.com/tram-station/tram/reader/pcsc/pcscd"
	"github.com/tram-station/tram/reader/verdict"
)

// other runs reset or hold until its line comes; stop ends it and gives its
// exit code.
func other(t *testing.T, args ...string) (said otherProgram, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	code := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		code <- run(ctx, args, w, &stderr)
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadBytes('\n')
	if err != nil {
		cancel()
		t.Fatalf("no line: exit %d: %s", <-code, &stderr)
	}
	if err := json.Unmarshal(line, &said); err != nil {
		t.Fatal(err)
	}
	return said, func() int {
		cancel()
		select {
		case c := <-code:
			return c
		case <-time.After(10 * time.Second):
			t.Fatal("it does not end")
			return -1
		}
	}
}

// insert takes the card as the station does.
func insert(t *testing.T) error {
	t.Helper()
	slot, err := pcsc.Open(pcscd.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	card, err := slot.Insert(ctx)
	if err == nil {
		err = card.Close()
	}
	return err
}

// TestHold: the station finds the reader busy while the card is held, and not
// before or after.
func TestHold(t *testing.T) {
	p := start(t, "chip", "--vpcd", doorway(t))
	defer func() { p.end(t); gone(t) }()
	if err := insert(t); err != nil {
		t.Fatal(err)
	}
	said, stop := other(t, "hold", "--reader", pcscd.Reader)
	if !said.Held || said.Reader != pcscd.Reader {
		t.Errorf("said %+v", said)
	}
	if err := insert(t); !errors.Is(err, apdu.ErrBusy) {
		t.Errorf("held: %v", err)
	}
	if code := stop(); code != exitGood {
		t.Errorf("exit %d", code)
	}
	if err := insert(t); err != nil {
		t.Errorf("let go: %v", err)
	}
}

// TestForeignReset: who shares the card learns that it was reset; the control
// is the command before.
func TestForeignReset(t *testing.T) {
	p := start(t, "chip", "--vpcd", doorway(t))
	defer func() { p.end(t); gone(t) }()
	if err := insert(t); err != nil {
		t.Fatal(err)
	}
	service, err := scard.EstablishContext()
	if err != nil {
		t.Fatal(err)
	}
	defer service.Release()
	card, err := service.Connect(pcscd.Reader, scard.ShareShared, scard.ProtocolAny)
	if err != nil {
		t.Fatal(err)
	}
	defer card.Disconnect(scard.LeaveCard)
	sel := []byte("\x00\xA4\x04\x0C\x07\xA0\x00\x00\x02\x47\x10\x01")
	if r, err := card.Transmit(sel); err != nil || !bytes.Equal(r, []byte{0x90, 0}) {
		t.Fatalf("the control: %X, %v", r, err)
	}
	said, stop := other(t, "reset")
	if code := stop(); code != exitGood || !said.Reset {
		t.Errorf("exit %d, said %+v", code, said)
	}
	if r, err := card.Transmit(sel); !errors.Is(err, scard.ErrResetCard) {
		t.Errorf("after the reset: %X, %v", r, err)
	}
}

// TestNoSuchReader: no reader is exit 3.
func TestNoSuchReader(t *testing.T) {
	for _, args := range [][]string{{"hold", "--reader", "nothing"}, {"reset", "--reader", "nothing"}} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, io.Discard, &stderr); code != exitNoDevice {
			t.Errorf("%v: exit %d: %s", args, code, &stderr)
		}
	}
}

// TestEveryProfileReal reads every profile behind the real service, with the
// key that its print gives.
func TestEveryProfileReal(t *testing.T) {
	for _, profile := range chip.AllProfiles() {
		t.Run(string(profile), func(t *testing.T) {
			p := start(t, "chip", "--vpcd", doorway(t), "--profile", string(profile))
			defer func() {
				if code := p.end(t); code != exitGood {
					t.Errorf("exit %d: %s", code, p.stderr)
				}
				gone(t)
			}()
			report, err := read(t, p.printed, &reader.Reader{}, zoneKey(t, p.printed.MRZ))
			if err != nil {
				t.Fatal(err)
			}
			judge(t, report, p.printed)
		})
	}
}

// TestLargeReal reads a DG2 of exactly 40,000 bytes, beyond what a plain READ
// BINARY reaches, in short commands and in extended ones, under other issuers
// and trust folders.
func TestLargeReal(t *testing.T) {
	for _, args := range [][]string{
		{"--profile", "passport-2006", "--issuer", "rsa2048-sha256/pss2048x-sha256", "--trust", "ldif"},
		{"--profile", "passport", "--issuer", "bp384x-sha384/bp256-plain-sha256", "--trust", "master-list"},
		{"--profile", "residence", "--trust", "link", "--crl"},
	} {
		t.Run(args[1], func(t *testing.T) {
			p := start(t, append([]string{"chip", "--vpcd", doorway(t), "--size", "40000"}, args...)...)
			defer func() { p.end(t); gone(t) }()
			report, err := read(t, p.printed, &reader.Reader{}, zoneKey(t, p.printed.MRZ))
			if err != nil {
				t.Fatal(err)
			}
			judge(t, report, p.printed)
			chain := slices.IndexFunc(report.Checks, func(c verdict.Check) bool { return c.Name == passive.CheckChain })
			if chain < 0 || report.Checks[chain].Outcome != verdict.Passed {
				t.Errorf("the chain: %+v", report.Checks)
			}
			at := slices.IndexFunc(report.Document.Raw, func(f lds.File) bool { return f.ID == lds.EFDG2 })
			if at < 0 || len(report.Document.Raw[at].Bytes) != 40000 {
				t.Errorf("DG2 is file %d", at)
			}
		})
	}
}

// TestTerminalReal: the fingers open to the terminal's key, and not without.
func TestTerminalReal(t *testing.T) {
	p := start(t, "chip", "--vpcd", doorway(t), "--profile", "residence", "--out", t.TempDir(), "--terminal")
	defer func() { p.end(t); gone(t) }()
	terminal, err := auth.LoadTerminal(p.printed.Terminal)
	if err != nil {
		t.Fatal(err)
	}
	for _, with := range []bool{false, true} {
		r := &reader.Reader{}
		if with {
			r.Terminal = terminal
		}
		report, err := read(t, p.printed, r, zoneKey(t, p.printed.MRZ))
		if err != nil {
			t.Fatal(err)
		}
		if (len(report.Document.Fingers) == 2) != with {
			t.Errorf("with a terminal %t: %d fingers: %+v", with, len(report.Document.Fingers), report.Checks)
		}
	}
}

// zoneKey is the key out of a printed zone.
func zoneKey(t *testing.T, lines []string) access.Key {
	t.Helper()
	two := lines[1]
	number, birth, expiry := two[0:9], two[13:19], two[21:27]
	if len(lines) == 3 {
		number, birth, expiry = lines[0][5:14], two[0:6], two[8:14]
	}
	key, err := access.MRZ(strings.TrimRight(number, "<"), birth, expiry)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
