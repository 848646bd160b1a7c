package face

import "math"

// What of the grid is not the head, most probably: beside the cheeks, beside
// the brow and above the hair; in eye distances across and in distances from
// eyes to chin downwards.
const (
	besideCheeks, shoulders = 1.45, 0.25
	besideBrow, brow        = 1.25, -0.45
	aboveHair               = -1.12
)

func (d dot) behind() bool {
	u := math.Abs(d.u)
	return !d.outside && (u > besideCheeks && d.v < shoulders || u > besideBrow && d.v < brow || d.v < aboveHair)
}

// background collects what is behind the head.
func (g grid) background() (c colours) {
	for _, d := range g.dots {
		if d.behind() {
			c.add(d)
		}
	}
	return c
}

// clutter is the share of the background where the colour jumps from one place
// to the next, %. A wall that grows darker to one side has none. NaN where the
// picture shows no background.
func (s *scene) clutter() float64 {
	const jump = 0.18 // natural logarithm
	dots := s.grid.dots
	seen, jumps := 0, 0
	for i, d := range dots {
		if i < gridW || i%gridW == 0 || !d.behind() || !dots[i-1].behind() || !dots[i-gridW].behind() {
			continue
		}
		seen++
		if d.differs(dots[i-1]) > jump || d.differs(dots[i-gridW]) > jump {
			jumps++
		}
	}
	if seen < gridW {
		return math.NaN()
	}
	return 100 * float64(jumps) / float64(seen)
}

// differs is how far apart two colours are.
func (d dot) differs(o dot) float64 {
	light := math.Log((d.light + dark) / (o.light + dark))
	return max(math.Abs(light), math.Abs(d.red-o.red), math.Abs(d.blue-o.blue))
}
