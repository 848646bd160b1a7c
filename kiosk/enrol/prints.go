package enrol

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
)

// takePrint captures one finger and delivers it.
func (s *Station) takePrint(ctx context.Context, position biometrics.Finger) {
	for ctx.Err() == nil {
		begun := s.cfg.Now()
		p, err := s.captureFinger(ctx, position)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			e := event{Kind: evPrint, At: s.cfg.Now(), Print: p}
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
		default:
			s.dropScanner() // unplugged or confused: open it anew
		}
		s.report(ctx, func() { s.trouble("scanner", problem(code)) })
		if !s.pause(ctx) {
			return
		}
	}
}

func (s *Station) captureFinger(ctx context.Context, position biometrics.Finger) (*capturedPrint, error) {
	if s.scanner == nil {
		sc, err := s.cfg.Scanner(ctx)
		if err != nil {
			return nil, err
		}
		s.scanner = sc
	}
	s.report(ctx, func() {
		if p := s.live.problem; p != nil && p.Code == "no-scanner" {
			s.clear("scanner")
		}
	})
	c, err := s.scanner.Capture(ctx, biometrics.Request{Finger: position}, func(img *image.Gray) { s.previewPrint(ctx, img) })
	if err != nil {
		return nil, err
	}
	if c == nil || len(c.Prints) != 1 {
		return nil, biometrics.ErrBadImage
	}
	p := c.Prints[0]
	if p.Image == nil || p.Image.Bounds().Empty() || p.DPI <= 0 {
		return nil, biometrics.ErrBadImage
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, p.Image); err != nil {
		return nil, biometrics.ErrBadImage
	}
	b := p.Image.Bounds()
	return &capturedPrint{
		Finger: position, PNG: buf.Bytes(), Width: b.Dx(), Height: b.Dy(), DPI: p.DPI,
		Quality: finger.Judge(p.Image, p.DPI), Device: p.Device, Time: p.Time,
	}, nil
}

const previewQuality = 70

func (s *Station) previewPrint(ctx context.Context, img *image.Gray) {
	if img == nil || img.Bounds().Empty() {
		return
	}
	var buf bytes.Buffer
	if jpeg.Encode(&buf, img, &jpeg.Options{Quality: previewQuality}) == nil {
		s.show(ctx, buf.Bytes())
	}
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
