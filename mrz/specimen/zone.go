package specimen

import (
	"errors"
	"fmt"
	"image"
	"math"
	"os"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// ErrNoFont says that zones cannot be printed.
var ErrNoFont = errors.New("the font OCR-B is not installed: apt-get install fonts-ocr-b")

// Where Debian's fonts-ocr-b puts OCR-B, and the cut with sharp corners: the
// library does not know one drawing operator that a few characters of the first
// use (8, <), and takes these from the second.
const (
	fontRounded = "/usr/share/fonts/opentype/ocr-b/OCRB.otf"
	fontSharp   = "/usr/share/fonts/opentype/ocr-b/OCRBS.otf"
)

// The print of a zone, in millimetres: OCR-B with ten characters an inch (Doc
// 9303-3), and lines from six an inch to somewhat farther apart.
const (
	pitch       = 2.54
	leastLead   = 25.4 / 6
	mostLead    = 4.9
	zoneMargin  = 4
	capital     = 0.71 // height of a capital, of the size of the font
	fontAdvance = 0.723
)

// printZone prints the lines at the foot of the document and returns where they
// stand: from the top of the first line to the foot of the last.
func (c *card) printZone(lines []string) (image.Rectangle, error) {
	var faces []font.Face
	size := pitch / fontAdvance // millimetres
	for _, file := range []string{fontRounded, fontSharp} {
		b, err := os.ReadFile(file)
		if err != nil {
			return image.Rectangle{}, fmt.Errorf("%w (%w)", ErrNoFont, err)
		}
		face, err := newFace(b, size*c.pm)
		if err != nil {
			return image.Rectangle{}, fmt.Errorf("%w (%s: %w)", ErrNoFont, file, err)
		}
		faces = append(faces, face)
	}
	lead := between(c.rng, leastLead, mostLead)
	ink := 15 + c.rng.IntN(46)
	foot := c.high - between(c.rng, 4, 6)
	top := foot - lead*float64(len(lines)-1) - size*capital
	for i, line := range lines {
		y := foot - lead*float64(len(lines)-1-i)
		for k, r := range line {
			x := zoneMargin + pitch*float64(k)
			if !c.glyph(faces[0], r, x, y, ink) && !c.glyph(faces[1], r, x, y, ink) {
				return image.Rectangle{}, fmt.Errorf("%w (it has no %c)", ErrNoFont, r)
			}
		}
	}
	r := c.rect(zoneMargin, top, pitch*float64(len(lines[0])), foot-top)
	return r, nil
}

// newFace returns a font at that size in pixels.
func newFace(data []byte, pixels float64) (font.Face, error) {
	f, err := opentype.Parse(data)
	if err != nil {
		return nil, err
	}
	const pointsPerInch = 72
	return opentype.NewFace(f, &opentype.FaceOptions{Size: pixels, DPI: pointsPerInch, Hinting: font.HintingNone})
}

// glyph prints one character with its base line at y, in millimetres. It
// returns false where the font cannot draw it.
func (c *card) glyph(face font.Face, r rune, x, y float64, ink int) bool {
	dot := fixed.Point26_6{X: fixed.Int26_6(math.Round(x * c.pm * 64)), Y: fixed.Int26_6(math.Round(y * c.pm * 64))}
	at, mask, origin, _, ok := face.Glyph(dot, r)
	if !ok {
		return false
	}
	alpha, ok := mask.(*image.Alpha)
	if !ok {
		return false
	}
	for v := at.Min.Y; v < at.Max.Y; v++ {
		for u := at.Min.X; u < at.Max.X; u++ {
			if !image.Pt(u, v).In(c.img.Rect) {
				continue
			}
			cover := int(alpha.AlphaAt(origin.X+u-at.Min.X, origin.Y+v-at.Min.Y).A)
			p := &c.img.Pix[v*c.img.Stride+u]
			*p = uint8((int(*p)*(255-cover) + ink*cover) / 255)
		}
	}
	return true
}

// text prints a line of ASCII (the Go fonts lack some Vietnamese letters) with
// its base line at y; x, y and the size of the font in millimetres.
func (c *card) text(x, y, size float64, ink int, line string) {
	face, err := newFace(goregular.TTF, size*c.pm)
	if err != nil {
		panic("specimen: the Go font is damaged: " + err.Error())
	}
	for _, r := range line {
		c.glyph(face, r, x, y, ink)
		advance, _ := face.GlyphAdvance(r)
		x += float64(advance) / 64 / c.pm
	}
}
