package face

import (
	"image"
	"math"

	"github.com/tram-station/tram/mrz/gray"
)

// The patch on which exposure and sharpness are measured: the face upright,
// resampled to a fixed eye distance, so that the figures of two cameras can be
// compared. In eye distances from the middle of the eyes.
const (
	patchEyes   = 100 // eye distance in the patch, pixels
	patchHalf   = 0.85
	patchTop    = -0.45
	patchBottom = 1.40
)

// patch is the lightness of a face.
type patch struct {
	*image.Gray
	histogram [256]int
	blocks    float64 // steps between the blocks of a JPEG over those within
}

// patchOf resamples the face upright. A picture much finer than the patch is
// averaged down first, so that its noise does not count as detail.
func patchOf(img image.Image, f Face) patch {
	g, at := around(img, f)
	out := patch{
		Gray:   image.NewGray(image.Rect(0, 0, int(2*patchHalf*patchEyes), int((patchBottom-patchTop)*patchEyes))),
		blocks: blockiness(g, at.Sub(img.Bounds().Min)),
	}
	f = f.Moved(image.Point{}.Sub(at))
	k := max(1, min(int(f.EyeDistance()/patchEyes), g.Rect.Dx(), g.Rect.Dy()))
	g = gray.Shrink(g, k)
	up, scale := uprightOf(f), f.EyeDistance()/patchEyes
	for y := range out.Rect.Dy() {
		v := (float64(y) + patchTop*patchEyes) * scale
		row := out.Pix[y*out.Stride : y*out.Stride+out.Rect.Dx()]
		for x := range row {
			px, py := up.at((float64(x)-patchHalf*patchEyes)*scale, v)
			row[x] = uint8(bilinear(g, px/float64(k), py/float64(k)) + 0.5)
			out.histogram[row[x]]++
		}
	}
	return out
}

// around is the lightness of the part of the picture that the patch needs, and
// where that begins.
func around(img image.Image, f Face) (g *image.Gray, at image.Point) {
	b := img.Bounds()
	eyes, reach := f.Eyes(), int(math.Hypot(patchHalf, patchBottom)*f.EyeDistance())+2
	need := image.Rect(int(eyes.X)-reach, int(eyes.Y)-reach, int(eyes.X)+reach, int(eyes.Y)+reach).Intersect(b)
	if need.Empty() {
		return gray.From(img), b.Min
	}
	if part, ok := img.(interface {
		SubImage(r image.Rectangle) image.Image
	}); ok {
		return gray.From(part.SubImage(need)), need.Min
	}
	return gray.From(gray.From(img).SubImage(need.Sub(b.Min))), need.Min
}

// share is the share of pixels between two grey levels, both included.
func (p *patch) share(from, to int) float64 {
	n := 0
	for _, c := range p.histogram[from : to+1] {
		n += c
	}
	return float64(n) / float64(len(p.Pix))
}

// percentile is the grey level that the share q of the pixels does not exceed.
func (p *patch) percentile(q float64) int {
	seen := 0
	for v, c := range p.histogram {
		if seen += c; float64(seen) >= q*float64(len(p.Pix)) {
			return v
		}
	}
	return 255
}

// upright turns face coordinates into those of the picture: u to the right
// along the eye line and v down to the chin, from the middle of the eyes.
type upright struct {
	middle   Point
	sin, cos float64
}

func uprightOf(f Face) upright {
	sin, cos := math.Sincos(f.Roll() * math.Pi / 180)
	return upright{f.Eyes(), sin, cos}
}

// at returns the place in the picture; u and v are pixels of the picture.
func (t upright) at(u, v float64) (x, y float64) {
	return t.middle.X + u*t.cos - v*t.sin, t.middle.Y + u*t.sin + v*t.cos
}

// in is the way back.
func (t upright) in(p Point) (u, v float64) {
	x, y := p.X-t.middle.X, p.Y-t.middle.Y
	return x*t.cos + y*t.sin, y*t.cos - x*t.sin
}
