package enrol

import (
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/biometrics/minutiae"
)

// The limits of what a reader may deliver: it is a program of somebody else's.
const (
	maxPrintSide   = 2048 // pixels of one finger: 1000 dpi over 2 inches
	maxSlapSide    = 4096
	minDPI, maxDPI = minutiae.MinDPI, minutiae.MaxDPI
	maxRecords     = 10
	maxRecordBytes = 8 << 20 // of all together
)

// capturedPrint is one finger as it is kept.
type capturedPrint struct {
	Finger  biometrics.Finger       `cbor:"finger"`
	Rolled  bool                    `cbor:"rolled"`
	PNG     []byte                  `cbor:"png"` // as captured, for the page
	Records printRecords            `cbor:"records"`
	Width   int                     `cbor:"width"` // as captured
	Height  int                     `cbor:"height"`
	DPI     int                     `cbor:"dpi"`
	Quality biometrics.PrintQuality `cbor:"quality"`
	Said    *biometrics.Said        `cbor:"said"`
	// Template is what the print is compared by.
	Template *minutiae.Template `cbor:"template"`
	Device   biometrics.Device  `cbor:"device"`
	Time     time.Time          `cbor:"time"`

	run  int    // index of the try it comes from
	mark string // of the PNG
}

// printRecords are what goes into the dossier of a print.
type printRecords struct {
	WSQ  []byte  `cbor:"wsq"`
	ISO  []byte  `cbor:"iso19794_4"` // edition 2011, with that WSQ in it
	FMR  []byte  `cbor:"iso19794_2"` // edition 2011; empty where no minutiae were found
	PSNR float64 `cbor:"psnr"`       // of the WSQ against what was captured, dB
}

func (p *capturedPrint) spot() spot { return spot{p.Finger, p.Rolled} }

func (p *capturedPrint) minutiae() int {
	if p.Template == nil {
		return 0
	}
	return len(p.Template.Minutiae)
}

// complete reports whether a journalled taking can be folded.
func (t *taking) complete() bool {
	_, ok := parseUnit(t.Unit)
	return ok && !slices.ContainsFunc(t.Prints, func(p capturedPrint) bool { return !p.Finger.Single() })
}

// takingOf turns what the reader delivered into prints: it is cut where it is a
// slap, judged and searched for minutiae. A slap that was laid down wrongly is a
// try with a problem, not an error. at is the station's time.
func takingOf(c capture, got *biometrics.Capture, at time.Time) (*taking, error) {
	if got == nil || len(got.Records) > maxRecords {
		return nil, biometrics.ErrBadImage
	}
	size := 0
	for _, r := range got.Records {
		size += len(r)
	}
	if size > maxRecordBytes {
		return nil, biometrics.ErrBadImage
	}
	t := &taking{Unit: c.unit.id(), Device: cleanDevice(got.Device), Records: got.Records}
	prints, err := printsOf(c.req, got)
	var count *finger.CountError
	var hand *finger.HandError
	switch {
	case errors.As(err, &count):
		t.Problem = slapCount
		return t, nil
	case errors.As(err, &hand):
		t.Problem = slapHand
		return t, nil
	case err != nil:
		return nil, err
	}
	t.Prints = make([]capturedPrint, len(prints))
	var g errgroup.Group
	for i := range prints {
		g.Go(func() (err error) {
			p := cleanPrint(prints[i], at)
			t.Prints[i], err = judged(&p, c.unit.rolled)
			return err
		})
	}
	return t, g.Wait()
}

// printsOf are the fingers that were asked for, in order: as the reader cut
// them, or cut out of its slap.
func printsOf(req biometrics.Request, got *biometrics.Capture) ([]biometrics.Print, error) {
	want := req.Wanted()
	if req.Finger.Slap() && len(got.Prints) == 0 {
		return cutSlap(req, got)
	}
	if req.Finger.Slap() && len(got.Prints) != len(want) {
		return nil, &finger.CountError{Want: len(want), Got: len(got.Prints)}
	}
	if len(got.Prints) != len(want) {
		return nil, fmt.Errorf("%d prints of one finger: %w", len(got.Prints), biometrics.ErrBadImage)
	}
	for i, p := range got.Prints {
		if p.Finger != want[i] {
			return nil, fmt.Errorf("print of finger %d instead of %d: %w", p.Finger, want[i], biometrics.ErrBadImage)
		}
		if p.Impression != req.Impression {
			return nil, fmt.Errorf("a print of impression %d instead of %d: %w", p.Impression, req.Impression, biometrics.ErrBadImage)
		}
		if err := usable(p.Image, p.DPI, maxPrintSide); err != nil {
			return nil, err
		}
	}
	return got.Prints, nil
}

func cutSlap(req biometrics.Request, got *biometrics.Capture) ([]biometrics.Print, error) {
	if err := usable(got.Slap, got.DPI, maxSlapSide); err != nil {
		return nil, err
	}
	segments, err := finger.Cut(got.Slap, got.DPI, req)
	if err != nil {
		return nil, err
	}
	var out []biometrics.Print
	for _, s := range segments {
		out = append(out, biometrics.Print{Finger: s.Finger, Impression: req.Impression, Image: s.Image, DPI: got.DPI, Device: got.Device, Time: got.Time})
	}
	return out, nil
}

func usable(img *image.Gray, dpi, side int) error {
	if img == nil || dpi < minDPI || dpi > maxDPI {
		return biometrics.ErrBadImage
	}
	b := img.Bounds()
	if b.Empty() || b.Dx() > side || b.Dy() > side || img.Stride < b.Dx() || len(img.Pix) < img.Stride*(b.Dy()-1)+b.Dx() {
		return biometrics.ErrBadImage
	}
	return nil
}

// judged is one print with its quality, its minutiae and its records.
func judged(p *biometrics.Print, rolled bool) (capturedPrint, error) {
	template, err := minutiae.Extract(p.Image, p.DPI)
	if err != nil {
		return capturedPrint{}, fmt.Errorf("%w: %w", biometrics.ErrBadImage, err)
	}
	q := finger.JudgeWith(p.Image, p.DPI, template)
	stored, err := finger.Store(p, finger.StoreOptions{Quality: &q})
	switch {
	case errors.Is(err, finger.ErrNotStored):
		return capturedPrint{}, err
	case err != nil:
		return capturedPrint{}, fmt.Errorf("%w: %w", biometrics.ErrBadImage, err)
	}
	b := p.Image.Bounds()
	return capturedPrint{
		Finger: p.Finger, Rolled: rolled, PNG: stored.PNG, Records: printRecords{stored.WSQ, stored.ISO, stored.FMR, stored.PSNR},
		Width: b.Dx(), Height: b.Dy(), DPI: p.DPI, Quality: q, Said: p.Said, Template: template, Device: p.Device, Time: p.Time,
	}, nil
}
