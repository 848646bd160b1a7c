package enrol

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"time"

	"golang.org/x/image/draw"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
)

// handPhoto is the picture that proves why a finger is not captured.
type handPhoto struct {
	JPEG   []byte            `cbor:"jpeg"`
	Device biometrics.Device `cbor:"device"`
	At     time.Time         `cbor:"at"`

	mark string // of the JPEG
}

// picture is the mark of the picture; "" where there is none.
func (p *handPhoto) picture() string {
	if p == nil {
		return ""
	}
	return p.mark
}

// markBytes is how much of a digest tells a picture from any other.
const markBytes = 16

// markOf names a picture by what is in it.
func markOf(picture []byte) string {
	digest := sha256.Sum256(picture)
	return hex.EncodeToString(digest[:markBytes])
}

// The picture of a hand: wide enough to see a finger's end, small enough for a
// dossier.
const (
	handWidth    = 1280
	maxHandPhoto = 512 << 10
	// settleFrames pass before a picture is taken with a camera that was just
	// opened: its exposure is not right at once.
	settleFrames = 8
)

// handQualities are tried until the picture is small enough.
var handQualities = [...]int{85, 70, 50, 30}

// turnHandCamera carries out "finger-camera": the wish to see the camera over a
// hand before the picture is taken. It does not outlive the picture, and is
// journalled only where it calls a wanted picture off.
func (s *Station) turnHandCamera(c Command) *Problem {
	var a CameraArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if a.On && !s.st.handStep(s.rules) {
		return problem("wrong-step")
	}
	if a.On && len(s.st.exceptions) == 0 {
		return problem("no-exception")
	}
	if !a.On && s.st != nil && s.st.wantPhoto != biometrics.UnknownFinger {
		if s.record(&event{Kind: CmdFingerCamera, Command: c.ID, At: s.cfg.Now(), Officer: c.Officer}) != nil {
			return problem("disk")
		}
	}
	s.remember(c)
	s.live.hand = a.On
	s.watched.Store(s.cfg.Now().UnixNano())
	return nil
}

// handStep reports whether a finger can be excepted now.
func (s *state) handStep(r *rules.Pack) bool {
	return s != nil && s.takes(StepFingers) && (s.portrait != nil || !s.takes(StepPortrait)) && slices.Contains(allowed[CmdFingerException], s.step(r))
}

// handing reports whether the camera is to look at a hand now.
func (s *Station) handing() bool {
	if !s.st.handStep(s.rules) {
		s.live.hand = false
		return false
	}
	return s.live.hand || s.st.wantPhoto != biometrics.UnknownFinger
}

// handKey is the camera's work over the hand; each finger's picture is work of
// its own, so that none is taken for another finger's.
func (s *state) handKey(f biometrics.Finger) string { return fmt.Sprintf("%s/hand/%d", s.id, f) }

// watchHand opens the camera over the hand, shows it, and takes the picture
// when asked says whose.
func (s *Station) watchHand(ctx context.Context, asked <-chan biometrics.Finger) {
	whose := biometrics.UnknownFinger
	wanted := func() bool {
		select {
		case whose = <-asked:
		default:
		}
		return whose != biometrics.UnknownFinger
	}
	for ctx.Err() == nil {
		photo, err := s.photographHand(ctx, wanted)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			s.report(ctx, func() { s.live.hand = false })
			if photo != nil {
				s.deliver(ctx, "camera", event{Kind: evPhoto, At: photo.At, Finger: whose, Photo: photo})
			}
			return
		}
		s.report(ctx, func() {
			s.live.handState = handStarting
			s.trouble("camera", problem("no-camera"))
		})
		if !s.pause(ctx) {
			return
		}
	}
}

// photographHand returns nothing where no picture was wanted and nobody has
// watched for a while.
func (s *Station) photographHand(ctx context.Context, wanted func() bool) (*handPhoto, error) {
	cam, err := s.cfg.Camera(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := cam.Close(); err != nil {
			s.log.Warn("camera did not close", "err", err)
		}
	}()
	device := cleanDevice(cam.Device())
	s.report(ctx, func() {
		s.clear("camera")
		s.live.handState = handLive
	})
	for n := 1; ; n++ {
		f, err := cam.Frame(ctx)
		if err != nil {
			return nil, err
		}
		picture, err := previewOf(f)
		if err != nil {
			return nil, err
		}
		s.show(ctx, picture)
		switch {
		case wanted():
			if n >= settleFrames {
				return photoOf(f.Image, device, s.cfg.Now())
			}
		case s.cfg.CameraSource != SourceBrowser && s.cfg.Now().Sub(time.Unix(0, s.watched.Load())) > unwatched:
			return nil, nil
		}
	}
}

// photoOf makes a picture small enough to keep.
func photoOf(img image.Image, d biometrics.Device, at time.Time) (*handPhoto, error) {
	if img == nil || img.Bounds().Empty() {
		return nil, biometrics.ErrBadImage
	}
	b := img.Bounds()
	w := min(handWidth, b.Dx())
	small := image.NewRGBA(image.Rect(0, 0, w, max(1, b.Dy()*w/b.Dx())))
	draw.CatmullRom.Scale(small, small.Rect, img, b, draw.Src, nil)
	for _, quality := range handQualities {
		var buf bytes.Buffer
		if err := jpeg.Encode(&buf, small, &jpeg.Options{Quality: quality}); err != nil {
			return nil, err
		}
		if buf.Len() <= maxHandPhoto {
			return &handPhoto{JPEG: buf.Bytes(), Device: d, At: at}, nil
		}
	}
	return nil, biometrics.ErrBadImage
}
