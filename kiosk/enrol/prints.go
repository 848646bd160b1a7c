package enrol

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
)

// capture is the work of the finger's slot: what is to be laid down, and what
// was known of the reader when it began.
type capture struct {
	unit   unit
	req    biometrics.Request
	reader *readerTakes
}

// wantedCapture is the work that the state wants, and the key that tells it
// from any other; "" where it wants none.
func (s *Station) wantedCapture() (c capture, key string) {
	st := s.st
	if st == nil || st.done != nil || !st.signedAt.IsZero() || st.want == noUnit || s.handing() {
		return capture{}, "" // there is one live picture: the hand's comes first
	}
	u := st.want
	c = capture{unit: u, reader: st.reader, req: biometrics.Request{Finger: u.finger, Impression: u.impression(), Missing: st.missing(u)}}
	for i, f := range c.req.Wanted() {
		if t := s.rules.Threshold(f); i == 0 || t < c.req.Threshold {
			c.req.Threshold = t // a scanner that judges itself has one for all
		}
	}
	return c, fmt.Sprintf("%s/finger/%s/%d/%d/%v", st.id, u.id(), st.rounds, st.captures, c.req.Missing)
}

// takePrints captures one unit and delivers its prints.
func (s *Station) takePrints(ctx context.Context, c capture) {
	for ctx.Err() == nil {
		begun := s.cfg.Now()
		t, err := s.captureUnit(ctx, &c)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			e := event{Kind: evTaken, At: s.cfg.Now(), Taking: t}
			e.Elapsed = e.At.Sub(begun)
			s.deliver(ctx, "scanner", e)
			return
		}
		code := "no-scanner"
		switch {
		case errors.Is(err, biometrics.ErrNoFinger):
			code = "no-finger"
		case errors.Is(err, biometrics.ErrBadImage):
			code = "bad-print"
		case errors.Is(err, biometrics.ErrNotTaken):
			code = "not-taken"
		case errors.Is(err, finger.ErrNotStored):
			code = "not-stored"
		default:
			s.dropScanner() // unplugged or confused: open it anew
			s.report(ctx, func() { s.live.reader = "" })
		}
		s.report(ctx, func() { s.trouble("scanner", problem(code)) })
		if !s.pause(ctx) {
			return
		}
	}
}

// captureUnit opens the reader where it is not open yet, and captures. What a
// reader can do is noted before: the state may then want another unit.
func (s *Station) captureUnit(ctx context.Context, c *capture) (*taking, error) {
	if err := s.openScanner(ctx, c); err != nil {
		return nil, err
	}
	if !s.scanner.Takes(c.req) {
		return nil, biometrics.ErrNotTaken
	}
	got, err := s.scanner.Capture(ctx, c.req, s.previewPrints(ctx))
	if err != nil {
		return nil, err
	}
	t, err := takingOf(*c, got, s.cfg.Now())
	if err != nil {
		return nil, err
	}
	t.Trust = trustOf(s.scanner)
	return t, nil
}

func (s *Station) openScanner(ctx context.Context, c *capture) error {
	if s.scanner == nil {
		sc, err := s.cfg.Scanner(ctx)
		if err != nil {
			return err
		}
		s.scanner = sc
	}
	takes := takesOf(s.scanner)
	s.report(ctx, func() {
		s.live.reader = takes.Device.Name
		if p := s.live.problem; p != nil && p.Code == "no-scanner" {
			s.clear("scanner")
		}
	})
	if c.reader == nil || *c.reader != takes {
		if s.deliver(ctx, "reader", event{Kind: evReader, At: s.cfg.Now(), Reader: &takes}) {
			c.reader = &takes // once, however often the capture is tried
		}
	}
	return ctx.Err()
}

// The previews of a reader: slaps are made smaller, and no page draws more
// pictures a second than this.
const (
	previewQuality = 70
	previewPace    = 66 * time.Millisecond
)

func (s *Station) previewPrints(ctx context.Context) func(*image.Gray) {
	var last time.Time
	return func(img *image.Gray) {
		now := s.cfg.Now()
		if usable(img, minDPI, maxSlapSide) != nil || !last.IsZero() && now.Sub(last) < previewPace {
			return
		}
		last = now
		var buf bytes.Buffer
		if jpeg.Encode(&buf, halved(img), &jpeg.Options{Quality: previewQuality}) == nil {
			s.show(ctx, buf.Bytes())
		}
	}
}

// halved is the picture, or, where it is wider than a page shows it, one of
// half the size or less: the mean of each square of pixels.
func halved(img *image.Gray) *image.Gray {
	b := img.Bounds()
	n := (b.Dx() + previewWidth - 1) / previewWidth
	if n < 2 {
		return img
	}
	out := image.NewGray(image.Rect(0, 0, b.Dx()/n, max(1, b.Dy()/n)))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sum := 0
			for dy := range n {
				row := img.Pix[min(y*n+dy, b.Dy()-1)*img.Stride+x*n:][:n]
				for _, v := range row {
					sum += int(v)
				}
			}
			out.Pix[y*out.Stride+x] = uint8(sum / (n * n))
		}
	}
	return out
}

// dropScanner gives the scanner back. Only the goroutine in the finger slot
// calls it, or Close when none is left.
func (s *Station) dropScanner() {
	if s.scanner == nil {
		return
	}
	if err := s.scanner.Close(); err != nil {
		s.log.Warn("fingerprint reader did not close", "err", err)
	}
	s.scanner = nil
}
