//go:build !race

package finger

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/testdata"
)

func printOf(img *image.Gray, f biometrics.Finger, dpi int) *biometrics.Print {
	return &biometrics.Print{Finger: f, Image: img, DPI: dpi, Time: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)}
}

// TestStore: each record says what was captured, and holds the same print.
func TestStore(t *testing.T) {
	p := printOf(virtual.Rolled(4, biometrics.LeftMiddle), biometrics.LeftMiddle, 500)
	p.Impression = biometrics.Rolled
	s, err := Store(p, StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Width != p.Image.Rect.Dx() || s.Height != p.Image.Rect.Dy() || s.DPI != 500 || s.PSNR < minPSNR || s.Bitrate != wsq.DefaultBitrate {
		t.Errorf("%d × %d at %d dpi, %.1f dB, %.2f bits", s.Width, s.Height, s.DPI, s.PSNR, s.Bitrate)
	}
	r, err := iso19794.ParseFinger(s.ISO)
	if err != nil {
		t.Fatal(err)
	}
	v := &r.Views[0]
	if q, ok := v.Quality(); !ok || int(q.Score) != Judge(p.Image, 500).Score {
		t.Errorf("quality %+v", q)
	}
	if at, _ := v.Captured.Time(); r.Edition != iso19794.Edition2011 || v.Position != 8 || v.Impression != 1 || !at.Equal(p.Time) || v.DPI() != 500 || !bytes.Equal(v.Image, s.WSQ) {
		t.Errorf("record %+v", v.Position)
	}
	m, err := iso19794.ParseMinutiae(s.FMR)
	if err != nil {
		t.Fatal(err)
	}
	points := m.Views[0]
	if points.Position != 8 || points.DPI() != 500 || points.Width != s.Width || len(points.Minutiae) < 20 {
		t.Errorf("%d minutiae in %d × %d at %d dpi", len(points.Minutiae), points.Width, points.Height, points.DPI())
	}
	again := &minutiae.Template{Width: points.Width, Height: points.Height, DPI: 500}
	for _, p := range points.Minutiae {
		again.Minutiae = append(again.Minutiae, minutiae.Minutia{X: p.X, Y: p.Y, Angle: m.Edition.Degrees(p.Angle), Kind: minutiae.Kind(p.Kind), Quality: int(p.Quality)})
	}
	own, err := minutiae.Extract(p.Image, 500)
	if err != nil {
		t.Fatal(err)
	}
	if score := minutiae.Match(own, again); score < minutiae.SameFinger {
		t.Errorf("the record's minutiae match the print's by %d", score)
	}
	img, err := png.Decode(bytes.NewReader(s.PNG))
	if err != nil || !bytes.Equal(img.(*image.Gray).Pix, p.Image.Pix) {
		t.Errorf("the picture for people differs: %v", err)
	}
}

// TestStoreSmallAndOdd: small prints stand on a ground, other densities are
// kept or brought to 500.
func TestStoreSmallAndOdd(t *testing.T) {
	whole := virtual.Ridges(4, biometrics.RightIndex)
	small := image.NewGray(image.Rect(0, 0, 200, 240))
	for y := range 240 {
		copy(small.Pix[y*200:][:200], whole.Pix[whole.PixOffset(60, 80+y):])
	}
	s, err := Store(printOf(small, biometrics.RightIndex, 500), StoreOptions{})
	if err != nil || s.Width != 256 || s.Height != 256 {
		t.Errorf("small: %+v, %v", s != nil, err)
	}
	fine := wsq.Resample(whole, 500, 512)
	for resample, want := range map[bool]int{false: 512, true: 500} {
		s, err := Store(printOf(fine, biometrics.RightIndex, 512), StoreOptions{Resample: resample})
		if err != nil {
			t.Fatal(err)
		}
		r, err := iso19794.ParseFinger(s.ISO)
		if err != nil || s.DPI != want || r.Views[0].DPI() != want || r.Views[0].Scan.X != 512 || s.Width != int(math.Round(320*float64(want)/500)) {
			t.Errorf("resampled %v: %d dpi, %d wide, %v", resample, s.DPI, s.Width, err)
		}
	}
}

// TestStoreCatches: an encoder that spoils a print is caught, each in its way;
// the control is the same encoder without the fault.
func TestStoreCatches(t *testing.T) {
	other := virtual.Ridges(9, biometrics.RightIndex)
	spoil := func(change func(*image.Gray) *image.Gray, dpi int) func(*image.Gray, wsq.Options) ([]byte, error) {
		return func(img *image.Gray, o wsq.Options) ([]byte, error) {
			own := image.NewGray(image.Rectangle{Max: img.Rect.Size()})
			copy(own.Pix, img.Pix)
			o.DPI = dpi
			return wsq.Encode(change(own), o)
		}
	}
	same := func(img *image.Gray) *image.Gray { return img }
	failing := errors.New("the encoder fails")
	p := printOf(virtual.Ridges(4, biometrics.RightIndex), biometrics.RightIndex, 500)
	for name, c := range map[string]struct {
		encode func(*image.Gray, wsq.Options) ([]byte, error)
		want   error
	}{
		"the control":     {spoil(same, 500), nil},
		"another density": {spoil(same, 1000), ErrNotStored},
		"no density":      {spoil(same, 0), ErrNotStored},
		"another finger":  {spoil(func(*image.Gray) *image.Gray { return other }, 500), ErrNotStored},
		"another size": {spoil(func(img *image.Gray) *image.Gray {
			return img.SubImage(image.Rect(0, 0, 320, 300)).(*image.Gray)
		}, 500), ErrNotStored},
		"noise as of a bad coder": {spoil(func(img *image.Gray) *image.Gray {
			for i := range img.Pix {
				img.Pix[i] = byte(min(max(int(img.Pix[i])+(i*i*7919>>4)%120-60, 0), 255))
			}
			return img
		}, 500), ErrNotStored},
		"rubbish": {func(*image.Gray, wsq.Options) ([]byte, error) { return []byte("GIF89a"), nil }, ErrNotStored},
		"failing": {func(*image.Gray, wsq.Options) ([]byte, error) { return nil, failing }, failing},
	} {
		s, err := Store(p, StoreOptions{Encode: c.encode})
		if !errors.Is(err, c.want) || (s == nil) != (c.want != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	tries := 0
	s, err := Store(p, StoreOptions{Encode: func(img *image.Gray, o wsq.Options) ([]byte, error) {
		if tries++; tries == 1 {
			return []byte("GIF89a"), nil
		}
		return wsq.Encode(img, o)
	}})
	if err != nil || tries != 2 || s.Bitrate != 2*wsq.DefaultBitrate {
		t.Errorf("a second try with more room: %d tries, %v", tries, err)
	}
}

// TestStoreKnowsFingers: a print that resembles by its greys but is another
// finger to the matcher is caught by the matcher alone.
func TestStoreKnowsFingers(t *testing.T) {
	img := virtual.Ridges(4, biometrics.RightIndex)
	other, err := minutiae.Extract(virtual.Ridges(9, biometrics.RightIndex), 500)
	if err != nil {
		t.Fatal(err)
	}
	o := StoreOptions{Bitrate: wsq.DefaultBitrate, Encode: wsq.Encode}
	if _, _, err := encode(img, 500, other, o); !errors.Is(err, ErrNotStored) {
		t.Errorf("another finger: %v", err)
	}
	own, err := minutiae.Extract(img, 500)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := encode(img, 500, own, o); err != nil {
		t.Errorf("the control: %v", err)
	}
}

func TestStoreRefuses(t *testing.T) {
	img := virtual.Ridges(4, biometrics.RightIndex)
	for name, p := range map[string]*biometrics.Print{
		"none": nil, "no image": printOf(nil, 2, 500), "no finger": printOf(img, 0, 500), "a slap": printOf(img, 13, 500),
		"no density": printOf(img, 2, 0), "empty": printOf(image.NewGray(image.Rectangle{}), 2, 500),
	} {
		if s, err := Store(p, StoreOptions{}); !errors.Is(err, biometrics.ErrBadImage) || s != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStoreSamples: real and synthetic prints of other makers come back.
func TestStoreSamples(t *testing.T) {
	files, err := filepath.Glob(testdata.Shared(t, "data/fingerprints/reference/png/*.png"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	worst := math.Inf(1)
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		s, err := Store(printOf(img.(*image.Gray), biometrics.RightIndex, 500), StoreOptions{})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		if s.Bitrate != wsq.DefaultBitrate {
			t.Errorf("%s: needed %.2f bits a pixel", filepath.Base(file), s.Bitrate)
		}
		worst = min(worst, s.PSNR)
	}
	t.Logf("%d prints, the worst resembles by %.1f dB", len(files), worst)
}

func BenchmarkStore(b *testing.B) {
	p := printOf(virtual.Ridges(4, biometrics.RightIndex), biometrics.RightIndex, 500)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Store(p, StoreOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
