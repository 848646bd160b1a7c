package enrol

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"time"

	"golang.org/x/image/draw"

	"github.com/tram-station/tram/biometrics"
)

// The states of ScanningView.
const (
	scanOff      = "off"
	scanStarting = "starting"
	scanLooking  = "looking"
	scanSeen     = "seen"
	scanRead     = "read"
)

// unwatched is how long the camera goes on looking for a card although nobody
// asks for its picture: a page that was closed does not say so.
const unwatched = 30 * time.Second

// previewWidth is that of the pictures of a camera that does not compress them
// itself.
const previewWidth = 800

// look is the officer's wish that the camera looks for the card.
type look struct {
	on      bool
	officer string // who asked for it
	number  int    // tells one look from the next
	step    Step   // whose card: the guardian's or the citizen's
}

// turnCamera carries out "scan-camera". It is a wish about a device: nothing
// is journalled, and a restart begins with the camera off.
func (s *Station) turnCamera(c Command) *Problem {
	var a CameraArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	step := s.st.step(s.rules)
	if a.On && step != StepCard && step != StepGuardian {
		return problem("wrong-step")
	}
	if a.On && step == StepGuardian && s.st.guardian.household != nil {
		return problem("already-read")
	}
	s.remember(c)
	switch {
	case a.On && !s.live.look.on:
		s.looks++
		s.live.look = look{on: true, officer: c.Officer, number: s.looks, step: step}
		s.live.scanning = newSteady(s.cfg.Now).starting()
		s.watched.Store(s.cfg.Now().UnixNano())
	case !a.On:
		s.stopLooking()
	}
	return nil
}

// looking reports whether the camera is to look for the card now. A wish does
// not outlive the step: what was scanned another way has answered it.
func (s *Station) looking() bool {
	if s.live.look.on && s.st.step(s.rules) != s.live.look.step {
		s.stopLooking()
	}
	return s.live.look.on
}

// stopLooking closes the camera; no picture of the card is left.
func (s *Station) stopLooking() {
	if !s.live.look.on {
		return
	}
	s.live.look = look{}
	s.preview.drop()
	if s.live.scanning.State != scanRead {
		s.live.scanning = ScanningView{}
	}
	s.clear("camera")
}

// lookForCard opens the camera and looks for the print of the card, until one
// is read and recorded as the scan.
func (s *Station) lookForCard(ctx context.Context, l look) {
	kind := CmdScan
	if l.step == StepGuardian {
		kind = CmdGuardianScan
	}
	for ctx.Err() == nil {
		scan, err := s.lookOnce(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errUnwatched):
			s.report(ctx, s.stopLooking)
			return
		case err == nil:
			s.deliver(ctx, "camera", event{Kind: kind, At: s.cfg.Now(), Officer: l.officer, Scan: scan})
			return
		}
		s.report(ctx, func() {
			s.live.scanning = newSteady(s.cfg.Now).starting()
			s.trouble("camera", problem("no-camera"))
		})
		if !s.pause(ctx) {
			return
		}
	}
}

// errUnwatched says that no page asks for the camera's picture any more.
var errUnwatched = errors.New("nobody watches the camera")

// lookOnce looks until a print is read; the error is the camera's, the
// context's or errUnwatched. The preview has the camera's own pace: it does not wait for the reading,
// which takes the newest frame whenever it is done with the last.
func (s *Station) lookOnce(ctx context.Context) (*scanned, error) {
	cam, err := s.cfg.Camera(ctx)
	if err != nil {
		return nil, err
	}
	filming, cancel := context.WithCancel(ctx)
	frames, failed := make(chan image.Image, 1), make(chan error, 1)
	go func() { failed <- s.film(filming, cam, frames) }()
	defer func() {
		cancel()
		for range frames { // closed when the filming has ended
			continue
		}
		if err := cam.Close(); err != nil {
			s.log.Warn("camera did not close", "err", err)
		}
	}()
	s.report(ctx, func() { s.clear("camera") })
	device := cam.Device()
	eye, steady := newEye(s.cfg.Now), newSteady(s.cfg.Now)
	for {
		frame, ok := <-frames
		if !ok {
			return nil, <-failed
		}
		// A page that films watches its own picture; when it is closed, the
		// frames end.
		if s.cfg.CameraSource != SourceBrowser && s.cfg.Now().Sub(time.Unix(0, s.watched.Load())) > unwatched {
			return nil, errUnwatched
		}
		seen, err := eye.look(ctx, frame)
		if err != nil {
			return nil, err
		}
		view := steady.view(seen, frame.Bounds().Size())
		view.Virtual = device.Virtual
		s.report(ctx, func() { s.live.scanning = view })
		if seen.scan != nil {
			seen.scan.Device = &device
			return seen.scan, nil
		}
	}
}

// film shows each frame and offers the newest for reading. It closes frames
// when it ends.
func (s *Station) film(ctx context.Context, cam biometrics.Camera, frames chan image.Image) error {
	defer close(frames)
	for {
		f, err := cam.Frame(ctx)
		if err != nil {
			return err
		}
		picture, err := previewOf(f)
		if err != nil {
			return err
		}
		s.show(ctx, picture)
		select { // one that waits is older
		case <-frames:
		default:
		}
		frames <- f.Image
	}
}

// previewOf is the frame as the camera compressed it, or a smaller one.
func previewOf(f biometrics.Frame) ([]byte, error) {
	if len(f.JPEG) > 0 {
		return f.JPEG, nil
	}
	b := f.Image.Bounds()
	if b.Empty() {
		return nil, biometrics.ErrBadImage
	}
	w := min(previewWidth, b.Dx())
	small := image.NewRGBA(image.Rect(0, 0, w, max(1, b.Dy()*w/b.Dx())))
	draw.ApproxBiLinear.Scale(small, small.Rect, f.Image, b, draw.Src, nil)
	var packed bytes.Buffer
	err := jpeg.Encode(&packed, small, &jpeg.Options{Quality: previewQuality})
	return packed.Bytes(), err
}
