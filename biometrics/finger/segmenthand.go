package finger

import (
	"cmp"
	"image"
	"math"
	"slices"

	"github.com/tram-station/tram/biometrics"
)

// What a fingertip measures, in millimetres.
const (
	minTipWidth  = 6
	minTipHeight = 7
	minTipArea   = 55 // mm²
	maxTipHeight = 27 // down to the first joint
	jointFrom    = 11 // the first joint is not nearer to the tip than this
	jointSide    = 4  // of skin above and below a joint
	belowGap     = 9  // between the tip and what is below the joint, at most
)

const (
	maxLean     = 40.0 // degrees
	fanned      = 22.0 // degrees that a finger leans more than the hand, at most
	jointShare  = 0.55 // of the ridges around: the crease of a joint has less
	columnShare = 0.5  // of the width that a fingertip has in common with what is below it
	wide        = 1.5  // of a fingertip's width: what is wider below it is of several fingers
	dwarf       = 2    // what is this much larger than the skin above it lies not below its joint
	cutShare    = 0.7  // of the others' width: a finger that the platen's edge cuts has less
)

// tip is a fingertip in a slap; all lengths in cells.
type tip struct {
	blobs []int // its own first, then what lies below the joint
	cells int   // of its own
	axis        // how the finger leans
	// u and v are across and along the finger; the box of the tip in them.
	u0, u1, v0, v1 float64
}

// axis is a direction: clockwise from upright.
type axis struct{ sin, cos float64 }

func axisOf(radians float64) axis {
	s, c := math.Sincos(radians)
	return axis{s, c}
}

func (a axis) degrees() float64 { return math.Atan2(a.sin, a.cos) * 180 / math.Pi }

// along turns a point of the picture into one across and along the axis.
func (a axis) along(x, y float64) (u, v float64) { return x*a.cos + y*a.sin, y*a.cos - x*a.sin }

// back is the point of the picture.
func (a axis) back(u, v float64) (x, y float64) { return u*a.cos - v*a.sin, u*a.sin + v*a.cos }

// extents are sums over cells.
type extents struct{ n, x, y, xx, xy, yy float64 }

func (m *extents) add(x, y float64) {
	m.n++
	m.x, m.y = m.x+x, m.y+y
	m.xx, m.xy, m.yy = m.xx+x*x, m.xy+x*y, m.yy+y*y
}

func (m *extents) join(o extents) {
	m.n, m.x, m.y = m.n+o.n, m.x+o.x, m.y+o.y
	m.xx, m.xy, m.yy = m.xx+o.xx, m.xy+o.xy, m.yy+o.yy
}

// long returns the direction in which the cells stretch, as a vector of the
// double angle from upright whose length is how far they do.
func (m *extents) long() (sin2, cos2 float64) {
	x, y := m.x/m.n, m.y/m.n
	xx, xy, yy := m.xx/m.n-x*x, m.xy/m.n-x*y, m.yy/m.n-y*y
	return -2 * xy, yy - xx
}

// lean turns a double angle into an axis, no further than limit degrees from
// another one.
func lean(sin2, cos2 float64, from axis, limit float64) axis {
	a := math.Atan2(sin2, cos2) / 2
	mid := math.Atan2(from.sin, from.cos)
	for a-mid > math.Pi/2 {
		a -= math.Pi
	}
	for a-mid < -math.Pi/2 {
		a += math.Pi
	}
	r := limit * math.Pi / 180
	return axisOf(min(max(a, mid-r), mid+r))
}

