package specimen

import (
	"image"
	"math"
	"math/rand/v2"
)

// desk draws what lies below a card: wood, and some of the things of an
// office.
func desk(rng *rand.Rand, w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	base := 40 + rng.IntN(120)
	grain, drift := make([]int, h), 0
	for y := range grain {
		drift += rng.IntN(5) - 2
		drift = max(-25, min(25, drift))
		grain[y] = base + drift
	}
	phase := between(rng, 0, 6)
	for x := range w {
		bend := int(math.Round(6 * math.Sin(float64(x)/180+phase)))
		for y := range h {
			g.Pix[y*g.Stride+x] = tone(grain[max(0, min(h-1, y+bend))])
		}
	}
	for range rng.IntN(4) {
		x, y := rng.IntN(w), rng.IntN(h)
		switch rng.IntN(3) {
		case 0:
			paper(rng, g, image.Pt(x, y))
		case 1:
			pen(rng, g, image.Pt(x, y))
		default:
			keyboard(rng, g, image.Pt(x, y))
		}
	}
	return g
}

// paper lays down a sheet with ruled lines.
func paper(rng *rand.Rand, g *image.Gray, at image.Point) {
	r := image.Rect(at.X, at.Y, at.X+150+rng.IntN(400), at.Y+100+rng.IntN(400))
	fill(g, r, 200+rng.IntN(50))
	gap := 8 + rng.IntN(20)
	for y := r.Min.Y + gap; y < r.Max.Y-gap; y += gap {
		fill(g, image.Rect(r.Min.X+gap, y, r.Max.X-gap-rng.IntN(60), y+1+gap/8), 60+rng.IntN(90))
	}
}

// pen lays down a long thing, askew.
func pen(rng *rand.Rand, g *image.Gray, at image.Point) {
	sin, cos := math.Sincos(between(rng, 0, 2*math.Pi))
	thick, ink := 4+rng.IntN(10), 10+rng.IntN(80)
	for k := range 150 + rng.IntN(250) {
		x, y := int(math.Round(float64(at.X)+float64(k)*cos)), int(math.Round(float64(at.Y)+float64(k)*sin))
		fill(g, image.Rect(x, y, x+thick, y+thick), ink)
	}
}

// keyboard lays down rows of square keys with a sign each: much that looks like
// the pattern of a code from afar.
func keyboard(rng *rand.Rand, g *image.Gray, at image.Point) {
	key := 14 + rng.IntN(30)
	body, cap, sign := 20+rng.IntN(60), 60+rng.IntN(120), 180+rng.IntN(70)
	const rows, columns = 5, 12
	fill(g, image.Rect(at.X, at.Y, at.X+columns*key, at.Y+rows*key), body)
	for row := range rows {
		for column := range columns {
			x, y := at.X+column*key, at.Y+row*key
			fill(g, image.Rect(x+2, y+2, x+key-2, y+key-2), cap)
			fill(g, image.Rect(x+key/3, y+key/3, x+key/2, y+key*2/3), sign)
		}
	}
}

// page prints a document in several sizes of letters.
func (c *card) page() {
	words := []string{"khai", "bao", "thong", "tin", "ho", "so", "can", "bo", "cong", "dan", "so", "12/2026", "dang", "ky", "muc", "hai"}
	for y := 8.0; y < c.high-4; {
		size := between(c.rng, 1.8, 3.4)
		line := ""
		for range 12 + c.rng.IntN(8) {
			line += pick(c.rng, words) + " "
		}
		c.text(between(c.rng, 6, 12), y, size, 20+c.rng.IntN(60), line)
		y += size * between(c.rng, 1.4, 2)
	}
}
