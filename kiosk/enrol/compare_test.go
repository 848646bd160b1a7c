package enrol

import (
	"context"
	"errors"
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/lds"
)

func issueCodes(s Snapshot) string {
	var out []string
	for _, i := range s.Issues {
		out = append(out, i.Code)
	}
	return strings.Join(out, " ")
}

// TestRepeatedFinger: one finger under two names holds the step until it is
// captured anew, or the officer gives a reason.
func TestRepeatedFinger(t *testing.T) {
	b := newBench(t, t.TempDir())
	p := &virtual.Scanner{Seed: 3, Settle: 1, Touch: 1, Draw: func(_ int64, f biometrics.Finger) *image.Gray { return drawn(f) }}
	p.Wrong = virtual.Lay{Fingers: map[biometrics.Finger]biometrics.Finger{7: 2}}
	b.cfg.Scanner = func(context.Context) (biometrics.Scanner, error) { return plugged{p}, nil }
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	lay(t, s, "2")
	p.Touch = 2
	lay(t, s, "7")
	snap := await(t, s, "the clash", func(s Snapshot) bool { return len(s.Prints.Clashes) > 0 })
	c := snap.Prints.Clashes[0]
	if snap.Step != StepFingers || issueCodes(snap) != "finger-repeated:2-7" || c.Issue != "finger-repeated:2-7" || c.A != 2 || c.B != 7 || c.Acknowledged ||
		!strings.Contains(c.Words.VI, "Ngón trỏ phải và ngón trỏ trái") || c.Next.EN == "" {
		t.Fatalf("step %s, issues %s, clash %+v", snap.Step, issueCodes(snap), c)
	}
	must(t, s, CmdAcknowledge, AcknowledgeArgs{"finger-repeated:2-7", "đã xem kỹ hai ngón"})
	await(t, s, "the next step", at(StepDocuments))
	lay(t, s, "7") // again, and again the wrong one: the reason does not hold for it
	await(t, s, "the clash anew", func(s Snapshot) bool {
		return s.Step == StepFingers && len(s.Prints.Clashes) == 1 && !s.Prints.Clashes[0].Acknowledged
	})
	p.Wrong = virtual.Lay{}
	lay(t, s, "7")
	if snap = await(t, s, "the next step", at(StepDocuments)); len(snap.Prints.Clashes) != 0 || len(snap.Issues) != 0 {
		t.Errorf("mended: %+v", snap.Issues)
	}
	// The control: the rules may do without.
	b = newBench(t, t.TempDir())
	b.cfg.Rules, _ = rules.Default()
	b.cfg.Rules.FingerSame = false
	p = &virtual.Scanner{Seed: 3, Settle: 1, Wrong: virtual.Lay{Fingers: map[biometrics.Finger]biometrics.Finger{7: 2}}, Draw: p.Draw}
	b.cfg.Scanner = func(context.Context) (biometrics.Scanner, error) { return plugged{p}, nil }
	s = b.open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	lay(t, s, "2")
	lay(t, s, "7")
	await(t, s, "the next step", at(StepDocuments))
}

// TestRolledIsNotItsOwn: a rolled print that is another's flat one.
func TestRolledIsNotItsOwn(t *testing.T) {
	_, s, p := byMode(t, rules.SlapsRolled, func(b *bench, _ *virtual.Scanner) { b.cfg.Rules.Fingers = rules.Fingers{2, 3, 4, 5} })
	lay(t, s, "13")
	p.Wrong = virtual.Lay{Fingers: map[biometrics.Finger]biometrics.Finger{2: 3}}
	lay(t, s, "r2")
	snap := await(t, s, "the clash", func(s Snapshot) bool { return len(s.Prints.Clashes) > 0 })
	if got := issueCodes(snap); got != "finger-swapped:2-3" {
		t.Fatalf("issues %s", got)
	}
	p.Wrong = virtual.Lay{}
	must(t, s, CmdFingersStart, FingerArgs{Unit: "r2"})
	await(t, s, "mended", func(s Snapshot) bool { return len(s.Prints.Clashes) == 0 && len(s.Issues) == 0 })
}

// cardWith puts prints on the card: which finger stands under which name.
func cardWith(t *testing.T, b *bench, prints map[int]biometrics.Finger) {
	t.Helper()
	for position, f := range prints {
		img := drawn(f)
		packed, err := wsq.Encode(wsq.Pad(img), wsq.Options{DPI: 500})
		if err != nil {
			t.Fatal(err)
		}
		b.chip.report.Document.Fingers = append(b.chip.report.Document.Fingers,
			lds.Finger{Position: position, MediaType: lds.MediaWSQ, Image: packed, Width: img.Rect.Dx(), Height: img.Rect.Dy(), Depth: 8, Resolution: 500})
	}
}

