package enrol

import (
	"bytes"
	"image"
	"image/jpeg"
)

// What a signature is, at least: so many grey levels between ink and paper, on
// so small a part of the picture. A dot of the pen is less.
const (
	inkLevels    = 64
	inkPart      = 4000
	maxInkPixels = 1 << 22 // of a picture that is looked at
)

// unwritten refuses the picture of a signature that nobody wrote: white, black,
// or of any other one colour. What else may be wrong with a page, attach says.
func unwritten(picture []byte, w, h int) *Problem {
	if len(picture) > MaxPageBytes || w <= 0 || h <= 0 || w > maxInkPixels/h {
		return problem("page-too-large")
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(picture)); err != nil || c.Width != w || c.Height != h {
		return problem("bad-page")
	}
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return problem("bad-page")
	}
	var levels [256]int // how often each brightness is there
	switch m := img.(type) {
	case *image.Gray:
		levels = brightness(m.Pix, m.Stride, w, h)
	case *image.YCbCr:
		levels = brightness(m.Y, m.YStride, w, h)
	default: // four inks: no page of ours
		return problem("bad-page")
	}
	if ink := inkOn(levels); ink == 0 || ink < w*h/inkPart {
		return problem("blank-signature")
	}
	return nil
}

func brightness(pixels []byte, stride, w, h int) (levels [256]int) {
	for y := range h {
		for _, level := range pixels[y*stride : y*stride+w] {
			levels[level]++
		}
	}
	return levels
}

// inkOn counts the pixels that stand out from the paper, which most of them are.
func inkOn(levels [256]int) (ink int) {
	paper := 0
	for level, n := range levels {
		if n > levels[paper] {
			paper = level
		}
	}
	for level, n := range levels {
		if max(level-paper, paper-level) >= inkLevels {
			ink += n
		}
	}
	return ink
}
