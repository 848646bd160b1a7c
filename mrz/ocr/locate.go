package ocr

import (
	"image"

	"github.com/tram-station/tram/mrz/gray"
)

// searchSide is the side of the picture that zones are sought in first: a
// zone that fills half of it has characters of nine pixels.
const searchSide = 1000

// window is the side of the neighbourhood that ink is darker than.
const inkWindow = 31

// maxLattices is how many places in a picture are looked at closely.
const maxLattices = 3

// shape is the number of columns and lines of a format.
type shape struct{ columns, rows int }

var shapes = [...]shape{{30, 3}, {36, 2}, {44, 2}}

// located is a zone in the picture: a view with its box.
type located struct {
	view
	box    box
	score  float64     // how far its cells are above blank ones, summed up
	fit    float64     // mean correlation
	scale  float64     // pixels of the picture to one of the view's
	origin image.Point // where the picture's first pixel lies
}

// pyramid holds a picture and its halves.
type pyramid []*image.Gray

func newPyramid(g *image.Gray) pyramid {
	p := pyramid{g}
	for g.Rect.Dx() > searchSide/2 || g.Rect.Dy() > searchSide/2 {
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

// locate returns the zone of the picture that is most like one.
func (p pyramid) locate(level int) *located {
	img := p[level]
	if img.Rect.Dx() < 2*cellWidth || img.Rect.Dy() < cellHeight {
		return nil
	}
	var best *located
	for _, l := range findLattices(findMarks(smooth(img), inkWindow), maxLattices) {
		if z := p.examine(l, level); z != nil && (best == nil || z.score > best.score) {
			best = z
		}
	}
	return best
}

// examine looks at a lattice that was found on a level, both ways up.
func (p pyramid) examine(l lattice, level int) *located {
	l = l.scaled(float64(int(1) << level))
	fine := 0
	for pitch := l.pitch(); pitch/2 >= 0.8*cellWidth && fine < len(p)-1; pitch /= 2 {
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
	z := best.window()
	if z == nil {
		return nil
	}
	z.refine(z.box, 1, 2)
	z.stretch(z.box, 2, stretches[3:6])
	z.sharpen(z.box, 2)
	z.refine(z.box, 0, 1)
	z.refine(z.box, 0, 1)
	z.fit = z.likeness(z.box, 2)
	z.scale = float64(int(1) << fine)
	return z
}

// minLikeness is the mean correlation below which cells hold no characters.
const minLikeness = 0.3

// Blank cells are about that like some character.
const blankLikeness = 0.45

// window finds the format and its place among the cells around the lattice.
func (v *view) window() *located {
	const above, beside = 3, 8
	t := &library()[v.blur]
	width, first := v.to-v.from+2*beside, v.from-beside
	var gain [2*above + 1][]float64
	var p patch
	var cell vector
	for r := range gain {
		gain[r] = make([]float64, width+1) // summed up from the left
		for c := range width {
			v.sample(first+c, r-above, &p)
			p.at(0, 0, &cell)
			_, s := t.best(&cell)
			gain[r][c+1] = gain[r][c] + float64(s) - blankLikeness
		}
	}
	var best *located
	for _, s := range shapes {
		for r := 0; r+s.rows <= len(gain); r++ {
			for c := 0; c+s.columns <= width; c++ {
				sum := 0.0
				for k := r; k < r+s.rows; k++ {
					sum += gain[k][c+s.columns] - gain[k][c]
				}
				if sum > 0 && (best == nil || sum > best.score) {
					best = &located{view: *v, score: sum, box: box{first + c, r - above, s.columns, s.rows}}
				}
			}
		}
	}
	return best
}
