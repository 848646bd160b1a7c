package enrol

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
)

// FacePortraiter takes and compares portraits with the face package.
type FacePortraiter struct {
	Finder face.Finder
	// Matcher compares faces; nil where there is no model for it.
	Matcher face.Matcher
	// Decode decodes the chip's photograph, which is hostile until then. nil:
	// only JPEG.
	Decode func(ctx context.Context, mediaType string, b []byte) (image.Image, error)
}

// Capture runs one session of the face package.
func (p FacePortraiter) Capture(ctx context.Context, cam biometrics.Camera, how Shoot, on func(Guidance)) (*Portrait, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	session := face.Session{Camera: cam, Finder: p.Finder, Manual: pressed(ctx, how.Manual), Patience: how.Patience,
		Challenge: how.Challenge, On: func(v face.Preview) { on(guidanceOf(v)) }}
	f, err := session.Run(ctx)
	if errors.Is(err, face.ErrNoLandmarks) {
		// Who can not be asked is not turned away; the portrait says that
		// nothing was assessed.
		session.Challenge = ""
		f, err = session.Run(ctx)
	}
	var notReady *face.NotReadyError
	switch {
	case errors.As(err, &notReady):
		missed := &NotReadyError{}
		if notReady.Best != nil {
			missed.Best = p.portraitOf(notReady.Best)
		}
		return nil, missed
	case err != nil:
		return nil, err
	}
	return p.portraitOf(f), nil
}

func guidanceOf(v face.Preview) Guidance {
	g := Guidance{JPEG: v.JPEG, OK: v.Result.OK, Words: v.Result.Message, Measures: v.Result.Measures,
		Progress: v.Progress, Challenge: v.Challenge}
	if f := v.Face; f != nil {
		g.Face = placeOf(*f, v.Size)
	}
	return g
}

func placeOf(f face.Face, size image.Point) *Place {
	return &Place{Size: [2]int{size.X, size.Y}, Left: pixel(f.Left), Right: pixel(f.Right), Chin: pixel(f.Chin)}
}

func pixel(p face.Point) [2]int { return [2]int{int(math.Round(p.X)), int(math.Round(p.Y))} }

// pressed turns a closed channel into one press of the trigger.
func pressed(ctx context.Context, closed <-chan struct{}) <-chan struct{} {
	press := make(chan struct{}, 1)
	go func() {
		select {
		case <-closed:
			press <- struct{}{}
		case <-ctx.Done():
		}
	}()
	return press
}

func (p FacePortraiter) portraitOf(f *face.Portrait) *Portrait {
	return &Portrait{JPEG: f.JPEG, Original: f.Original, Width: f.W, Height: f.H, Face: p.placeIn(f.JPEG), Measures: f.Measures,
		Problems: f.Result.Problems, Device: f.Device, Model: f.Model, Tries: f.Tries, Manual: f.Manual, Attack: f.Attack}
}

// placeIn finds the face anew in the cropped picture: the record of it says
// where the eyes are.
func (p FacePortraiter) placeIn(cropped []byte) *Place {
	img, err := jpeg.Decode(bytes.NewReader(cropped))
	if err != nil {
		return nil
	}
	faces, err := p.Finder.Find(img)
	if err != nil || len(faces) == 0 {
		return nil
	}
	return placeOf(faces[0], img.Bounds().Size())
}

// Match compares the frame that the portrait was cut from with the chip's
// photograph.
func (p FacePortraiter) Match(ctx context.Context, live *Portrait, mediaType string, chip []byte) (*face.Match, error) {
	if p.Matcher == nil {
		return nil, ErrNoMatcher
	}
	frame := live.Original
	if frame == nil {
		frame = live.JPEG
	}
	taken, err := jpeg.Decode(bytes.NewReader(frame))
	if err != nil {
		return nil, fmt.Errorf("the portrait: %w", err)
	}
	photo, err := p.decode(ctx, mediaType, chip)
	if err != nil {
		return nil, err
	}
	m, err := face.MatchImages(p.Finder, p.Matcher, taken, photo)
	if !errors.Is(err, face.ErrNoFace) && !errors.Is(err, face.ErrBadPicture) {
		return m, err
	}
	if faces, lost := p.Finder.Find(taken); lost != nil || len(faces) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrNoFaceLive, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrNoFaceChip, err)
}

const viewQuality = 90

// View makes a JPEG of the chip's photograph.
func (p FacePortraiter) View(ctx context.Context, mediaType string, b []byte) ([]byte, error) {
	img, err := p.decode(ctx, mediaType, b)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = jpeg.Encode(&out, img, &jpeg.Options{Quality: viewQuality})
	return out.Bytes(), err
}

// maxPhotoSide bounds a chip's photograph, pixels: of a JPEG before it is
// decoded.
const maxPhotoSide = 4096

func (p FacePortraiter) decode(ctx context.Context, mediaType string, b []byte) (image.Image, error) {
	if p.Decode != nil {
		img, err := p.Decode(ctx, mediaType, b)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrChipPhoto, err)
		}
		return img, nil
	}
	return decodeJPEG(b)
}

func decodeJPEG(b []byte) (image.Image, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChipPhoto, err)
	}
	if c.Width > maxPhotoSide || c.Height > maxPhotoSide {
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrChipPhoto, c.Width, c.Height)
	}
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChipPhoto, err)
	}
	return img, nil
}
