package qr

import (
	"github.com/tram-station/tram/mrz/gray"
)

// looks is the number of places at which each module is sampled: three by
// three around its centre. What falls between modules (blur, motion, a grid
// that lies a little beside) shows in the differences between them.
const looks = 9

// middleLook is the look at the module's centre.
const middleLook = looks / 2

// lookAt is the distance of the outer looks from the centre, in modules.
const lookAt = 0.3

// samples are the levels of a symbol's modules: darkness 0 to 255.
type samples struct {
	n     int
	look  [looks][]float32 // n² each, row by row
	mean  []float32        // of the looks, the middle twice
	ended []bool           // some look is at the end of the grey scale
}

// take samples a grid.
func (s *samples) take(g *grid) {
	n := g.n
	s.n = n
	s.mean, s.ended = grown(s.mean, n*n), grown(s.ended, n*n)
	clear(s.mean)
	clear(s.ended)
	for k := range looks {
		s.look[k] = grown(s.look[k], n*n)
		du, dv := 0.5+float64(k%3-1)*lookAt, 0.5+float64(k/3-1)*lookAt
		weight := float32(1) / (looks + 1)
		if k == middleLook {
			weight *= 2
		}
		for v := range n {
			for u := range n {
				i := v*n + u
				at := gray.Point{X: float64(u) + du, Y: float64(v) + dv}
				if g.du != nil {
					at.X, at.Y = at.X+float64(g.du[i]), at.Y+float64(g.dv[i])
				}
				p := g.h.Apply(at)
				level := gray.Bilinear(g.g, p.X, p.Y)
				if level >= 254 {
					s.ended[i] = true
				}
				if !g.inverted {
					level = 255 - level
				}
				s.look[k][i] = float32(level)
				s.mean[i] += weight * float32(level)
			}
		}
	}
}
