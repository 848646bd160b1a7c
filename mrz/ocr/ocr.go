// Package ocr reads the machine-readable zone from a picture of a card or
// passport: it finds the lines by the even pitch of their characters, fits a
// perspective and what a lens or a sagging page adds to it, compares each cell
// with OCR-B, and lets the classes and the check digits of the format decide
// where a character is in doubt.
package ocr

import (
	"errors"
	"image"
	"math"
	"strings"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/gray"
)

// ErrNoZone says that a picture shows no machine-readable zone.
var ErrNoZone = errors.New("no machine-readable zone: show the side with the < signs, whole, sharp and without glare")

// Reading is a zone as it was read.
type Reading struct {
	// Lines are what is believed: what the classes and the check digits made
	// of the first look.
	Lines []string
	// Zone is the zone of Lines, never nil.
	Zone *mrz.Zone
	// Valid says that the zone is valid and that no character is in doubt. What
	// no check digit covers, such as the names, is less sure than the rest.
	Valid bool
	// Corners of the zone in the picture, in reading direction: top left, top
	// right, bottom right, bottom left.
	Corners [4]image.Point
	// Repaired lists what was decided against the first look.
	Repaired []mrz.Change
	// Confidence, 0 to 1, is that of the least sure character, names included.
	Confidence float64

	source *located
}

// Read returns the zone of a still picture, any way up; one that is not Valid
// too. The error is ErrNoZone or gray.ErrTooLarge.
func Read(img image.Image) (*Reading, error) {
	size := img.Bounds()
	if err := gray.CheckSize(size.Dx(), size.Dy()); err != nil {
		return nil, err
	}
	p := newPyramid(gray.From(img))
	var best *Reading
	for _, level := range p.order() {
		best = p.read(level, size.Min, best)
		if best != nil && best.Valid {
			break
		}
	}
	if best == nil {
		return nil, ErrNoZone
	}
	return best, nil
}

// read returns the best reading on a level, or the one before where that is
// better.
func (p pyramid) read(level int, origin image.Point, best *Reading) *Reading {
	for _, z := range p.locate(level) {
		z.finish()
		if z.fit < minFit {
			continue
		}
		z.origin = origin
		if r := z.read(); r != nil && (best == nil || r.better(best)) {
			best = r
		}
		if best != nil && best.Valid {
			break
		}
	}
	return best
}

// order returns the levels of the pyramid as a still picture is searched: the
// usual size first, then larger, where a small zone has more pixels, then
// smaller.
func (p pyramid) order() []int {
	first := p.first()
	out := []int{first}
	for i := first - 1; i >= max(0, first-2); i-- {
		out = append(out, i)
	}
	if first+1 < len(p) {
		out = append(out, first+1)
	}
	return out
}

func (r *Reading) better(other *Reading) bool {
	if r.Valid != other.Valid {
		return r.Valid
	}
	return r.source.fit > other.source.fit
}

// independence is how many independent samples a cell is worth: neighbours have
// their noise in common.
const independence = 40

// wellPlaced is the correlation below which a character is looked for around its
// place too: one beside it resembles others.
const wellPlaced = 0.85

// look returns how likely each glyph is in each cell, and the first look: the
// glyphs most alike.
func (z *located) look() (odds, [][]int) {
	t := &library()[z.blur]
	o, first := make(odds, z.box.rows), make([][]int, z.box.rows)
	var p patch
	var cell vector
	for r := range o {
		o[r], first[r] = make([]likelihoods, z.box.columns), make([]int, z.box.columns)
		for c := range o[r] {
			z.sample(z.box.column+c, z.box.row+r, &p)
			glyph, score := t.odds(&p, &cell, &o[r][c])
			if first[r][c] = glyph; glyph == filler && score > sureFiller {
				z.fillers++
			}
		}
	}
	return o, first
}

// odds compares a cell, where it lies and where its best template lies, with
// all templates. With noise of unknown strength the logarithm of the likelihood
// of a template is that of what it leaves unexplained.
func (t *templates) odds(p *patch, cell *vector, out *likelihoods) (first int, best float32) {
	var scores [glyphs]float32
	p.at(0, 0, cell)
	for g := range t {
		scores[g] = t[g].dot(cell)
	}
	o := t.search(p, 0)
	if o.score < wellPlaced {
		if wider := t.search(p, 1); wider.score > o.score {
			o = wider
		}
	}
	p.at(o.x, o.y, cell)
	best = -2
	for g := range t {
		s := t[g].dot(cell)
		if s > best {
			first, best = g, s
		}
		scores[g] = max(scores[g], s)
	}
	for g, s := range scores {
		out[g] = float32(-independence / 2. * math.Log(1-float64(min(s*s, 0.9999))))
	}
	return first, best
}

