package face

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// Run guides the citizen until everything is in order for 0.7 s, and cuts the
// portrait out of the sharpest of the last frames. Otherwise it ends with the
// error of the context or the camera, [ErrJudge], or a [NotReadyError].
//
// The camera is never kept waiting: while a frame is judged, those that come
// in are shown with what was found before, and the newest is judged next.
func (s *Session) Run(ctx context.Context) (*Portrait, error) {
	prover, err := newProver(s.Challenge, s.Rand)
	if err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	t := &take{Session: s, guide: guide{prover: prover}, work: make(chan biometrics.Frame, 1), seen: make(chan sight, 1), fault: make(chan error, 2)}
	ctx, cancel := context.WithCancel(ctx)
	frames := make(chan biometrics.Frame)
	go t.film(ctx, frames)
	go t.judge()
	defer func() { // the camera and the finder are free when Run returns
		cancel()
		close(t.work)
		for range frames {
			continue
		}
		for range t.seen {
			continue
		}
	}()
	for {
		select {
		case f, ok := <-frames:
			if !ok {
				return nil, <-t.fault
			}
			if err := t.newest(f); err != nil {
				return nil, err
			}
		case now, ok := <-t.seen:
			if !ok {
				return nil, <-t.fault
			}
			if p, err := t.decide(now); p != nil || err != nil {
				return p, err
			}
		}
	}
}

// take is one run of a session.
type take struct {
	*Session
	guide guide // of judge's goroutine

	work  chan biometrics.Frame // to judge
	seen  chan sight            // from judge
	fault chan error            // why film or judge ended

	// What follows is of Run's goroutine.
	view    Preview // what was last found, with the newest picture
	canvas  image.RGBA
	frame   biometrics.Frame
	pending bool // frame was not shown yet
	unseen  bool // frame was not judged yet
	judging bool
	found   bool // something was judged

	best   shot // so far, should patience end
	some   bool // there is one
	last   time.Time
	took   time.Duration
	waited time.Duration // took without the time of a challenge
}

// film hands on what the camera films.
func (t *take) film(ctx context.Context, frames chan<- biometrics.Frame) {
	defer close(frames)
	for {
		f, err := t.Camera.Frame(ctx)
		if err != nil {
			t.fault <- fmt.Errorf("portrait: %w", err)
			return
		}
		if f.Time.IsZero() {
			f.Time = t.now()
		}
		select {
		case frames <- f:
		case <-ctx.Done():
			t.fault <- fmt.Errorf("portrait: %w", ctx.Err())
			return
		}
	}
}

func (s *Session) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// judge looks at one frame after the other.
func (t *take) judge() {
	defer close(t.seen)
	for f := range t.work {
		faces, err := t.Finder.Find(f.Image)
		var now sight
		if err == nil {
			now, err = t.guide.look(f, faces)
		}
		if err != nil {
			t.fault <- fmt.Errorf("portrait: %w: %w", ErrJudge, err)
			return
		}
		t.seen <- now
	}
}

// newest takes in a frame of the camera.
func (t *take) newest(f biometrics.Frame) error {
	t.show()
	t.frame, t.pending, t.unseen = f, true, true
	t.next() // judged while it is packed
	if t.On == nil {
		return nil
	}
	b := f.Image.Bounds()
	var err error
	t.view.Size = b.Size()
	t.view.JPEG, err = pack(f, &t.canvas)
	return err
}

// next hands the newest frame to judge when that is idle.
func (t *take) next() {
	if t.unseen && !t.judging {
		t.work <- t.frame
		t.unseen, t.judging = false, true
	}
}

// show calls On once a frame, and not before something was found.
func (t *take) show() {
	if t.On != nil && t.pending && t.found {
		t.On(t.view)
	}
	t.pending = false
}

// decide goes on after a frame was judged: it returns the portrait, the error
// that ends the session, or neither.
func (t *take) decide(now sight) (*Portrait, error) {
	t.judging, t.found = false, true
	t.view.Result, t.view.Progress, t.view.Challenge, t.view.Face = now.shown, now.progress, now.challenge, nil
	if len(now.faces) > 0 {
		f := now.faces[0].Moved(now.frame.Image.Bounds().Min.Mul(-1))
		t.view.Face = &f
	}
	t.show()
	t.clock(now)
	if !t.some || now.nearer(t.best) {
		t.best, t.some = now.shot, true
	}
	switch {
	case t.pressed():
		return t.finish(now.shot, true)
	case now.done:
		return t.finish(t.guide.best(), false)
	case t.Patience > 0 && t.waited >= t.Patience && now.progress == 0:
		p, err := t.finish(t.best, true)
		if err != nil {
			return nil, &NotReadyError{}
		}
		p.Manual = false
		return nil, &NotReadyError{Best: p}
	}
	t.next()
	return nil, nil
}

// clock adds the time since the frame before: a clock that jumps moves it by
// no more than one gap.
func (t *take) clock(now sight) {
	if at := now.frame.Time; !t.last.IsZero() {
		passed := min(max(at.Sub(t.last), 0), gap)
		t.took += passed
		if !now.asking { // a challenge has a limit of its own
			t.waited += passed
		}
	}
	t.last = now.frame.Time
}

func (t *take) pressed() bool {
	select {
	case _, ok := <-t.Manual:
		return ok
	default:
		return false
	}
}

// finish makes the portrait. The judge is idle: its guide may be asked.
func (t *take) finish(from shot, manual bool) (*Portrait, error) {
	p, err := t.develop(from, manual)
	if err != nil {
		return nil, err
	}
	p.Tries, p.Took, p.Attack = t.guide.tries, t.took, t.guide.prover.attack(p.Model)
	return p, nil
}

// nearer says whether a shot comes nearer to a portrait than another.
func (s shot) nearer(than shot) bool {
	if a, b := s.lacks(), than.lacks(); a != b {
		return a < b
	}
	return s.better(than)
}

// lacks counts the problems; a picture without a face has them all.
func (s shot) lacks() int {
	if len(s.faces) == 0 {
		return len(rules) + 1
	}
	return len(s.result.Problems)
}
