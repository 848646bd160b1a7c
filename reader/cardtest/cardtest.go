// Package cardtest holds the one behaviour suite that every card slot passes,
// in-process or behind a real PC/SC service.
package cardtest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/apdu"
)

// Times of the suite. A real service needs up to half a second to see a card
// come or go.
const (
	quiet = 200 * time.Millisecond // nothing happens for so long
	soon  = 15 * time.Second       // what must happen has happened by then
)

// NewSlot makes an empty slot for one test. put lays the chip into it, pull
// takes it out; both may be called again and again. A nil response of the chip
// means that it was pulled while it worked, one of no bytes that it died.
type NewSlot func(t *testing.T, chip apdu.Processor) (slot apdu.Slot, pull, put func())

// Run tests a slot.
func Run(t *testing.T, newSlot NewSlot) {
	for name, test := range map[string]func(*testing.T, *bench){
		"InsertWaits":        insertWaits,
		"InsertIsCancelled":  insertIsCancelled,
		"Transmit":           transmit,
		"LongBodies":         longBodies,
		"RefusalIsNoError":   refusalIsNoError,
		"CancelledTransmit":  cancelledTransmit,
		"PulledWhileIdle":    pulledWhileIdle,
		"PulledWhileBusy":    pulledWhileBusy,
		"AnswersNothing":     answersNothing,
		"ComesBack":          comesBack,
		"InsertResets":       insertResets,
		"RemovalIsSeen":      removalIsSeen,
		"TellsWhatLiesThere": tellsWhatLiesThere,
		"ForeignReset":       foreignReset,
	} {
		t.Run(name, func(t *testing.T) {
			p := &probe{}
			b := &bench{probe: p}
			b.slot, b.pull, b.put = newSlot(t, p)
			test(t, b)
		})
	}
}

// bench is one slot under test.
type bench struct {
	slot      apdu.Slot
	probe     *probe
	pull, put func()
}

// insert puts the chip and waits for it.
func (b *bench) insert(t *testing.T) apdu.Card {
	t.Helper()
	b.put()
	return b.await(t)
}

func (b *bench) await(t *testing.T) apdu.Card {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	card, err := b.slot.Insert(ctx)
	if err != nil {
		t.Fatalf("insert: %v", err)
	}
	t.Cleanup(func() { _ = card.Close() })
	return card
}

func insertWaits(t *testing.T, b *bench) {
	type result struct {
		card apdu.Card
		err  error
	}
	done := make(chan result, 1)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	go func() {
		c, err := b.slot.Insert(ctx)
		done <- result{c, err}
	}()
	select {
	case r := <-done:
		t.Fatalf("an empty slot gave a card, error %v", r.err)
	case <-time.After(quiet):
	}
	b.put()
	r := <-done
	if r.err != nil {
		t.Fatalf("insert: %v", r.err)
	}
	defer func() { _ = r.card.Close() }()
	say(t, r.card, []byte{0x00, 0xB0, 0x00, 0x00, 0x02}, []byte{0x90, 0x00})
}

func insertIsCancelled(t *testing.T, b *bench) {
	ctx, cancel := context.WithTimeout(t.Context(), quiet)
	defer cancel()
	begun := time.Now()
	_, err := b.slot.Insert(ctx)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
	if took := time.Since(begun); took > quiet+soon/10 {
		t.Errorf("the wait ended %v after its context", took-quiet)
	}
	say(t, b.insert(t), []byte{0x00, 0xB0, 0x00, 0x00, 0x02}, []byte{0x90, 0x00})
}

func transmit(t *testing.T, b *bench) {
	card := b.insert(t)
	for range 20 {
		say(t, card, echo([]byte("xin chào")), []byte("xin chào\x90\x00"))
	}
}

func longBodies(t *testing.T, b *bench) {
	card := b.insert(t)
	for _, n := range []int{1, 253, 254, 255, 256, 257, 4096, 32768, 65000} {
		body := bytes.Repeat([]byte{0xA5}, n)
		say(t, card, echo(body), append(body, 0x90, 0x00))
	}
}

func refusalIsNoError(t *testing.T, b *bench) {
	say(t, b.insert(t), []byte{0x00, 0xA4, 0x02, 0x0C, 0x02, 0x01, 0x0B}, []byte{0x6A, 0x82})
}

