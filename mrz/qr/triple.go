package qr

import (
	"math"
	"slices"
)

// Which three centres make a code: two sides of about one length at about a
// right angle, whose number of modules comes out the same wherever it is
// measured.

// Limits against pictures full of finder patterns.
const (
	maxCandidates = 36 // centres that are put together
	maxTriples    = 24 // triples that are looked at more closely, in one size of the picture
)

// Bounds of a triple. A card tilted by 45° before a wide lens stays within.
const (
	maxSides  = 2.5  // one side by the other
	maxCosine = 0.85 // of the angle between them
	maxSpread = 0.30 // standard deviation of the logarithms of the modules a side
	minSpan   = 14 * 0.75
	maxSpan   = 170 * 1.2
)

// triple is three centres that may be the finder patterns of one code.
type triple struct {
	corner, right, below centre     // the order turns clockwise; a mirrored code shows by its format information
	span                 float64    // modules between the centres of two patterns: dimension − 7
	size                 [3]float64 // of a module at each centre, by the mean
	cost                 float64    // how unlike a code; lower is better
}

// triples returns the likely ones among the best centres that have one of the
// stage at least, best first.
func triples(list []centre, stage int) []triple {
	list = list[:min(len(list), maxCandidates)]
	var out []triple
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			if !alike(list[i], list[j]) {
				continue
			}
			for k := j + 1; k < len(list); k++ {
				if max(list[i].stage, list[j].stage, list[k].stage) < stage || !alike(list[i], list[k]) || !alike(list[j], list[k]) {
					continue
				}
				for _, c := range [...][3]int{{i, j, k}, {j, k, i}, {k, i, j}} {
					if t, ok := join(list[c[0]], list[c[1]], list[c[2]]); ok {
						out = append(out, t)
					}
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b triple) int { return cmpFloat(a.cost, b.cost) })
	return out[:min(len(out), maxTriples)]
}

func cmpFloat(a, b float64) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// alike reports whether two centres may belong to one code by size and colour.
func alike(a, b centre) bool {
	p, q := a.across*a.down, b.across*b.down
	return a.inverted == b.inverted && p < 7*q && q < 7*p
}

// join orders three centres, the first at the corner, and measures them.
func join(corner, right, below centre) (triple, bool) {
	t := triple{corner: corner, right: right, below: below}
	bx, by := t.right.x-t.corner.x, t.right.y-t.corner.y
	cx, cy := t.below.x-t.corner.x, t.below.y-t.corner.y
	cross := bx*cy - by*cx
	if cross < 0 {
		t.right, t.below = t.below, t.right
		bx, by, cx, cy, cross = cx, cy, bx, by, -cross
	}
	b, c := math.Hypot(bx, by), math.Hypot(cx, cy)
	cosine := (bx*cx + by*cy) / (b * c)
	if b > maxSides*c || c > maxSides*b || math.Abs(cosine) > maxCosine {
		return t, false
	}
	// A row crosses the pattern's seven modules where the larger of its two
	// coordinates along the sides does.
	across := max(math.Abs(cy), math.Abs(by)) / cross
	down := max(math.Abs(cx), math.Abs(bx)) / cross
	var sum, squares float64
	for i, f := range [...]centre{t.corner, t.right, t.below} {
		p, q := -math.Log(f.across*across), -math.Log(f.down*down)
		sum += p + q
		squares += p*p + q*q
		t.size[i] = -(p + q) / 2
	}
	mean := sum / 6
	for i := range t.size {
		t.size[i] = max(0.6, min(1.6, math.Exp(0.8*(t.size[i]+mean))))
	}
	spread := math.Sqrt(max(0, squares/6-mean*mean))
	t.span = math.Exp(mean)
	if spread > maxSpread || t.span < minSpan || t.span > maxSpan {
		return t, false
	}
	t.cost = spread + 0.3*math.Abs(math.Log(b/c)) + 0.3*math.Abs(cosine) + 0.5*(1-t.likeness())
	return t, true
}

// likeness is the mean of that of the three centres.
func (t triple) likeness() float64 {
	return (t.corner.likeness + t.right.likeness + t.below.likeness) / 3
}

func gap(a, b centre) float64 { return math.Hypot(a.x-b.x, a.y-b.y) }
