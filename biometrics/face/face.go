// Package face judges whether a picture makes a portrait, guides the citizen
// to one, cuts it out, and compares it with another.
//
// What finds faces is a Finder: biometrics/face/cascade (pure Go) or
// biometrics/face/net (a model pack). The measures follow ISO/IEC 29794-5 in
// what they look at. None of them judges how light or dark a face is: they look
// at clipping, range and balance.
package face

import (
	"errors"
	"fmt"
	"image"
	"math"
)

// Limits of a picture that is searched, pixels.
const (
	MinSide = 64
	MaxSide = 8192
)

// ErrBadPicture says that a picture cannot be searched at all.
var ErrBadPicture = errors.New("picture too small or too large")

// CheckSize returns [ErrBadPicture] for a picture that no finder searches.
func CheckSize(b image.Rectangle) error {
	if min(b.Dx(), b.Dy()) < MinSide || max(b.Dx(), b.Dy()) > MaxSide {
		return fmt.Errorf("%w: %d×%d pixels, want %d to %d", ErrBadPicture, b.Dx(), b.Dy(), MinSide, MaxSide)
	}
	return nil
}

// Point is a place in a picture, pixels; the middle of the first pixel is (0, 0).
type Point struct{ X, Y float64 }

// Face is one face in a picture. Points are pixels of that picture.
type Face struct {
	Box   image.Rectangle // about from the brows to the chin
	Left  Point           // the middle of the eye on the left of the picture
	Right Point
	Mouth Point // its middle
	Chin  Point // its lowest point
	// Landmarks are the 68 points of the iBUG 300-W scheme in its order; nil
	// when the finder has none.
	Landmarks []Point
	Score     float64 // of the finder; larger is surer
}

// Finder finds faces. It is safe for concurrent use.
type Finder interface {
	// Find returns the faces of a picture, the surest first; only the first
	// has landmarks for certain. A picture without a face is no error, one
	// beyond the limits is ErrBadPicture.
	Find(img image.Image) ([]Face, error)
	// Model names what finds, with its version, for the dossier.
	Model() string
}

// EyeDistance is the distance of the eyes' middles, pixels.
func (f Face) EyeDistance() float64 {
	return math.Hypot(f.Right.X-f.Left.X, f.Right.Y-f.Left.Y)
}

// Roll is the angle of the eye line, degrees; clockwise on the picture is
// positive.
func (f Face) Roll() float64 {
	return math.Atan2(f.Right.Y-f.Left.Y, f.Right.X-f.Left.X) * 180 / math.Pi
}

// Eyes is the middle between the eyes.
func (f Face) Eyes() Point {
	return Point{(f.Left.X + f.Right.X) / 2, (f.Left.Y + f.Right.Y) / 2}
}

// chin is how far the chin is from the eyes, pixels.
func (f Face) chin() float64 {
	eyes := f.Eyes()
	return math.Hypot(f.Chin.X-eyes.X, f.Chin.Y-eyes.Y)
}

// plausible says that the face has a size to measure by.
func (f Face) plausible() bool {
	unit, chin := f.EyeDistance(), f.chin()
	return unit > 1 && unit < 2*MaxSide && chin > unit/4 && chin < 8*unit
}

// Moved is the face by that much elsewhere in the picture.
func (f Face) Moved(by image.Point) Face {
	f.Box = f.Box.Add(by)
	for _, p := range []*Point{&f.Left, &f.Right, &f.Mouth, &f.Chin} {
		*p = p.moved(by)
	}
	if f.Landmarks != nil {
		moved := make([]Point, len(f.Landmarks))
		for i, p := range f.Landmarks {
			moved[i] = p.moved(by)
		}
		f.Landmarks = moved
	}
	return f
}

func (p Point) moved(by image.Point) Point { return Point{p.X + float64(by.X), p.Y + float64(by.Y)} }