// fingertips finds the tips among the blobs, from left to right.
func (g *grid) fingertips() []tip {
	if g.blobs == 0 {
		return nil
	}
	all := make([]extents, g.blobs+1)
	for c, o := range g.owner {
		if o != 0 {
			all[o].add(float64(c%g.w), float64(c/g.w))
		}
	}
	upright := axis{0, 1}
	var sin2, cos2 float64
	for _, m := range all[1:] {
		// What stretches across the picture is skin of several fingers.
		if s, c := m.long(); math.Abs(math.Atan2(s, c)) < 2*maxLean*math.Pi/180 {
			sin2, cos2 = sin2+s, cos2+c
		}
	}
	hand := lean(sin2, cos2, upright, maxLean)
	var tips []tip
	for range 2 { // with the first columns the hand's lean is known better
		tips = g.columns(all, hand)
		sin2, cos2 = 0, 0
		for i := range tips {
			s, c := tips[i].sum(all).long()
			tips[i].axis = lean(s, c, hand, fanned)
			sin2, cos2 = sin2+s, cos2+c
		}
		hand = lean(sin2, cos2, upright, maxLean)
	}
	for i := range tips {
		g.measureTip(&tips[i])
	}
	return g.plausible(tips, hand)
}

// sum are the extents of all that belongs to a finger.
func (t *tip) sum(all []extents) *extents {
	var m extents
	for _, b := range t.blobs {
		m.join(all[b])
	}
	return &m
}

// columns puts what lies below a joint to its fingertip. What is too small for
// a fingertip is left out.
func (g *grid) columns(all []extents, hand axis) []tip {
	boxes := make([]tip, 0, g.blobs)
	for b := range g.blobs {
		t := tip{blobs: []int{b + 1}, axis: hand, cells: int(all[b+1].n)}
		g.extent(&t)
		if g.fingerlike(&t) {
			boxes = append(boxes, t)
		}
	}
	slices.SortFunc(boxes, func(a, b tip) int { return cmp.Compare(a.v0, b.v0) })
	var tips []tip
next:
	for _, b := range boxes {
		for i := range tips {
			t := &tips[i]
			common := min(t.u1, b.u1) - max(t.u0, b.u0)
			if common > columnShare*min(t.u1-t.u0, b.u1-b.u0) && b.v0 > (t.v0+t.v1)/2 && b.v0-t.v1 < g.mm(belowGap) {
				if b.u1-b.u0 > wide*(t.u1-t.u0) { // skin of several fingers says nothing of one
					continue next
				}
				if b.cells > dwarf*t.cells { // the upper one is a stroke of a pen, or dirt
					*t = b
					continue next
				}
				t.blobs = append(t.blobs, b.blobs...)
				t.v1 = max(t.v1, b.v1)
				continue next
			}
		}
		tips = append(tips, b)
	}
	return tips
}

// fingerlike reports whether a box is as large as the smallest fingertip.
func (g *grid) fingerlike(t *tip) bool {
	w, h := t.u1-t.u0+1, t.v1-t.v0+1
	return w >= g.mm(minTipWidth) && h >= g.mm(minTipHeight) && w*h*math.Pi/4 >= g.mm(minTipArea)*g.mm(1)
}

// extent measures the box of a finger's first blob along its axis.
func (g *grid) extent(t *tip) {
	t.u0, t.v0 = math.Inf(1), math.Inf(1)
	t.u1, t.v1 = math.Inf(-1), math.Inf(-1)
	for c, o := range g.owner {
		if o != t.blobs[0] {
			continue
		}
		u, v := t.along(float64(c%g.w), float64(c/g.w))
		t.u0, t.u1 = min(t.u0, u), max(t.u1, u)
		t.v0, t.v1 = min(t.v0, v), max(t.v1, v)
	}
}

// measureTip measures the box of a fingertip and cuts it at the first joint.
func (g *grid) measureTip(t *tip) {
	g.extent(t)
	end := min(t.v1, g.joint(t), t.v0+g.mm(maxTipHeight))
	if end == t.v1 {
		return
	}
	t.v1 = end
	t.u0, t.u1 = math.Inf(1), math.Inf(-1)
	for c, o := range g.owner {
		if u, v := t.along(float64(c%g.w), float64(c/g.w)); o == t.blobs[0] && v <= end {
			t.u0, t.u1 = min(t.u0, u), max(t.u1, u)
		}
	}
}

