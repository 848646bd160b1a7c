package finger

import (
	"image"
	"math"
	"slices"
)

// Scales of the search, in millimetres.
const (
	cellSize   = 0.4064 // of a cell of the grid: 8 pixels at 500 dpi
	ridgeHalf  = 0.23   // half of the distance from ridge to ridge
	coreDepth  = 3.8    // how far inside the skin the core of a finger lies
	ballDepth  = 4.8    // how deep the core of a grown-up's finger is somewhere
	growSlack  = 1.6    // how far beyond that depth skin still belongs to it
	brightArea = 50.0   // mm² of the clearest ridges set the scale of clearness
)

const (
	skinShare = 0.3  // of the clearest ridges: less is no skin
	minEnergy = 16.0 // grey levels: the clearest ridges of a bare platen have less
	hole      = 40.0 // mm²: holes in the skin up to this are skin
)

// grid is a slap in cells.
type grid struct {
	img    *image.Gray
	dpi    int
	cell   int // pixels
	w, h   int // cells
	energy []float32
	smooth []float32
	skin   []bool
	filled []bool // skin without ridges of its own
	ground uint8  // the grey of the bare platen
	owner  []int  // by cell: the number of the blob, from 1 on; 0: none
	// waiting marks cells within one call of connected.
	waiting []bool
	blobs   int
}

// mm turns millimetres into cells.
func (g *grid) mm(v float64) float64 { return v / unitsPerInch * float64(g.dpi) / float64(g.cell) }

func newGrid(img *image.Gray, dpi int) *grid {
	g := &grid{img: img, dpi: dpi, cell: int(math.Round(cellSize / unitsPerInch * float64(dpi)))}
	g.w, g.h = img.Rect.Dx()/g.cell, img.Rect.Dy()/g.cell
	n := g.w * g.h
	floats := make([]float32, 2*n)
	g.energy, g.smooth = floats[:n:n], floats[n:]
	bools := make([]bool, 3*n)
	g.skin, g.filled, g.waiting, g.owner = bools[:n:n], bools[n:2*n:2*n], bools[2*n:], make([]int, n)
	return g
}

// findSkin measures how much grey changes over half a ridge, cell by cell, and
// marks where it changes like skin.
func (g *grid) findSkin() {
	var greys [256]int
	lag := max(2, int(math.Round(ridgeHalf/unitsPerInch*float64(g.dpi))))
	for j := range g.h {
		for i := range g.w {
			e, mean := g.measure(i, j, lag)
			g.energy[j*g.w+i] = e
			greys[mean]++
		}
	}
	g.ground = median(&greys, g.w*g.h)
	g.blur()
	scale := g.clearest()
	if scale < minEnergy {
		return
	}
	for i, e := range g.smooth {
		g.skin[i] = e > scale*skinShare
	}
	g.fillHoles()
}

// measure returns the mean change of grey over lag pixels in a cell, across
// plus down, and its mean grey. Every other row is enough.
func (g *grid) measure(i, j, lag int) (energy float32, mean uint8) {
	b := g.img.Rect
	x0, x1 := i*g.cell, min((i+1)*g.cell, b.Dx()-lag)
	var change, sum, n int
	for y := j * g.cell; y < min((j+1)*g.cell, b.Dy()-lag); y += 2 {
		row := g.img.Pix[g.img.PixOffset(b.Min.X, b.Min.Y+y):]
		low := row[lag*g.img.Stride:]
		for x := x0; x < x1; x++ {
			v := int(row[x])
			change += abs(v-int(row[x+lag])) + abs(v-int(low[x]))
			sum += v
			n++
		}
	}
	if n == 0 {
		return 0, 255
	}
	return float32(change) / float32(n), uint8(sum / n)
}

func abs(v int) int { return max(v, -v) }

// median is that of n values in a histogram.
func median(count *[256]int, n int) uint8 {
	for v, c := range count {
		if n -= 2 * c; n <= 0 {
			return uint8(v)
		}
	}
	return 255
}

// blur averages the energy over three by three cells.
func (g *grid) blur() {
	for j := range g.h {
		for i := range g.w {
			var sum float32
			n := 0
			for y := max(j-1, 0); y <= min(j+1, g.h-1); y++ {
				for x := max(i-1, 0); x <= min(i+1, g.w-1); x++ {
					sum += g.energy[y*g.w+x]
					n++
				}
			}
			g.smooth[j*g.w+i] = sum / float32(n)
		}
	}
}

// clearest is the energy that brightArea of the slap has at least.
func (g *grid) clearest() float32 {
	const bins = 512
	var count [bins]int
	for _, e := range g.smooth {
		count[min(int(e), bins-1)]++
	}
	left := int(g.mm(math.Sqrt(brightArea)) * g.mm(math.Sqrt(brightArea)))
	for v := bins - 1; v > 0; v-- {
		if left -= count[v]; left <= 0 {
			return float32(v)
		}
	}
	return 0
}

