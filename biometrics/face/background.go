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

// clutter is the share of the background that is not of the wall's colour, %.
// What hangs together with the head is hair, not clutter. NaN where the
// picture shows no background.
func (s *scene) clutter() float64 {
	const (
		shade = 0.6  // natural logarithm: a wall may be lighter on one side
		tint  = 0.15 // of red or blue over green
	)
	wall := s.grid.background().median()
	if math.IsNaN(wall.light) {
		return math.NaN()
	}
	odd := make([]bool, len(s.grid.dots))
	seen := 0
	for i, d := range s.grid.dots {
		if !d.behind() {
			continue
		}
		seen++
		light := math.Log((d.light + dark) / (wall.light + dark))
		odd[i] = math.Abs(light) > shade || math.Abs(d.red-wall.red) > tint || math.Abs(d.blue-wall.blue) > tint
	}
	s.grid.forgetHair(odd)
	left := 0
	for _, o := range odd {
		if o {
			left++
		}
	}
	return 100 * float64(left) / float64(seen)
}

// forgetHair clears the odd dots that hang together with the head.
func (g grid) forgetHair(odd []bool) {
	var edge []int
	for i, d := range g.dots {
		if !d.outside && !d.behind() {
			edge = append(edge, i)
		}
	}
	for len(edge) > 0 {
		i := edge[len(edge)-1]
		edge = edge[:len(edge)-1]
		for _, next := range [...]int{i - gridW, i + gridW, i - 1, i + 1} {
			if next < 0 || next >= len(odd) || !odd[next] || next != i-gridW && next != i+gridW && next/gridW != i/gridW {
				continue
			}
			odd[next] = false
			edge = append(edge, next)
		}
	}
}
