package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"
	"sync/atomic"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
)

// The guidance is measured with a camera like those at a counter.
const (
	guidanceRate = 30 // frames a second
	guidanceTime = 4 * time.Second
)

// guided is how often a second the citizen is told something.
type guided struct {
	Group  string  `json:"group"`
	Figure string  `json:"figure"`
	Camera int     `json:"camera_per_second"`
	Judged float64 `json:"judged_per_second"`
	Shown  float64 `json:"shown_per_second"`
}

// benchGuidance runs a session on one core: JPEG of the camera to message and
// preview.
func benchGuidance(ctx context.Context, finder face.Finder, frame *image.RGBA) (*guided, error) {
	cam, err := newBenchCamera(frame)
	if err != nil {
		return nil, err
	}
	counter := &countingFinder{Finder: finder}
	shown := 0
	var took time.Duration
	err = onOneCore(func() error {
		ctx, cancel := context.WithTimeout(ctx, guidanceTime)
		defer cancel()
		begin := time.Now()
		s := face.Session{Camera: cam, Finder: counter, On: func(face.Preview) { shown++ }}
		_, err := s.Run(ctx)
		took = time.Since(begin)
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		return nil, errors.Join(errors.New("bench portrait: the session ended before it was measured"), err)
	}
	return &guided{
		Group: "portrait", Figure: "guidance on one core", Camera: guidanceRate,
		Judged: float64(counter.n.Load()) / took.Seconds(), Shown: float64(shown) / took.Seconds(),
	}, nil
}

// countingFinder counts the frames that are judged.
type countingFinder struct {
	face.Finder
	n atomic.Int64
}

// Find counts and finds.
func (c *countingFinder) Find(img image.Image) ([]face.Face, error) {
	c.n.Add(1)
	return c.Finder.Find(img)
}

// benchCamera hands out one JPEG again and again, at the rate of a camera; what
// is not fetched in time is lost.
type benchCamera struct {
	jpeg []byte
	next time.Time
	seq  uint64
}

// newBenchCamera moves the face out of the middle, so that no portrait ends the
// guidance.
func newBenchCamera(frame *image.RGBA) (*benchCamera, error) {
	aside := image.NewRGBA(frame.Rect)
	draw.Draw(aside, aside.Rect, frame, image.Pt(frame.Rect.Dx()/5, 0), draw.Src)
	var b bytes.Buffer
	const quality = 85
	if err := jpeg.Encode(&b, aside, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return &benchCamera{jpeg: b.Bytes()}, nil
}

// Frame waits for the next frame and decodes it, as the camera's own does.
func (c *benchCamera) Frame(ctx context.Context) (biometrics.Frame, error) {
	const every = time.Second / guidanceRate
	now := time.Now()
	if c.next.Before(now) {
		c.next = now.Add(every - now.Sub(c.next)%every)
	}
	select {
	case <-time.After(c.next.Sub(now)):
	case <-ctx.Done():
		return biometrics.Frame{}, ctx.Err()
	}
	c.next = c.next.Add(every)
	img, err := jpeg.Decode(bytes.NewReader(c.jpeg))
	if err != nil {
		return biometrics.Frame{}, err
	}
	c.seq++
	return biometrics.Frame{Image: img, JPEG: c.jpeg, Seq: c.seq, Time: time.Now()}, nil
}

// Device names the camera.
func (*benchCamera) Device() biometrics.Device {
	return biometrics.Device{Name: "bench", Driver: "bench", Virtual: true}
}

// Close has nothing to close.
func (*benchCamera) Close() error { return nil }
