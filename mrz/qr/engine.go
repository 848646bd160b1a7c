package qr

import (
	"image"
	"math"
	"slices"

	"github.com/tram-station/tram/mrz/gray"
)

// engine looks for codes in grey pictures. It keeps its buffers; one goroutine
// uses it, the zero value is ready.
type engine struct {
	locator locator
	samples samples
	decider decider
	field   *field
	layouts map[int]*layout

	picture *pyramid
	pooled  []centre // that may be finder patterns
	codes   []found
	unread  []missed
	over    func() bool
	all     bool
	effort  int // modules sampled for this picture
	begin   int // the stage of the next frame that comes first
}

// still looks at a picture in all ways and returns every code in it, in the
// order in which they were found, and what was seen and not read, best first.
func (e *engine) still(g *image.Gray) ([]found, []missed) {
	e.all, e.over = true, func() bool { return false }
	e.look(g)
	if len(e.codes) > 0 {
		return e.codes, e.stillUnread()
	}
	if g.Rect.Dx()*g.Rect.Dy() > maxDoubled {
		return nil, e.stillUnread()
	}
	unread := e.stillUnread()
	e.look(gray.Double(g))
	for i := range e.codes {
		e.codes[i].place = e.codes[i].halved()
	}
	return e.codes, unread
}

// maxDoubled is the number of pixels of a picture that is looked at in double
// size as well.
const maxDoubled = 1 << 18

// frame looks at a picture of a camera until over says that the time has gone;
// it asks between stages of a few milliseconds, and the next frame goes on with
// the stage that this one did not come to. It ends with the stage that shows a
// code. A nil over never ends.
func (e *engine) frame(g *image.Gray, over func() bool) ([]found, []missed) {
	if e.all, e.over = false, over; over == nil {
		e.over = func() bool { return false }
	}
	e.look(g)
	return e.codes, e.stillUnread()
}

// look searches a picture at all its sizes, from half the size on: codes whose
// modules are small come second, for they take the most time.
func (e *engine) look(g *image.Gray) {
	e.picture, e.pooled, e.codes, e.unread, e.effort = newPyramid(g), e.pooled[:0], nil, nil, 0
	stages := make([]int, len(e.picture.sizes))
	for i := range stages {
		stages[i] = i
	}
	if len(stages) > 1 {
		stages[0], stages[1] = 1, 0
	}
	first := e.begin
	e.begin = 0
	for i := range stages {
		stage := (first + i) % len(stages)
		e.search(stages[stage], i)
		if len(e.codes) > 0 && !e.all {
			return
		}
		if e.over() {
			e.begin = stage + 1
			return
		}
	}
	e.grow(len(stages))
}

// search looks for centres at one size and reads the codes that they and those
// found before make.
func (e *engine) search(size, stage int) {
	centres := e.locator.search(e.picture.sizes[size], e.picture.scale(size), 2)
	for i := range centres {
		centres[i].stage = stage
	}
	e.pooled = pool(e.pooled, centres, e.picture)
	e.readTriples(stage)
}

// anotherCode is how much the patterns of a triple are like finder patterns
// that makes it worth the time after a code was read.
const anotherCode = 0.65

// readTriples reads the codes that centres make, of which one is of the stage
// at least.
func (e *engine) readTriples(stage int) {
	for _, t := range triples(e.pooled, stage) {
		if e.taken(t) || len(e.codes) > 0 && t.likeness() < anotherCode {
			continue
		}
		if f, ok := e.try(t); ok {
			e.codes = append(e.codes, f)
		}
		if e.over() {
			return
		}
	}
}

// taken reports whether a code that was read has one of a triple's patterns.
func (e *engine) taken(t triple) bool {
	return e.used(t.corner) || e.used(t.right) || e.used(t.below)
}

// used reports whether a centre is a finder pattern of a code that was read. A
// code may hold a smaller one in its middle.
func (e *engine) used(c centre) bool {
	return slices.ContainsFunc(e.codes, func(f found) bool {
		for _, p := range f.finders() {
			if math.Hypot(c.x-p.x, c.y-p.y) < 5*f.module {
				return true
			}
		}
		return false
	})
}

// try reads the code that three centres may make.
func (e *engine) try(t triple) (found, bool) {
	a, ok := anchor(e.picture, t)
	if !ok {
		return found{}, false
	}
	for i, g := range a.lay(t.span) {
		if e.spent(g.n) || i > 0 && e.over() {
			break
		}
		look := a.finders + g.quality
		l := e.layout(g.n)
		plain := g
		g.aligned(l, &a)
		where := g.place(false)
		if f, ok := e.read(&g, l); ok {
			return f, true
		}
		e.miss(where, look)
		if plain.quality < promising && g.quality < promising {
			continue
		}
		// An alignment pattern may be covered, or something else be like one.
		for _, other := range []*grid{&g, &plain} {
			if e.spent(g.n) || !other.polish(l) {
				break
			}
			if f, ok := e.read(other, l); ok {
				return f, true
			}
		}
	}
	return found{}, false
}

// promising is the quality of a grid that is worth a second look.
const promising = 0.85

// maxEffort is the number of modules that are sampled for one picture, over
// all tries: a hundred small symbols, or a dozen large ones.
const maxEffort = 300_000

// spent counts a try of n modules a side, and reports whether it is one too
// many for this picture.
func (e *engine) spent(n int) bool {
	e.effort += n * n
	return e.effort > maxEffort
}

// layout returns the plan of a symbol of n modules a side.
func (e *engine) layout(n int) *layout {
	if e.layouts == nil {
		e.layouts = map[int]*layout{}
	}
	l := e.layouts[n]
	if l == nil {
		l = newLayout(n)
		e.layouts[n] = l
	}
	return l
}

// Limits of deciding again.
const (
	maxRounds = 4   // as long as each teaches something
	maxNoise  = 0.8 // unexplained by the first round, by the contrast: noise, no code
)

// read samples a grid, decides its modules and corrects what they say.
func (e *engine) read(g *grid, l *layout) (found, bool) {
	if e.field == nil {
		e.field = newField()
	}
	d := &e.decider
	e.samples.take(g)
	d.begin(&e.samples)
	f := readFormat(l, d.soft)
	if f.mirrored {
		g.mirror()
		e.samples.take(g)
		d.begin(&e.samples)
	}
	if f.score < minFormat && f.margin < minMargin {
		return found{}, false
	}
	m := newMessage(l, f)
	solved, all := m.correct(e.field, d.soft)
	for round := 0; !all && round < maxRounds; round++ {
		if round > 0 {
			if e.spent(g.n) || e.over() {
				break
			}
			d.follow(g)
			e.samples.take(g)
		}
		m.teach(d.known)
		if d.fix(round == 0); !d.equalise() {
			break
		}
		var more int
		more, all = m.correct(e.field, d.soft)
		if solved += more; solved == 0 && (round > 0 || d.noise() > maxNoise) {
			break
		}
	}
	if !all {
		return found{}, false
	}
	data, ok := m.decode()
	return found{place: g.place(f.mirrored), data: data, level: f.level.String()[0]}, ok
}
