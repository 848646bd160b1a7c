package finger

import (
	"errors"
	"fmt"
	"image"
	"slices"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/minutiae"
)

// Segment is one fingertip of a slap.
type Segment struct {
	Finger biometrics.Finger
	Box    image.Rectangle // in the slap: the fingertip down to the first joint
	Angle  float64         // degrees that the finger leans clockwise
	Image  *image.Gray     // the fingertip upright, on the slap's own ground
}

// CountError says that other than the wanted number of fingers lie on the
// reader. It is a [biometrics.ErrBadImage].
type CountError struct{ Want, Got int }

func (e *CountError) Error() string {
	next := "lay all of them flat, a little apart"
	if e.Got > e.Want {
		next = "lift the others and wipe the platen"
	}
	return fmt.Sprintf("the reader sees %d fingers and waits for %d: %s", e.Got, e.Want, next)
}

func (e *CountError) Unwrap() error { return biometrics.ErrBadImage }

// HandError says that the other hand lies on the reader. It is a
// [biometrics.ErrBadImage].
type HandError struct {
	Want biometrics.Finger // the slap that was asked for
}

func (e *HandError) Error() string {
	side := "right"
	if e.Want == biometrics.LeftSlap {
		side = "left"
	}
	return "that looks like the other hand: lay down the four fingers of the " + side + " hand"
}

func (e *HandError) Unwrap() error { return biometrics.ErrBadImage }

// Limits of a slap.
const (
	minDPI       = minutiae.MinDPI // what can not be searched for minutiae is of no use
	maxDPI       = minutiae.MaxDPI
	maxSlapSide  = 8192 // pixels
	minSlapInch  = 0.3  // of each side
	unitsPerInch = 25.4 // millimetres
)

// errSlap says that a slap can not be searched.
var errSlap = errors.New("not a picture of fingers at a known density")

// Cut finds the fingertips of a slap, or of a single finger, and names them by
// their order: on the right hand the index finger lies on the left, on the left
// hand the little finger, and of two thumbs the left one. It cuts each at the
// first joint and turns it upright. dpi is the true density. The order is that
// of req.Wanted; what is declared missing is not looked for.
//
// Ridges are found by how much grey changes over half a ridge. Errors are
// [*CountError] where other than the wanted fingers are seen, [*HandError]
// where the tips are certainly those of the other hand, and
// [biometrics.ErrBadImage] for a picture that is none. A hand that comes from
// the far side of the reader, turned by half a circle, is not told from one that
// lies as it should.
func Cut(slap *image.Gray, dpi int, req biometrics.Request) ([]Segment, error) {
	if slap == nil || dpi < minDPI || dpi > maxDPI {
		return nil, fmt.Errorf("%w: %w", biometrics.ErrBadImage, errSlap)
	}
	size, least := slap.Rect.Size(), int(minSlapInch*float64(dpi))
	if size.X < least || size.Y < least || size.X > maxSlapSide || size.Y > maxSlapSide {
		return nil, fmt.Errorf("%w: %w", biometrics.ErrBadImage, errSlap)
	}
	wanted := req.Wanted()
	g := newGrid(slap, dpi)
	g.findSkin()
	g.label()
	tips := g.fingertips()
	if len(tips) != len(wanted) {
		return nil, &CountError{Want: len(wanted), Got: len(tips)}
	}
	if otherHand(tips, req.Finger, wanted) {
		return nil, &HandError{Want: req.Finger}
	}
	names := fromLeft(req.Finger, wanted)
	out := make([]Segment, len(tips))
	for i := range tips {
		s := Segment{Finger: names[i], Angle: tips[i].degrees(), Box: g.box(&tips[i])}
		s.Image = g.upright(&tips[i])
		out[slices.Index(wanted, s.Finger)] = s
	}
	return out, nil
}

// fromLeft is the order in which the wanted fingers lie on the platen.
func fromLeft(slap biometrics.Finger, wanted []biometrics.Finger) []biometrics.Finger {
	names := slices.Clone(wanted)
	if slap == biometrics.LeftSlap || slap == biometrics.Thumbs {
		slices.Reverse(names)
	}
	return names
}