// fillHoles makes skin of small islands without ridges in it: scars, sweat,
// holes in an inked card.
func (g *grid) fillHoles() {
	limit := int(g.mm(math.Sqrt(hole)) * g.mm(math.Sqrt(hole)))
	seen := make([]bool, len(g.skin))
	var stack, island []int
	for start := range g.skin {
		if g.skin[start] || seen[start] {
			continue
		}
		stack, island = append(stack[:0], start), island[:0]
		seen[start] = true
		open := false
		for len(stack) > 0 {
			c := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			island = append(island, c)
			open = open || g.atBorder(c)
			for _, n := range g.neighbours(c) {
				if n >= 0 && !g.skin[n] && !seen[n] {
					seen[n] = true
					stack = append(stack, n)
				}
			}
		}
		if !open && len(island) <= limit {
			for _, c := range island {
				g.skin[c], g.filled[c] = true, true
			}
		}
	}
}

func (g *grid) atBorder(c int) bool {
	x, y := c%g.w, c/g.w
	return x == 0 || y == 0 || x == g.w-1 || y == g.h-1
}

// neighbours are the four cells beside a cell; -1 outside.
func (g *grid) neighbours(c int) [4]int {
	out := [4]int{c - g.w, c + g.w, -1, -1}
	if out[1] >= g.w*g.h {
		out[1] = -1
	}
	if c%g.w > 0 {
		out[2] = c - 1
	}
	if c%g.w < g.w-1 {
		out[3] = c + 1
	}
	return out
}

// label gives every finger's skin a number. Fingers that touch and strokes of a
// pen have no deep core in common: cores are numbered first, and then grow
// back over the skin around them.
func (g *grid) label() {
	depth := g.depths()
	least, ball := int32(g.mm(coreDepth)*depthUnit), int32(g.mm(ballDepth)*depthUnit)
	all := make([]int, len(depth))
	for c := range all {
		all[c] = c
	}
	var ring []int
	for _, core := range g.connected(all, depth, least) {
		for _, part := range g.parts(core, depth, least+1, ball) {
			g.blobs++
			for _, c := range part {
				g.owner[c] = g.blobs
			}
			ring = append(ring, part...)
		}
	}
	ring = g.grow(ring, len(depth), func(c int) bool { return depth[c] >= least })
	g.grow(ring, int(g.mm(coreDepth+growSlack)), func(c int) bool { return g.skin[c] })
}

// parts splits a core where it has a waist between two balls that are as thick
// as a finger.
func (g *grid) parts(core []int, depth []int32, level, ball int32) [][]int {
	for ; level <= ball; level++ {
		var thick [][]int
		for _, part := range g.connected(core, depth, level) {
			if slices.ContainsFunc(part, func(c int) bool { return depth[c] >= ball }) {
				thick = append(thick, part)
			}
		}
		if len(thick) > 1 {
			var out [][]int
			for _, part := range thick {
				out = append(out, g.parts(part, depth, level+1, ball)...)
			}
			return out
		}
	}
	return [][]int{core}
}

// connected are the groups of neighbours among cells that are at least so deep.
func (g *grid) connected(cells []int, depth []int32, least int32) [][]int {
	for _, c := range cells {
		g.waiting[c] = depth[c] >= least
	}
	var out [][]int
	for _, start := range cells {
		if !g.waiting[start] {
			continue
		}
		g.waiting[start] = false
		group := []int{start}
		for i := 0; i < len(group); i++ {
			for _, n := range g.neighbours(group[i]) {
				if n >= 0 && g.waiting[n] {
					g.waiting[n] = false
					group = append(group, n)
				}
			}
		}
		out = append(out, group)
	}
	return out
}

// grow gives the numbers of cells to their neighbours that may have one, step
// by step, and returns all cells that have one.
func (g *grid) grow(cells []int, steps int, may func(c int) bool) []int {
	for from := 0; steps > 0 && from < len(cells); steps-- {
		to := len(cells)
		for _, c := range cells[from:to] {
			for _, n := range g.neighbours(c) {
				if n >= 0 && g.owner[n] == 0 && may(n) {
					g.owner[n] = g.owner[c]
					cells = append(cells, n)
				}
			}
		}
		from = to
	}
	return cells
}

// depthUnit is the length of one cell in [grid.depths].
const depthUnit = 3

// depths is how far each cell is from bare ground, by a 3-4 chamfer distance;
// what is outside of the picture counts as ground.
func (g *grid) depths() []int32 {
	const straight, across = depthUnit, 4
	d := make([]int32, len(g.skin))
	at := func(x, y int) int32 {
		if x < 0 || y < 0 || x >= g.w || y >= g.h {
			return 0
		}
		return d[y*g.w+x]
	}
	for y := range g.h {
		for x := range g.w {
			if g.skin[y*g.w+x] {
				d[y*g.w+x] = min(at(x-1, y)+straight, at(x, y-1)+straight, at(x-1, y-1)+across, at(x+1, y-1)+across)
			}
		}
	}
	for y := g.h - 1; y >= 0; y-- {
		for x := g.w - 1; x >= 0; x-- {
			v := min(at(x+1, y)+straight, at(x, y+1)+straight, at(x+1, y+1)+across, at(x-1, y+1)+across)
			d[y*g.w+x] = min(d[y*g.w+x], v)
		}
	}
	return d
}
