//go:build realparts

package main

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/pcsc"
	"github.com/tram-station/tram/reader/pcsc/pcscd"
	"github.com/tram-station/tram/reader/verdict"
)

// service is the machine's PC/SC service while these tests run.
var service *pcscd.Daemon

func TestMain(m *testing.M) {
	os.Exit(func() int {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		d, err := pcscd.Start(ctx, nil)
		if err != nil {
			println("real parts: " + err.Error())
			return 1
		}
		service = d
		defer func() {
			if err := d.Stop(); err != nil {
				println(err.Error())
			}
		}()
		return m.Run()
	}())
}

// doorway is an address to dial that leads into the service's own network.
func doorway(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
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
			vpcd, err := service.Connect(t.Context())
			if err != nil {
				sim.Close()
				continue
			}
			join(sim, vpcd)
		}
	}()
	return listener.Addr().String()
}

// join carries bytes both ways until one side ends.
func join(a, b net.Conn) {
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			pump(pair[0], pair[1])
			done <- struct{}{}
		}()
	}
	<-done
	a.Close()
	b.Close()
	<-done
}

// pump acknowledges at once what it reads, as the chip itself does: the driver
// sends a length and a payload in two packets, and waits 40 ms otherwise.
func pump(to, from net.Conn) {
	raw, err := from.(*net.TCPConn).SyscallConn()
	if err != nil {
		return
	}
	b := make([]byte, 1<<16)
	for {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
		})
		n, err := from.Read(b)
		if err != nil {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// TestRealReader reads what tram-sim put into a real pcscd, fault by fault.
func TestRealReader(t *testing.T) {
	for _, c := range []struct {
		fault string
		can   string // empty: the printed one
		want  error
		check string // a check that fails; empty: none does
		again bool   // the card comes back and is then read
	}{
		{},
		{can: "000000", want: access.ErrWrongKey},
		{fault: "sod-hash", check: passive.CheckHashes},
		{fault: "sod-signature", check: passive.CheckSignature},
		{fault: "zero", want: apdu.ErrCardLost},
		{fault: "pull", want: apdu.ErrCardLost},
		{fault: "pull-once", want: apdu.ErrCardLost, again: true},
	} {
		t.Run("fault "+c.fault+" "+c.can, func(t *testing.T) {
			p := start(t, "chip", "--vpcd", doorway(t), "--fault", c.fault)
			defer func() {
				if code := p.end(t); code != exitGood {
					t.Errorf("exit %d: %s", code, p.stderr)
				}
				gone(t)
			}()
			if c.can == "" {
				c.can = p.printed.CAN
			}
			report, err := read(t, p.printed.Trust, c.can)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if c.again {
				if report, err = read(t, p.printed.Trust, c.can); err != nil {
					t.Fatalf("the card does not come back: %v", err)
				}
			}
			if err == nil {
				judge(t, report, p.printed, c.check)
			}
		})
	}
}

func read(t *testing.T, trustDir, digits string) (*reader.Report, error) {
	t.Helper()
	can, err := access.CAN(digits)
	if err != nil {
		t.Fatal(err)
	}
	return readWith(t, trustDir, can)
}

func readWith(t *testing.T, trustDir string, key access.Key) (*reader.Report, error) {
	t.Helper()
	trust, err := passive.LoadTrust(trustDir)
	if err != nil {
		t.Fatal(err)
	}
	slot, err := pcsc.Open(pcscd.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return (&reader.Reader{Trust: trust}).Read(ctx, slot, []access.Key{key})
}

// judge: the document is the printed one, and exactly the named check fails.
func judge(t *testing.T, r *reader.Report, p printed, failed string) {
	t.Helper()
	if zone := strings.Join(p.MRZ, ""); r.Document.MRZ == nil || r.Document.MRZ.Zone != zone {
		t.Error("DG1 is not what is printed")
	}
	if f := r.Document.Face; f == nil || f.Width != portraitWidth || f.Height != portraitHeight {
		t.Error("DG2 is not the drawn portrait")
	}
	seen := false
	for _, check := range r.Checks {
		seen = seen || check.Name == failed
		if (check.Outcome == verdict.Failed) != (check.Name == failed) {
			t.Errorf("%s: %v (%s)", check.Name, check.Outcome, check.Reason.EN)
		}
	}
	if seen != (failed != "") {
		t.Errorf("the check %q was not made", failed)
	}
}

// gone waits until the service knows that the card left.
func gone(t *testing.T) {
	t.Helper()
	slot, err := pcsc.Open(pcscd.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := slot.(*pcsc.Slot).Removed(ctx); err != nil {
		t.Error(err)
	}
}
