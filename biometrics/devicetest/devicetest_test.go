package devicetest

import (
	"context"
	"errors"
	"image"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

// patience of the virtual scanner here.
const patience = 400 * time.Millisecond

// drawn is the suite's finger: drawing it takes seconds under the race
// detector.
var drawn = sync.OnceValue(func() *image.Gray { return virtual.Ridges(5, wanted) })

func draw(int64, biometrics.Finger) *image.Gray { return drawn() }

// openVirtual makes benches of the virtual scanner; wrap may change it.
func openVirtual(wrap func(biometrics.Scanner) biometrics.Scanner) func(*testing.T) *Bench {
	return func(*testing.T) *Bench {
		var s *virtual.Scanner
		plug := func() biometrics.Scanner {
			s = &virtual.Scanner{Settle: 30 * time.Millisecond, Absent: patience, Draw: draw}
			return wrap(s)
		}
		b := &Bench{Scanner: plug(), Patience: patience, Films: true}
		b.Finger = func(on bool) {
			s.Absent = patience
			if on {
				s.Absent = 0
			}
		}
		b.Lay = func(biometrics.Request) { b.Finger(true) }
		b.Spoil = func() { s.Spoilt = 1 }
		b.Unplug = func() { s.Unplug() }
		b.Reopen = func() (biometrics.Scanner, error) { return plug(), nil }
		return b
	}
}

func TestVirtualScanner(t *testing.T) {
	Run(t, openVirtual(func(s biometrics.Scanner) biometrics.Scanner { return s }))
}

// faults are what the suite has to notice, with the test that does.
var faults = map[string]string{
	"white":          "Captures",
	"inverted":       "Captures",
	"small":          "Captures",
	"no density":     "Captures",
	"wrong finger":   "Captures",
	"no preview":     "Captures",
	"other device":   "Captures",
	"shared pixels":  "CapturesAgain",
	"print of none":  "NoFinger",
	"deaf to cancel": "Cancelled",
	"deaf to time":   "Deadline",
	"bad as good":    "BadImage",
	"close fails":    "ClosesTwice",
	"works closed":   "ClosesTwice",
	"gone as none":   "UnpluggedWaiting",
	"works gone":     "UnpluggedIdle",
	"gone fails":     "ClosesUnplugged",
	"stays gone":     "ComesBack",
	"hides virtual":  "DeviceIsTruthful",
	"takes all":      "RefusesAtOnce",
	"refuses late":   "RefusesAtOnce",
	"deaf to close":  "ClosesCapturing",
	"slide show":     "Films",
	"unsaid film":    "Films",
	"still of other": "Films",
	"answers other":  "Slaps",
	"slap missing":   "Slaps",
	"slap inverted":  "Slaps",
	"slap of one":    "Slaps",
	"too many":       "MissingFingers",
	"rolled as flat": "Rolled",
}

// broken is a scanner with one fault.
type broken struct {
	biometrics.Scanner
	fault  string
	closed atomic.Bool
	last   *biometrics.Print
}

func (b *broken) Close() error {
	if b.fault == "close fails" && b.closed.Load() || b.fault == "gone fails" {
		return errors.New("not closed")
	}
	b.closed.Store(true)
	return b.Scanner.Close()
}

func (b *broken) Device() biometrics.Device {
	d := b.Scanner.Device()
	if b.fault == "hides virtual" {
		d.Virtual = false
	}
	return d
}

func (b *broken) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	switch b.fault {
	case "no preview":
		preview = nil
	case "deaf to close":
		return b.deaf(req)
	case "deaf to cancel", "deaf to time":
		ctx = context.WithoutCancel(ctx)
	case "wrong finger":
		req.Finger = biometrics.RightThumb
	}
	if b.fault == "slide show" && preview != nil {
		show := preview
		preview = func(img *image.Gray) { show(img); time.Sleep(350 * time.Millisecond) }
	}
	if !b.Takes(req) && b.fault == "refuses late" {
		time.Sleep(patience)
	}
	p, err := b.Scanner.Capture(ctx, req, preview)
	switch {
	case b.fault == "takes all" && errors.Is(err, biometrics.ErrNotTaken):
		return b.Scanner.Capture(ctx, biometrics.Request{Finger: wanted}, nil)
	case b.fault == "print of none" && errors.Is(err, biometrics.ErrNoFinger),
		b.fault == "bad as good" && errors.Is(err, biometrics.ErrBadImage),
		b.fault == "works gone" && errors.Is(err, biometrics.ErrNoDevice),
		b.fault == "works closed" && b.closed.Load():
		return (&virtual.Scanner{Settle: time.Nanosecond, Draw: draw}).Capture(ctx, req, nil)
	case b.fault == "gone as none" && errors.Is(err, biometrics.ErrNoDevice):
		return nil, biometrics.ErrNoFinger
	case err == nil && len(p.Prints) > 0:
		b.damage(&p.Prints[0])
		fallthrough
	case err == nil:
		b.confuse(p)
	}
	return p, err
}

