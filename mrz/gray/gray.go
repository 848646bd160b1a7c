// Package gray turns pictures of a card into grey values and resizes them, for
// the decoders of codes and of machine-readable zones.
package gray

import (
	"errors"
	"fmt"
	"image"
	"image/color"
)

// Limits of an image. A phone's camera has 50 megapixels at most.
const (
	MaxPixels = 50 << 20
	MaxSide   = 1 << 14
)

// ErrTooLarge says that an image is beyond MaxPixels or MaxSide.
var ErrTooLarge = errors.New("the image is too large: send one of at most 50 megapixels")

// CheckSize returns ErrTooLarge for an image of that size, before anybody
// decodes it.
func CheckSize(width, height int) error {
	if width <= 0 || height <= 0 || width > MaxSide || height > MaxSide || width*height > MaxPixels {
		return fmt.Errorf("%w (%d × %d)", ErrTooLarge, width, height)
	}
	return nil
}

// From returns the luminance of img over white, tightly packed and starting
// at the origin.
func From(img image.Image) *image.Gray {
	b := img.Bounds()
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		row := g.Pix[y*g.Stride : y*g.Stride+b.Dx()]
		switch src := img.(type) {
		case *image.Gray:
			copy(row, src.Pix[src.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.YCbCr:
			copy(row, src.Y[src.YOffset(b.Min.X, b.Min.Y+y):])
		case *image.RGBA:
			pix := src.Pix[src.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range row {
				p := pix[4*x : 4*x+4 : 4*x+4]
				row[x] = luma(p[0], p[1], p[2]) + 255 - p[3]
			}
		case *image.NRGBA:
			pix := src.Pix[src.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range row {
				p := pix[4*x : 4*x+4 : 4*x+4]
				row[x] = uint8(uint32(luma(p[0], p[1], p[2]))*uint32(p[3])/255) + 255 - p[3]
			}
		default:
			for x := range row {
				row[x] = overWhite(img.At(b.Min.X+x, b.Min.Y+y))
			}
		}
	}
	return g
}

// luma is the brightness by ITU-R BT.601. It is never above the largest of
// the three, so that a premultiplied colour stays at or below its alpha.
func luma(r, g, b uint8) uint8 {
	return uint8((299*uint32(r) + 587*uint32(g) + 114*uint32(b)) / 1000)
}

func overWhite(c color.Color) uint8 {
	r, g, b, a := c.RGBA() // premultiplied
	return luma(uint8(r>>8), uint8(g>>8), uint8(b>>8)) + 255 - uint8(a>>8)
}

// Shrink averages squares of k by k pixels; below 2 it returns g itself.
func Shrink(g *image.Gray, k int) *image.Gray {
	if k <= 1 {
		return g
	}
	w, h := g.Rect.Dx()/k, g.Rect.Dy()/k
	out := image.NewGray(image.Rect(0, 0, w, h))
	sums := make([]uint32, w)
	for y := range h {
		clear(sums)
		for dy := range k {
			row := g.Pix[(y*k+dy)*g.Stride:]
			for x := range w {
				for _, v := range row[x*k : x*k+k] {
					sums[x] += uint32(v)
				}
			}
		}
		for x, s := range sums {
			out.Pix[y*out.Stride+x] = uint8(s / uint32(k*k))
		}
	}
	return out
}

// Half averages squares of four pixels.
func Half(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx()/2, g.Rect.Dy()/2
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		upper := g.Pix[2*y*g.Stride:]
		lower := g.Pix[(2*y+1)*g.Stride:]
		row := out.Pix[y*out.Stride : y*out.Stride+w]
		for x := range row {
			sum := int(upper[2*x]) + int(upper[2*x+1]) + int(lower[2*x]) + int(lower[2*x+1])
			row[x] = uint8(sum / 4)
		}
	}
	return out
}

// Double doubles the image with bilinear interpolation.
func Double(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, 2*w, 2*h))
	for y := range 2 * h {
		near, far := neighbours(y, h)
		a, b := g.Pix[near*g.Stride:near*g.Stride+w], g.Pix[far*g.Stride:far*g.Stride+w]
		row := out.Pix[y*out.Stride : y*out.Stride+2*w]
		for x := range row {
			n, f := neighbours(x, w)
			row[x] = uint8((9*int(a[n]) + 3*int(a[f]) + 3*int(b[n]) + int(b[f])) / 16)
		}
	}
	return out
}

// neighbours returns the source pixels at a quarter and at three quarters of a
// pixel from the doubled position.
func neighbours(i, n int) (near, far int) {
	near = i / 2
	if i%2 == 0 {
		return near, max(near-1, 0)
	}
	return near, min(near+1, n-1)
}
