// Package minutiae finds the places where friction ridges end or fork, and
// tells whether two sets of them come from the same finger: for the check of
// one person's fingers against each other and against the prints on the card.
//
// Everything that decides is integer arithmetic on constant tables. Floating
// point is only used where IEEE 754 prescribes the result to the last bit
// (conversion, one square root, one division), never in sums of products that
// a compiler may fuse. The same picture therefore gives the same minutiae, and
// two templates the same score, on every machine.
package minutiae

import (
	"errors"
	"fmt"
	"image"

	"github.com/tram-station/tram/biometrics/wsq"
)

// Algorithm names extraction and match: it changes with every change of either
// that moves a minutia or a score.
const Algorithm = "tram-minutiae/1"

// Limits of what is looked at.
const (
	workDPI = 500
	// MinDPI and MaxDPI bound the density of a picture: below, ridges are not
	// resolved; above, nothing is gained.
	MinDPI = 250
	MaxDPI = 1200
	// MinSide is the shortest side at 500 dpi: 3 mm hold some seven ridges.
	MinSide = 60
	// MaxSide and MaxPixels bound the picture, before and after resampling: a
	// rolled finger has 0.8 million pixels at 500 dpi.
	MaxSide   = 4096
	MaxPixels = 1 << 22
	// MaxMinutiae is the most a template holds: what a record of ISO/IEC
	// 19794-2 can count. The best are kept.
	MaxMinutiae = 255
)

// Errors of Extract.
var (
	// ErrDensity says that the picture's density is unknown or of no use.
	ErrDensity = errors.New("the density of the print is not usable: give the reader's true dots an inch")
	// ErrTooSmall says that the picture can not hold a finger.
	ErrTooSmall = errors.New("the picture is too small for a finger: capture it again")
	// ErrTooLarge says that the picture holds more than one finger can fill.
	ErrTooLarge = errors.New("the picture is too large for one finger: cut the slap into its fingers first")
)

// Kind is the type of a minutia, as ISO/IEC 19794-2 counts them.
type Kind uint8

// The two kinds that are told apart.
const (
	Ending      Kind = 1
	Bifurcation Kind = 2
)

// Minutia is one place where a ridge ends or forks.
type Minutia struct {
	// X and Y are pixels at Template.DPI from the upper left corner: the last
	// pixel of the ridge's centre line, or the pixel where three lines meet.
	X, Y int
	// Angle is in degrees, 0 ≤ a < 360, anticlockwise from the x axis: along
	// the ridge that ends, seen from its end; along the valley between the two
	// branches that fork (ISO/IEC 19794-2 §6.3). It is a multiple of 360/256.
	Angle float64
	Kind  Kind
	// Quality is 0 to 100: how clear the ridges stand around it.
	Quality int
}

// Template is what Extract found in one picture.
type Template struct {
	Width, Height, DPI int // of the picture after resampling: DPI is always 500
	Minutiae           []Minutia
}

// Extract finds the minutiae of one finger: dark ridges on a light ground,
// upright, at the true density dpi. They come in the order top to bottom, left
// to right, in the coordinates of the picture resampled to 500 dpi. A picture
// without ridges gives an empty template.
func Extract(img *image.Gray, dpi int) (*Template, error) {
	if err := check(img, dpi); err != nil {
		return nil, err
	}
	img = wsq.Resample(img, dpi, workDPI)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	t := &Template{Width: w, Height: h, DPI: workDPI}
	p := normalise(img)
	f := orient(p)
	if !f.segment() {
		return t, nil
	}
	enhance(p, f)
	s := thin(p, f)
	s.clean(f)
	t.Minutiae = s.find(f)
	return t, nil
}

// check refuses what can not be a finger before anything is allocated for it.
func check(img *image.Gray, dpi int) error {
	if dpi < MinDPI || dpi > MaxDPI {
		return fmt.Errorf("%d dots an inch: %w", dpi, ErrDensity)
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w > MaxSide || h > MaxSide || w*h > MaxPixels {
		return fmt.Errorf("%d x %d pixels: %w", w, h, ErrTooLarge)
	}
	rw, rh := scaled(w, dpi), scaled(h, dpi)
	if rw < MinSide || rh < MinSide {
		return fmt.Errorf("%d x %d pixels at %d dots an inch: %w", w, h, dpi, ErrTooSmall)
	}
	if rw > MaxSide || rh > MaxSide || rw*rh > MaxPixels {
		return fmt.Errorf("%d x %d pixels at %d dots an inch: %w", w, h, dpi, ErrTooLarge)
	}
	return nil
}

// scaled is a length at dpi in pixels at 500 dpi, rounded.
func scaled(n, dpi int) int { return (n*workDPI + dpi/2) / dpi }
