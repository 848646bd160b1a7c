package apdu

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"testing"
	"time"
)

func TestCommandForms(t *testing.T) {
	long := bytes.Repeat([]byte{0xAA}, 300)
	tests := []struct {
		name string
		c    Command
		want string // header of the wire form
		size int
	}{
		{"case 1", Command{Ins: InsSelect}, "00a40000", 4},
		{"case 2", Command{Ins: InsReadBinary, Le: 4}, "00b0000004", 5},
		{"case 2, 256", Command{Ins: InsReadBinary, Le: 256}, "00b0000000", 5},
		{"case 3", Command{Ins: InsSelect, P1: 2, P2: 0x0C, Data: []byte{1, 0x1E}}, "00a4020c02011e", 7},
		{"case 4", Command{Class: 0x10, Ins: InsGeneralAuthenticate, Data: []byte{0x7C, 0}, Le: 256}, "10860000027c0000", 8},
		{"case 2, extended", Command{Ins: InsReadBinary, Le: 257}, "00b00000000101", 7},
		{"case 2, 65536", Command{Ins: InsReadBinary, Le: 65536}, "00b00000000000", 7},
		{"case 3, extended", Command{Ins: InsSelect, Data: long}, "00a4000000012c", 307},
		{"case 4, extended by data", Command{Ins: InsSelect, Data: long, Le: 1}, "00a4000000012c", 309},
		{"case 4, extended by Le", Command{Ins: InsSelect, Data: []byte{1}, Le: 1000}, "00a4000000000101", 10},
	}
	for _, tt := range tests {
		b, err := tt.c.Bytes()
		if err != nil || len(b) != tt.size || hex.EncodeToString(b[:len(tt.want)/2]) != tt.want {
			t.Errorf("%s: %x, %v", tt.name, b, err)
			continue
		}
		c, err := ParseCommand(b)
		if err != nil || c.Le != tt.c.Le || !bytes.Equal(c.Data, tt.c.Data) || c.Ins != tt.c.Ins || c.Class != tt.c.Class {
			t.Errorf("%s: parsed %+v, %v", tt.name, c, err)
		}
	}
}

func TestCommandRefused(t *testing.T) {
	for _, c := range []Command{{Le: -1}, {Le: MaxExtendedLe + 1}, {Data: make([]byte, MaxExtendedData+1)}} {
		if b, err := c.Bytes(); !errors.Is(err, ErrFormat) || b != nil {
			t.Errorf("Le %d, %d bytes: %v", c.Le, len(c.Data), err)
		}
	}
	for _, s := range []string{"", "00a402", "00a4020c0201", "00a4020c02011e0000", "00a402000001", "00a4000000000201", "00a4000000000301020304"} {
		b, _ := hex.DecodeString(s)
		if c, err := ParseCommand(b); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %+v, %v", s, c, err)
		}
	}
}

func TestResponse(t *testing.T) {
	r, err := ParseResponse([]byte{1, 2, 0x90, 0})
	if err != nil || r.Status != OK || !bytes.Equal(r.Data, []byte{1, 2}) || !bytes.Equal(r.Bytes(), []byte{1, 2, 0x90, 0}) {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := ParseResponse([]byte{0x90}); !errors.Is(err, ErrFormat) {
		t.Fatalf("half a status: %v", err)
	}
}

func TestStatus(t *testing.T) {
	tests := []struct {
		s                 Status
		refused, wrongKey bool
	}{
		{OK, false, false}, {EndOfFile, false, false}, {0x6300, true, true}, {0x63C2, true, true},
		{0x6310, true, false}, {NotAllowed, true, false}, {NotFound, true, false}, {0x6CFF, true, false},
	}
	for _, tt := range tests {
		if tt.s.Refused() != tt.refused || tt.s.WrongKey() != tt.wrongKey {
			t.Errorf("%v: refused %v, wrong key %v", tt.s, tt.s.Refused(), tt.s.WrongKey())
		}
	}
	if n, ok := Status(0x6C14).ExactLe(); n != 0x14 || !ok {
		t.Errorf("6C14: %d, %v", n, ok)
	}
	if _, ok := OK.ExactLe(); ok {
		t.Error("9000 says a length")
	}
}

// parrot answers every command with itself and 9000.
type parrot struct {
	resets int
	reply  []byte
}

func (p *parrot) Process(c []byte) []byte {
	if p.reply != nil {
		return p.reply
	}
	return append(append([]byte(nil), c...), 0x90, 0)
}
func (p *parrot) Reset() { p.resets++ }

func TestVirtualSlot(t *testing.T) {
	var s VirtualSlot
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	if _, err := s.Insert(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("an empty slot gives %v", err)
	}
	cancel()
	p := &parrot{}
	go s.Put(p)
	card, err := s.Insert(t.Context())
	if err != nil || p.resets != 1 {
		t.Fatalf("%v after %d resets", err, p.resets)
	}
	r, err := Send(t.Context(), card, Command{Ins: InsGetChallenge, Le: 8})
	if err != nil || r.Status != OK || !bytes.Equal(r.Data, []byte{0, 0x84, 0, 0, 8}) {
		t.Fatalf("%+v, %v", r, err)
	}
	p.reply = []byte{}
	if _, err := card.Transmit(t.Context(), []byte{0, 0, 0, 0}); !errors.Is(err, ErrSilent) {
		t.Fatalf("success with no bytes is %v", err)
	}
	p.reply = nil
	if v, ok := Visit(card); !ok || v != 1 || ATR(card) != nil {
		t.Fatalf("visit %d, answer to reset %X", v, ATR(card))
	}
	s.Disturb()
	if _, err := card.Transmit(t.Context(), []byte{0, 0, 0, 0}); !errors.Is(err, ErrReset) || !errors.Is(err, ErrCardLost) {
		t.Fatalf("after a foreign reset: %v", err)
	}
	s.Hold(true)
	if _, err := s.Insert(t.Context()); !errors.Is(err, ErrBusy) {
		t.Fatalf("a slot that another program holds: %v", err)
	}
	s.Hold(false)
	if card, err = s.Insert(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Pull()
	if _, err := card.Transmit(t.Context(), []byte{0, 0, 0, 0}); !errors.Is(err, ErrCardLost) {
		t.Fatalf("after the pull: %v", err)
	}
	s.Put(p)
	if _, err := card.Transmit(t.Context(), []byte{0, 0, 0, 0}); !errors.Is(err, ErrCardLost) {
		t.Fatalf("a handle from before the pull lives on: %v", err)
	}
	if card, err = s.Insert(t.Context()); err != nil || p.resets != 3 {
		t.Fatalf("%v after %d resets", err, p.resets)
	}
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	if _, err := card.Transmit(cancelled, []byte{0, 0, 0, 0}); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{"00a4020c02011e", "00b0000000", "10860000027c0000", "00b00000000101", "00a40000000001050102"} {
		b, _ := hex.DecodeString(s)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCommand(b)
		if err != nil {
			return
		}
		out, err := c.Bytes()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := ParseCommand(out)
		if err != nil || again.Le != c.Le || !bytes.Equal(again.Data, c.Data) {
			t.Fatalf("%x became %x: %v", b, out, err)
		}
	})
}
