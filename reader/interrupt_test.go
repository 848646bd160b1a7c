package reader_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
)

func TestPullMidRead(t *testing.T) {
	s := newStation(t)
	card := s.issue(t, chip.Sample(), chip.ProfileCCCD, chip.FaultNone)
	place := slot(card)
	whole, err := s.reader.Read(t.Context(), place, []access.Key{canKey(t, card)})
	if err != nil {
		t.Fatal(err)
	}
	for at := 1; at < whole.Stats.Commands; at += 3 {
		p := &puller{Card: card, slot: place, left: at}
		place.Put(p)
		if _, err := s.reader.Read(t.Context(), place, []access.Key{canKey(t, card)}); !errors.Is(err, apdu.ErrCardLost) {
			t.Fatalf("pulled after %d commands: %v", at, err)
		}
		place.Put(card)
		if _, err := s.reader.Read(t.Context(), place, []access.Key{canKey(t, card)}); err != nil {
			t.Fatalf("the next read, after a pull at %d: %v", at, err)
		}
		place.Pull()
	}
}

// puller is a card that is taken off the reader after some commands.
type puller struct {
	*chip.Card
	slot *apdu.VirtualSlot
	left int
}

func (p *puller) Process(command []byte) []byte {
	if p.left--; p.left < 0 {
		p.slot.Pull()
		return nil
	}
	return p.Card.Process(command)
}

func TestCancel(t *testing.T) {
	s := newStation(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.reader.Read(ctx, new(apdu.VirtualSlot), []access.Key{can(t, "123456")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("waiting for a card: %v", err)
	}
	card := s.issue(t, chip.Sample(), chip.ProfileCCCD, chip.FaultNone)
	ctx, cancel = context.WithCancel(t.Context())
	s.reader.OnProgress = func(p reader.Progress) {
		if p.Step == "DG2" {
			cancel()
		}
	}
	if _, err := s.reader.Read(ctx, slot(card), []access.Key{canKey(t, card)}); !errors.Is(err, context.Canceled) {
		t.Fatalf("while reading: %v", err)
	}
}
