//go:build realparts

package main

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
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
	const stay = -1 // do not wait for a card that is gone
	for _, c := range []struct {
		fault string
		can   string // empty: the printed one
		wait  time.Duration
		want  error
		code  string   // of the error
		check []string // the checks that fail
	}{
		{},
		{can: "000000", want: access.ErrWrongKey, code: "wrong-key"},
		{fault: "key-refused", want: access.ErrWrongKey, code: "wrong-key"},
		{fault: "sod-hash", check: []string{passive.CheckHashes}},
		{fault: "sod-signature", check: []string{passive.CheckSignature}},
		{fault: "ds-revoked", check: []string{passive.CheckRevocation}},
		{fault: "ds-forged", check: []string{passive.CheckChain}},
		{fault: "ca-clone", check: []string{reader.CheckChipAuth}},
		{fault: "aa-clone", check: []string{reader.CheckActiveAuth}},
		{fault: "card-access", check: []string{reader.CheckCardAccess}},
		{fault: "zero", wait: stay, want: apdu.ErrCardLost, code: "card-lost"},
		{fault: "pull", wait: stay, want: apdu.ErrCardLost, code: "card-lost"},
		{fault: "pull-once@9000"}, // and read on
		{fault: "swap", want: reader.ErrOtherCard, code: "other-card"},
		{fault: "swap-twin", want: reader.ErrOtherCard, code: "other-card"},
		{fault: "reset-once"},
		{fault: "short-only,short-blocks"},
		{fault: "extended-truncated,no-short-ids"},
		{fault: "exact-length,no-select-mf"},
	} {
		t.Run("fault "+c.fault+" "+c.can, func(t *testing.T) {
			p := start(t, "chip", "--vpcd", doorway(t), "--fault", c.fault, "--pull-for", "1s")
			defer func() {
				if code := p.end(t); code != exitGood {
					t.Errorf("exit %d: %s", code, p.stderr)
				}
				gone(t)
			}()
			if c.can == "" {
				c.can = p.printed.CAN
			}
			can, err := access.CAN(c.can)
			if err != nil {
				t.Fatal(err)
			}
			report, err := read(t, p.printed, &reader.Reader{Wait: c.wait}, can)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if err != nil {
				if code := reader.Explain(err).Code; code != c.code {
					t.Errorf("called %q, want %q: %v", code, c.code, err)
				}
				return
			}
			judge(t, report, p.printed, c.check...)
		})
	}
}

// read reads the card in the slot; r gets the card's trust folder.
func read(t *testing.T, p printed, r *reader.Reader, key access.Key) (*reader.Report, error) {
	t.Helper()
	var err error
	if r.Trust, err = passive.LoadTrust(p.Trust); err != nil {
		t.Fatal(err)
	}
	slot, err := pcsc.Open(pcscd.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return r.Read(ctx, slot, []access.Key{key})
}

// judge: the document is the printed one, and exactly the named checks fail.
func judge(t *testing.T, r *reader.Report, p printed, failed ...string) {
	t.Helper()
	if zone := strings.Join(p.MRZ, ""); r.Document.MRZ == nil || r.Document.MRZ.Zone != zone {
		t.Error("DG1 is not what is printed")
	}
	if f := r.Document.Face; f == nil || f.Width != portraitWidth || f.Height != portraitHeight {
		t.Error("DG2 is not the drawn portrait")
	}
	var seen []string
	for _, check := range r.Checks {
		if check.Outcome == verdict.Failed {
			seen = append(seen, check.Name)
		}
	}
	if !slices.Equal(seen, failed) {
		t.Errorf("failed %v, want %v: %+v", seen, failed, r.Checks)
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
