package face

import (
	"image"
	"math"

	"github.com/tram-station/tram/mrz/gray"
)

// The patch on which light and sharpness are measured: the face upright,
// resampled to a fixed eye distance, so that the figures of two cameras can be
// compared. In eye distances from the middle of the eyes.
const (
	patchEyes   = 100 // eye distance in the patch, pixels
	patchHalf   = 0.85
	patchTop    = -0.45
	patchBottom = 1.40

	white = 252 // at and above: clipped
	black = 3   // at and below: clipped
)

// light is what the pixels of a face say, whatever the colour of its skin.
type light struct {
	sharpness float64 // variance of the Laplacian over the variance of lightness, ‰
	over      float64 // share of clipped white, %
	under     float64 // share of clipped black, %
	balance   float64 // difference between the halves over their sum, %
	contrast  float64 // 5th to 95th percentile, grey levels
}

func lightOf(g *image.Gray, f Face) light {
	p := patch(g, f)
	w, h := p.Rect.Dx(), p.Rect.Dy()
	var histogram [256]int
	var sum, squares float64
	var halves [2]float64
	for y := range h {
		for x, v := range p.Pix[y*p.Stride : y*p.Stride+w] {
			histogram[v]++
			sum += float64(v)
			squares += float64(v) * float64(v)
			halves[x*2/w] += float64(v)
		}
	}
	n := float64(w * h)
	variance := squares/n - (sum/n)*(sum/n)
	return light{
		sharpness: 1000 * edges(p) / max(variance, 1),
		over:      100 * float64(count(histogram[white:])) / n,
		under:     100 * float64(count(histogram[:black+1])) / n,
		balance:   100 * math.Abs(halves[0]-halves[1]) / max(halves[0]+halves[1], 1),
		contrast:  float64(percentile(&histogram, n*0.95) - percentile(&histogram, n*0.05)),
	}
}

// patch resamples the face upright. A picture much finer than the patch is
// averaged down first, so that its noise does not count as detail.
func patch(g *image.Gray, f Face) *image.Gray {
	k := max(1, int(f.EyeDistance()/patchEyes))
	g = gray.Shrink(g, k)
	eyes, unit := f.Eyes(), f.EyeDistance()
	sin, cos := math.Sincos(f.Roll() * math.Pi / 180)
	w, h := int(2*patchHalf*patchEyes), int((patchBottom-patchTop)*patchEyes)
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		v := (float64(y)/patchEyes + patchTop) * unit
		for x := range w {
			u := (float64(x)/patchEyes - patchHalf) * unit
			px, py := eyes.X+u*cos-v*sin, eyes.Y+u*sin+v*cos
			out.Pix[y*out.Stride+x] = uint8(bilinear(g, px/float64(k), py/float64(k)) + 0.5)
		}
	}
	return out
}

// edges is the variance of the Laplacian.
func edges(g *image.Gray) float64 {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	var sum, squares float64
	for y := 1; y < h-1; y++ {
		row := g.Pix[y*g.Stride:]
		up, down := g.Pix[(y-1)*g.Stride:], g.Pix[(y+1)*g.Stride:]
		for x := 1; x < w-1; x++ {
			l := float64(int(row[x-1]) + int(row[x+1]) + int(up[x]) + int(down[x]) - 4*int(row[x]))
			sum += l
			squares += l * l
		}
	}
	n := float64((w - 2) * (h - 2))
	return squares/n - (sum/n)*(sum/n)
}

func count(bins []int) (n int) {
	for _, b := range bins {
		n += b
	}
	return n
}

// percentile is the first grey level below which n pixels lie.
func percentile(histogram *[256]int, n float64) int {
	seen := 0
	for v, c := range histogram {
		if seen += c; float64(seen) >= n {
			return v
		}
	}
	return 255
}
