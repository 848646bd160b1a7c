package qr

import (
	"context"
	"image"
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

	turn int
}

// Scan returns the first code of the frame, or of several that lie together.
// The error is ErrNoCode (go on with the next frame), gray.ErrTooLarge, or that of
// ctx.
func (s *Scanner) Scan(ctx context.Context, frame image.Image) ([]Code, error) {
	size := frame.Bounds()
	if err := gray.CheckSize(size.Dx(), size.Dy()); err != nil {
		return nil, err
	}
	now, budget := s.Now, s.Budget
	if now == nil {
		now = time.Now
	}
	if budget == 0 {
		budget = DefaultBudget
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	begin := now()
	views := newViews(gray.From(frame))
	codes, found := views.read(reading{full, hybrid}, false)
	others := [...]reading{{full, global}, {half, hybrid}, {double, hybrid}, {full, local}}
	for range others {
		if len(codes) > 0 || now().Sub(begin) >= budget {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r := others[s.turn%len(others)]
		s.turn++
		// Doubling costs four times as much: only where a code seems to be.
		if r.scale == double && (!found || size.Dx()*size.Dy() > largeImage) {
			continue
		}
		var seen bool
		codes, seen = views.read(r, false)
		found = found || seen
	}
	if len(codes) == 0 {
		return nil, ErrNoCode
	}
	return offset(codes, size.Min), nil
}
