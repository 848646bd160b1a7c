package ocr

import (
	"image"
	"math"
	"slices"
)

// Limits of what may be a character in the picture that zones are sought in,
// in pixels, and of how many are looked at: noise makes many, a zone has 90.
const (
	minMark  = 4
	maxMark  = 64
	minInk   = 8 // pixels
	maxMarks = 4000
	maxRuns  = 1 << 18
)

// mark is a piece of ink the size of a character.
type mark struct {
	x, y float64 // middle
	size float64 // the larger side
}

// run is a stretch of ink in one row.
type run struct {
	y, from, to int
	parent      int
}

// findMarks returns the pieces of ink of g that may be characters: darker than
// their neighbourhood of side window.
func findMarks(g *image.Gray, window int) []mark {
	runs := inkRuns(g, window)
	connect(runs)
	boxes := map[int]*image.Rectangle{}
	ink := map[int]int{}
	for i := range runs {
		r := &runs[i]
		root := find(runs, i)
		b, ok := boxes[root]
		if !ok {
			b = &image.Rectangle{Min: image.Pt(r.from, r.y), Max: image.Pt(r.to, r.y+1)}
			boxes[root] = b
		}
		b.Min.X, b.Max.X = min(b.Min.X, r.from), max(b.Max.X, r.to)
		b.Max.Y = r.y + 1
		ink[root] += r.to - r.from
	}
	var out []mark
	for root, b := range boxes {
		w, h := b.Dx(), b.Dy()
		if large := max(w, h); large < minMark || large > maxMark || min(w, h) < 2 || ink[root] < minInk {
			continue
		}
		out = append(out, mark{float64(b.Min.X+b.Max.X) / 2, float64(b.Min.Y+b.Max.Y) / 2, float64(max(w, h))})
	}
	// The order must not depend on the map's.
	slices.SortFunc(out, func(a, b mark) int {
		if a.y != b.y {
			return int(math.Copysign(1, a.y-b.y))
		}
		return int(math.Copysign(1, a.x-b.x))
	})
	if len(out) > maxMarks {
		slices.SortStableFunc(out, func(a, b mark) int { return int(b.size) - int(a.size) })
		out = out[:maxMarks]
	}
	return out
}

// inkRuns returns the runs of what is clearly darker than the mean around it.
func inkRuns(g *image.Gray, window int) []run {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	sums, squares := integrals(g)
	n := w + 1
	var runs []run
	for y := range h {
		top, bottom := max(0, y-window/2), min(h, y+window/2+1)
		upper, lower := top*n, bottom*n
		from := -1
		for x := range w {
			left, right := max(0, x-window/2), min(w, x+window/2+1)
			area := (bottom - top) * (right - left)
			sum := int(sums[lower+right] - sums[upper+right] - sums[lower+left] + sums[upper+left])
			below := sum - area*int(g.Pix[y*g.Stride+x]) // times area
			isInk := below > minContrast*area
			if isInk {
				square := int(squares[lower+right] - squares[upper+right] - squares[lower+left] + squares[upper+left])
				isInk = inkDeviation*below*below > area*square-sum*sum
			}
			switch {
			case isInk && from < 0:
				from = x
			case !isInk && from >= 0:
				runs = append(runs, run{y, from, x, len(runs)})
				from = -1
			}
		}
		if from >= 0 {
			runs = append(runs, run{y, from, w, len(runs)})
		}
		if len(runs) > maxRuns {
			return nil
		}
	}
	return runs
}

// Ink is darker than the mean by more than so many grey values, and the square
// of the difference is more than this part of the variance.
const (
	minContrast  = 4
	inkDeviation = 4 // one in so many
)

// integrals returns the summed-area tables of the values and of their squares.
func integrals(g *image.Gray) (sums []uint32, squares []uint64) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	sums, squares = make([]uint32, (w+1)*(h+1)), make([]uint64, (w+1)*(h+1))
	for y := range h {
		var sum uint32
		var square uint64
		above, here := y*(w+1), (y+1)*(w+1)
		for x, v := range g.Pix[y*g.Stride : y*g.Stride+w] {
			sum += uint32(v)
			square += uint64(v) * uint64(v)
			sums[here+x+1] = sums[above+x+1] + sum
			squares[here+x+1] = squares[above+x+1] + square
		}
	}
	return sums, squares
}

// connect joins the runs that touch, also by a corner.
func connect(runs []run) {
	above := 0
	for i := range runs {
		r := &runs[i]
		for runs[above].y < r.y-1 {
			above++
		}
		for j := above; j < i && runs[j].y < r.y; j++ {
			if runs[j].from <= r.to && r.from <= runs[j].to {
				a, b := find(runs, i), find(runs, j)
				if a != b {
					runs[max(a, b)].parent = min(a, b)
				}
			}
			if runs[j].from > r.to {
				break
			}
		}
		// Runs above that end before this one cannot touch the next.
		for above < i && runs[above].y == r.y-1 && runs[above].to < r.from {
			above++
		}
	}
}

func find(runs []run, i int) int {
	for runs[i].parent != i {
		runs[i].parent = runs[runs[i].parent].parent
		i = runs[i].parent
	}
	return i
}

// smooth averages squares of nine pixels, the middle and the cross weighing
// more: noise makes fewer marks.
func smooth(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	sum := make([]uint16, w)
	for y := range h {
		a, b, c := g.Pix[max(y-1, 0)*g.Stride:], g.Pix[y*g.Stride:], g.Pix[min(y+1, h-1)*g.Stride:]
		for x := range w {
			sum[x] = uint16(a[x]) + 2*uint16(b[x]) + uint16(c[x])
		}
		row := out.Pix[y*out.Stride : y*out.Stride+w]
		for x := range row {
			row[x] = uint8((sum[max(x-1, 0)] + 2*sum[x] + sum[min(x+1, w-1)] + 8) / 16)
		}
	}
	return out
}
