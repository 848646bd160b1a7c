package reader_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/verdict"
)

// wander is a card that leaves the field after some commands and, a moment
// later, comes back: as it was or as another one.
type wander struct {
	*chip.Card
	slot *apdu.VirtualSlot
	left int
	back apdu.Processor // nil: it stays away
}

func (w *wander) Process(command []byte) []byte {
	if w.left--; w.left < 0 {
		w.slot.Pull()
		if w.back != nil {
			time.AfterFunc(2*time.Millisecond, func() { w.slot.Put(w.back) })
		}
		return nil
	}
	return w.Card.Process(command)
}

// TestReadingGoesOn pulls the card after each command of a read in turn.
func TestReadingGoesOn(t *testing.T) {
	s := newStation(t)
	s.reader.Wait = time.Minute
	for name, edit := range map[string]func(*chip.Spec){"short": short, "extended": nil} {
		sp := spec(t, chip.ProfilePACEP256, edit)
		sp.Content.DG2Size = 6000
		card := s.issueSpec(t, sp, chip.FaultNone)
		keys := []access.Key{mrzKey(t, card)}
		whole, err := s.reader.Read(t.Context(), slot(card), keys)
		if err != nil {
			t.Fatal(err)
		}
		for at := 1; at < whole.Stats.Commands; at++ {
			place := new(apdu.VirtualSlot)
			place.Put(&wander{Card: card, slot: place, left: at, back: card})
			lost, back, done := false, false, 0
			s.reader.OnProgress = func(p reader.Progress) {
				lost = lost || p.Step == reader.StepLost
				back = back || lost && p.Step == "DG2"
				if p.Document.Face == nil && p.Done < done && p.Document.COM != nil {
					t.Errorf("%s, at %d: %d bytes became %d", name, at, done, p.Done)
				}
				done = p.Done
			}
			report, err := s.reader.Read(t.Context(), place, keys)
			if err != nil {
				t.Fatalf("%s, at %d: %v", name, at, err)
			}
			if !lost || verdict.Worst(report.Checks) != verdict.Passed || report.Stats.Resumes != 1 ||
				len(report.Document.Raw) != len(whole.Document.Raw) || done != total(whole) {
				t.Errorf("%s, at %d: lost %v, %d bytes of %d, %+v", name, at, lost, done, total(whole), report.Checks)
			}
			// Opening again and comparing costs a dozen commands, not a read.
			if limit := whole.Stats.Commands + 9 + 10 + 4; report.Stats.Commands > limit {
				t.Errorf("%s, at %d: %d commands, %d at most", name, at, report.Stats.Commands, limit)
			}
		}
	}
}

func TestCardStaysAway(t *testing.T) {
	s := newStation(t)
	card := s.issue(t, chip.Sample(), chip.ProfileCCCD, chip.FaultNone)
	for _, wait := range []time.Duration{-1, 50 * time.Millisecond} {
		s.reader.Wait = wait
		place := new(apdu.VirtualSlot)
		place.Put(&wander{Card: card, slot: place, left: 12})
		begun := time.Now()
		_, err := s.reader.Read(t.Context(), place, []access.Key{mrzKey(t, card)})
		if took := time.Since(begun); !errors.Is(err, apdu.ErrCardLost) || took < wait || took > wait+5*time.Second {
			t.Errorf("wait %v: %v after %v", wait, err, took)
		}
	}
}

