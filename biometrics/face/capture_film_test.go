package face_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/testdata"
)

// mjpeg is a camera that shows a film, 15 frames a second by its own clock.
type mjpeg struct {
	frames [][]byte
	seq    int
}

// approach is the shared film: a person comes nearer, and sits still from frame
// 45 on. Its end is shown over and over.
func approach(t testing.TB) *mjpeg {
	t.Helper()
	film, err := os.ReadFile(testdata.Shared(t, "data", "faces", "video", "approach_1280x720.mjpeg"))
	if err != nil {
		t.Fatal(err)
	}
	start := []byte{0xff, 0xd8, 0xff}
	m := &mjpeg{}
	for _, f := range bytes.Split(film, start)[1:] {
		m.frames = append(m.frames, append(slices.Clone(start), f...))
	}
	if len(m.frames) != 75 {
		t.Fatalf("the film has %d frames", len(m.frames))
	}
	return m
}

const sitsFrom = 45

func (m *mjpeg) Frame(ctx context.Context) (biometrics.Frame, error) {
	if m.seq == 300 || ctx.Err() != nil {
		return biometrics.Frame{}, biometrics.ErrNoDevice
	}
	i := m.seq
	if i >= len(m.frames) {
		i = sitsFrom + (i-sitsFrom)%(len(m.frames)-sitsFrom)
	}
	img, err := jpeg.Decode(bytes.NewReader(m.frames[i]))
	if err != nil {
		return biometrics.Frame{}, err
	}
	f := biometrics.Frame{Image: img, JPEG: m.frames[i], Seq: uint64(m.seq), Time: time.Unix(1_800_000_000, 0).Add(time.Duration(m.seq) * time.Second / 15)}
	m.seq++
	return f, nil
}

func (m *mjpeg) Device() biometrics.Device {
	return biometrics.Device{Name: "film", Driver: "test", Virtual: true}
}
func (m *mjpeg) Close() error { return nil }

func TestApproachByCascade(t *testing.T) { takeApproach(t, facetest.Finder(t)) }

// takeApproach films the approach: the portrait takes itself, soon after the
// person sits, and out of a frame that is as sharp as the film's sharpest.
func takeApproach(t *testing.T, find face.Finder) *face.Portrait {
	cam := approach(t)
	var codes []string
	sharpest, frames := 0.0, 0
	p, err := capture(t.Context(), cam, find, func(v face.Preview) {
		frames++
		if len(codes) == 0 || codes[len(codes)-1] != v.Result.Code {
			codes = append(codes, v.Result.Code)
		}
		if v.Size != image.Pt(1280, 720) || !bytes.Equal(v.JPEG, cam.frames[0]) && len(v.JPEG) == 0 {
			t.Errorf("preview of %v, %d bytes", v.Size, len(v.JPEG))
		}
		for _, m := range v.Result.Measures {
			if m.Name == "sharpness" && frames > sitsFrom {
				sharpest = max(sharpest, m.Native)
			}
		}
	})
	if err != nil {
		t.Fatalf("%v after %d frames: %v", err, frames, codes)
	}
	t.Logf("%s: frame %d of %d, %v, tries %d, %v; messages %v", p.Model, p.Time.Sub(time.Unix(1_800_000_000, 0))*15/time.Second, frames, p.Took.Round(time.Millisecond), p.Tries, p.Face.EyeDistance(), codes)
	taken := int(p.Time.Sub(time.Unix(1_800_000_000, 0))*15/time.Second + 1)
	if taken < sitsFrom || frames > sitsFrom+15*5 {
		t.Errorf("frame %d was taken, after %d frames", taken, frames)
	}
	if got := measure(t, p.Measures, "sharpness").Native; got < 0.8*sharpest {
		t.Errorf("sharpness %v, the film has %v", got, sharpest)
	}
	if !p.Result.OK || p.Manual || len(p.JPEG) > face.MaxBytes || p.Face.EyeDistance() < face.MinEyeDistance {
		t.Errorf("%+v", p.Result)
	}
	return p
}