// A zone is none where more than one character in so many was decided against
// the first look, unless it has as many clear fillers as this.
const (
	mostRepaired = 8
	minSure      = 6
	sureFiller   = 0.75 // the correlation of a clear one
)

// The costs of a form beside the likeliest one: what is rarer must be so much
// likelier by what was seen, and more so where check digits are wrong.
const (
	rarer  = 15
	misfit = 4 * doubt
)

// read decides what the zone says; nil where it can be none.
func (z *located) read() *Reading {
	o, first := z.look()
	form, best := settleForm(shape{z.box.columns, z.box.rows}, o)
	if best == nil {
		return nil
	}
	r := &Reading{Corners: z.corners(), source: z}
	r.Lines = make([]string, len(best.text))
	for i, line := range best.text {
		r.Lines[i] = spell(line)
	}
	zone, err := mrz.Parse(strings.Join(r.Lines, "\n"))
	if err != nil {
		return nil
	}
	r.Zone = zone
	r.Repaired = changes(zone, first, best.text)
	r.Valid = zone.Valid && best.fits && form.sure(best)
	r.Confidence = confidence(best.margin)
	if len(r.Repaired)*mostRepaired > z.box.rows*z.box.columns && z.fillers < minSure {
		return nil
	}
	return r
}

// settleForm returns the form that explains the odds best and its decision; nil
// where none does.
func settleForm(s shape, o odds) (form *form, best *decision) {
	cost := math.Inf(1)
	forms := formsFor(s)
	for i := range forms {
		d := forms[i].decide(o)
		if d == nil {
			continue
		}
		c := d.loss + float64(i)*rarer
		if !d.fits {
			c += misfit
		}
		if c < cost {
			form, best, cost = &forms[i], d, c
		}
	}
	return form, best
}

// How much likelier the zone must be than the best one with another character
// at a place that a check digit covers, and at any other.
const (
	sureMargin  = 7
	plainMargin = 2.5
)

// sure reports whether no character is in doubt.
func (f *form) sure(d *decision) bool {
	for _, s := range f.steps {
		needed := float64(sureMargin)
		if s.check < 0 && s.add == [sums]int{} {
			needed = plainMargin
		}
		for _, p := range s.at {
			if d.margin[p.line][p.column] < needed {
				return false
			}
		}
	}
	for _, p := range f.names {
		if d.margin[p.line][p.column] < plainMargin {
			return false
		}
	}
	return true
}

// confidence is the probability of the least sure character.
func confidence(margins [][]float64) float64 {
	least := float64(doubt)
	for _, line := range margins {
		for _, m := range line {
			least = min(least, m)
		}
	}
	return 1 / (1 + math.Exp(-least))
}

func spell(line []int) string {
	b := make([]byte, len(line))
	for i, g := range line {
		b[i] = alphabet[g]
	}
	return string(b)
}

// changes lists where the decision differs from the first look.
func changes(zone *mrz.Zone, first, decided [][]int) []mrz.Change {
	var out []mrz.Change
	for i := range first {
		for c, g := range first[i] {
			if to := decided[i][c]; g != to {
				out = append(out, mrz.Change{Line: i, Column: c, From: alphabet[g], To: alphabet[to], Field: fieldAt(zone, i, c)})
			}
		}
	}
	return out
}

// fieldAt names the field of a place, the composite where it is in none.
func fieldAt(zone *mrz.Zone, line, column int) string {
	for _, f := range zone.Fields() {
		if f.Line == line && (column >= f.From && column < f.To || column == f.Check) {
			return f.Name
		}
	}
	return mrz.FieldComposite
}

// corners returns the corners of the zone in the picture.
func (z *located) corners() (out [4]image.Point) {
	b := z.box
	left, right := float64(b.column)-0.5, float64(b.column+b.columns)-0.5
	top, bottom := float64(b.row)-z.height/2, float64(b.row+b.rows-1)+z.height/2
	for i, p := range [4]gray.Point{{X: left, Y: top}, {X: right, Y: top}, {X: right, Y: bottom}, {X: left, Y: bottom}} {
		q := z.at(p)
		out[i] = z.origin.Add(image.Pt(int(math.Round(q.X*z.zoom)), int(math.Round(q.Y*z.zoom))))
	}
	return out
}
