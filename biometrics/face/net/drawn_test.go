//go:build cgo

package net_test

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

// TestMatchDrawn: a picture is one with itself, one with a smaller print of it,
// and another citizen is somebody else.
func TestMatchDrawn(t *testing.T) {
	e := facetest.Net(t)
	m := facetest.Matcher(t, e)
	live, chip := virtual.Portrait(1, 600, 800), virtual.Portrait(1, 240, 320)
	for _, c := range []struct {
		chip       image.Image
		least, top float64
		band       face.Band
	}{
		{live, 1, 1, face.Accept},
		{chip, 0.8, 1, face.Accept},
	} {
		got, err := face.MatchImages(e, m, live, c.chip)
		if err != nil {
			t.Fatal(err)
		}
		if got.Score < c.least || got.Score > c.top || got.Band != c.band || got.Model != m.Model() || got.Bands != m.Bands() {
			t.Errorf("%v: %+v", c.chip.Bounds(), got)
		}
	}
	same, err := face.MatchImages(e, m, live, chip)
	if err != nil {
		t.Fatal(err)
	}
	// Drawn faces are more alike than people are: only the order is asked for.
	other, err := face.MatchImages(e, m, live, virtual.Portrait(4, 600, 800))
	if err != nil || other.Score > same.Score-0.005 {
		t.Errorf("another citizen: %+v, %v; the same %v", other, err, same.Score)
	}
	t.Logf("the same %v, another %v", same.Score, other.Score)
	if _, err := face.MatchImages(e, m, live, image.NewGray(image.Rect(0, 0, 300, 400))); !errors.Is(err, face.ErrNoFace) {
		t.Errorf("no face: %v", err)
	}
}

// TestTemplateRefuses: what is no picture, or no face of it, makes no template.
func TestTemplateRefuses(t *testing.T) {
	m := facetest.Matcher(t, facetest.Net(t))
	img := virtual.Portrait(1, 360, 480)
	if _, err := m.Template(image.NewGray(image.Rect(0, 0, 8, 8)), face.Face{}); !errors.Is(err, face.ErrBadPicture) {
		t.Errorf("8×8: %v", err)
	}
	nan := face.Point{X: math.NaN(), Y: 1}
	if _, err := m.Template(img, face.Face{Left: nan, Right: nan, Chin: nan}); err == nil {
		t.Error("a face without a place was compared")
	}
	left, right, unit := facetest.Drawn(360, 480)
	f := face.Face{Left: left, Right: right, Chin: face.Point{X: 180, Y: left.Y + 1.75*unit}}
	if _, err := m.Template(img, f); err != nil {
		t.Errorf("control, a face without landmarks: %v", err)
	}
}

// TestFindsNoPattern: no wall, floor or cloth is taken for a face.
func TestFindsNoPattern(t *testing.T) {
	e := facetest.Net(t)
	r := rand.New(rand.NewPCG(5, 6))
	alarms := 0
	for i := range 80 {
		faces, err := e.Find(pattern(r, i))
		if err != nil {
			t.Fatal(err)
		}
		alarms += min(len(faces), 1)
	}
	if alarms > 0 {
		t.Errorf("%d of 80 patterns were taken for a face", alarms)
	}
}

// pattern paints blocks, waves, rings or dots of some size and colour.
func pattern(r *rand.Rand, i int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, 640, 480))
	size, wave := 4+r.IntN(60), 0.01+0.3*r.Float64()
	var tones [4096]uint8
	for j := range tones {
		tones[j] = uint8(r.Uint32())
	}
	for y := range 480 {
		for x := range 640 {
			v := uint8(200)
			from := math.Hypot(float64(x%(3*size)-size), float64(y%(3*size)-size))
			switch i % 4 {
			case 0:
				v = tones[(x/size+64*(y/size))%len(tones)]
			case 1:
				v = uint8(127 + 120*math.Sin(float64(x)*wave)*math.Cos(float64(y)*wave))
			case 2:
				v = uint8(127 + 127*math.Sin(from*wave))
			case 3:
				if from < float64(size)/2 {
					v = 60
				}
			}
			copy(img.Pix[img.PixOffset(x, y):], []uint8{v, v - v/5, v - v/3, 255})
		}
	}
	return img
}
