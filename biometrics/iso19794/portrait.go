package iso19794

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"image/jpeg"
	"math"
)

// Geometry of frontal pictures (ISO/IEC 19794-5:2005 §8 and §9).
const (
	minEyeDistance       = 90 // pixels, full frontal
	minAspect, maxAspect = 1.25 - aspectSlack, 1.34 + aspectSlack
	aspectSlack          = 0.01 // a row or a column of pixels

	minTokenWidth = 240
	tokenHeight   = 1 / 0.75   // of the width
	tokenEyeLine  = 0.6        // from above, of the width
	tokenEye      = 0.5 - 1./8 // the left one of the picture, of the width
	tokenSlack    = 2          // pixels
)

// How JPEG 2000 begins, in its file format and bare.
const (
	jp2File       = "\x00\x00\x00\x0CjP  \r\n\x87\n"
	jp2Codestream = "\xFF\x4F\xFF\x51"
)

// ErrStatement says that a face's record and its picture disagree, or that the
// picture is not of the kind it is said to be.
var ErrStatement = errors.New("the picture is not as its record says")

// NewFace returns the face of a JPEG picture; size and colour space are read
// from its header. The caller adds what it knows of the person, the points, and
// the source.
func NewFace(kind FaceKind, img []byte) (*Face, error) {
	f := &Face{Kind: kind, Coding: JPEG, Image: img}
	var err error
	if f.Width, f.Height, f.Colour, err = inspect(img); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFace, err)
	}
	if err := f.fits(); err != nil {
		return nil, err
	}
	return f, nil
}

// inspect reads the header of a JPEG picture.
func inspect(img []byte) (w, h int, colour ColourSpace, err error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(img))
	if err != nil {
		return 0, 0, 0, err
	}
	switch c.ColorModel {
	case color.GrayModel:
		return c.Width, c.Height, Grey8, nil
	case color.YCbCrModel, color.RGBAModel:
		return c.Width, c.Height, RGB24, nil
	}
	return c.Width, c.Height, ColourOther, nil
}

// Check compares what the record says with its picture – of JPEG with the size
// and colours in its header, of JPEG 2000 with its first bytes alone – and, for
// a full frontal or a token one, with the geometry that such a picture has, as
// far as size and eyes tell. Errors are [ErrStatement].
func (f *Face) Check() error {
	switch f.Coding {
	case JPEG:
		w, h, colour, err := inspect(f.Image)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrStatement, err)
		}
		if w != f.Width || h != f.Height {
			return fmt.Errorf("%w: it is %d × %d, said to be %d × %d", ErrStatement, w, h, f.Width, f.Height)
		}
		if f.Colour != ColourUnspecified && f.Colour != ColourOther && (f.Colour == Grey8) != (colour == Grey8) {
			return fmt.Errorf("%w: grey is said to be colour, or colour grey", ErrStatement)
		}
	case JPEG2000:
		if !bytes.HasPrefix(f.Image, []byte(jp2File)) && !bytes.HasPrefix(f.Image, []byte(jp2Codestream)) {
			return fmt.Errorf("%w: it is not JPEG 2000", ErrStatement)
		}
	default:
		return fmt.Errorf("%w: coding %d", ErrStatement, f.Coding)
	}
	for _, p := range f.Points {
		if p.X >= f.Width || p.Y >= f.Height {
			return fmt.Errorf("%w: a point lies outside of it", ErrStatement)
		}
	}
	switch f.Kind {
	case FullFrontal:
		return f.checkFullFrontal()
	case TokenFrontal:
		return f.checkToken()
	}
	return nil
}

// checkFullFrontal applies §8.
func (f *Face) checkFullFrontal() error {
	if aspect := float64(f.Height) / float64(f.Width); aspect < minAspect || aspect > maxAspect {
		return fmt.Errorf("%w: full frontal is 1.25 to 1.34 times as high as wide, not %.2f", ErrStatement, aspect)
	}
	left, right, ok := f.eyes()
	if d := math.Hypot(float64(left.X-right.X), float64(left.Y-right.Y)); ok && d < minEyeDistance {
		return fmt.Errorf("%w: full frontal has %d pixels between the eyes, not %.0f", ErrStatement, minEyeDistance, d)
	}
	return nil
}

// checkToken applies §9.
func (f *Face) checkToken() error {
	w := float64(f.Width)
	if f.Width < minTokenWidth || math.Abs(float64(f.Height)-w*tokenHeight) > tokenSlack {
		return fmt.Errorf("%w: a token picture is %d pixels wide at least and 4:3, not %d × %d", ErrStatement, minTokenWidth, f.Width, f.Height)
	}
	left, right, ok := f.eyes()
	at := func(p FacePoint, x float64) bool {
		return math.Abs(float64(p.X)-x*w) <= tokenSlack && math.Abs(float64(p.Y)-tokenEyeLine*w) <= tokenSlack
	}
	if ok && (!at(right, tokenEye) || !at(left, 1-tokenEye)) {
		return fmt.Errorf("%w: the eyes are not where a token picture has them", ErrStatement)
	}
	return nil
}

// eyes returns the points of the person's eyes, if both are there.
func (f *Face) eyes() (left, right FacePoint, ok bool) {
	var found int
	for _, p := range f.Points {
		switch {
		case p.Type == MPEG4 && p.Code == PointEyeLeft:
			left, found = p, found|1
		case p.Type == MPEG4 && p.Code == PointEyeRight:
			right, found = p, found|2
		}
	}
	return left, right, found == 3
}