func cancelledTransmit(t *testing.T, b *bench) {
	card := b.insert(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := card.Transmit(ctx, echo([]byte{1})); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	say(t, card, echo([]byte{1}), []byte{1, 0x90, 0x00})
}

func pulledWhileIdle(t *testing.T, b *bench) {
	card := b.insert(t)
	say(t, card, echo([]byte{1}), []byte{1, 0x90, 0x00})
	b.pull()
	lost(t, card, echo([]byte{1}))
}

func pulledWhileBusy(t *testing.T, b *bench) {
	card := b.insert(t)
	lost(t, card, []byte{0x80, insVanish, 0x00, 0x00})
	b.pull()
	lost(t, card, echo([]byte{1}))
}

// answersNothing tests that a chip which crashed is told from one that was
// taken away: it must be powered anew, and nobody has to put it back.
func answersNothing(t *testing.T, b *bench) {
	card := b.insert(t)
	err := howLost(t, card, []byte{0x80, insDie, 0x00, 0x00})
	if !errors.Is(err, apdu.ErrSilent) && !errors.Is(err, apdu.ErrTimeout) { // some drivers wait for ever
		t.Errorf("error %v, want a chip that answers nothing", err)
	}
}

// tellsWhatLiesThere tests cards that say of themselves what they are.
func tellsWhatLiesThere(t *testing.T, b *bench) {
	card := b.insert(t)
	first, ok := apdu.Visit(card)
	if !ok {
		return
	}
	atr := apdu.ATR(card)
	if string(atr) != string(b.probe.ATR()) {
		t.Errorf("answer to reset %X, the chip gave %X", atr, b.probe.ATR())
	}
	if err := card.Close(); err != nil {
		t.Fatal(err)
	}
	card = b.await(t)
	if again, _ := apdu.Visit(card); again != first {
		t.Errorf("visit %d became %d, nobody lifted the card", first, again)
	}
	b.pull()
	lost(t, card, echo([]byte{1}))
	_ = card.Close()
	if later, _ := apdu.Visit(b.insert(t)); later == first {
		t.Error("the card was lifted and put back in one visit")
	}
}

// foreignReset tests slots on which another program can be played.
func foreignReset(t *testing.T, b *bench) {
	s, ok := b.slot.(interface{ Disturb() })
	if !ok {
		return
	}
	card := b.insert(t)
	s.Disturb()
	if err := howLost(t, card, echo([]byte{1})); !errors.Is(err, apdu.ErrReset) {
		t.Errorf("error %v, want a card that was reset", err)
	}
	_ = card.Close()
	say(t, b.await(t), echo([]byte{1}), []byte{1, 0x90, 0x00})
}

func comesBack(t *testing.T, b *bench) {
	for range 2 {
		card := b.insert(t)
		say(t, card, echo([]byte{1}), []byte{1, 0x90, 0x00})
		b.pull()
		lost(t, card, echo([]byte{1}))
		if err := card.Close(); err != nil {
			t.Errorf("close a lost card: %v", err)
		}
	}
	say(t, b.insert(t), echo([]byte{2}), []byte{2, 0x90, 0x00})
}

func insertResets(t *testing.T, b *bench) {
	card := b.insert(t)
	say(t, card, []byte{0x80, insOpen, 0x00, 0x00}, []byte{0x90, 0x00})
	say(t, card, []byte{0x80, insAsk, 0x00, 0x00}, []byte{1, 0x90, 0x00})
	if err := card.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	say(t, b.await(t), []byte{0x80, insAsk, 0x00, 0x00}, []byte{0, 0x90, 0x00})
}

// removalIsSeen tests slots that can tell a removal without a command.
func removalIsSeen(t *testing.T, b *bench) {
	s, ok := b.slot.(interface{ Removed(context.Context) error })
	if !ok {
		return
	}
	card := b.insert(t)
	if err := card.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), quiet)
	defer cancel()
	if err := s.Removed(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a card that lies there was seen removed, error %v", err)
	}
	b.pull()
	ctx, cancel = context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := s.Removed(ctx); err != nil {
		t.Errorf("removal: %v", err)
	}
}

// say sends a command and compares the whole response.
func say(t *testing.T, card apdu.Card, command, want []byte) {
	t.Helper()
	got, err := card.Transmit(t.Context(), command)
	if err != nil {
		t.Fatalf("command of %d bytes: %v", len(command), err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("command of %d bytes: %d bytes in response, want %d", len(command), len(got), len(want))
	}
}

// lost wants a card that is gone.
func lost(t *testing.T, card apdu.Card, command []byte) {
	t.Helper()
	_ = howLost(t, card, command)
}

// howLost wants a card that is gone, and returns what is said of it.
func howLost(t *testing.T, card apdu.Card, command []byte) error {
	t.Helper()
	got, err := card.Transmit(t.Context(), command)
	if !errors.Is(err, apdu.ErrCardLost) {
		t.Fatalf("response of %d bytes, error %v; want a lost card", len(got), err)
	}
	return err
}
