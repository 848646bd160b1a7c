package minutiae_test

import (
	"errors"
	"image"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/virtual"
)

func extract(t testing.TB, img *image.Gray, dpi int) *minutiae.Template {
	t.Helper()
	m, err := minutiae.Extract(img, dpi)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhatIsNoFingerIsRefused(t *testing.T) {
	for _, c := range []struct {
		w, h, dpi int
		want      error
	}{
		{300, 400, 0, minutiae.ErrDensity},
		{300, 400, 249, minutiae.ErrDensity},
		{300, 400, 1201, minutiae.ErrDensity},
		{59, 400, 500, minutiae.ErrTooSmall},
		{400, 59, 500, minutiae.ErrTooSmall},
		{100, 100, 1000, minutiae.ErrTooSmall},
		{0, 0, 500, minutiae.ErrTooSmall},
		{4097, 400, 500, minutiae.ErrTooLarge},
		{2100, 2100, 500, minutiae.ErrTooLarge},
		{2000, 2000, 300, minutiae.ErrTooLarge},
		{60, 60, 500, nil},
		{2000, 2000, 1000, nil},
	} {
		_, err := minutiae.Extract(image.NewGray(image.Rect(0, 0, c.w, c.h)), c.dpi)
		if !errors.Is(err, c.want) {
			t.Errorf("%d x %d at %d: %v, want %v", c.w, c.h, c.dpi, err, c.want)
		}
	}
}

func TestDrawnFingersAreToldApart(t *testing.T) {
	var all []*minutiae.Template
	for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
		all = append(all, extract(t, virtual.Ridges(7, f), 500))
	}
	for i, a := range all {
		for j, b := range all {
			s := minutiae.Match(a, b)
			if s >= minutiae.SameFinger != (i == j) {
				t.Errorf("finger %d against finger %d: %d", i+1, j+1, s)
			}
		}
	}
}
