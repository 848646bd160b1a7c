//go:build !race

package finger

import (
	"errors"
	"image"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

// skinSide is how many pixels a byte of a fuzzed skin stands for, each way, at
// the least density.
const skinSide = 8

// skinned draws ridges as strong as each byte says: mutated bytes are fingers
// of every shape, where mutated pixels would be noise.
func skinned(skin []byte, width int) *image.Gray {
	height := len(skin) / width
	img := image.NewGray(image.Rect(0, 0, width*skinSide, height*skinSide))
	for i := range img.Pix {
		x, y := i%img.Stride, i/img.Stride
		img.Pix[i] = 245
		if (y+x/7)%5 < 3 {
			img.Pix[i] -= skin[y/skinSide*width+x/skinSide] * 3 / 4
		}
	}
	return img
}

// shrunk is the skin of a drawn slap: what skinned draws again.
func shrunk(img *image.Gray) (skin []byte, width int) {
	const side = skinSide * 500 / minDPI
	width = img.Rect.Dx() / side
	for y := 0; y+side <= img.Rect.Dy(); y += side {
		for x := 0; x < width*side; x += side {
			dark := 0
			for i := range side * side {
				dark += 245 - int(img.GrayAt(x+i%side, y+i/side).Y)
			}
			skin = append(skin, byte(max(0, min(255, 2*dark/(side*side)))))
		}
	}
	return skin, width
}

// FuzzCut: whatever the skin, there are as many fingers as wanted or an error,
// and nothing lies outside of the picture.
func FuzzCut(f *testing.F) {
	p := &virtual.Person{Seed: 3}
	for _, slap := range []biometrics.Finger{13, 14, 15} {
		img, _ := p.Slap(biometrics.Request{Finger: slap}, virtual.Lay{})
		skin, width := shrunk(img)
		f.Add(skin, uint8(width), uint16(minDPI), uint8(slap), uint16(0))
	}
	f.Add([]byte{255, 255, 255, 255}, uint8(2), uint16(250), uint8(2), uint16(0))
	f.Fuzz(func(t *testing.T, skin []byte, width uint8, dpi uint16, slap uint8, missing uint16) {
		const most = 100 * 100
		if width == 0 || len(skin) > most || len(skin)/int(width) > 256 {
			return
		}
		req := biometrics.Request{Finger: biometrics.Finger(slap)}
		for i := range req.Finger.Fingers() {
			if missing>>i&1 == 1 {
				req.Missing = append(req.Missing, req.Finger.Fingers()[i])
			}
		}
		img := skinned(skin, int(width))
		segments, err := Cut(img, int(dpi), req)
		if err != nil {
			if segments != nil || !errors.Is(err, biometrics.ErrBadImage) {
				t.Fatalf("%d fingers and %v", len(segments), err)
			}
			return
		}
		if len(segments) != len(req.Wanted()) {
			t.Fatalf("%d fingers of %d", len(segments), len(req.Wanted()))
		}
		for i, s := range segments {
			if s.Finger != req.Wanted()[i] || !s.Box.In(img.Rect) || s.Box.Empty() || s.Image.Rect.Empty() {
				t.Fatalf("finger %d, box %v in %v, image %v", s.Finger, s.Box, img.Rect, s.Image.Rect)
			}
		}
	})
}

// TestFuzzSeedsAreFingers: the fuzz target begins with slaps that are cut.
func TestFuzzSeedsAreFingers(t *testing.T) {
	img, _ := (&virtual.Person{Seed: 3}).Slap(biometrics.Request{Finger: biometrics.RightSlap}, virtual.Lay{})
	skin, width := shrunk(img)
	if got, err := Cut(skinned(skin, width), minDPI, biometrics.Request{Finger: biometrics.RightSlap}); err != nil || len(got) != 4 {
		t.Errorf("%d fingers, %v", len(got), err)
	}
}