// joint is where ridges fade between two parts of a finger; infinite where
// they do not.
func (g *grid) joint(t *tip) float64 {
	n := int(t.v1-t.v0) + 1
	sum, count := make([]float64, n), make([]float64, n)
	mid, half := (t.u0+t.u1)/2, (t.u1-t.u0)*0.35
	for c, o := range g.owner {
		if o != t.blobs[0] || g.filled[c] {
			continue
		}
		if u, v := t.along(float64(c%g.w), float64(c/g.w)); math.Abs(u-mid) < half {
			sum[int(v-t.v0)] += float64(g.energy[c])
			count[int(v-t.v0)]++
		}
	}
	side := int(g.mm(jointSide))
	mean := func(from, to int) float64 {
		var s, k float64
		for i := max(from, 0); i < min(to, n); i++ {
			s, k = s+sum[i], k+count[i]
		}
		return s / max(k, 1)
	}
	for i := int(g.mm(jointFrom)); i < min(n-side, int(g.mm(maxTipHeight))); i++ {
		here := mean(i, i+2)
		if here < jointShare*min(mean(i-side, i-1), mean(i+3, i+3+side)) {
			return t.v0 + float64(i)
		}
	}
	return math.Inf(1)
}

// plausible keeps what can be a fingertip, from left to right.
func (g *grid) plausible(tips []tip, hand axis) []tip {
	tips = slices.DeleteFunc(tips, func(t tip) bool { return !g.fingerlike(&t) })
	widths := make([]float64, 0, len(tips))
	for _, t := range tips {
		widths = append(widths, t.u1-t.u0)
	}
	slices.Sort(widths)
	tips = slices.DeleteFunc(tips, func(t tip) bool {
		x, _ := t.middle()
		half := (t.u1 - t.u0) / 2
		cut := x < half+1 || x > float64(g.w)-2-half
		return cut && t.u1-t.u0 < cutShare*widths[len(widths)/2]
	})
	slices.SortFunc(tips, func(a, b tip) int {
		ax, ay := a.middle()
		bx, by := b.middle()
		au, _ := hand.along(ax, ay)
		bu, _ := hand.along(bx, by)
		return cmp.Compare(au, bu)
	})
	return tips
}

// middle is the middle of the tip in the picture.
func (t *tip) middle() (x, y float64) { return t.back((t.u0+t.u1)/2, (t.v0+t.v1)/2) }

// box is the upright box around the tip's skin, in pixels of the slap.
func (g *grid) box(t *tip) image.Rectangle {
	var b image.Rectangle
	for c, o := range g.owner {
		if o != t.blobs[0] {
			continue
		}
		x, y := c%g.w, c/g.w
		if _, v := t.along(float64(x), float64(y)); v <= t.v1 {
			b = b.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	b.Min, b.Max = b.Min.Mul(g.cell), b.Max.Mul(g.cell)
	return b.Add(g.img.Rect.Min)
}

// otherHand weighs two facts: the little finger's tip lies lower than the index
// finger's, and it is narrower. It is silent unless both fingers are there and
// the facts are clear.
func otherHand(tips []tip, slap biometrics.Finger, wanted []biometrics.Finger) bool {
	if slap != biometrics.RightSlap && slap != biometrics.LeftSlap {
		return false
	}
	all := slap.Fingers()
	if !slices.Contains(wanted, all[0]) || !slices.Contains(wanted, all[3]) {
		return false
	}
	var sin, cos float64
	for _, t := range tips {
		sin, cos = sin+t.sin, cos+t.cos
	}
	hand := axisOf(math.Atan2(sin, cos))
	left, right := &tips[0], &tips[len(tips)-1]
	depth := func(t *tip) float64 {
		_, v := hand.along(t.back((t.u0+t.u1)/2, t.v0))
		return v
	}
	lower := depth(right) - depth(left)
	narrower := (left.u1 - left.u0) - (right.u1 - right.u0)
	sign := lower + 2*narrower
	if slap == biometrics.LeftSlap {
		sign = -sign
	}
	return sign < -handCells
}

// handCells is how clear the facts have to be that tell one hand from the
// other: six millimetres, in cells.
const handCells = 6 / cellSize
