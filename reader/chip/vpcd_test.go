package chip

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// driver is vpcd's side of the wire.
type driver struct {
	t    *testing.T
	conn net.Conn
}

func (d driver) send(b []byte) {
	d.t.Helper()
	// Length and payload in two packets, as Debian's driver sends them.
	for _, part := range [][]byte{binary.BigEndian.AppendUint16(nil, uint16(len(b))), b} {
		if _, err := d.conn.Write(part); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d driver) receive() []byte {
	d.t.Helper()
	var size [2]byte
	if _, err := io.ReadFull(d.conn, size[:]); err != nil {
		d.t.Fatal(err)
	}
	b := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(d.conn, b); err != nil {
		d.t.Fatal(err)
	}
	return b
}

// serve connects a driver over TCP with a card; the channel yields what
// ServeVPCD returned.
func serve(ctx context.Context, t *testing.T, card *Card) (driver, <-chan error) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theirs.Close() })
	done := make(chan error, 1)
	go func() { done <- ServeVPCD(ctx, conn, card) }()
	return driver{t, theirs}, done
}

func ended(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("ServeVPCD does not end")
		return nil
	}
}

func TestServeVPCD(t *testing.T) {
	card := issue(t, ProfileCCCD, FaultNone)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d, done := serve(ctx, t, card)
	d.send([]byte{vpcdOn})
	d.send([]byte{vpcdATR})
	equal(t, "ATR", d.receive(), card.ATR())
	const selectApp = "00A4040C07A0000002471001"
	d.send(unhex(t, selectApp))
	equal(t, "SELECT", d.receive(), unhex(t, "9000"))
	d.send(unhex(t, "00A4020C02011C"))
	equal(t, "in the application", d.receive(), unhex(t, "6982"))
	d.send([]byte{vpcdReset})
	d.send(unhex(t, "00A4020C02011C"))
	equal(t, "after a reset", d.receive(), unhex(t, "9000"))
	d.send(nil)
	equal(t, "an empty frame", d.receive(), unhex(t, "6700"))
	cancel()
	if err := ended(t, done); err != nil {
		t.Errorf("after cancel: %v", err)
	}
}

func TestServeVPCDEnds(t *testing.T) {
	t.Run("driver gone", func(t *testing.T) {
		d, done := serve(t.Context(), t, issue(t, ProfileCCCD, FaultNone))
		d.conn.Close()
		if err := ended(t, done); !errors.Is(err, io.EOF) {
			t.Errorf("%v", err)
		}
	})
	t.Run("unknown message", func(t *testing.T) {
		d, done := serve(t.Context(), t, issue(t, ProfileCCCD, FaultNone))
		d.send([]byte{9})
		if err := ended(t, done); err == nil {
			t.Error("no error")
		}
	})
	for _, f := range []Fault{FaultPull, FaultZero} {
		t.Run(string(f), func(t *testing.T) {
			card := issue(t, ProfileCCCD, f)
			d, done := serve(t.Context(), t, card)
			card.state = state{dead: true}
			d.send(unhex(t, "00A4020C02011C"))
			if err := ended(t, done); !errors.Is(err, ErrPulled) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestLongestFrame: an extended response fits into one frame.
func TestLongestFrame(t *testing.T) {
	card := issue(t, ProfileCCCD, FaultNone)
	card.files[fileDG2] = bytes.Repeat([]byte{0x42}, 70000)
	x := open(t, card)
	r := card.Process(x.protect(command{ins: insReadBinary, p1: 0x82, le: 65535, extended: true}))
	if len(r) > 0xFFFF || len(r) < 0xFF00 {
		t.Fatalf("%d bytes", len(r))
	}
	if data, sw := x.receive(insReadBinary, r); sw != swOK || len(data) < 0xFF00 {
		t.Errorf("%04X, %d bytes", sw, len(data))
	}
}
