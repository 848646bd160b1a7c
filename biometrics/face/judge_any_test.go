package face_test

import (
	"image"
	"image/color/palette"
	"image/draw"
	"math"
	"reflect"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
)

// opaque is a picture of no known type.
type opaque struct{ image.Image }

// TestJudgeBearsAnyFace: a finder may be wrong, and the judge says so.
func TestJudgeBearsAnyFace(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, f := range map[string]face.Face{
		"nothing":        {},
		"no eyes":        {Left: face.Point{X: nan, Y: nan}, Right: face.Point{X: 1, Y: 1}},
		"beyond numbers": {Left: face.Point{X: -inf}, Right: face.Point{X: inf}, Chin: face.Point{Y: inf}},
		"a pixel":        {Left: face.Point{X: 10, Y: 10}, Right: face.Point{X: 10.5, Y: 10}, Chin: face.Point{X: 10, Y: 11}},
		"far outside":    {Left: face.Point{X: 9000, Y: 9000}, Right: face.Point{X: 9100, Y: 9000}, Chin: face.Point{X: 9050, Y: 9180}},
		"enormous":       {Left: face.Point{X: -7000, Y: 50}, Right: face.Point{X: 8000, Y: 50}, Chin: face.Point{X: 500, Y: 20000}},
		"upside down":    {Left: face.Point{X: 90, Y: 50}, Right: face.Point{X: 30, Y: 50}, Chin: face.Point{X: 60, Y: 1}},
		"no chin":        {Left: face.Point{X: 30, Y: 50}, Right: face.Point{X: 90, Y: 50}, Chin: face.Point{X: 60, Y: 50}},
	} {
		for _, img := range []image.Image{
			image.NewGray(image.Rect(0, 0, 100, 100)), image.NewRGBA(image.Rect(-7, 3, 90, 80)),
			image.NewYCbCr(image.Rect(0, 0, 101, 99), image.YCbCrSubsampleRatio420), opaque{image.NewGray(image.Rect(0, 0, 64, 64))},
		} {
			if res := face.Judge(img, []face.Face{f}); res.OK || res.Code == "ok" || res.Message.VI == "" {
				t.Errorf("%s in %T: %+v", name, img, res)
			}
		}
	}
}

// TestJudgeIsTheSameForAnyPicture: the type of a picture and where it begins
// make no difference; a palette makes little.
func TestJudgeIsTheSameForAnyPicture(t *testing.T) {
	img := frame(700, image.Pt(370, 10))
	f := find1(t, facetest.Finder(t), img)
	want := face.Judge(img, []face.Face{f})

	nrgba := image.NewNRGBA(img.Rect)
	draw.Draw(nrgba, nrgba.Rect, img, image.Point{}, draw.Src)
	by := image.Pt(-300, 41)
	moved := image.NewRGBA(img.Rect.Add(by))
	draw.Draw(moved, moved.Rect, img, image.Point{}, draw.Src)
	for name, got := range map[string]face.Result{
		"NRGBA":  face.Judge(nrgba, []face.Face{f}),
		"moved":  face.Judge(moved, []face.Face{f.Moved(by)}),
		"opaque": face.Judge(opaque{img}, []face.Face{f}),
	} {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	few := image.NewPaletted(img.Rect, palette.Plan9)
	draw.Draw(few, few.Rect, img, image.Point{}, draw.Src)
	if got := face.Judge(few, []face.Face{f}); got.Code == "no-face" || len(got.Measures) != len(want.Measures) {
		t.Errorf("paletted: %+v", got)
	}
}
