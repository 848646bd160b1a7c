package qr

import (
	"image"
	"math"
)

// Where finder patterns may be: rows are cut into runs of dark and light
// against the mean of the neighbourhood; runs of 1:1:3:1:1 are looked at again
// from top to bottom and from side to side. A picture is searched at several
// sizes, so that a pattern is small at one of them: the neighbourhood fits and
// noise is gone.

// Limits of the search in one size of the picture.
const (
	cell       = 4
	maxCentres = 800 // places kept; a picture with more is a pattern, not a card
	maxRun     = 64  // pixels a run of a finder pattern may have; larger ones show at a smaller size
	minSide    = 21  // pixels: a symbol of version 1 at a pixel a module
	contrast   = 3   // grey levels by which dark is darker than the mean
)

// centre is where a finder pattern may be.
type centre struct {
	x, y         float64 // pixels of the full picture
	across, down float64 // pixels a module, along rows and along columns
	count        int     // rows that show it
	inverted     bool

	likeness float64 // correlation with a finder pattern
	turn     float64 // of the pattern, 0 to a quarter turn
	module   float64 // pixels a module, that turn considered
	stage    int     // of the search that found it
}

// locator finds the centres in one size of a picture.
type locator struct {
	g          *image.Gray
	cells      []int32 // mean of each square, 64 times
	wide, tall int     // squares
	edges      []float32
	mixed      []int32
	centres    []centre
	scale      float64 // pixels of the full picture a pixel
}

// search fills centres for a picture that is scale times smaller than the full one.
func (l *locator) search(g *image.Gray, scale float64, step int) []centre {
	l.g, l.scale, l.centres = g, scale, l.centres[:0]
	if g.Rect.Dx() < minSide || g.Rect.Dy() < minSide {
		return nil
	}
	l.thresholds()
	for y := step / 2; y < g.Rect.Dy(); y += step {
		dark := l.runs(y)
		l.patterns(y, dark)
	}
	return l.centres
}

