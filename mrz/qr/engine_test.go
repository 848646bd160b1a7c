package qr

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"testing"

	"github.com/tram-station/tram/mrz/gray"
)

// bent draws a picture as if the card were bent like a wave of that height.
func bent(g *image.Gray, height, length float64) *image.Gray {
	out := image.NewGray(g.Rect)
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			at := float64(y) + 0.5 + height*math.Sin(2*math.Pi*float64(x)/length)
			out.Pix[y*out.Stride+x] = uint8(gray.Bilinear(g, float64(x)+0.5, at))
		}
	}
	return out
}

// covered draws white squares of that many modules around points of a code that
// lies upright in the middle.
func covered(g *image.Gray, module float64, n int, side float64, at ...[2]float64) {
	middle := g.Rect.Min.Add(g.Rect.Size().Div(2))
	for _, p := range at {
		x := float64(middle.X) + (p[0]-float64(n)/2)*module
		y := float64(middle.Y) + (p[1]-float64(n)/2)*module
		h := side / 2 * module
		draw.Draw(g, image.Rect(int(x-h), int(y-h), int(x+h), int(y+h)), image.NewUniform(color.White), image.Point{}, draw.Src)
	}
}

// What one stage of the engine alone makes readable.
func TestEngine(t *testing.T) {
	n := len(modules(t, thu))
	flat := func() *image.Gray {
		g, _ := shot{width: 480, height: 480, module: 6}.draw(t, newRand(), thu)
		return g
	}
	last := float64(n) - 6.5 // the alignment pattern at the lower right
	noAlignment, scratched, worn := flat(), flat(), flat()
	covered(noAlignment, 6, n, 5, [2]float64{last, last})
	// The light and dark rings of a finder pattern are gone at one side.
	covered(scratched, 6, n, 2.2, [2]float64{float64(n) - 3.5, 1.5}, [2]float64{float64(n) - 1.5, 3.5})
	covered(worn, 6, n, 4.5, [2]float64{20, 20}, [2]float64{30, 24}, [2]float64{14, 31})
	for name, g := range map[string]*image.Gray{
		"bent":                        bent(flat(), 12, 700),
		"wavy":                        bent(flat(), 3, 300),
		"without the alignment":       noAlignment,
		"a finder pattern scratched":  scratched,
		"modules covered: erasures":   worn,
		"a pixel and a half a module": gray.Half(gray.Half(flat())),
	} {
		var e engine
		codes, _ := e.still(g)
		if len(codes) != 1 {
			t.Errorf("%s: %d codes", name, len(codes))
			continue
		}
		s, err := readStream(codes[0].data, codes[0].version())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if _, text := s.content(); text != thu {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// A symbol of which too much is covered is not read into something.
func TestEngineNotRead(t *testing.T) {
	n := len(modules(t, thu))
	g, _ := shot{width: 480, height: 480, module: 6}.draw(t, newRand(), thu)
	covered(g, 6, n, 25, [2]float64{float64(n) / 2, float64(n) / 2})
	var e engine
	codes, unread := e.still(g)
	if len(codes) != 0 || len(unread) == 0 {
		t.Error(codes, unread)
	}
}
