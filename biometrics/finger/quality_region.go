package finger

import (
	"image"
	"math"
	"slices"
)

// cell is the side of the squares in which the finger's outline is drawn:
// blurs as wide as the reference's are the same there at a sixteenth of the
// work.
const cell = 4

// region is the outline of the finger in a picture at 500 dpi, after the steps
// of ISO/IEC 29794-4: erode, blur, threshold, blur, threshold, close the holes,
// keep the largest piece.
type region struct {
	cols, rows int
	in         []bool // of the cells
	pixels     int    // of the finger
	mean       float64
}

// findRegion outlines the finger.
func findRegion(p raster) *region {
	g := &region{cols: (p.w + cell - 1) / cell, rows: (p.h + cell - 1) / cell}
	if p.w == 0 {
		g.mean = 255
		return g
	}
	sums, dark := cells(p, g.cols, g.rows)
	plane, spare := dark, make([]float32, len(dark))
	blur(plane, spare, g.cols, g.rows, gaussian(41, cell))
	binarise(plane)
	blur(plane, spare, g.cols, g.rows, gaussian(91, cell))
	binarise(plane)
	g.in = make([]bool, len(plane))
	for i, v := range plane {
		g.in[i] = v == 0
	}
	g.closeHoles()
	g.keepLargest()
	for i, in := range g.in {
		if in {
			g.pixels += pixelsIn(p, i%g.cols, i/g.cols)
			g.mean += float64(sums[i])
		}
	}
	if g.pixels == 0 {
		g.mean = 255
	} else {
		g.mean /= float64(g.pixels)
	}
	return g
}

// pixelsIn is how many pixels of the picture a cell has.
func pixelsIn(p raster, c, r int) int {
	return min(cell, p.w-c*cell) * min(cell, p.h-r*cell)
}

// cells returns, for each cell, the sum of its greys and the mean of its
// greys after erosion by 5 × 5 (each pixel the darkest around it).
func cells(p raster, cols, rows int) (sums []int32, dark []float32) {
	sums, dark = make([]int32, cols*rows), make([]float32, cols*rows)
	lying := make([]uint8, p.w*p.h)
	for y := range p.h {
		darkest(lying[y*p.w:][:p.w], p.row(y))
	}
	line := make([]uint8, p.w)
	for y := range p.h {
		copy(line, lying[y*p.w:])
		for dy := max(y-2, 0); dy <= min(y+2, p.h-1); dy++ {
			for x, v := range lying[dy*p.w:][:p.w] {
				line[x] = min(line[x], v)
			}
		}
		row, at := p.row(y), y/cell*cols
		for c := range cols {
			to := min((c+1)*cell, p.w)
			var d, sum int32
			for x := c * cell; x < to; x++ {
				d += int32(line[x])
				sum += int32(row[x])
			}
			dark[at+c] += float32(d)
			sums[at+c] += sum
		}
	}
	for r := range rows {
		for c := range cols {
			dark[r*cols+c] /= float32(pixelsIn(p, c, r))
		}
	}
	return sums, dark
}

// darkest sets each pixel to the darkest of the five around it in its row.
func darkest(dst, src []uint8) {
	n := len(src)
	for x := range dst {
		if x >= 2 && x < n-2 { // away from the rims: below
			continue
		}
		dst[x] = slices.Min(src[max(x-2, 0):min(x+3, n)])
	}
	for x := 2; x < n-2; x++ {
		five := src[x-2 : x+3 : x+3]
		dst[x] = min(five[0], five[1], five[2], five[3], five[4])
	}
}

// gaussian is half of a kernel that at full size has so many taps, one side of
// it, its middle first; the spread follows from the taps as OpenCV has it.
func gaussian(taps, scale int) []float32 {
	sigma := (0.3*(float64(taps-1)*0.5-1) + 0.8) / float64(scale)
	k := make([]float32, taps/2/scale+1)
	var sum float64
	for i := range k {
		v := math.Exp(-float64(i*i) / (2 * sigma * sigma))
		k[i] = float32(v)
		if sum += v; i > 0 {
			sum += v
		}
	}
	for i := range k {
		k[i] /= float32(sum)
	}
	return k
}

// blur filters lying and standing; the rim is mirrored.
func blur(plane, spare []float32, w, h int, k []float32) {
	blurRows(spare, plane, w, h, 1, w, k)
	blurRows(plane, spare, h, w, w, 1, k)
}

