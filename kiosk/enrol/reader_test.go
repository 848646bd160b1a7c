package enrol

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/rules"
)

// scripted is a reader that answers with what the test wrote for it.
type scripted struct {
	fakeScanner
	mu      sync.Mutex
	answers []func(req biometrics.Request) (*biometrics.Capture, error)
}

func (r *scripted) start(context.Context) (biometrics.Scanner, error) { return r, nil }
func (r *scripted) Close() error                                      { return nil }

func (r *scripted) Capture(_ context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, img := range []*image.Gray{nil, {}, {Rect: image.Rect(0, 0, 9, 9)}, {Rect: image.Rect(0, 0, 1<<30, 1<<30), Stride: 1 << 30}} {
		preview(img)
	}
	next := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	return next(req)
}

// sound is an honest answer.
func sound(req biometrics.Request) (*biometrics.Capture, error) {
	c := &biometrics.Capture{Request: req, DPI: 500, Time: time.Now()}
	for _, f := range req.Wanted() {
		c.Prints = append(c.Prints, biometrics.Print{Finger: f, Impression: req.Impression, Image: drawn(f), DPI: 500, Time: c.Time})
	}
	return c, nil
}

// TestHostileReaders: whatever a reader says, it is a bad print or a wrong
// slap, and the next capture works.
func TestHostileReaders(t *testing.T) {
	spoil := func(f func(c *biometrics.Capture)) func(biometrics.Request) (*biometrics.Capture, error) {
		return func(req biometrics.Request) (*biometrics.Capture, error) {
			c, err := sound(req)
			f(c)
			return c, err
		}
	}
	picture := func(img *image.Gray, dpi int) func(*biometrics.Capture) {
		return func(c *biometrics.Capture) { c.Prints[0].Image, c.Prints[0].DPI = img, dpi }
	}
	nothing := func(biometrics.Request) (*biometrics.Capture, error) { return nil, nil }
	one := unit{finger: biometrics.RightIndex}.id()
	for name, c := range map[string]struct {
		unit, code string
		answer     func(biometrics.Request) (*biometrics.Capture, error)
	}{
		"nothing":         {one, "bad-print", nothing},
		"no print":        {one, "bad-print", spoil(func(c *biometrics.Capture) { c.Prints = nil })},
		"two prints":      {one, "bad-print", spoil(func(c *biometrics.Capture) { c.Prints = append(c.Prints, c.Prints[0]) })},
		"another finger":  {one, "bad-print", spoil(func(c *biometrics.Capture) { c.Prints[0].Finger = 3 })},
		"a slap's number": {one, "bad-print", spoil(func(c *biometrics.Capture) { c.Prints[0].Finger = 13 })},
		"no picture":      {one, "bad-print", spoil(picture(nil, 500))},
		"empty picture":   {one, "bad-print", spoil(picture(&image.Gray{}, 500))},
		"pixels missing":  {one, "bad-print", spoil(picture(&image.Gray{Pix: make([]byte, 99), Stride: 300, Rect: image.Rect(0, 0, 300, 300)}, 500))},
		"no stride":       {one, "bad-print", spoil(picture(&image.Gray{Pix: make([]byte, 90_000), Rect: image.Rect(0, 0, 300, 300)}, 500))},
		"too large":       {one, "bad-print", spoil(picture(image.NewGray(image.Rect(0, 0, 3000, 3000)), 500))},
		"too small":       {one, "bad-print", spoil(picture(image.NewGray(image.Rect(0, 0, 3, 3)), 500))},
		"no density":      {one, "bad-print", spoil(picture(drawn(2), 0))},
		"odd density":     {one, "bad-print", spoil(picture(drawn(2), 1<<40))},
		"many originals":  {one, "bad-print", spoil(func(c *biometrics.Capture) { c.Records = make([][]byte, 11) })},
		"large originals": {one, "bad-print", spoil(func(c *biometrics.Capture) { c.Records = [][]byte{make([]byte, 9<<20)} })},
		"a slap of none":  {"13", "bad-print", spoil(func(c *biometrics.Capture) { c.Prints = nil })},
		"a slap of three": {"13", slapCount, spoil(func(c *biometrics.Capture) { c.Prints = c.Prints[:3] })},
		"a slap of five":  {"13", slapCount, spoil(func(c *biometrics.Capture) { c.Prints = append(c.Prints, c.Prints[0]) })},
		"another order":   {"13", "bad-print", spoil(func(c *biometrics.Capture) { c.Prints[0], c.Prints[1] = c.Prints[1], c.Prints[0] })},
		"a blank slap": {"13", slapCount, spoil(func(c *biometrics.Capture) {
			c.Prints, c.Slap = nil, image.NewGray(image.Rect(0, 0, 1600, 1500))
		})},
		"a slap in pieces": {"13", "bad-print", spoil(func(c *biometrics.Capture) {
			c.Prints, c.Slap = nil, &image.Gray{Pix: make([]byte, 9), Stride: 1600, Rect: image.Rect(0, 0, 1600, 1500)}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			b.cfg.Rules = tenFingers(t, rules.Slaps)
			b.cfg.Rules.FingerSame = false // quicker
			b.cfg.RetryDelay = 20 * time.Millisecond
			r := &scripted{answers: []func(biometrics.Request) (*biometrics.Capture, error){c.answer, sound}}
			b.cfg.Scanner = r.start
			s := b.open(t)
			play(t, s, 0, step(t, CmdFingersStart))
			must(t, s, CmdFingersStart, FingerArgs{Unit: c.unit})
			await(t, s, c.code, func(s Snapshot) bool { return s.Error != nil && s.Error.Code == c.code })
			u := await(t, s, "the honest answer", func(s Snapshot) bool { return fingerOf(t, s, 2).State == fingerDone }).Prints.Units[0]
			if tries := map[string]int{"bad-print": 1, slapCount: 2}[c.code]; c.unit == "13" && u.Tries != tries {
				t.Errorf("%d tries, want %d", u.Tries, tries)
			}
		})
	}
}

// TestUnpluggedInASlap: the reader comes back in the same process, and the slap
// goes on by itself; nothing of the tries is lost.
func TestUnpluggedInASlap(t *testing.T) {
	var mu sync.Mutex
	var readers []*virtual.Scanner
	_, s, _ := byMode(t, rules.Slaps, func(b *bench, p *virtual.Scanner) {
		b.cfg.RetryDelay = 20 * time.Millisecond
		b.cfg.Scanner = func(context.Context) (biometrics.Scanner, error) {
			mu.Lock()
			defer mu.Unlock()
			r := &virtual.Scanner{Seed: 3, Settle: time.Millisecond, Draw: p.Draw}
			if len(readers) < 2 {
				r.Absent = time.Hour // waits for the fingers
			}
			readers = append(readers, r)
			return r, nil
		}
	})
	must(t, s, CmdFingersStart, FingerArgs{Unit: "13"})
	for n := range 2 {
		await(t, s, "waits", func(s Snapshot) bool { return s.Prints.Reader != "" && s.Error == nil })
		eventually(t, "opened", func() bool { mu.Lock(); defer mu.Unlock(); return len(readers) == n+1 })
		mu.Lock()
		readers[n].Unplug()
		mu.Unlock()
		await(t, s, "gone", func(s Snapshot) bool { return s.Error != nil && s.Error.Code == "no-scanner" && s.Prints.Reader == "" })
	}
	snap := await(t, s, "the slap", unitIs("13", fingerDone))
	if snap.Error != nil || snap.Prints.Units[0].Tries != 1 {
		t.Errorf("error %+v, %d tries", snap.Error, snap.Prints.Units[0].Tries)
	}
}

// TestPreviewsOfAReader: more than three pictures a second reach the page, a
// reader in a hurry does not flood it, and a slap is made smaller.
func TestPreviewsOfAReader(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	var now time.Time
	s.cfg.Now = func() time.Time { return now }
	show := s.previewPrints(t.Context())
	slap := image.NewGray(image.Rect(0, 0, 1601, 1500))
	shown, last := 0, uint64(0)
	for now = time.Unix(0, 0); now.Before(time.Unix(1, 0)); now = now.Add(10 * time.Millisecond) {
		show(slap)
		if pic, n := s.Preview(t.Context(), 0); n != last {
			shown, last = shown+1, n
			if c, err := jpeg.DecodeConfig(bytes.NewReader(pic)); err != nil || c.Width > previewWidth || c.Width*4 < previewWidth {
				t.Fatalf("%d×%d, %v", c.Width, c.Height, err)
			}
		}
	}
	if shown <= 3 || shown > 20 {
		t.Errorf("%d pictures a second", shown)
	}
}

// TestFingersAreReplayed: closed in any state of the fingers, the station comes
// back with the same view.
func TestFingersAreReplayed(t *testing.T) {
	for name, reach := range map[string]func(t *testing.T, s *Station, p *virtual.Scanner){
		"one slap": func(t *testing.T, s *Station, _ *virtual.Scanner) { lay(t, s, "13") },
		"a wrong slap": func(t *testing.T, s *Station, p *virtual.Scanner) {
			p.Wrong = virtual.Lay{Fingers: map[biometrics.Finger]biometrics.Finger{3: biometrics.UnknownFinger}}
			must(t, s, CmdFingersStart, FingerArgs{Unit: "13"})
			await(t, s, "three tries", func(s Snapshot) bool { return s.Prints.Units[0].Tries == 3 })
		},
		"a clash": func(t *testing.T, s *Station, p *virtual.Scanner) {
			p.Wrong, p.Touch = virtual.Lay{Fingers: map[biometrics.Finger]biometrics.Finger{7: 2}}, 1
			for _, f := range []biometrics.Finger{2, 7} {
				must(t, s, CmdFingersStart, FingerArgs{Finger: int(f)})
				await(t, s, "the finger", fingerIs(f, fingerDone))
			}
			await(t, s, "the clash", func(s Snapshot) bool { return len(s.Prints.Clashes) == 1 })
		},
		"an open exception": func(t *testing.T, s *Station, _ *virtual.Scanner) {
			must(t, s, CmdFingerException, FingerArgs{Finger: 3, Reason: "injured"})
		},
		"a picture of the hand": func(t *testing.T, s *Station, _ *virtual.Scanner) {
			must(t, s, CmdFingerException, FingerArgs{Finger: 3, Reason: "injured"})
			must(t, s, CmdFingerPhoto, FingerArgs{Finger: 3})
			await(t, s, "the picture", photographed)
		},
		"an approval": func(t *testing.T, s *Station, _ *virtual.Scanner) { except(t, s, 3) },
		"a reader without slaps": func(t *testing.T, s *Station, p *virtual.Scanner) {
			p.SingleOnly = true
			must(t, s, CmdFingersStart, FingerArgs{Unit: "13"})
			await(t, s, "the first finger", fingerIs(2, fingerDone))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, s, p := byMode(t, rules.SlapsRolled, nil)
			reach(t, s, p)
			eventually(t, "compared", func() bool {
				pending := make(chan bool, 1)
				s.send(t.Context(), func() { pending <- s.st.comparing(s.rules) })
				return !<-pending
			})
			before, _ := json.Marshal(comparable(s.Snapshot()))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			again := b.open(t)
			if after, _ := json.Marshal(comparable(again.Snapshot())); !bytes.Equal(before, after) {
				t.Errorf("comes back as\n%s\nwas\n%s", after, before)
			}
		})
	}
}
