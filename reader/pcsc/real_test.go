//go:build realparts

package pcsc_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/cardtest"
	"github.com/tram-station/tram/reader/pcsc"
	"github.com/tram-station/tram/reader/pcsc/pcscd"
)

// service is the machine's PC/SC service while these tests run.
var service *pcscd.Daemon

// TestMain owns it.
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

// field is the reader's field.
type field struct {
	mu   sync.Mutex
	conn net.Conn
}

// put lays a chip into the field.
func (f *field) put(t *testing.T, serve func(net.Conn)) {
	t.Helper()
	f.pull()
	conn, err := service.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.conn = conn
	f.mu.Unlock()
	go serve(conn)
}

// pull takes the chip away.
func (f *field) pull() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conn != nil {
		_ = f.conn.Close()
	}
	f.conn = nil
}

func open(t *testing.T) apdu.Slot {
	t.Helper()
	s, err := pcsc.Open(pcscd.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSlotSuite runs the suite of every slot through the real service.
func TestSlotSuite(t *testing.T) {
	cardtest.Run(t, func(t *testing.T, chip apdu.Processor) (apdu.Slot, func(), func()) {
		f := &field{}
		t.Cleanup(func() { empty(t, f) })
		return open(t), f.pull, func() {
			f.put(t, func(c net.Conn) {
				if serve(c, chip) {
					f.pull()
				}
			})
		}
	})
}

// empty pulls the card and waits until the service knows.
func empty(t *testing.T, f *field) {
	t.Helper()
	f.pull()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := open(t).(*pcsc.Slot).Removed(ctx); err != nil {
		t.Error(err)
	}
}

// serve speaks the driver's protocol for any chip: a length of two bytes and a
// payload; payloads of one byte are 0 off, 1 on, 2 reset, 4 for the answer to
// reset. It reports whether the chip was pulled.
func serve(conn net.Conn, chip apdu.Processor) (pulled bool) {
	answer := func(b []byte) error {
		_, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
		return err
	}
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return false
		}
		m := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, m); err != nil {
			return false
		}
		var err error
		switch {
		case len(m) == 1 && m[0] == 4:
			atr := []byte{0x3B, 0x80, 0x80, 0x01, 0x01}
			if d, ok := chip.(interface{ ATR() []byte }); ok {
				atr = d.ATR()
			}
			err = answer(atr)
		case len(m) == 1:
			chip.Reset()
		default:
			r := chip.Process(m)
			if r == nil {
				return true
			}
			// The driver waits for ever on a frame of no bytes.
			err = answer(r)
		}
		if err != nil {
			return false
		}
	}
}

func TestListAndOpen(t *testing.T) {
	readers, err := pcsc.List()
	if err != nil || len(readers) == 0 {
		t.Fatalf("%d readers, error %v", len(readers), err)
	}
	s := open(t)
	if s.Name() != pcscd.Reader || !s.Virtual() {
		t.Errorf("slot %q, virtual %v", s.Name(), s.Virtual())
	}
	if s, err := pcsc.Open("pcd 00 00"); err != nil || s.Name() != pcscd.Reader {
		t.Errorf("by a part of the name: %v, %v", s, err)
	}
	if _, err := pcsc.Open("virtual"); err == nil {
		t.Error("a name that fits two readers picked one")
	}
	if _, err := pcsc.Open("no such reader"); !errors.Is(err, apdu.ErrNoReader) {
		t.Errorf("unknown name: %v", err)
	}
}

// TestSecondServiceIsRefused also shows that the lock holds: the second waits
// for the first until its context ends.
func TestSecondServiceIsRefused(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if d, err := pcscd.Start(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		if err == nil {
			_ = d.Stop()
		}
		t.Errorf("a second service: %v", err)
	}
}

// TestWatch follows a card that comes and goes.
func TestWatch(t *testing.T) {
	f := &field{}
	t.Cleanup(func() { empty(t, f) })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	seen := make(chan []pcsc.State, 16)
	end := make(chan error, 1)
	go func() { end <- pcsc.Watch(ctx, func(s []pcsc.State) { seen <- s }) }()
	await := func(card bool) {
		t.Helper()
		for {
			select {
			case list := <-seen:
				for _, s := range list {
					if s.Reader == pcscd.Reader && s.Card == card && s.Virtual && (len(s.ATR) > 0) == card {
						return
					}
				}
			case <-ctx.Done():
				t.Fatalf("card = %v was never seen", card)
			}
		}
	}
	await(false)
	f.put(t, func(c net.Conn) { serve(c, quietChip{}) })
	await(true)
	f.pull()
	await(false)
	cancel()
	if err := <-end; !errors.Is(err, context.Canceled) {
		t.Errorf("watch ended with %v", err)
	}
}

type quietChip struct{}

func (quietChip) Process([]byte) []byte { return []byte{0x6D, 0x00} }
func (quietChip) Reset()                {}
