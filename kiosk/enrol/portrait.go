package enrol

import (
	"context"

	"github.com/tram-station/tram/biometrics"
)

// takePortrait opens the camera, keeps it warm until start is closed, and
// takes the portrait: by itself when every measure is good, or at once when
// manual is closed.
func (s *Station) takePortrait(ctx context.Context, start, manual <-chan struct{}) {
	for ctx.Err() == nil {
		e, err := s.portraitOnce(ctx, start, manual)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			s.deliver(ctx, "camera", *e)
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

func (s *Station) portraitOnce(ctx context.Context, start, manual <-chan struct{}) (*event, error) {
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
	p, err := s.cfg.Portraiter.Capture(ctx, cam, manual, s.guide(ctx, cam.Device().Virtual))
	if err != nil {
		return nil, err
	}
	if p == nil || len(p.JPEG) == 0 {
		return nil, biometrics.ErrBadImage
	}
	now := s.cfg.Now()
	return &event{Kind: evPortrait, At: now, Portrait: p, Elapsed: now.Sub(begun)}, nil
}

// guide shows the citizen what is wanted. Pictures go out each time, words
// only when they change.
func (s *Station) guide(ctx context.Context, virtual bool) func(Guidance) {
	var shown PortraitView
	return func(g Guidance) {
		if len(g.JPEG) > 0 {
			s.show(ctx, g.JPEG)
		}
		if shown.State != "" && shown.Guidance == g.Words && shown.OK == g.OK {
			return
		}
		shown = PortraitView{State: "live", Guidance: g.Words, OK: g.OK, Measures: g.Measures, Virtual: virtual}
		v := shown
		s.report(ctx, func() { s.live.portrait = v })
	}
}
