package ocr

import (
	"image"
	"math"

	"github.com/tram-station/tram/mrz/gray"
)

// Room around a cell for shifts, in samples.
const (
	reachX = 3
	reachY = 3
	padX   = cellWidth + 2*reachX
	padY   = cellHeight + 2*reachY
)

// patch is a cell with its surroundings.
type patch [padX * padY]float32

// view looks at the cells of a lattice in a picture.
type view struct {
	img *image.Gray
	lattice
	height float64 // of a cell, in distances of lines
	blur   int     // of the templates
}

// sample takes the patch around the cell in column c, line r. Inside one cell
// the surface is as good as flat.
func (v *view) sample(c, r int, out *patch) {
	x, y := float64(c), float64(r)
	o := v.at(gray.Point{X: x, Y: y})
	left, right := v.at(gray.Point{X: x - 0.5, Y: y}), v.at(gray.Point{X: x + 0.5, Y: y})
	up, down := v.at(gray.Point{X: x, Y: y - v.height/2}), v.at(gray.Point{X: x, Y: y + v.height/2})
	acrossX, acrossY := (right.X-left.X)/cellWidth, (right.Y-left.Y)/cellWidth
	downX, downY := (down.X-up.X)/cellHeight, (down.Y-up.Y)/cellHeight
	pix, stride := v.img.Pix, v.img.Stride
	maxX, maxY := float64(v.img.Rect.Dx())-1.001, float64(v.img.Rect.Dy())-1.001
	for j := range padY {
		row := float64(j-reachY) - (cellHeight-1)/2.
		const first = -reachX - (cellWidth-1)/2.
		px, py := o.X-0.5+first*acrossX+row*downX, o.Y-0.5+first*acrossY+row*downY
		for i := range padX {
			ix, iy := inside(px, maxX), inside(py, maxY)
			left, top := int(ix), int(iy)
			fx, fy := float32(ix-float64(left)), float32(iy-float64(top))
			at := top*stride + left
			a, b := float32(pix[at]), float32(pix[at+1])
			d, e := float32(pix[at+stride]), float32(pix[at+stride+1])
			upper, lower := a+fx*(b-a), d+fx*(e-d)
			out[j*padX+i] = upper + fy*(lower-upper)
			px += acrossX
			py += acrossY
		}
	}
}

// inside returns a coordinate that lies in the picture; on the horizon of the
// perspective it is no number.
func inside(v, largest float64) float64 {
	if !(v > 0) {
		return 0
	}
	return min(v, largest)
}

// at cuts the cell that is shifted by (dx, dy) samples out of the patch,
// flattened.
func (p *patch) at(dx, dy int, out *vector) {
	for y := range cellHeight {
		copy(out[y*cellWidth:(y+1)*cellWidth], p[(y+dy+reachY)*padX+dx+reachX:])
	}
	out.flatten()
}

// best returns the template most like the cell and its correlation.
func (t *templates) best(cell *vector) (glyph int, score float32) {
	score = -1
	for g := range t {
		if s := t[g].dot(cell); s > score {
			glyph, score = g, s
		}
	}
	return glyph, score
}

// offset is where a character was found beside the middle of its cell.
type offset struct {
	dx, dy float64 // in samples
	x, y   int     // in whole samples
	glyph  int
	score  float64
}

// search finds the character of a patch: within radius samples, then uphill
// with its template.
func (t *templates) search(p *patch, radius int) offset {
	var cell vector
	bestX, bestY, glyph, score := 0, 0, 0, float32(-1)
	for dy := -radius; dy <= radius; dy += max(1, radius) {
		for dx := -radius; dx <= radius; dx += max(1, radius) {
			p.at(dx, dy, &cell)
			if g, s := t.best(&cell); s > score {
				bestX, bestY, glyph, score = dx, dy, g, s
			}
		}
	}
	around := func(dx, dy int) float32 {
		if dx < -reachX || dx > reachX || dy < -reachY || dy > reachY {
			return -1
		}
		p.at(dx, dy, &cell)
		return t[glyph].dot(&cell)
	}
	for range 2 * reachX {
		moved := false
		for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
			if s := around(bestX+d[0], bestY+d[1]); s > score {
				bestX, bestY, score, moved = bestX+d[0], bestY+d[1], s, true
				break
			}
		}
		if !moved {
			break
		}
	}
	dx := peak(around(bestX-1, bestY), score, around(bestX+1, bestY))
	dy := peak(around(bestX, bestY-1), score, around(bestX, bestY+1))
	return offset{float64(bestX) + dx, float64(bestY) + dy, bestX, bestY, glyph, float64(score)}
}

// peak returns the maximum of the parabola through three values at -1, 0, 1.
func peak(a, b, c float32) float64 {
	curve := 2*b - a - c
	if curve <= 0 || a < -0.99 || c < -0.99 {
		return 0
	}
	return math.Max(-0.5, math.Min(0.5, float64(c-a)/float64(2*curve)))
}

// box is a rectangle of cells.
type box struct{ column, row, columns, rows int }

// refine fits the surface to where the characters of the box are, looking
// at every so many.
func (v *view) refine(b box, radius, every int) {
	const sure = 0.5
	t := &library()[v.blur]
	var from, to []gray.Point
	var weights []float64
	var p patch
	for i := 0; i < b.rows*b.columns; i += every {
		c, r := b.column+i%b.columns, b.row+i/b.columns
		v.sample(c, r, &p)
		o := t.search(&p, radius)
		if o.score < sure {
			continue
		}
		seen := v.at(gray.Point{X: float64(c) + o.dx/cellWidth, Y: float64(r) + o.dy*v.height/cellHeight})
		from, to = append(from, gray.Point{X: float64(c), Y: float64(r)}), append(to, seen)
		weights = append(weights, (o.score-sure)*(o.score-sure))
	}
	if len(from) >= minFirst {
		v.fit(from, to, weights)
	}
}

// likeness returns the mean of the best correlations in the box, every so
// many cells.
func (v *view) likeness(b box, every int) float64 {
	t := &library()[v.blur]
	var p patch
	var cell vector
	sum, n := 0.0, 0
	for i := 0; i < b.rows*b.columns; i += every {
		v.sample(b.column+i%b.columns, b.row+i/b.columns, &p)
		p.at(0, 0, &cell)
		_, s := t.best(&cell)
		sum += float64(s)
		n++
	}
	return sum / float64(n)
}

// stretches are what a tilt of the card makes of the height of a cell.
var stretches = [...]float64{0.72, 0.78, 0.85, 0.92, 1, 1.08, 1.17, 1.26, 1.36}

// upright is the height of a cell, in distances of lines, where columns and
// lines are seen at the same scale.
func (v *view) upright() float64 {
	pitch, lead := v.scale(v.center())
	return cellHeight * pitch / (cellWidth * lead)
}

// stretch chooses the factor for the height of cells that makes the box most
// alike.
func (v *view) stretch(b box, every int, factors []float64) float64 {
	height, best, score := v.height, 1.0, -1.0
	for _, f := range factors {
		v.height = height * f
		if s := v.likeness(b, every); s > score {
			best, score = f, s
		}
	}
	v.height = height * best
	return score
}

// sharpen chooses the blur that makes the box most alike.
func (v *view) sharpen(b box, every int) {
	best, score := v.blur, -1.0
	for i := range blurs {
		v.blur = i
		if s := v.likeness(b, every); s > score {
			best, score = i, s
		}
	}
	v.blur = best
}
