package ocr

import (
	"cmp"
	"image"
	"slices"

	"github.com/tram-station/tram/mrz/gray"
)

// searchSide is the side of the picture that zones are sought in first: a
// zone that fills half of it has characters of nine pixels.
const searchSide = 1000

// inkWindow is the side of the neighbourhood that ink is darker than.
const inkWindow = 31

// maxLattices is how many places in a picture are looked at closely.
const maxLattices = 3

// maxZones is how many places and shapes are read.
const maxZones = 3

// shape is the number of columns and lines of a format.
type shape struct{ columns, rows int }

var shapes = [...]shape{{30, 3}, {36, 2}, {44, 2}}

// located is a zone in the picture: a view with its box.
type located struct {
	view
	box     box
	score   float64     // how far its cells are above blank ones, summed up
	fillers int         // clear ones
	fit     float64     // mean correlation
	zoom    float64     // pixels of the picture to one of the view's
	origin  image.Point // where the picture's first pixel lies
}

// pyramid holds a picture and its halves.
type pyramid []*image.Gray

func newPyramid(g *image.Gray) pyramid {
	p := pyramid{g}
	for max(g.Rect.Dx(), g.Rect.Dy()) > searchSide/2 && min(g.Rect.Dx(), g.Rect.Dy()) > 4*cellHeight {
		g = gray.Half(g)
		p = append(p, g)
	}
	return p
}

// first returns the level that is looked at first.
func (p pyramid) first() int {
	for i, g := range p {
		if max(g.Rect.Dx(), g.Rect.Dy()) <= searchSide {
			return i
		}
	}
	return len(p) - 1
}

// locate returns the places of the picture that are like a zone, the likest
// first.
func (p pyramid) locate(level int) []*located {
	img := p[level]
	if min(img.Rect.Dx(), img.Rect.Dy()) < cellHeight {
		return nil
	}
	var all []*located
	for _, l := range findLattices(findMarks(smooth(img), inkWindow), maxLattices) {
		all = append(all, p.examine(l, level)...)
	}
	slices.SortStableFunc(all, func(a, b *located) int { return cmp.Compare(b.score, a.score) })
	// Of what is much less like a zone only the likest is worth a look.
	for i, z := range all {
		if i == maxZones || z.score < all[0].score/2 {
			return all[:i]
		}
	}
	return all
}

// examine looks at a lattice that was found on a level, both ways up.
func (p pyramid) examine(l lattice, level int) []*located {
	l = l.scaled(float64(int(1) << level))
	fine := 0
	for pitch, _ := l.scale(l.center()); pitch/2 >= 0.8*cellWidth && fine < len(p)-1; pitch /= 2 {
		fine++
	}
	l = l.scaled(1 / float64(int(1)<<fine))
	var best *view
	score := -1.0
	b := box{l.from, -1, l.to - l.from, 3}
	for _, way := range []lattice{l, l.turned()} {
		v := &view{img: p[fine], lattice: way, blur: 1}
		v.height = v.upright()
		if s := v.stretch(box{way.from, -1, way.to - way.from, 3}, 4, []float64{0.78, 0.92, 1.08, 1.26}); s > score {
			best, score = v, s
		}
	}
	if score < minLikeness {
		return nil
	}
	b.column = best.from
	best.refine(b, 2, 2)
	best.stretch(b, 3, stretches[2:7])
	best.refine(b, 0, 1)
	if best.likeness(b, 3) < minRefined {
		return nil
	}
	zones := best.windows()
	for _, z := range zones {
		z.zoom = float64(int(1) << fine)
	}
	return zones
}

// finish fits perspective, height and blur to all cells of the zone.
func (z *located) finish() {
	z.refine(z.box, 1, 2)
	z.stretch(z.box, 2, stretches[3:6])
	z.sharpen(z.box, 2)
	z.refine(z.box, 0, 1)
	z.refine(z.box, 0, 1)
	z.fit = z.likeness(z.box, 2)
}

// Mean correlations below which cells hold no characters: at the first look,
// where the lines above and below may be blank, after it, and at the end.
const (
	minLikeness = 0.3
	minRefined  = 0.4
	minFit      = 0.5
)

// minFillers is the number of fillers that a zone has at least; a grid or a
// printed page looks like other letters.
const minFillers = 3

// Limits of what counts as more like a character than a blank cell, which is
// like one by chance.
const (
	blankLikeness = 0.28
	mostBlank     = 0.45
)

// windows finds for each shape its best place among the cells around the
// lattice, where one is more like characters than blank.
func (v *view) windows() []*located {
	const above, beside = 3, 8
	t := &library()[v.blur]
	width, first := v.to-v.from+2*beside, v.from-beside
	var scores [2*above + 1][]float64
	var fillers [2*above + 1][]int
	var p patch
	var cell vector
	mean := 0.0 // of the row that is likest
	for r := range scores {
		scores[r], fillers[r] = make([]float64, width), make([]int, width)
		sum := 0.0
		for c := range width {
			v.sample(first+c, r-above, &p)
			p.at(0, 0, &cell)
			g, s := t.best(&cell)
			scores[r][c] = float64(s)
			if g == filler {
				fillers[r][c] = 1
			}
			if c >= beside && c < width-beside {
				sum += float64(s) / float64(width-2*beside)
			}
		}
		mean = max(mean, sum)
	}
	blank := min(mostBlank, (mean+blankLikeness)/2)
	var out []*located
	for _, s := range shapes {
		z := located{view: *v}
		for r := 0; r+s.rows <= len(scores); r++ {
			for c := 0; c+s.columns <= width; c++ {
				sum := 0.0
				for k := r; k < r+s.rows; k++ {
					for _, score := range scores[k][c : c+s.columns] {
						sum += score - blank
					}
				}
				if sum > z.score {
					z.score, z.box = sum, box{first + c, r - above, s.columns, s.rows}
				}
			}
		}
		if z.score <= 0 {
			continue
		}
		c, r, n := z.box.column-first, z.box.row+above, 0
		for _, line := range fillers[r : r+s.rows] {
			for _, f := range line[c : c+s.columns] {
				n += f
			}
		}
		if n >= minFillers && !crowded(scores[:], c, r, s, blank) {
			out = append(out, &z)
		}
	}
	return out
}

// crowded reports whether characters go on beside the shape: then it is a part
// of a larger one.
func crowded(scores [][]float64, column, row int, s shape, blank float64) bool {
	const beside = 3
	left, right, n := 0.0, 0.0, 0
	for _, line := range scores[row : row+s.rows] {
		for i := 1; i <= beside; i++ {
			if column-i >= 0 && column+s.columns-1+i < len(line) {
				left += line[column-i] - blank
				right += line[column+s.columns-1+i] - blank
				n++
			}
		}
	}
	return n > 0 && max(left, right) > 0
}
