package enrol

import (
	"context"
	"errors"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
)

// takePortrait opens the camera, keeps it warm until the start, and runs one
// try: the portrait is taken by itself when every measure is good, or at once
// when the trigger is pressed. A camera that fails ends no try.
func (s *Station) takePortrait(ctx context.Context, start <-chan struct{}, how Shoot) {
	for ctx.Err() == nil {
		e, err := s.portraitOnce(ctx, start, how)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			s.deliver(ctx, "camera", *e)
			return
		}
		s.report(ctx, func() {
			s.live.portrait = PortraitView{State: portraitStarting}
			s.trouble("camera", problem(cameraTrouble(err)))
		})
		if !s.pause(ctx) {
			return
		}
	}
}

// cameraTrouble tells a camera that does not film from a picture that cannot be
// judged: no cable mends the second.
func cameraTrouble(err error) string {
	if errors.Is(err, face.ErrJudge) {
		return "no-judge"
	}
	return "no-camera"
}

func (s *Station) portraitOnce(ctx context.Context, start <-chan struct{}, how Shoot) (*event, error) {
	cam, err := s.cfg.Camera(ctx)
	if err != nil {
		return nil, err
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
		return nil, ctx.Err()
	}
	begun := s.cfg.Now()
	p, err := s.cfg.Portraiter.Capture(ctx, cam, how, s.guide(ctx, cam.Device().Virtual))
	e := &event{Kind: evPortrait, At: s.cfg.Now(), Portrait: p}
	e.Elapsed = e.At.Sub(begun)
	var notReady *NotReadyError
	switch {
	case errors.As(err, &notReady):
		e.Kind, e.Portrait = evPortraitMissed, nil
		if best := notReady.Best; best != nil {
			// Only what the officer needs to see why: the whole frame of a
			// picture that nobody took is kept nowhere.
			shown := *best
			shown.Original = nil
			e.Portrait = &shown
		}
		return e, nil
	case err != nil:
		return nil, err
	case p == nil || len(p.JPEG) == 0:
		return nil, biometrics.ErrBadImage
	}
	return e, nil
}

// overlayPace is how often the page hears where the face is, at most.
const overlayPace = 80 * time.Millisecond

// guide shows the citizen what is wanted. Pictures go out each time; words
// when they change, and the place of the face no oftener than a page can draw.
func (s *Station) guide(ctx context.Context, virtual bool) func(Guidance) {
	var shown PortraitView
	var last time.Time
	return func(g Guidance) {
		if len(g.JPEG) > 0 {
			s.show(ctx, g.JPEG)
		}
		now := s.cfg.Now()
		same := shown.State != "" && shown.Guidance == g.Words && shown.OK == g.OK
		if same && (now.Sub(last) < overlayPace || g.Face == nil && shown.Face == nil) {
			return
		}
		last = now
		shown = PortraitView{State: portraitLive, Guidance: g.Words, OK: g.OK, Measures: g.Measures, Virtual: virtual,
			Face: g.Face, Progress: g.Progress, Challenge: g.Challenge}
		v := shown
		s.report(ctx, func() { s.live.portrait = v })
	}
}
