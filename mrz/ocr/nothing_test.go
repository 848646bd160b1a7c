package ocr_test

import (
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/mrz/ocr"
	"github.com/tram-station/tram/mrz/specimen"
)

func TestNothingThere(t *testing.T) {
	for _, scene := range []specimen.Scene{specimen.Desk, specimen.Back, specimen.Page} {
		for seed := range uint64(4) {
			g := specimen.EmptyFrame(seed, scene, specimen.Shot{Severity: int(seed), Width: 800, Height: 600, PxMM: 7})
			if r, err := ocr.Read(g); !errors.Is(err, ocr.ErrNoZone) {
				t.Errorf("%s %d: %v, %+v", scene, seed, err, r)
			}
		}
	}
	code, _ := specimen.QRFrame(1, specimen.Shot{})
	noise := image.NewGray(image.Rect(0, 0, 640, 480))
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(rng.Uint32())
	}
	grid := image.NewGray(image.Rect(0, 0, 640, 480))
	for i := range grid.Pix {
		if x, y := i%640, i/640; x%14 < 8 && y%24 < 12 {
			grid.Pix[i] = 255
		}
	}
	for name, img := range map[string]image.Image{
		"code": code, "noise": noise, "grid": grid,
		"blank": image.NewGray(image.Rect(0, 0, 640, 480)), "pixel": image.NewGray(image.Rect(0, 0, 1, 1)),
		"strip": image.NewGray(image.Rect(0, 0, gray.MaxSide, 3)), "post": image.NewGray(image.Rect(0, 0, 20, 9000)),
	} {
		if r, err := ocr.Read(img); !errors.Is(err, ocr.ErrNoZone) {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
		var s ocr.Scanner
		if sight, err := s.Scan(context.Background(), img); err != nil || sight != (ocr.Sight{}) {
			t.Errorf("%s: %v, %+v", name, err, sight)
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, size := range []image.Rectangle{{}, image.Rect(0, 0, gray.MaxSide+1, 1)} {
		img := image.NewUniform(image.White.C)
		var s ocr.Scanner
		if _, err := ocr.Read(bounded{img, size}); !errors.Is(err, gray.ErrTooLarge) {
			t.Errorf("%v: %v", size, err)
		}
		if _, err := s.Scan(context.Background(), bounded{img, size}); !errors.Is(err, gray.ErrTooLarge) {
			t.Errorf("%v: %v", size, err)
		}
	}
}

// bounded is a picture that claims a size.
type bounded struct {
	image.Image
	bounds image.Rectangle
}

func (b bounded) Bounds() image.Rectangle { return b.bounds }
