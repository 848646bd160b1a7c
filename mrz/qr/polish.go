package qr

import "github.com/tram-station/tram/mrz/gray"

// maxPolished is the number of modules a side up to which a grid is polished:
// larger symbols have alignment patterns enough.
const maxPolished = 61

// polish moves the corners of a grid as long as the function patterns show
// better: where alignment patterns are missing or covered, that is all there is
// to see the perspective by.
func (g *grid) polish(l *layout) bool {
	if g.n > maxPolished {
		return false
	}
	n := float64(g.n)
	from := [4]gray.Point{{}, {X: n}, {X: n, Y: n}, {Y: n}}
	var to [4]gray.Point
	for i, c := range from {
		to[i] = g.h.Apply(c)
	}
	best := g.agreement(&g.h, l)
	begin := best
	module := g.module(&g.h)
	for _, step := range []float64{0.8, 0.4, 0.2, 0.1} {
		for moved, sweeps := true, 0; moved && sweeps < 4; sweeps++ {
			moved = false
			for i := range to {
				for _, d := range [...]gray.Point{{X: step}, {X: -step}, {Y: step}, {Y: -step}} {
					try := to
					try[i].X, try[i].Y = try[i].X+d.X*module, try[i].Y+d.Y*module
					h, err := gray.FromPoints(from, try)
					if err != nil {
						continue
					}
					if s := g.agreement(&h, l); s > best {
						best, to, g.h, moved = s, try, h, true
					}
				}
			}
		}
	}
	return best > begin
}

// agreement correlates the function patterns with what is expected.
func (g *grid) agreement(h *gray.Homography, l *layout) float64 {
	var like likeness
	for i, k := range l.known {
		if k == unknown || k == isFormat {
			continue
		}
		p := h.Apply(gray.Point{X: float64(i%g.n) + 0.5, Y: float64(i/g.n) + 0.5})
		like.add(float64(k), gray.Bilinear(g.g, p.X, p.Y))
	}
	return g.sign() * like.value()
}
