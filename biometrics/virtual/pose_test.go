package virtual

import (
	"bytes"
	"context"
	"image"
	"testing"
	"time"
)

// near films the citizen of the seed, who has come near, in that pose.
func near(t *testing.T, cam *Camera, pose func(uint64) Pose) *image.RGBA {
	t.Helper()
	clk := &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	cam.Now, cam.Pose = clk.Now, pose
	cam.start, cam.next = time.Time{}, 0
	for {
		f, err := cam.Frame(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if f.Seq > 0 {
			return f.Image.(*image.RGBA)
		}
		clk.now = clk.now.Add(4 * time.Second)
	}
}

// dark counts the pixels of a part that are much darker than skin.
func dark(img *image.RGBA, part image.Rectangle) (n int) {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if c := img.RGBAAt(x, y); int(c.R)+int(c.G)+int(c.B) < 3*80 {
				n++
			}
		}
	}
	return n
}

func TestLidsShut(t *testing.T) {
	cam := NewCamera(1)
	at := func(lids float64) *image.RGBA { return near(t, cam, func(uint64) Pose { return Pose{Lids: lids} }) }
	open := near(t, cam, nil)
	if !bytes.Equal(open.Pix, at(0).Pix) {
		t.Error("open lids change the picture")
	}
	if !bytes.Equal(at(1).Pix, at(1).Pix) {
		t.Error("the same pose is filmed in two ways")
	}
	const x, y = frameWidth / 2, 331 // between the eyes
	for _, side := range []int{-1, 1} {
		eye := image.Rect(-25, -20, 25, 25).Add(image.Pt(x+side*nearEyes/2, y))
		before := dark(open, eye)
		for _, lids := range []float64{0.5, 1} {
			now := dark(at(lids), eye)
			if now > before*3/4 || now < 20 {
				t.Errorf("eye %d shut by %v: %d dark pixels, before %d", side, lids, now, before)
			}
			before = now
		}
	}
	shut := at(1)
	for i := range open.Pix {
		if p := image.Pt(i/4%frameWidth, i/4/frameWidth); open.Pix[i] != shut.Pix[i] &&
			!p.In(image.Rect(x-nearEyes, y-60, x+nearEyes, y+60)) {
			t.Fatalf("lids change the picture at %v", p)
		}
	}
}

// TestHeadTurns: the nose goes to the side, the eyes hardly, the wall not at
// all.
func TestHeadTurns(t *testing.T) {
	cam := NewCamera(1)
	at := func(yaw float64) *image.RGBA { return near(t, cam, func(uint64) Pose { return Pose{Yaw: yaw} }) }
	ahead := at(0)
	const x, y = frameWidth / 2, 331
	// The nostril that the nose does not hide: where it begins, seen from its
	// own side.
	nostril := func(img *image.RGBA, side int) int {
		for dx := -60; dx < 60; dx++ {
			for py := y + 95; py < y+115; py++ {
				if c := img.RGBAAt(x+side*dx, py); int(c.R)+int(c.G)+int(c.B) < 3*110 {
					return side * dx
				}
			}
		}
		t.Fatal("no nostrils")
		return 0
	}
	for _, yaw := range []float64{-25, -10, 10, 25} {
		img, side := at(yaw), 1
		if yaw < 0 {
			side = -1
		}
		if goes := float64(nostril(img, side)-nostril(ahead, side)) / yaw; goes < 0.3 || goes > 1 { // pixels a degree
			t.Errorf("%v°: the nose goes %v px", yaw, goes*yaw)
		}
		if a, b := ahead.RGBAAt(20, 20), img.RGBAAt(20, 20); a != b {
			t.Errorf("%v°: the wall changes from %v to %v", yaw, a, b)
		}
		for i := 3; i < len(img.Pix); i += 4 {
			if img.Pix[i] != 255 {
				t.Fatalf("%v°: a pixel is not covered", yaw)
			}
		}
	}
}
