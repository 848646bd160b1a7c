package face

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// The portrait: 3:4, at most 480×640, the head 70 to 80 % of its height.
const (
	Width    = 480
	Height   = 640
	MaxBytes = 60_000 // of its JPEG

	chinOfHeight = 0.38 // eyes to chin, of the portrait's height
	eyesOfHeight = 0.46 // eye line from above, of the portrait's height

	maxOverhang = 0.08 // how far a cut may leave its picture and be moved back
)

// Errors of cutting and packing.
var (
	// ErrTooSmall says that the portrait would have to be blown up.
	ErrTooSmall = errors.New("face too small for a portrait: come closer to the camera")
	// ErrNoRoom says that the portrait would reach beyond the picture.
	ErrNoRoom = errors.New("face too near the edge for a portrait: move to the middle")
	// ErrTooLarge says that no quality makes the JPEG small enough.
	ErrTooLarge = errors.New("portrait does not fit its size in bytes")
)

// cut is where a portrait is cut out: an upright 3:4 frame that is turned by
// roll about its middle.
type cut struct {
	middle Point
	height float64
	roll   float64 // radians
}

// cutOf places the frame by the chin: by the eye distance alone few heads get
// the height they should have.
func cutOf(f Face) cut {
	eyes := f.Eyes()
	chin := math.Hypot(f.Chin.X-eyes.X, f.Chin.Y-eyes.Y)
	c := cut{height: chin / chinOfHeight, roll: f.Roll() * math.Pi / 180}
	sin, cos := math.Sincos(c.roll)
	down := (0.5 - eyesOfHeight) * c.height
	c.middle = Point{eyes.X - down*sin, eyes.Y + down*cos}
	return c
}

func (c cut) width() float64 { return c.height * Width / Height }

// overhang is how far the unturned frame reaches beyond a picture of that
// size, of the frame's height.
func (c cut) overhang(size image.Point) float64 {
	x := max(c.width()/2-c.middle.X, c.middle.X+c.width()/2-float64(size.X))
	y := max(c.height/2-c.middle.Y, c.middle.Y+c.height/2-float64(size.Y))
	return max(x, y, 0) / c.height
}

// inside moves, and if need be narrows, the frame into the picture, so that
// the portrait holds no invented pixels.
func (c cut) inside(size image.Point) cut {
	c.height = min(c.height, float64(size.Y), float64(size.X)*Height/Width)
	c.middle.X = min(max(c.middle.X, c.width()/2), float64(size.X)-c.width()/2)
	c.middle.Y = min(max(c.middle.Y, c.height/2), float64(size.Y)-c.height/2)
	return c
}

// Crop cuts the portrait of the face out of the picture it was found in:
// upright, 3:4, 480×640 pixels or less when the picture holds no more.
// Nothing is blown up: below [MinEyeDistance] it is [ErrTooSmall].
func Crop(img image.Image, f Face) (*image.RGBA, error) {
	if d := f.EyeDistance(); d < MinEyeDistance {
		return nil, fmt.Errorf("%w (eye distance %.0f px, want %d)", ErrTooSmall, d, MinEyeDistance)
	}
	b := img.Bounds()
	c := cutOf(f.Moved(image.Point{}.Sub(b.Min)))
	if c.overhang(b.Size()) > maxOverhang {
		return nil, ErrNoRoom
	}
	return c.inside(b.Size()).from(img), nil
}

// CropMiddle cuts the largest upright 3:4 frame out of the middle: the
// officer's way when the detector finds no face.
func CropMiddle(img image.Image) (*image.RGBA, error) {
	size := img.Bounds().Size()
	c := cut{middle: Point{float64(size.X) / 2, float64(size.Y) / 2}, height: math.Inf(1)}.inside(size)
	if c.height < Height/2 {
		return nil, fmt.Errorf("%w (picture %d×%d px)", ErrTooSmall, size.X, size.Y)
	}
	return c.from(img), nil
}

// from resamples the frame; at the rim that a turn lays bare, the picture's
// own rim goes on.
func (c cut) from(img image.Image) *image.RGBA {
	quarter := int(min(math.Floor(c.height/4), Height/4)) // 3:4 in whole pixels
	dst := image.NewRGBA(image.Rect(0, 0, 3*quarter, 4*quarter))
	scale := float64(dst.Rect.Dy()) / c.height
	b := img.Bounds()
	sin, cos := math.Sincos(-c.roll)
	mx, my := c.middle.X+float64(b.Min.X), c.middle.Y+float64(b.Min.Y)
	w, h := float64(dst.Rect.Dx()), float64(dst.Rect.Dy())
	toDst := f64.Aff3{
		scale * cos, -scale * sin, w/2 - scale*(cos*mx-sin*my),
		scale * sin, scale * cos, h/2 - scale*(sin*mx+cos*my),
	}
	draw.CatmullRom.Transform(dst, toDst, img, b, draw.Src, nil)
	fillRim(dst)
	return dst
}

// fillRim gives pixels that the picture did not cover the colour of their
// nearest covered neighbour in the row.
func fillRim(img *image.RGBA) {
	w := img.Rect.Dx()
	for y := range img.Rect.Dy() {
		row := img.Pix[y*img.Stride : y*img.Stride+4*w]
		first, last := -1, -1
		for x := range w {
			if row[4*x+3] == 255 {
				if first < 0 {
					first = x
				}
				last = x
			}
		}
		if first < 0 {
			if y > 0 {
				copy(row, img.Pix[(y-1)*img.Stride:])
			}
			continue
		}
		for x := range first {
			copy(row[4*x:4*x+4], row[4*first:4*first+4])
		}
		for x := last + 1; x < w; x++ {
			copy(row[4*x:4*x+4], row[4*last:4*last+4])
		}
	}
}

// EncodeJPEG packs a picture in the best quality that fits into maxBytes, and
// returns the quality: 95 at most, 40 at least.
func EncodeJPEG(img image.Image, maxBytes int) ([]byte, int, error) {
	const least, most = 40, 95
	var best []byte
	var quality int
	for q, low, high := most, least, most; low <= high; q = (low + high) / 2 { // many fit at once
		b, err := encode(img, q)
		if err != nil {
			return nil, 0, err
		}
		if len(b) <= maxBytes {
			best, quality, low = b, q, q+1
		} else {
			high = q - 1
		}
	}
	if best == nil {
		return nil, 0, fmt.Errorf("%w (%d bytes)", ErrTooLarge, maxBytes)
	}
	return best, quality, nil
}

func encode(img image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("face: encode JPEG: %w", err)
	}
	return b.Bytes(), nil
}