// thresholds takes the sum of each square and smooths it over three by three.
func (l *locator) thresholds() {
	w, h := l.g.Rect.Dx(), l.g.Rect.Dy()
	l.wide, l.tall = (w+cell-1)/cell, (h+cell-1)/cell
	n := l.wide * l.tall
	l.cells, l.mixed = grown(l.cells, n), grown(l.mixed, n)
	for by := range l.tall {
		y0 := min(by*cell, h-cell)
		for bx := range l.wide {
			var sum int32
			for i := y0*l.g.Stride + min(bx*cell, w-cell); i < (y0+cell)*l.g.Stride; i += l.g.Stride {
				p := l.g.Pix[i : i+cell : i+cell]
				sum += int32(p[0]) + int32(p[1]) + int32(p[2]) + int32(p[3])
			}
			l.mixed[by*l.wide+bx] = sum
		}
	}
	columns := make([]int32, l.wide+2)
	for by := range l.tall {
		row := func(y int) []int32 {
			y = max(0, min(l.tall-1, y))
			return l.mixed[y*l.wide : (y+1)*l.wide]
		}
		above, here, below := row(by-1), row(by), row(by+1)
		for i := range here {
			columns[i+1] = above[i] + here[i] + below[i]
		}
		columns[0], columns[l.wide+1] = columns[1], columns[l.wide]
		out := l.cells[by*l.wide : (by+1)*l.wide]
		for i := range out {
			// 64 by the pixels of nine squares, in 1024ths.
			const share = 64 * 1024 / (9 * cell * cell)
			out[i] = (columns[i]+columns[i+1]+columns[i+2])*share>>10 - contrast*64
		}
	}
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// threshold is the level, 64 times, below which the pixel is dark: between the
// four squares around it.
func (l *locator) threshold(x, y int) int32 {
	bx, fx := position(x, l.wide)
	by, fy := position(y, l.tall)
	a := l.cells[by*l.wide+bx]
	b, c, d := a, a, a
	if bx+1 < l.wide {
		b = l.cells[by*l.wide+bx+1]
	}
	if by+1 < l.tall {
		c = l.cells[(by+1)*l.wide+bx]
		d = c
		if bx+1 < l.wide {
			d = l.cells[(by+1)*l.wide+bx+1]
		}
	}
	upper, lower := a*(cell-fx)+b*fx, c*(cell-fx)+d*fx
	return (upper*(cell-fy) + lower*fy) / (cell * cell)
}

// position returns the square before a pixel and how far behind its centre the
// pixel lies, in eighths.
func position(x, n int) (square int, behind int32) {
	p := x - cell/2
	if p < 0 {
		return 0, 0
	}
	if p/cell >= n-1 {
		return n - 1, 0
	}
	return p / cell, int32(p % cell)
}

// runs cuts row y at the places where it crosses the threshold, between
// pixels, and reports whether it begins dark. Its ends are cuts as well. The
// rows beside it have a share: noise is less, and edges along the row stay
// sharp.
func (l *locator) runs(y int) (dark bool) {
	w, h := l.g.Rect.Dx(), l.g.Rect.Dy()
	above, below := max(y-1, 0)*l.g.Stride, min(y+1, h-1)*l.g.Stride
	a, b, c := l.g.Pix[above:above+w], l.g.Pix[y*l.g.Stride:y*l.g.Stride+w], l.g.Pix[below:below+w]
	by, fy := position(y, l.tall)
	upper := l.cells[by*l.wide : (by+1)*l.wide]
	lower := upper
	if by+1 < l.tall {
		lower = l.cells[(by+1)*l.wide : (by+2)*l.wide]
	}
	level := func(b int) int32 { return (upper[b]*(cell-fy) + lower[b]*fy) / cell }
	l.edges = append(l.edges[:0], 0)
	before := (int32(a[0])+2*int32(b[0])+int32(c[0]))<<4 - level(0)
	dark = before < 0
	now := dark
	// From the middle of one square to that of the next the threshold changes
	// evenly; before the first and after the last it stays.
	for x, square := 0, -1; x < w; square++ {
		t, slope, end := level(max(square, 0)), int32(0), min(x+cell, w)
		if square < 0 {
			end = min(cell/2, w)
		} else if square+1 < l.wide {
			slope = (level(square+1) - t) / cell
		} else {
			end = w
		}
		for ; x < end; x++ {
			d := (int32(a[x])+2*int32(b[x])+int32(c[x]))<<4 - t
			if (d < 0) != now {
				now = !now
				l.edges = append(l.edges, float32(x)-0.5+float32(before)/float32(before-d))
			}
			before = d
			t += slope
		}
	}
	l.edges = append(l.edges, float32(w))
	return dark
}

// patterns looks for 1:1:3:1:1 in the runs of row y, dark and light alike.
func (l *locator) patterns(y int, dark bool) {
	for i := 0; i+5 < len(l.edges); i++ {
		e := l.edges[i : i+6 : i+6]
		total := e[5] - e[0]
		core := e[3] - e[2]
		// The core is three of seven modules; half of that is given for blur.
		if core*7 < total*2 || core*7 > total*4.6 || total > 7*maxRun || total < 6 {
			continue
		}
		r := [5]float64{float64(e[1] - e[0]), float64(e[2] - e[1]), float64(core), float64(e[4] - e[3]), float64(e[5] - e[4])}
		if !proportioned(r, 0.65) {
			continue
		}
		l.confirm(float64(e[2]+e[3])/2, y, float64(total)/7, dark != (i%2 == 0))
	}
}

// proportioned reports whether runs are as 1:1:3:1:1, each within slack
// modules (twice that for the core).
func proportioned(r [5]float64, slack float64) bool {
	total := r[0] + r[1] + r[2] + r[3] + r[4]
	module := total / 7
	slack *= module
	return math.Abs(r[2]-3*module) < 2*slack &&
		math.Abs(r[0]-module) < slack && math.Abs(r[1]-module) < slack &&
		math.Abs(r[3]-module) < slack && math.Abs(r[4]-module) < slack
}

// confirm looks at a place again along its column and its row, and notes it.
// x is in pixels of this size.
func (l *locator) confirm(x float64, row int, module float64, inverted bool) {
	if l.known(x*l.scale, (float64(row)+0.5)*l.scale, module*l.scale, inverted) {
		return
	}
	px := int(x)
	down, above, ok := l.cross(px, row, 0, 1, inverted)
	if !ok || !proportioned(down, 0.75) {
		return
	}
	y := float64(row) + 0.5 + down[2]/2 - above
	across, before, ok := l.cross(px, int(y), 1, 0, inverted)
	if !ok || !proportioned(across, 0.75) {
		return
	}
	x = float64(px) + 0.5 + across[2]/2 - before
	tall, wide := sum(down)/7, sum(across)/7
	if tall > 2.5*wide || wide > 2.5*tall || len(l.centres) >= maxCentres {
		return
	}
	l.centres = append(l.centres, centre{x: x * l.scale, y: y * l.scale, across: wide * l.scale, down: tall * l.scale, count: 1, inverted: inverted})
}

func sum(r [5]float64) float64 { return r[0] + r[1] + r[2] + r[3] + r[4] }

// known counts a row for a place that was noted already.
func (l *locator) known(x, y, module float64, inverted bool) bool {
	for i := range l.centres {
		c := &l.centres[i]
		near := 1.5 * c.across
		if c.inverted == inverted && math.Abs(c.x-x) < near && math.Abs(c.y-y) < 1.5*c.down &&
			module < 1.5*c.across && module > 0.6*c.across {
			c.count++
			return true
		}
	}
	return false
}

// cross returns the five runs through a pixel, along (dx, dy), and how far
// before its centre the core begins.
func (l *locator) cross(px, py, dx, dy int, inverted bool) (r [5]float64, before float64, ok bool) {
	up, ok := l.arm(px, py, -dx, -dy, inverted)
	if !ok {
		return r, 0, false
	}
	down, ok := l.arm(px, py, dx, dy, inverted)
	return [5]float64{up[2] - up[1], up[1] - up[0], up[0] + down[0], down[1] - down[0], down[2] - down[1]}, up[0], ok
}

// across returns a pixel, 64 times, with a share of those beside it, which are
// (dx, dy) away: noise is less, and what is along the walk stays sharp.
func (l *locator) across(x, y, dx, dy int) int32 {
	w, h := l.g.Rect.Dx(), l.g.Rect.Dy()
	at := func(x, y int) int32 {
		return int32(l.g.Pix[max(0, min(h-1, y))*l.g.Stride+max(0, min(w-1, x))])
	}
	return (2*at(x, y) + at(x-dx, y-dy) + at(x+dx, y+dy)) << 4
}

// arm walks from a pixel of the core outwards and returns the distances at
// which the core, the light ring and the dark ring end. The picture's edge may
// end the dark ring.
func (l *locator) arm(x, y, dx, dy int, inverted bool) (cuts [3]float64, ok bool) {
	w, h := l.g.Rect.Dx(), l.g.Rect.Dy()
	k, dark := 0, true
	var before int32
	for i := 0; i < 7*maxRun; i++ {
		if x < 0 || y < 0 || x >= w || y >= h {
			cuts[2] = float64(i) - 0.5
			return cuts, k == 2
		}
		d := l.across(x, y, dy, dx) - l.threshold(x, y)
		if inverted {
			d = -d
		}
		if (d < 0) != dark {
			if i == 0 {
				return cuts, false
			}
			cuts[k] = float64(i) - 1 + float64(before)/float64(before-d)
			dark = !dark
			if k++; k == 3 {
				return cuts, true
			}
		}
		before = d
		x, y = x+dx, y+dy
	}
	return cuts, false
}
