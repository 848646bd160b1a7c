package enrol

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"
	"sync"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/reader/verdict"
)

// takePortrait opens the camera, keeps it warm until start is closed, and
// takes the portrait: by itself when every measure is good, or at once when
// manual is closed.
func (s *Station) takePortrait(ctx context.Context, start, manual <-chan struct{}) {
	for ctx.Err() == nil {
		p, byHand, err := s.portraitOnce(ctx, start, manual)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			s.deliverPortrait(ctx, p, byHand)
			return
		}
		s.report(ctx, func() {
			s.live.portrait = PortraitView{State: "starting"}
			s.trouble("camera", problem("no-camera"))
		})
		if !s.pause(ctx) {
			return
		}
	}
}

func (s *Station) deliverPortrait(ctx context.Context, p *timedPortrait, byHand bool) {
	e := event{Kind: evPortrait, At: s.cfg.Now(), Portrait: &p.Portrait, Elapsed: p.elapsed}
	if byHand {
		reason := make(chan string, 1)
		s.report(ctx, func() { reason <- s.st.manual })
		select {
		case e.Reason = <-reason:
		case <-ctx.Done():
			return
		}
	}
	s.deliver(ctx, "camera", e)
}

func (s *Station) portraitOnce(ctx context.Context, start, manual <-chan struct{}) (*timedPortrait, bool, error) {
	cam, err := s.cfg.Camera(ctx)
	if err != nil {
		return nil, false, err
	}
	defer func() {
		if err := cam.Close(); err != nil {
			s.log.Warn("camera did not close", "err", err)
		}
	}()
	s.report(ctx, func() { s.clear("camera") })
	select {
	case <-start:
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	begun := s.cfg.Now()
	p, byHand, err := s.capturePortrait(ctx, cam, manual)
	if err != nil {
		return nil, false, err
	}
	return &timedPortrait{*p, s.cfg.Now().Sub(begun)}, byHand, nil
}

func (s *Station) capturePortrait(ctx context.Context, cam biometrics.Camera, manual <-chan struct{}) (*Portrait, bool, error) {
	tee := &teeCamera{Camera: cam}
	p, err := s.cfg.Portraiter.Capture(ctx, tee, manual, func(g Guidance) { s.guide(ctx, tee, g) })
	switch {
	case err == nil && p != nil && len(p.JPEG) > 0:
		return p, isClosed(manual), nil
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case isClosed(manual): // there was no face to cut out
		p, err = byHand(ctx, tee)
		return p, true, err
	case err == nil:
		err = biometrics.ErrBadImage
	}
	return nil, false, err
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// guide shows the citizen what is wanted. Pictures go out each time, words
// only when they change.
func (s *Station) guide(ctx context.Context, tee *teeCamera, g Guidance) {
	if len(g.JPEG) > 0 {
		s.show(ctx, g.JPEG)
	}
	tee.judged(g.Measures)
	if tee.shown && tee.words == g.Words && tee.ok == g.OK {
		return
	}
	tee.shown, tee.words, tee.ok = true, g.Words, g.OK
	virtual := tee.Device().Virtual
	s.report(ctx, func() {
		s.live.portrait = PortraitView{State: "live", Guidance: g.Words, OK: g.OK, Measures: g.Measures, Virtual: virtual}
	})
}

// timedPortrait is a portrait and how long the citizen sat for it.
type timedPortrait struct {
	Portrait
	elapsed time.Duration
}

// teeCamera remembers the last frame for the manual trigger.
type teeCamera struct {
	biometrics.Camera

	mu       sync.Mutex // guards last and measures
	last     image.Image
	measures []biometrics.Measure

	// Used by the capturing goroutine only.
	shown, ok bool
	words     verdict.Words
}

func (t *teeCamera) Frame(ctx context.Context) (biometrics.Frame, error) {
	f, err := t.Camera.Frame(ctx)
	if err == nil && f.Image != nil {
		t.mu.Lock()
		t.last = f.Image
		t.mu.Unlock()
	}
	return f, err
}

func (t *teeCamera) judged(m []biometrics.Measure) {
	t.mu.Lock()
	t.measures = m
	t.mu.Unlock()
}

// manualModel is the model of a portrait that no detector has cut.
const manualModel = "manual: centre of the frame, not judged by a detector"

const portraitQuality = 90

// byHand makes a portrait of the last frame: its middle, 3:4, as it is.
func byHand(ctx context.Context, t *teeCamera) (*Portrait, error) {
	t.mu.Lock()
	img, measures := t.last, t.measures
	t.mu.Unlock()
	if img == nil { // asked for before the first frame
		f, err := t.Frame(ctx)
		if err != nil {
			return nil, err
		}
		if img = f.Image; img == nil {
			return nil, biometrics.ErrBadImage
		}
	}
	middle := centre(img.Bounds())
	if middle.Empty() {
		return nil, biometrics.ErrBadImage
	}
	cut := image.NewRGBA(image.Rect(0, 0, middle.Dx(), middle.Dy()))
	draw.Draw(cut, cut.Bounds(), img, middle.Min, draw.Src)
	var small, whole bytes.Buffer
	err := errors.Join(jpeg.Encode(&small, cut, &jpeg.Options{Quality: portraitQuality}),
		jpeg.Encode(&whole, img, &jpeg.Options{Quality: portraitQuality}))
	if err != nil {
		return nil, err
	}
	return &Portrait{JPEG: small.Bytes(), Original: whole.Bytes(), Width: middle.Dx(), Height: middle.Dy(),
		Measures: measures, Device: t.Device(), Model: manualModel, Tries: 1}, nil
}

// centre is the largest 3:4 rectangle in the middle of b.
func centre(b image.Rectangle) image.Rectangle {
	w, h := b.Dx(), b.Dx()*4/3
	if h > b.Dy() {
		w, h = b.Dy()*3/4, b.Dy()
	}
	x, y := b.Min.X+(b.Dx()-w)/2, b.Min.Y+(b.Dy()-h)/2
	return image.Rect(x, y, x+w, y+h)
}
