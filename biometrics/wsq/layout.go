package wsq

// bands is the number of subbands that are coded; the highest in both
// directions, 60 to 63, are always dropped.
const bands = 60

// block is a rectangle of the plane of coefficients, in pixels.
type block struct{ x, y, w, h int }

// split cuts its block in four: low and high frequencies along x and along y.
// Where the block itself came from high frequencies, low and high change
// places, so that the four stay in the order of their frequency.
type split struct {
	block
	swapX, swapY bool
}

// layout is the wavelet tree of an image of one size.
type layout struct {
	splits []split // parents before children
	bands  [bands]block
	n      int
}

// shape is a tree of splits; one without children is a subband, or, at the
// highest frequencies, dropped.
type shape []shape

// newLayout returns the tree of IAFIS-IC-0110 (figure of the subbands): the
// lowest frequencies are split five times, the middle four, the high two.
func newLayout(width, height int) *layout {
	leaf := shape(nil)
	two := shape{leaf, leaf, leaf, leaf}
	four := shape{two, two, two, two}
	lowest := shape{shape{two, leaf, leaf, leaf}, two, two, two}
	l := &layout{splits: make([]split, 0, 20)}
	l.add(split{block: block{0, 0, width, height}}, shape{shape{lowest, four, four, leaf}, two, two, leaf})
	return l
}

// add enters a block and what it is split into. The bands are numbered in the
// order in which this walk reaches them; the dropped corner comes last.
func (l *layout) add(s split, of shape) {
	if of == nil {
		if l.n < bands {
			l.bands[l.n] = s.block
			l.n++
		}
		return
	}
	l.splits = append(l.splits, s)
	left, top := first(s.w, s.swapX), first(s.h, s.swapY)
	for i, child := range of {
		right, bottom := i&1 == 1, i&2 == 2
		b := block{s.x, s.y, left, top}
		if right {
			b.x, b.w = s.x+left, s.w-left
		}
		if bottom {
			b.y, b.h = s.y+top, s.h-top
		}
		l.add(split{b, right, bottom}, child)
	}
}

// first is the length of the left or upper part of a line of n: the low
// frequencies have the odd pixel.
func first(n int, swapped bool) int {
	if swapped {
		return n / 2
	}
	return (n + 1) / 2
}
