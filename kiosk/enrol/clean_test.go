package enrol

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/lds"
)

// TestReaderSaysTooMuch: whatever a reader says, what is journalled reads back.
func TestReaderSaysTooMuch(t *testing.T) {
	codec, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("ế", 1<<20)
	now := time.Now()
	for _, c := range []struct {
		name string
		at   time.Time
		said int
	}{{"x\xff", now.AddDate(10000, 0, 0), 900}, {long, time.Time{}, -5}, {long + "\xff", time.Unix(-1<<60, 0), 1 << 40}} {
		d := biometrics.Device{Name: c.name, Serial: c.name, Driver: c.name}
		u := unit{finger: 2}
		req := biometrics.Request{Finger: 2}
		got := biometrics.One(req, drawn(2), 500, d, c.at)
		got.Prints[0].Said = &biometrics.Said{Score: c.said, Algorithm: c.name}
		taken, err := takingOf(capture{unit: u, req: req}, got, now)
		if err != nil {
			t.Fatal(err)
		}
		takes := readerTakes{Device: cleanDevice(d)}
		b, err := codec.enc.Marshal(event{Kind: evTaken, Taking: taken, Reader: &takes})
		if err != nil {
			t.Fatal(err)
		}
		e, err := codec.event(b)
		if err != nil {
			t.Fatal(err)
		}
		p := e.Taking.Prints[0]
		if p.Said.Score < 0 || p.Said.Score > rules.MaxScore || len(p.Said.Algorithm) > maxSaid || len(p.Device.Serial) > maxSaid || !p.Time.Equal(now) || p.Device.Name == "" {
			t.Errorf("kept: %+v, %+v at %v", p.Said, p.Device, p.Time)
		}
	}
}

// TestImpressionIsWhatWasAsked: a flat print is not taken for a rolled one.
func TestImpressionIsWhatWasAsked(t *testing.T) {
	req := biometrics.Request{Finger: 2, Impression: biometrics.Rolled}
	got := biometrics.One(req, drawn(2), 500, biometrics.Device{}, time.Now())
	if _, err := printsOf(req, got); err != nil {
		t.Fatalf("the control: %v", err)
	}
	got.Prints[0].Impression = biometrics.Plain
	if _, err := printsOf(req, got); !errors.Is(err, biometrics.ErrBadImage) {
		t.Errorf("a flat one: %v", err)
	}
}

// TestReaderIsNotedOnce: however often the capture has to be tried.
func TestReaderIsNotedOnce(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.scanner.errs = []error{biometrics.ErrBadImage, biometrics.ErrNoFinger, biometrics.ErrBadImage}
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart)+1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	j, records, err := journal.Open(b.cfg.JournalDir, b.cfg.JournalKey, rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	n := 0
	for _, r := range records {
		if e, err := s.codec.event(r); err == nil && e.Kind == evReader {
			n++
		}
	}
	if n != 1 {
		t.Errorf("noted %d times", n)
	}
}

// TestCardsPrintsLeaveWithIt: nothing of the card's prints outlives the
// enrolment.
func TestCardsPrintsLeaveWithIt(t *testing.T) {
	s := newBench(t, t.TempDir()).open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	s.send(t.Context(), func() { s.cards, s.cardsOf = templates{2: nil}, &lds.Finger{} })
	must(t, s, CmdCancel, nil)
	left := make(chan bool)
	s.send(t.Context(), func() {
		kept := s.cards != nil || s.cardsOf != nil
		go func() { left <- kept }()
	})
	if <-left {
		t.Error("they are still there")
	}
}

// TestSameClashTwice: one that two comparisons found is shown once, and stays
// known where only one of them is mended.
func TestSameClashTwice(t *testing.T) {
	all := []clash{{repeated, 2, 7, 90, withRolled}, {repeated, 3, 4, 80, withFlat}, {repeated, 2, 7, 99, withFlat}}
	sortClashes(all)
	st := newState()
	st.compared = &comparedPrints{Clashes: all}
	if got := st.clashes(); len(got) != 2 || len(st.compared.Clashes) != 3 {
		t.Fatalf("shown %+v of %+v", got, st.compared.Clashes)
	}
	c := comparison{before: st.compared}
	if len(c.carried(repeated, withFlat, 2, 7)) != 1 || len(c.carried(repeated, withRolled, 2, 7)) != 1 {
		t.Error("one of the two was forgotten")
	}
}

// printed folds one capture of single fingers of the right hand.
func printed(s *state, r *rules.Pack, unit string, scores map[biometrics.Finger]int) {
	taken := taking{Unit: unit}
	for f, score := range scores {
		taken.Prints = append(taken.Prints, capturedPrint{Finger: f, PNG: []byte{1}, Quality: biometrics.PrintQuality{Score: score}})
	}
	s.apply(&event{Kind: evTaken, Taking: &taken}, r)
}

// TestExceptingTheWeakFinger: the rest of the slap is good, so it is not laid
// down again.
func TestExceptingTheWeakFinger(t *testing.T) {
	r, s := tenFingers(t, rules.Slaps), newState()
	r.FingerMinutiae = 0
	s.apply(&event{Kind: CmdFingersStart, Unit: "13"}, r)
	printed(s, r, "13", map[biometrics.Finger]int{2: 90, 3: 90, 4: 90, 5: 1})
	if s.want == noUnit {
		t.Fatal("the control: a weak finger wants another try")
	}
	s.apply(&event{Kind: CmdFingerException, Finger: 5, Reason: "worn"}, r)
	if s.want != noUnit {
		t.Errorf("%s is wanted again", s.want.id())
	}
}

// TestBetterPrintIsNotAcknowledged: a reason given for one print does not hold
// for the one that replaces it.
func TestBetterPrintIsNotAcknowledged(t *testing.T) {
	r, s := tenFingers(t, rules.Single), newState()
	s.apply(&event{Kind: CmdFingersStart, Unit: "2"}, r)
	printed(s, r, "2", map[biometrics.Finger]int{2: 5})
	for _, code := range []string{"finger-weak:2", "finger-repeated:2-7", "finger-weak:3"} {
		s.apply(&event{Kind: CmdAcknowledge, Ack: &AcknowledgeArgs{Code: code, Reason: "mòn"}}, r)
	}
	printed(s, r, "2", map[biometrics.Finger]int{2: 4})
	if len(s.acks) != 3 {
		t.Errorf("a worse one, which is not kept: %v", s.acks)
	}
	printed(s, r, "2", map[biometrics.Finger]int{2: 6})
	if _, ok := s.acks["finger-weak:3"]; !ok || len(s.acks) != 1 {
		t.Errorf("a better one: %v", s.acks)
	}
}
