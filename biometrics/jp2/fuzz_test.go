package jp2

import (
	"context"
	"errors"
	"image"
	"os"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/assets"
)

// kinds are the errors a caller decides by; every error is one of them.
var kinds = []error{ErrNotJPEG2000, ErrTooLarge, ErrCorrupt, ErrUnsupported, ErrTimeout}

func known(err error) bool {
	for _, k := range kinds {
		if errors.Is(err, k) {
			return true
		}
	}
	return false
}

func seed(f *testing.F) {
	for _, name := range []string{"rgb", "tiles", "grey"} {
		b := vector(f, name)
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
}

// FuzzHeader: a header stays within the limits, or there is an error that says
// which kind; the walk over the tiles never leaves the file.
func FuzzHeader(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ReadHeader(b)
		if err != nil {
			if !known(err) || h != (Header{}) {
				t.Fatalf("%+v, %v", h, err)
			}
			return
		}
		if h.Width <= 0 || h.Height <= 0 || h.Width*h.Height > MaxPixels || h.Depth < 1 || h.Depth > maxDepth ||
			h.Components != 1 && h.Components != 3 || h.Subsampled && h.Components == 1 || h.Codestream && h.Colour != Undeclared {
			t.Fatalf("%+v", h)
		}
		s, err := parse(b)
		if err != nil || s.size.tiles < 1 || s.size.tiles > maxTiles {
			t.Fatalf("%d tiles, %v", s.size.tiles, err)
		}
		if err := s.whole(); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
	})
}

// FuzzDecode: within the time there is a picture as the header says, or an
// error and no picture; and the decoder is as good as before.
func FuzzDecode(f *testing.F) {
	seed(f)
	d := load(f)
	n := 0
	f.Fuzz(func(t *testing.T, b []byte) {
		start := time.Now()
		img, err := d.Decode(context.Background(), b)
		if took := time.Since(start); took > 20*time.Second {
			t.Fatalf("took %v", took)
		}
		if err != nil {
			if img != nil || !known(err) {
				t.Fatalf("%T beside %v", img, err)
			}
		} else {
			h, err := ReadHeader(b)
			if err != nil || img.Bounds() != image.Rect(0, 0, h.Width, h.Height) {
				t.Fatalf("%v for %+v, %v", img.Bounds(), h, err)
			}
			if _, grey := img.(*image.Gray); grey != (h.Components == 1) {
				t.Fatalf("%T for %+v", img, h)
			}
		}
		if n++; n%64 == 0 {
			img, err := d.Decode(context.Background(), vector(t, "rgb"))
			if err != nil {
				t.Fatalf("a good picture afterwards: %v", err)
			}
			check(t, "rgb", img)
		}
	})
}

// FuzzSandbox: what Go's own checks would stop does no harm in the sandbox
// either. It ends with the time and the memory it is given, and hands out
// nothing but a picture of the size that was asked for.
func FuzzSandbox(f *testing.F) {
	seed(f)
	path, err := assets.Find(Asset)
	if err != nil {
		f.Fatal(err)
	}
	code, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	d, err := compile(context.Background(), code, 32<<20, MaxTime)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		for _, components := range []int{1, 3} {
			p := &picture{header: Header{Width: 40, Height: 24, Components: components}}
			start := time.Now()
			err := d.run(withPicture(ctx, p), b, p)
			if took := time.Since(start); took > 10*time.Second {
				t.Fatalf("took %v", took)
			}
			if len(p.said) > maxWords || err == nil && p.image.Bounds() != image.Rect(0, 0, 40, 24) {
				t.Fatalf("%d words, %v", len(p.said), err)
			}
		}
	})
}
