package wsq

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	_ "image/png" // the samples' format
	"os"
	"strings"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// picture reads an image of the samples.
func picture(t testing.TB, elem ...string) *image.Gray {
	t.Helper()
	b := sample(t, elem...)
	var magic string
	var w, h int
	if n, _ := fmt.Sscan(string(b[:min(len(b), 20)]), &magic, &w, &h); n == 3 && magic == "P5" {
		return &image.Gray{Pix: b[len(b)-w*h:], Stride: w, Rect: image.Rect(0, 0, w, h)}
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	g := image.NewGray(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Src)
	return g
}

// source is the image that one of NBIS's files was made of.
func source(t testing.TB, name string) *image.Gray {
	t.Helper()
	switch {
	case strings.HasPrefix(name, "SFinGe"):
		return picture(t, "nfiq2", name+".pgm")
	case name == "crop500":
		return picture(t, "reference", "crop500.pgm")
	case name == "afis-probe":
		return picture(t, "sourceafis", "probe.png")
	case strings.HasPrefix(name, "lfp-"):
		return picture(t, "recordings", strings.TrimPrefix(name, "lfp-"), "capture.png")
	default:
		return picture(t, "reference", "png", strings.TrimSuffix(name, ".reg.jp2")+".png")
	}
}

// The very bytes of NBIS's cwsq.
func TestEncodeAsReference(t *testing.T) {
	files, err := os.ReadDir(testdata.Shared(t, "data", "fingerprints", "reference", "wsq"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		name, ok := strings.CutPrefix(f.Name(), "nbis-cwsq-0.75-")
		if !ok {
			continue
		}
		n++
		img, want := source(t, strings.TrimSuffix(name, ".wsq")), sample(t, "reference", "wsq", f.Name())
		got, err := Encode(img, Options{DPI: 500})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, the reference has %d, or others", name, len(got), len(want))
		}
		back, err := Decode(got)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %v, %d bytes, %.2f dB", name, img.Rect.Max, len(got), PSNR(img, back.Gray))
	}
	if n < 8 {
		t.Errorf("only %d files", n)
	}
}
