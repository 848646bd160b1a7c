package apdu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
)

// answers is a card that gives its answers in turn, the last one for ever.
type answers struct {
	list [][]byte
	sent []string
}

func (a *answers) Transmit(_ context.Context, command []byte) ([]byte, error) {
	a.sent = append(a.sent, fmt.Sprintf("%X", command))
	r := a.list[0]
	if len(a.list) > 1 {
		a.list = a.list[1:]
	}
	return r, nil
}

func (*answers) Close() error { return nil }

func TestCollect(t *testing.T) {
	card := &answers{list: [][]byte{{1, 2, 0x61, 0x02}, {3, 4, 0x61, 0x00}, {5, 0x90, 0x00}}}
	r, err := Collect(t.Context(), card, Command{Ins: 0x88, Le: 256})
	if err != nil || r.Status != OK || !bytes.Equal(r.Data, []byte{1, 2, 3, 4, 5}) {
		t.Fatalf("%X %v %v", r.Data, r.Status, err)
	}
	if want := []string{"0088000000", "00C0000002", "00C0000000"}; fmt.Sprint(card.sent) != fmt.Sprint(want) {
		t.Errorf("sent %v", card.sent)
	}
	for name, piece := range map[string][]byte{"full": append(make([]byte, 256), 0x61, 0x00), "empty": {0x61, 0x10}} {
		endless := &answers{list: [][]byte{piece}}
		if _, err := Collect(t.Context(), endless, Command{Ins: 0x88, Le: 256}); !errors.Is(err, ErrFormat) {
			t.Errorf("%s pieces without end: %v", name, err)
		}
		if n := len(endless.sent); n > MaxExtendedLe/256+1 {
			t.Errorf("%s pieces without end: %d commands", name, n)
		}
	}
	if r, err := Collect(t.Context(), &answers{list: [][]byte{{0x6F, 0x00}}}, Command{Ins: 0x88}); err != nil || r.Status != 0x6F00 {
		t.Errorf("a refusal: %v, %v", r.Status, err)
	}
}

func TestSendChain(t *testing.T) {
	c := Command{Class: ClassPlain, Ins: InsGeneralAuthenticate, P1: 1, P2: 2, Data: []byte{1, 2, 3, 4, 5, 6, 7}, Le: 256}
	for _, tt := range []struct {
		name   string
		list   [][]byte
		sent   []string
		status Status
		begun  bool
	}{
		{"all", [][]byte{{0x90, 0}, {0x90, 0}, {9, 0x90, 0}}, []string{"1086010203010203", "1086010203040506", "00860102010700"}, OK, true},
		{"no chains", [][]byte{{0x68, 0x84}}, []string{"1086010203010203"}, 0x6884, false},
		{"refused on the way", [][]byte{{0x90, 0}, {0x6A, 0x80}}, []string{"1086010203010203", "1086010203040506"}, 0x6A80, true},
	} {
		card := &answers{list: tt.list}
		r, begun, err := SendChain(t.Context(), card, c, 3)
		if err != nil || r.Status != tt.status || begun != tt.begun || fmt.Sprint(card.sent) != fmt.Sprint(tt.sent) {
			t.Errorf("%s: %v, %v, %v, %v", tt.name, r.Status, begun, err, card.sent)
		}
	}
	if r, begun, err := SendChain(t.Context(), &answers{list: [][]byte{{0x90, 0}}}, c, 7); err != nil || !begun || r.Status != OK {
		t.Errorf("one command: %v %v %v", r.Status, begun, err)
	}
}
