package ocr

import (
	"context"
	"image"
	"slices"
	"time"

	"github.com/tram-station/tram/mrz/gray"
)

// Defaults of a Scanner.
const (
	DefaultAgree  = 2
	DefaultBudget = 80 * time.Millisecond
)

// What a Sight says of a zone that is not yet believed.
const (
	CauseFar        = "too-far"    // few pixels a character
	CauseBlur       = "blurred"    // out of focus, or moved
	CauseGlare      = "glare"      // characters lost in a reflection
	CauseUnclear    = "unclear"    // none of these, and not read
	CauseConfirming = "confirming" // read; more frames must say the same
)

// Limits of what a Scanner remembers.
const (
	maxRecent  = 8  // valid readings
	maxWithout = 20 // frames without the zone, then it is another card
)

// Sight is what a frame shows.
type Sight struct {
	// Reading is believed: valid, and as many frames said the same as must.
	Reading *Reading
	// Corners of the zone in the frame, as in Reading; nil where none is seen.
	Corners *[4]image.Point
	// Cause says why a zone that is seen is not believed, "" otherwise.
	Cause string
}

// Scanner reads the frames of a camera. The zero value is ready; one goroutine
// uses it.
type Scanner struct {
	// Agree is the number of frames that must say the same; DefaultAgree where
	// it is zero.
	Agree int
	// Budget is the time after which no further try is begun on a frame;
	// DefaultBudget where it is zero.
	Budget time.Duration
	// Now is the clock; time.Now where it is nil.
	Now func() time.Time

	recent  []*Reading // valid ones of the same document
	without int        // frames since the last
	where   *image.Rectangle
	turn    int // which other level the next frame is searched on
}

// Scan returns what the frame shows. A frame without a zone is no error: go on
// with the next. The error is gray.ErrTooLarge, or that of ctx.
func (s *Scanner) Scan(ctx context.Context, frame image.Image) (Sight, error) {
	size := frame.Bounds()
	if err := gray.CheckSize(size.Dx(), size.Dy()); err != nil {
		return Sight{}, err
	}
	now, budget := s.Now, s.Budget
	if now == nil {
		now = time.Now
	}
	if budget == 0 {
		budget = DefaultBudget
	}
	begin := now()
	reading := s.search(gray.From(frame), size.Min, func() bool {
		return ctx.Err() != nil || now().Sub(begin) >= budget
	})
	if err := ctx.Err(); err != nil && reading == nil {
		return Sight{}, err
	}
	return s.judge(reading, size.Min), nil
}

// search looks where the zone was in the last frame, then everywhere, then on
// one other level of the pyramid.
func (s *Scanner) search(g *image.Gray, origin image.Point, over func() bool) (best *Reading) {
	if s.where != nil {
		if part := s.where.Intersect(g.Rect); part.Dx() >= minPart && part.Dy() >= minPart {
			p := newPyramid(gray.From(g.SubImage(part)))
			best = p.read(p.first(), origin.Add(part.Min), nil)
		}
	}
	p := newPyramid(g)
	for i, level := range p.order() {
		if best != nil && best.Valid || over() {
			break
		}
		// The first level on each frame, of the others one in turn.
		if i == 0 || best == nil && i == 1+s.turn%(len(p.order())-1) {
			best = p.read(level, origin, best)
		}
	}
	s.turn++
	return best
}

// minPart is the smallest side of the part of a frame that is looked at by
// itself.
const minPart = 64

// judge decides what is believed.
func (s *Scanner) judge(r *Reading, origin image.Point) Sight {
	if r == nil {
		s.where = nil
		if s.without++; s.without > maxWithout {
			s.recent = nil
		}
		return Sight{}
	}
	s.where = around(r.Corners, origin)
	sight := Sight{Corners: &r.Corners}
	if !r.Valid {
		sight.Cause = r.source.cause()
		return sight
	}
	s.without = 0
	checked := r.checkedLines()
	if n := len(s.recent); n > 0 && !slices.Equal(s.recent[n-1].checkedLines(), checked) {
		s.recent = nil
	}
	s.recent = append(s.recent, r)
	s.recent = s.recent[max(0, len(s.recent)-maxRecent):]
	same := 0
	for _, other := range s.recent {
		if slices.Equal(other.Lines, r.Lines) {
			same++
		}
	}
	agree := s.Agree
	if agree == 0 {
		agree = DefaultAgree
	}
	if same < agree {
		sight.Cause = CauseConfirming
		return sight
	}
	sight.Reading = r
	return sight
}

// checkedLines are the lines that hold more than names: frames that differ in
// them show two documents, or one of them was misread.
func (r *Reading) checkedLines() []string {
	if len(r.Lines) == 3 {
		return r.Lines[:2]
	}
	return r.Lines[1:]
}

// around returns the rectangle that holds the corners with half as much room
// again, from the origin of the frame.
func around(corners [4]image.Point, origin image.Point) *image.Rectangle {
	r := image.Rectangle{corners[0], corners[0]}
	for _, c := range corners[1:] {
		r.Min.X, r.Min.Y = min(r.Min.X, c.X), min(r.Min.Y, c.Y)
		r.Max.X, r.Max.Y = max(r.Max.X, c.X), max(r.Max.Y, c.Y)
	}
	room := max(r.Dx(), r.Dy()) / 5
	r = r.Inset(-room).Sub(origin)
	return &r
}

// Limits of the causes.
const (
	farPitch     = 8    // pixels a character
	glareCells   = 3    // characters lost in white
	glareWhite   = 245  // grey value of a reflection
	blurredFit   = 0.85 // a sharp zone is more like its templates
	blurredLevel = len(blurs) - 1
)

// cause says why a zone was not read for sure.
func (z *located) cause() string {
	pitch, _ := z.scale(z.center())
	switch {
	case pitch*z.zoom < farPitch:
		return CauseFar
	case z.white() >= glareCells:
		return CauseGlare
	case z.blur == blurredLevel || z.fit < blurredFit:
		return CauseBlur
	}
	return CauseUnclear
}

// white counts the cells that are white all over.
func (z *located) white() int {
	n := 0
	var p patch
	for r := z.box.row; r < z.box.row+z.box.rows; r++ {
		for c := z.box.column; c < z.box.column+z.box.columns; c++ {
			z.sample(c, r, &p)
			darkest := float32(255)
			for y := reachY; y < reachY+cellHeight; y++ {
				darkest = min(darkest, slices.Min(p[y*padX+reachX:y*padX+reachX+cellWidth]))
			}
			if darkest >= glareWhite {
				n++
			}
		}
	}
	return n
}