// TestPrintsOfTheCard: each finger is held against the card's.
func TestPrintsOfTheCard(t *testing.T) {
	for name, c := range map[string]struct {
		card   map[int]biometrics.Finger
		same   map[biometrics.Finger]string
		issues string
	}{
		"the same":    {map[int]biometrics.Finger{2: 2, 7: 7}, map[biometrics.Finger]string{2: "same", 7: "same"}, ""},
		"one of them": {map[int]biometrics.Finger{2: 2}, map[biometrics.Finger]string{2: "same", 7: ""}, ""},
		"another":     {map[int]biometrics.Finger{2: 2, 7: 9}, map[biometrics.Finger]string{2: "same", 7: "differs"}, "finger-differs:7"},
		"changed places": {map[int]biometrics.Finger{2: 7, 7: 2}, map[biometrics.Finger]string{2: "differs", 7: "differs"},
			"finger-swapped:2-7 finger-swapped:7-2 finger-differs:2 finger-differs:7"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			cardWith(t, b, c.card)
			s := b.open(t)
			play(t, s, 0, step(t, CmdFingersStart))
			lay(t, s, "2")
			lay(t, s, "7")
			snap := await(t, s, "compared", func(s Snapshot) bool {
				return fingerOf(t, s, 2).Card == c.same[2] && fingerOf(t, s, 7).Card == c.same[7]
			})
			if got := issueCodes(snap); got != c.issues {
				t.Fatalf("issues %q, want %q", got, c.issues)
			}
			for _, i := range snap.Issues {
				must(t, s, CmdAcknowledge, AcknowledgeArgs{i.Code, "đã so với thẻ"})
			}
			await(t, s, "the next step", at(StepDocuments))
			if p := b.prints(t, s); p.Compared == nil || !p.Compared.Card || len(p.Compared.Cards) != len(c.card) {
				t.Errorf("section %+v", p.Compared)
			}
		})
	}
}

// TestHostilePrintsOfTheCard: what can not be decoded is compared with nothing,
// and stops nobody.
func TestHostilePrintsOfTheCard(t *testing.T) {
	b := newBench(t, t.TempDir())
	decoded := 0
	b.cfg.CardPrint = func(_ context.Context, mediaType string, _ []byte) (image.Image, error) {
		decoded++
		switch mediaType {
		case lds.MediaPNG:
			return image.NewGray(image.Rect(0, 0, 1, 100_000)), nil
		case lds.MediaJP2:
			return drawn(7), nil
		}
		return nil, errors.New("broken")
	}
	cardWith(t, b, map[int]biometrics.Finger{2: 2})
	good := b.chip.report.Document.Fingers[0]
	cut := good
	cut.Position, cut.Image = 1, cut.Image[:len(cut.Image)/2]
	b.chip.report.Document.Fingers = []lds.Finger{cut,
		{Position: 3}, {Position: 4, Depth: 8, Width: 9, Height: 9, Image: make([]byte, 81), Resolution: 500},
		{Position: 4, Depth: 8, Width: 1 << 20, Height: 1 << 20, Image: make([]byte, 8)},
		{Position: 5, MediaType: lds.MediaPNG}, {Position: 6, MediaType: lds.MediaJPEG},
		{Position: 7, MediaType: lds.MediaJP2}, {Position: 13, MediaType: lds.MediaJP2}, {Position: -1}, {Position: 258}, good}
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	lay(t, s, "2")
	lay(t, s, "7")
	await(t, s, "the next step", at(StepDocuments))
	snap := await(t, s, "compared", func(s Snapshot) bool { return fingerOf(t, s, 2).Card == "same" && fingerOf(t, s, 7).Card == "same" })
	if len(snap.Issues) != 0 || decoded != 3 { // once
		t.Errorf("issues %s, %d decoded", issueCodes(snap), decoded)
	}
}

// TestWeakPrintNeedsAWord: below the threshold after the last try there is an
// issue, which a reason or an exception settles.
func TestWeakPrintNeedsAWord(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.scanner.poor = 3
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart)+1)
	snap := s.Snapshot()
	v := fingerOf(t, snap, 2)
	if issueCodes(snap) != "finger-weak:2" || len(v.Scores) != 3 || len(v.Causes) == 0 || v.Causes[0].VI == "" || v.Threshold != 40 {
		t.Fatalf("issues %q, %+v", issueCodes(snap), v)
	}
	play(t, s, step(t, CmdFingersStart)+1, step(t, CmdSign))
	refusedWith(t, s, cmd(CmdSign, nil), "open-issues")
	must(t, s, CmdAcknowledge, AcknowledgeArgs{"finger-weak:2", "vân tay mòn, đã thử ba lần"})
	play(t, s, step(t, CmdSign), len(moves))

	b = newBench(t, t.TempDir())
	b.cfg.Rules, _ = rules.Default()
	b.cfg.Rules.FingerThresholds = map[biometrics.Finger]int{2: 100}
	s = b.open(t)
	play(t, s, 0, step(t, CmdFingersStart)+1)
	if snap = s.Snapshot(); issueCodes(snap) != "finger-weak:2" || fingerOf(t, snap, 2).Threshold != 100 || fingerOf(t, snap, 7).Threshold != 40 {
		t.Errorf("with a threshold of its own: issues %q", issueCodes(snap))
	}
	except(t, s, 2)
	if got := issueCodes(s.Snapshot()); got != "" {
		t.Errorf("excepted, and still %q", got)
	}
	if got := slices.Collect(func(yield func(int) bool) {
		for _, p := range s.Snapshot().Fingers {
			yield(p.Tries)
		}
	}); len(got) != 2 {
		t.Errorf("fingers %v", got)
	}
}
