package qr

import (
	"image"
	"math"
	"slices"

	"github.com/tram-station/tram/mrz/gray"
)

// measures are taken on the picture of a code that was not read, in order to
// say why.
type measures struct {
	black, white float64 // grey levels of the darkest and the lightest twentieth
	washed       float64 // share of the code that shows light only, where ink must be
	blur         float64 // modules that an edge between dark and light takes, in the worst direction
	even         int     // quarters of it that are dark and light in about equal parts, as those of a code
	tilt         float64 // the shortest side by the longest; 1 seen from above
}

// brightInk is the grey level above which ink lies under glare, however light
// the rest is.
const brightInk = 140

// Limits of the sheet that a code is measured on.
const (
	leastStep, mostStep = 3, 4 // points a module
	usualSide           = 180  // points
	smallestSide        = 21   // modules
	largestSide         = 177
)

// measure takes the measures of what lies at a place. They are zero where that
// is no quadrangle.
func (p place) measure(g *image.Gray) measures {
	modules := p.dimension
	if modules == 0 { // not known: by the size of a module
		modules = int(math.Round(perimeter(p.corners) / (4 * max(p.module, 1))))
	}
	modules = min(max(modules, smallestSide), largestSide)
	sheet, ok := p.straighten(g, modules)
	if !ok {
		return measures{}
	}
	var tones histogram
	for _, l := range sheet.levels {
		tones[l]++
	}
	m := measures{tilt: tiltOf(p.corners)}
	m.black, m.white = tones.ends()
	m.even = sheet.even()
	m.washed = sheet.washed(m)
	m.blur = sheet.edge(m)
	return m
}

func perimeter(c [4]point) (sum float64) {
	for i := range c {
		sum += distance(c[i], c[(i+1)%4])
	}
	return sum
}

func distance(a, b point) float64 { return math.Hypot(a.x-b.x, a.y-b.y) }

// tiltOf compares opposite sides, and the sides with each other: a code that is
// turned away gets narrower, and its far side shorter.
func tiltOf(c [4]point) float64 {
	shortest, longest := math.Inf(1), 0.0
	for i := range c {
		side := distance(c[i], c[(i+1)%4])
		shortest, longest = min(shortest, side), max(longest, side)
	}
	if longest == 0 {
		return 0
	}
	return shortest / longest
}

// sheet is the picture of a code straightened: step points a module, row by row.
type sheet struct {
	levels     []uint8
	side, step int // points
}

// straighten samples what lies between the corners.
func (p place) straighten(g *image.Gray, modules int) (sheet, bool) {
	step := min(int(math.Ceil(p.module)), usualSide/modules)
	out := sheet{step: min(max(step, leastStep), mostStep)}
	out.side = modules * out.step
	end := float64(out.side)
	square := [4]gray.Point{{X: 0, Y: 0}, {X: end, Y: 0}, {X: end, Y: end}, {X: 0, Y: end}}
	var corners [4]gray.Point
	for i, c := range p.corners {
		corners[i] = gray.Point{X: c.x, Y: c.y}
	}
	h, err := gray.FromPoints(square, corners)
	if err != nil {
		return sheet{}, false
	}
	out.levels = make([]uint8, 0, out.side*out.side)
	for y := range out.side {
		for x := range out.side {
			at := h.Apply(gray.Point{X: float64(x) + 0.5, Y: float64(y) + 0.5})
			out.levels = append(out.levels, uint8(gray.Bilinear(g, at.X, at.Y)))
		}
	}
	return out, true
}

// even counts the quarters of the sheet of which about one half is dark.
func (s sheet) even() (count int) {
	const least, most = 1.0 / 3, 2.0 / 3
	half := s.side / 2
	for _, at := range [4]int{0, half, half * s.side, half*s.side + half} {
		var tones histogram
		for y := range half {
			for _, l := range s.levels[at+y*s.side : at+y*s.side+half] {
				tones[l]++
			}
		}
		black, white := tones.ends()
		dark := 0
		for _, n := range tones[:int(black+white)/2] {
			dark += n
		}
		if share := float64(dark) / float64(half*half); share > least && share < most {
			count++
		}
	}
	return count
}

// histogram is how often each grey level occurs.
type histogram [256]int

// ends returns the levels that a twentieth is darker, and lighter, than.
func (h *histogram) ends() (black, white float64) {
	twentieth := 0
	for _, n := range h {
		twentieth += n
	}
	twentieth /= 20
	low, high := 0, len(h)-1
	for n := h[low]; n <= twentieth && low < high; n += h[low] {
		low++
	}
	for n := h[high]; n <= twentieth && high > low; n += h[high] {
		high--
	}
	return float64(low), float64(high)
}

// washed returns the share of squares of four by four modules without a dark
// point. In a code that has its ink, such squares are rare.
func (s sheet) washed(m measures) float64 {
	const block = 4 // modules
	ink := uint8(max((m.black+m.white)/2, brightInk))
	squares, light := 0, 0
	for top := 0; top+block*s.step <= s.side; top += block * s.step {
		for left := 0; left+block*s.step <= s.side; left += block * s.step {
			squares++
			if s.lightest(left, top, block*s.step) > ink {
				light++
			}
		}
	}
	return float64(light) / float64(squares)
}

// lightest returns the darkest level of a square.
func (s sheet) lightest(left, top, side int) uint8 {
	least := uint8(math.MaxUint8)
	for y := top; y < top+side; y++ {
		least = min(least, slices.Min(s.levels[y*s.side+left:y*s.side+left+side]))
	}
	return least
}

// edge returns how many modules it takes from dark to light, along the
// direction in which that is the most: moved pictures are sharp across their
// motion.
func (s sheet) edge(m measures) float64 {
	contrast := m.white - m.black
	if contrast <= 0 {
		return 0
	}
	worst := 0.0
	for _, d := range [4]image.Point{{X: 1}, {Y: 1}, {X: 1, Y: 1}, {X: 1, Y: -1}} {
		var differences [3 * 256]int // how often each occurs
		rows := 1 + s.side/usualSide // one of so many is looked at
		for y := 2; y < s.side-2; y += rows {
			for x := 2; x < s.side-2; x++ {
				differences[s.difference(x, y, d)]++
			}
		}
		steepest := s.side * s.side / rows / s.step / 6 // of about half as many edges as modules
		rise := len(differences) - 1
		for ; rise > 1 && steepest > differences[rise]; rise-- {
			steepest -= differences[rise]
		}
		worst = max(worst, 6*contrast/float64(rise)/float64(s.step))
	}
	return worst
}

// difference compares the points before and behind a point in direction d,
// summed over three points across it, so that noise counts less.
func (s sheet) difference(x, y int, d image.Point) int {
	at, ahead, across := y*s.side+x, d.Y*s.side+d.X, d.X*s.side-d.Y
	sum := 0
	for _, k := range [3]int{-across, 0, across} {
		sum += int(s.levels[at+ahead+k]) - int(s.levels[at-ahead+k])
	}
	return max(sum, -sum)
}