// TestAnotherCardComesBack: by the key, or with the same key by EF.SOD.
func TestAnotherCardComesBack(t *testing.T) {
	s := newStation(t)
	s.reader.Wait = time.Minute
	card := s.issue(t, chip.Sample(), chip.ProfileCCCD, chip.FaultNone)
	citizen := chip.Sample()
	citizen.Number = citizen.Number[:6] + "654321"
	for name, other := range map[string]apdu.Processor{
		"twin":      s.issue(t, chip.Sample(), chip.ProfileCCCD, chip.FaultNone), // same print, other keys
		"neighbour": s.issue(t, citizen, chip.ProfileCCCD, chip.FaultNone),
		"type":      s.issue(t, chip.Sample(), chip.ProfilePACEP256, chip.FaultNone),
		"bank card": processor(func([]byte) []byte { return plainStatus(apdu.NotFound) }),
	} {
		place := new(apdu.VirtualSlot)
		place.Put(&wander{Card: card, slot: place, left: 15, back: other})
		report, err := s.reader.Read(t.Context(), place, []access.Key{mrzKey(t, card)})
		if !errors.Is(err, reader.ErrOtherCard) || errors.Is(err, access.ErrWrongKey) || report != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The control: the same card is no other.
	place := new(apdu.VirtualSlot)
	place.Put(&wander{Card: card, slot: place, left: 15, back: card})
	if _, err := s.reader.Read(t.Context(), place, []access.Key{mrzKey(t, card)}); err != nil {
		t.Errorf("the same card: %v", err)
	}
}

func TestForeignResetIsBorne(t *testing.T) {
	s := newStation(t) // waits for no lost card
	card := s.issue(t, chip.Sample(), chip.ProfileCCCD, chip.FaultNone)
	for _, often := range []int{1, 1000} {
		place := new(apdu.VirtualSlot)
		n, resets := 0, 0
		place.Put(&middle{Card: card, answer: func(_ int, _ []byte, pass func() []byte) []byte {
			if n++; n%12 == 0 && resets < often {
				resets++
				place.Disturb()
			}
			return pass()
		}})
		report, err := s.reader.Read(t.Context(), place, []access.Key{mrzKey(t, card)})
		if often == 1 && (err != nil || verdict.Worst(report.Checks) != verdict.Passed) {
			t.Errorf("one reset: %v", err)
		}
		if often > 1 && (!errors.Is(err, apdu.ErrReset) || n > 200) {
			t.Errorf("a program that resets the card for ever: %v after %d commands", err, n)
		}
	}
}

func TestBusyReader(t *testing.T) {
	s := newStation(t)
	card := s.issue(t, chip.Sample(), chip.ProfileCCCD, chip.FaultNone)
	place := slot(card)
	place.Hold(true)
	if _, err := s.reader.Read(t.Context(), place, []access.Key{mrzKey(t, card)}); !errors.Is(err, apdu.ErrBusy) {
		t.Errorf("held by another program: %v", err)
	}
}

// TestWrongKeysAreCapped: the same key is not sent twice to a card, and no key
// after five wrong ones, until the card is lifted.
func TestWrongKeysAreCapped(t *testing.T) {
	s := newStation(t)
	s.reader.Attempts = new(reader.Attempts)
	card := s.issue(t, chip.Sample(), chip.ProfileCCCD, chip.FaultNone)
	place, good := slot(card), mrzKey(t, card)
	read := func(key access.Key) error {
		_, err := s.reader.Read(t.Context(), place, []access.Key{key})
		return err
	}
	sent := func(f func()) int { before := card.Commands(); f(); return card.Commands() - before }
	if n := sent(func() { _ = read(can(t, "111111")) }); n < 5 {
		t.Fatalf("a wrong key costs %d commands", n)
	}
	if n := sent(func() {
		if err := read(can(t, "111111")); !errors.Is(err, access.ErrWrongKey) || errors.Is(err, reader.ErrTooManyKeys) {
			t.Errorf("the same wrong key: %v", err)
		}
	}); n > 1 {
		t.Errorf("the same wrong key again costs %d commands", n)
	}
	if err := read(good); err != nil { // and the count begins anew
		t.Fatal(err)
	}
	for i := range reader.MaxWrongKeys {
		if err := read(can(t, fmt.Sprintf("22222%d", i))); !errors.Is(err, access.ErrWrongKey) || errors.Is(err, reader.ErrTooManyKeys) {
			t.Fatalf("wrong key %d: %v", i+1, err)
		}
	}
	if err := read(good); !errors.Is(err, reader.ErrTooManyKeys) || !errors.Is(err, access.ErrWrongKey) {
		t.Errorf("after %d wrong keys: %v", reader.MaxWrongKeys, err)
	}
	place.Pull()
	place.Put(card)
	if err := read(good); err != nil {
		t.Errorf("lifted and put back: %v", err)
	}
}

// total is how many bytes of files were read.
func total(r *reader.Report) int {
	n := 0
	for _, f := range r.Document.Raw {
		n += len(f.Bytes)
	}
	return n
}
