package qr

import (
	"context"
	"image"
	"slices"
	"time"

	"github.com/tram-station/tram/mrz/gray"
)

// DefaultBudget is what Scanner spends on a frame that shows no code, so that
// the preview of a camera stays fluent on a counter PC.
const DefaultBudget = 80 * time.Millisecond

// Scanner reads the frames of a camera. It looks at each frame the quickest
// way, then in one or more other ways while the budget lasts, another one first
// on every frame: the next frame is the retry. The zero value is ready; one
// goroutine uses it.
type Scanner struct {
	// Budget is the time after which no further try is begun on a frame;
	// DefaultBudget where it is zero. A try that has begun is not cut short.
	Budget time.Duration
	// Now is the clock; time.Now where it is nil.
	Now func() time.Time

	engine engine
	last   []Code // of the frame before
	same   int    // frames on end that showed no more than that
}

// Scan returns what the frame shows. A frame without a code is no error: go on
// with the next. The error is gray.ErrTooLarge, or that of ctx.
func (s *Scanner) Scan(ctx context.Context, frame image.Image) (Sight, error) {
	size := frame.Bounds()
	if err := gray.CheckSize(size.Dx(), size.Dy()); err != nil {
		return Sight{}, err
	}
	if err := ctx.Err(); err != nil {
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
	over := func() bool { return ctx.Err() != nil || now().Sub(begin) >= budget }
	g := gray.From(frame)
	codes, unread := s.engine.frame(g, over)
	sight := sightOf(g, size.Min, codes, unread)
	if err := ctx.Err(); err != nil && len(sight.Codes) == 0 {
		return Sight{}, err
	}
	s.vary(sight.Codes)
	return sight, nil
}

// vary lets the next frame begin with another way of looking when this one has
// shown the same codes as that before: who goes on after a code waits for
// another one, which may be smaller.
func (s *Scanner) vary(codes []Code) {
	same := func(a, b Code) bool { return a.Text == b.Text }
	if len(codes) > 0 && slices.EqualFunc(codes, s.last, same) {
		s.same++
		s.engine.begin = s.same
	} else {
		s.same = 0
	}
	s.last = codes
}
