package finger

import (
	"image"
	"math"

	"github.com/tram-station/tram/biometrics"
)

// Algorithm names the score of [Judge], with its version: scores of different
// algorithms are never compared.
const Algorithm = "tram-ridge/1"

// printBlock is the side of a block in pixels: about two ridges at 500 dpi.
const printBlock = 16

// Judge scores a print by what a matcher needs: how large the area of
// clear ridges is, how well ridges keep one direction, and how far ridge and
// valley differ. dpi is the true density; the image is not changed. It is a
// first score of the project's own, not NFIQ 2.
func Judge(img *image.Gray, dpi int) biometrics.PrintQuality {
	b := img.Bounds()
	var ridged, clarity, contrast float64
	for y := b.Min.Y; y+printBlock <= b.Max.Y; y += printBlock {
		for x := b.Min.X; x+printBlock <= b.Max.X; x += printBlock {
			c, k := blockRidges(img, x, y)
			if k < 0.15 || c < 0.25 {
				continue // empty ground, or a smear without direction
			}
			ridged++
			clarity += c
			contrast += k
		}
	}
	if ridged > 0 {
		clarity /= ridged
		contrast /= ridged
	}
	blockInches := float64(printBlock) / float64(max(dpi, 1))
	area := ridged * blockInches * blockInches * 25.4 * 25.4 // mm²
	measures := []biometrics.Measure{
		measure("ridge-area-mm2", area, 40, 160),
		measure("ridge-clarity", clarity, 0.35, 0.8),
		measure("ridge-contrast", contrast, 0.2, 0.6),
	}
	score := 100.0
	for _, m := range measures {
		score = min(score, float64(m.Score))
	}
	return biometrics.PrintQuality{Score: int(score), Algorithm: Algorithm, Measures: measures}
}

// blockRidges returns the coherence of the gradient (0 to 1: one direction)
// and the contrast (spread of grey over full scale) of one block.
func blockRidges(img *image.Gray, x0, y0 int) (coherence, contrast float64) {
	var gxx, gyy, gxy, sum, sum2 float64
	for y := y0; y < y0+printBlock; y++ {
		for x := x0; x < x0+printBlock; x++ {
			v := float64(img.GrayAt(x, y).Y)
			sum += v
			sum2 += v * v
			gx := float64(img.GrayAt(x+1, y).Y) - float64(img.GrayAt(x-1, y).Y)
			gy := float64(img.GrayAt(x, y+1).Y) - float64(img.GrayAt(x, y-1).Y)
			gxx += gx * gx
			gyy += gy * gy
			gxy += gx * gy
		}
	}
	const n = printBlock * printBlock
	deviation := math.Sqrt(max(sum2/n-(sum/n)*(sum/n), 0))
	if gxx+gyy == 0 {
		return 0, 0
	}
	return math.Hypot(gxx-gyy, 2*gxy) / (gxx + gyy), deviation / 127.5
}

// measure scores v linearly from lo (0) to hi (100).
func measure(name string, v, lo, hi float64) biometrics.Measure {
	s := int(math.Round(100 * min(max((v-lo)/(hi-lo), 0), 1)))
	return biometrics.Measure{Name: name, Native: math.Round(v*1000) / 1000, Score: s, OK: s > 0}
}