// confuse applies the faults of a capture.
func (b *broken) confuse(c *biometrics.Capture) {
	switch b.fault {
	case "answers other":
		c.Request.Finger++
	case "slap missing":
		c.Slap = nil
	case "slap inverted":
		for i := range c.Slap.Pix {
			c.Slap.Pix[i] ^= 255
		}
	case "slap of one":
		c.Slap = c.Slap.SubImage(image.Rect(0, 0, 400, 400)).(*image.Gray)
	case "too many": // as if it cut, and cut what is not there
		c.Slap = nil
		for _, f := range c.Request.Finger.Fingers() {
			c.Prints = append(c.Prints, biometrics.Print{Finger: f, Image: drawn(), DPI: c.DPI, Device: c.Device})
		}
	case "rolled as flat":
		c.Prints[0].Impression = biometrics.Plain
	}
}

// deaf waits for a finger whatever happens to the scanner.
func (b *broken) deaf(req biometrics.Request) (*biometrics.Capture, error) {
	time.Sleep(patience)
	if b.closed.Load() {
		return nil, biometrics.ErrNoFinger
	}
	return b.Scanner.Capture(context.Background(), req, nil)
}

// damage applies the faults of a print.
func (b *broken) damage(p *biometrics.Print) {
	switch b.fault {
	case "white":
		for i := range p.Image.Pix {
			p.Image.Pix[i] = 255
		}
	case "inverted":
		for i := range p.Image.Pix {
			p.Image.Pix[i] ^= 255
		}
	case "small":
		p.Image = p.Image.SubImage(image.Rect(60, 80, 260, 280)).(*image.Gray)
	case "no density":
		p.DPI = 0
	case "other device":
		p.Device.Name = "another"
	case "shared pixels":
		if b.last != nil {
			p.Image = b.last.Image
		}
		b.last = p
	}
}

// still is a scanner that shows but one picture, in the end.
type still struct {
	biometrics.Scanner
	shows func(print *image.Gray) *image.Gray
}

func (s still) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	c, err := s.Scanner.Capture(ctx, req, nil)
	if err == nil && preview != nil {
		preview(s.shows(c.Prints[0].Image))
	}
	return c, err
}

// TestStillScanner: one that shows the print alone is taken for what it is.
func TestStillScanner(t *testing.T) {
	b := openVirtual(func(s biometrics.Scanner) biometrics.Scanner {
		return still{s, func(print *image.Gray) *image.Gray { return print }}
	})(t)
	b.Films = false
	filmsFingers(t, b)
}

// TestBrokenScanner is run by TestSuiteNotices alone: it has to fail.
func TestBrokenScanner(t *testing.T) {
	fault := os.Getenv("TRAM_TEST_BROKEN_SCANNER")
	if fault == "" {
		t.Skip("runs inside TestSuiteNotices")
	}
	open := openVirtual(func(s biometrics.Scanner) biometrics.Scanner { return &broken{Scanner: s, fault: fault} })
	Run(t, func(t *testing.T) *Bench {
		b := open(t)
		switch fault {
		case "stays gone":
			b.Reopen = func() (biometrics.Scanner, error) { return b.Scanner, nil }
		case "unsaid film":
			b.Films = false
		case "still of other":
			b.Films, b.Scanner = false, still{b.Scanner, func(*image.Gray) *image.Gray { return image.NewGray(drawn().Rect) }}
		}
		return b
	})
}

// TestSuiteNotices: a suite that passes whatever it is given proves nothing.
func TestSuiteNotices(t *testing.T) {
	for fault, test := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestBrokenScanner$/^"+test+"$", "-test.timeout=60s")
			cmd.Env = append(os.Environ(), "TRAM_TEST_BROKEN_SCANNER="+fault)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(string(out), "--- FAIL: TestBrokenScanner/"+test) {
				t.Errorf("%s does not notice: %v\n%s", test, err, out)
			}
		})
	}
}
