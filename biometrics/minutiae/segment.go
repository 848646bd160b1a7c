package minutiae

// What makes a cell part of the finger.
const (
	ridgeContrast = 9  // grey levels of deviation
	ridgeSure     = 60 // coherence
	voteReach     = 3  // cells either side that vote
	smallPart     = 16 // a part below 1/16 of the largest is dirt
	fewestCells   = 150
	maxDepth      = 200
)

// segment tells the finger from the ground; false: there is none.
func (f *field) segment() bool {
	f.mask = make([]bool, f.cw*f.ch)
	for i := range f.mask {
		f.mask[i] = f.contrast[i] >= ridgeContrast && f.sure[i] >= ridgeSure
	}
	f.vote()
	f.fill()
	if !f.largest() {
		return false
	}
	f.distance()
	return true
}

// vote lets each cell's neighbourhood decide by majority: single cells go,
// small gaps close.
func (f *field) vote() {
	votes := make([]int32, len(f.mask))
	for i, m := range f.mask {
		if m {
			votes[i] = 1 << 16
		}
	}
	scratch := make([]int32, max(f.cw, f.ch))
	for y := range f.ch {
		box(votes[y*f.cw:], 1, f.cw, voteReach, scratch)
	}
	for x := range f.cw {
		box(votes[x:], f.cw, f.ch, voteReach, scratch)
	}
	for y := range f.ch {
		for x := range f.cw {
			// near the edge of the picture only the part inside votes
			nx := min(x+voteReach, f.cw-1) - max(x-voteReach, 0) + 1
			ny := min(y+voteReach, f.ch-1) - max(y-voteReach, 0) + 1
			full := (2*voteReach + 1) * (2*voteReach + 1)
			f.mask[y*f.cw+x] = int(votes[y*f.cw+x])*full*2 > nx*ny<<16
		}
	}
}

// fill closes the holes: ground that can not be reached from the edge.
func (f *field) fill() {
	outside := make([]bool, len(f.mask))
	var stack []int
	visit := func(i int) {
		if !f.mask[i] && !outside[i] {
			outside[i] = true
			stack = append(stack, i)
		}
	}
	for x := range f.cw {
		visit(x)
		visit((f.ch-1)*f.cw + x)
	}
	for y := range f.ch {
		visit(y * f.cw)
		visit(y*f.cw + f.cw - 1)
	}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		f.around(i, visit)
	}
	for i := range f.mask {
		f.mask[i] = !outside[i]
	}
}

// around calls visit for the four neighbours of a cell.
func (f *field) around(i int, visit func(int)) {
	if x := i % f.cw; x > 0 {
		visit(i - 1)
	}
	if x := i % f.cw; x < f.cw-1 {
		visit(i + 1)
	}
	if i >= f.cw {
		visit(i - f.cw)
	}
	if i < len(f.mask)-f.cw {
		visit(i + f.cw)
	}
}

// largest keeps the largest part and what is of its order; false: nothing that
// could be a finger.
func (f *field) largest() bool {
	part := make([]int32, len(f.mask))
	sizes := []int{0}
	var stack []int
	for start, m := range f.mask {
		if !m || part[start] != 0 {
			continue
		}
		id, n := int32(len(sizes)), 0
		part[start] = id
		stack = append(stack[:0], start)
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			n++
			f.around(i, func(j int) {
				if f.mask[j] && part[j] == 0 {
					part[j] = id
					stack = append(stack, j)
				}
			})
		}
		sizes = append(sizes, n)
	}
	best := 0
	for _, n := range sizes {
		best = max(best, n)
	}
	for i := range f.mask {
		f.mask[i] = f.mask[i] && sizes[part[i]]*smallPart >= best
	}
	return best >= fewestCells
}

// distance writes how many cells it is to the ground or to the edge of the
// picture, by steps to the four sides and over the corners.
func (f *field) distance() {
	f.depth = make([]uint8, len(f.mask))
	at := func(x, y int) uint8 {
		if x < 0 || y < 0 || x >= f.cw || y >= f.ch {
			return 0
		}
		return f.depth[y*f.cw+x]
	}
	for y := range f.ch {
		for x := range f.cw {
			if f.mask[y*f.cw+x] {
				d := min(at(x-1, y), at(x, y-1), at(x-1, y-1), at(x+1, y-1))
				f.depth[y*f.cw+x] = min(d+1, maxDepth)
			}
		}
	}
	for y := f.ch - 1; y >= 0; y-- {
		for x := f.cw - 1; x >= 0; x-- {
			d := min(at(x+1, y), at(x, y+1), at(x-1, y+1), at(x+1, y+1)) + 1
			f.depth[y*f.cw+x] = min(d, f.depth[y*f.cw+x])
		}
	}
}
