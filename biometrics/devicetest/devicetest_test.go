package devicetest

import (
	"context"
	"errors"
	"image"
	"os"
	"os/exec"
	"strings"
	"sync"
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
		b := &Bench{Scanner: plug(), Patience: patience}
		b.Finger = func(on bool) {
			s.Absent = patience
			if on {
				s.Absent = 0
			}
		}
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
}

// broken is a scanner with one fault.
type broken struct {
	biometrics.Scanner
	fault  string
	closed bool
	last   *biometrics.Print
}

func (b *broken) Close() error {
	if b.fault == "close fails" && b.closed || b.fault == "gone fails" {
		return errors.New("not closed")
	}
	b.closed = true
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
	case "deaf to cancel", "deaf to time":
		ctx = context.WithoutCancel(ctx)
	case "wrong finger":
		req.Finger = biometrics.RightThumb
	}
	p, err := b.Scanner.Capture(ctx, req, preview)
	switch {
	case b.fault == "print of none" && errors.Is(err, biometrics.ErrNoFinger),
		b.fault == "bad as good" && errors.Is(err, biometrics.ErrBadImage),
		b.fault == "works gone" && errors.Is(err, biometrics.ErrNoDevice),
		b.fault == "works closed" && b.closed:
		return (&virtual.Scanner{Settle: time.Nanosecond, Draw: draw}).Capture(ctx, req, nil)
	case b.fault == "gone as none" && errors.Is(err, biometrics.ErrNoDevice):
		return nil, biometrics.ErrNoFinger
	case err == nil:
		b.damage(&p.Prints[0])
	}
	return p, err
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
		p.Image = p.Image.SubImage(image.Rect(40, 40, 280, 360)).(*image.Gray)
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

// TestBrokenScanner is run by TestSuiteNotices alone: it has to fail.
func TestBrokenScanner(t *testing.T) {
	fault := os.Getenv("TRAM_TEST_BROKEN_SCANNER")
	if fault == "" {
		t.Skip("runs inside TestSuiteNotices")
	}
	open := openVirtual(func(s biometrics.Scanner) biometrics.Scanner { return &broken{Scanner: s, fault: fault} })
	Run(t, func(t *testing.T) *Bench {
		b := open(t)
		if fault == "stays gone" {
			b.Reopen = func() (biometrics.Scanner, error) { return b.Scanner, nil }
		}
		return b
	})
}

// TestSuiteNotices: a suite that passes whatever it is given proves nothing.
func TestSuiteNotices(t *testing.T) {
	for fault, test := range faults {
		cmd := exec.Command(os.Args[0], "-test.run=^TestBrokenScanner$/^"+test+"$", "-test.timeout=60s")
		cmd.Env = append(os.Environ(), "TRAM_TEST_BROKEN_SCANNER="+fault)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || !strings.Contains(string(out), "--- FAIL: TestBrokenScanner/"+test) {
			t.Errorf("%s: %s does not notice: %v\n%s", fault, test, err, out)
		}
	}
}