// blurRows filters h lines of w values that lie step apart.
func blurRows(dst, src []float32, w, h, step, line int, k []float32) {
	for y := range h {
		for x := range w {
			v := k[0] * src[y*line+x*step]
			for i := 1; i < len(k); i++ {
				v += k[i] * (src[y*line+mirrored(x-i, w)*step] + src[y*line+mirrored(x+i, w)*step])
			}
			dst[y*line+x*step] = v
		}
	}
}

// mirrored folds an index beyond the rim back: the rim itself is not doubled.
func mirrored(i, n int) int {
	for i < 0 || i >= n {
		if n == 1 {
			return 0
		}
		if i < 0 {
			i = -i
		} else {
			i = 2*(n-1) - i
		}
	}
	return i
}

// binarise sets 255 where a value, rounded, is above Otsu's threshold, else 0.
func binarise(plane []float32) {
	var histogram [256]int
	for _, v := range plane {
		histogram[grey(v)]++
	}
	limit := otsu(&histogram, len(plane))
	for i, v := range plane {
		plane[i] = 0
		if grey(v) > limit {
			plane[i] = 255
		}
	}
}

func grey(v float32) int { return min(max(int(v+0.5), 0), 255) }

// otsu is the grey that splits a histogram of n values into the two classes
// that lie farthest apart.
func otsu(histogram *[256]int, n int) int {
	total := 0.0
	for g, c := range histogram {
		total += float64(g * c)
	}
	best, at := 0.0, 0
	below, sum := 0.0, 0.0
	for g, c := range histogram {
		below += float64(c)
		sum += float64(g * c)
		above := float64(n) - below
		if below == 0 || above <= 0 {
			continue
		}
		d := sum/below - (total-sum)/above
		if v := below * above * d * d; v > best {
			best, at = v, g
		}
	}
	return at
}

// closeHoles takes in what the finger surrounds.
func (g *region) closeHoles() {
	outside := make([]bool, len(g.in))
	var stack []int
	reach := func(i int) {
		if !g.in[i] && !outside[i] {
			outside[i] = true
			stack = append(stack, i)
		}
	}
	for c := range g.cols {
		reach(c)
		reach((g.rows-1)*g.cols + c)
	}
	for r := range g.rows {
		reach(r * g.cols)
		reach(r*g.cols + g.cols - 1)
	}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		g.around(i, reach)
	}
	for i := range g.in {
		g.in[i] = !outside[i]
	}
}

// around calls f with the four neighbours of a cell.
func (g *region) around(i int, f func(int)) {
	if c := i % g.cols; c > 0 {
		f(i - 1)
	}
	if c := i % g.cols; c < g.cols-1 {
		f(i + 1)
	}
	if i >= g.cols {
		f(i - g.cols)
	}
	if i+g.cols < len(g.in) {
		f(i + g.cols)
	}
}

// keepLargest drops all pieces but the one with the largest frame.
func (g *region) keepLargest() {
	piece := make([]int, len(g.in)) // 0: none yet
	var stack []int
	best, size, n := 0, 0, 0
	for start, in := range g.in {
		if !in || piece[start] != 0 {
			continue
		}
		n++
		var frame image.Rectangle
		reach := func(i int) {
			if g.in[i] && piece[i] == 0 {
				piece[i] = n
				stack = append(stack, i)
				c, r := i%g.cols, i/g.cols
				frame = frame.Union(image.Rect(c, r, c+1, r+1))
			}
		}
		reach(start)
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			g.around(i, reach)
		}
		if s := frame.Dx() * frame.Dy(); s > size {
			best, size = n, s
		}
	}
	for i := range g.in {
		g.in[i] = g.in[i] && piece[i] == best
	}
}

// touches says whether the block at column c, row r of the picture has a part
// of the finger.
func (g *region) touches(c, r int) bool {
	const cells = blockSide / cell
	for y := r * cells; y < min((r+1)*cells, g.rows); y++ {
		for x := c * cells; x < min((c+1)*cells, g.cols); x++ {
			if g.in[y*g.cols+x] {
				return true
			}
		}
	}
	return false
}

// middle is the finger's centre of mass, in pixels of the picture.
func (g *region) middle() (x, y float64) {
	n := 0
	for i, in := range g.in {
		if in {
			x += float64(i%g.cols*cell + cell/2)
			y += float64(i/g.cols*cell + cell/2)
			n++
		}
	}
	return x / float64(max(n, 1)), y / float64(max(n, 1))
}

// coherence sums, over the blocks with a part of the finger, how far the
// gradients of each run one way; mean is the same a block.
func (l *local) coherence(g *region) (sum, mean float64) {
	n := 0
	for i, b := range l.aligned {
		if g.touches(i%l.cols, i/l.cols) {
			sum += b.coherence()
			n++
		}
	}
	return sum, sum / float64(max(n, 1))
}
