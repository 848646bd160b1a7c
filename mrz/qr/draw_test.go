package qr

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// An invented person, as the card of 2021 prints him.
const thu = "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Số 5, Ngõ 10 Phố Mẫu, Phường Thử, Ba Đình, Hà Nội|20052021"

// shot says how a code is photographed.
type shot struct {
	width, height int
	module        float64 // pixels a module
	turn          float64 // degrees
	blur          int     // half the side of a box, in pixels
	noise         float64 // standard deviation, grey levels
	gradient      float64 // grey levels across the picture
	at            image.Point
}

// modules returns the code of a text: level M, UTF-8 in byte mode without ECI,
// as the cards have it.
func modules(t testing.TB, text string) [][]bool {
	t.Helper()
	code, err := encoder.Encoder_encode(text, decoder.ErrorCorrectionLevel_M, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := code.GetMatrix()
	out := make([][]bool, m.GetHeight())
	for y := range out {
		out[y] = make([]bool, m.GetWidth())
		for x := range out[y] {
			out[y][x] = m.Get(x, y) == 1
		}
	}
	return out
}

// draw photographs codes side by side, each centred in its share of the width,
// and returns the picture and the true centre of each.
func (s shot) draw(t testing.TB, rng *rand.Rand, texts ...string) (*image.Gray, []image.Point) {
	t.Helper()
	g := image.NewGray(image.Rect(s.at.X, s.at.Y, s.at.X+s.width, s.at.Y+s.height))
	sin, cos := math.Sincos(s.turn * math.Pi / 180)
	share := float64(s.width) / float64(len(texts))
	var centres []image.Point
	codes := make([][][]bool, len(texts))
	for i, text := range texts {
		codes[i] = modules(t, text)
		centres = append(centres, s.at.Add(image.Pt(int(share*(float64(i)+0.5)), s.height/2)))
	}
	sub := 3 // samples a pixel, each way
	if s.module > 8 {
		sub = 1
	}
	for y := range s.height {
		for x := range s.width {
			i := min(int(float64(x)/share), len(texts)-1)
			n := float64(len(codes[i]))
			var sum float64
			for k := range sub * sub {
				dx := float64(x) + (float64(k%sub)+0.5)/float64(sub) - share*(float64(i)+0.5)
				dy := float64(y) + (float64(k/sub)+0.5)/float64(sub) - float64(s.height)/2
				u := int(math.Floor((dx*cos+dy*sin)/s.module + n/2))
				v := int(math.Floor((dy*cos-dx*sin)/s.module + n/2))
				level := 220.0
				if u >= 0 && v >= 0 && u < len(codes[i]) && v < len(codes[i]) && codes[i][v][u] {
					level = 40
				}
				sum += level
			}
			level := sum/float64(sub*sub) + s.gradient*(float64(x)/float64(s.width)-0.5)
			g.Pix[y*g.Stride+x] = clamp(level)
		}
	}
	for range 2 {
		g = blurred(g, s.blur)
	}
	for i, p := range g.Pix {
		g.Pix[i] = clamp(float64(p) + rng.NormFloat64()*s.noise)
	}
	return g, centres
}

func clamp(v float64) uint8 { return uint8(max(0, min(255, math.Round(v)))) }

// blurred averages over a box of 2·half+1 pixels.
func blurred(g *image.Gray, half int) *image.Gray {
	if half == 0 {
		return g
	}
	w, h := g.Rect.Dx(), g.Rect.Dy()
	for _, horizontal := range []bool{true, false} {
		out := image.NewGray(g.Rect)
		for y := range h {
			for x := range w {
				sum := 0
				for d := -half; d <= half; d++ {
					if horizontal {
						sum += int(g.Pix[y*g.Stride+max(0, min(w-1, x+d))])
					} else {
						sum += int(g.Pix[max(0, min(h-1, y+d))*g.Stride+x])
					}
				}
				out.Pix[y*g.Stride+x] = uint8(sum / (2*half + 1))
			}
		}
		g = out
	}
	return g
}

// person returns the payload of an invented person.
func person(rng *rand.Rand) string {
	given := []string{"Thử", "Mẫu", "Ví Dụ", "Giả", "Ưng Ửng", "Đình Đức"}
	return fmt.Sprintf("0%02d%d%02d99%04d|%09d|Nguyễn Văn %s|%02d%02d19%02d|Nam|Số %d, Phố Mẫu, Phường Thử, Quận Đống Đa, Hà Nội|%02d052021",
		1+rng.IntN(95), 0, rng.IntN(99), rng.IntN(9999), rng.IntN(1e9), given[rng.IntN(len(given))],
		1+rng.IntN(28), 1+rng.IntN(12), rng.IntN(99), 1+rng.IntN(200), 1+rng.IntN(28))
}
