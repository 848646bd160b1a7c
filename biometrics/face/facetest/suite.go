package facetest

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/virtual"
)

// eyesOff is how far a drawn eye may be from where it was found, of the eye
// distance. A drawn lid is not where a real one would be.
const eyesOff = 0.05

// Suite holds a finder to what every finder owes. It needs no photograph.
func Suite(t *testing.T, find face.Finder) {
	t.Run("DrawnFaces", func(t *testing.T) { drawnFaces(t, find) })
	t.Run("Chin", func(t *testing.T) { chin(t, find) })
	t.Run("Origin", func(t *testing.T) { origin(t, find) })
	t.Run("Kinds", func(t *testing.T) { kinds(t, find) })
	t.Run("TwoFaces", func(t *testing.T) { twoFaces(t, find) })
	t.Run("Nothing", func(t *testing.T) { nothing(t, find) })
	t.Run("BadPictures", func(t *testing.T) { badPictures(t, find) })
	t.Run("AtOnce", func(t *testing.T) { atOnce(t, find) })
	t.Run("Model", func(t *testing.T) {
		if find.Model() == "" {
			t.Error("the finder has no name")
		}
	})
}

// Drawn is where [virtual.Portrait] of that size has the eyes: 46 % from above,
// a eye distance apart, which is 38 % / 1.75 of the height.
func Drawn(w, h int) (left, right face.Point, unit float64) {
	unit = float64(h) * 0.38 / 1.75
	y, middle := 0.46*float64(h), float64(w)/2
	return face.Point{X: middle - unit/2, Y: y}, face.Point{X: middle + unit/2, Y: y}, unit
}

// between is the distance of two points.
func between(a, b face.Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

// one finds the only face of a picture.
func one(t *testing.T, find face.Finder, img image.Image) (face.Face, bool) {
	t.Helper()
	faces, err := find.Find(img)
	if err != nil || len(faces) != 1 {
		t.Errorf("%d faces, %v", len(faces), err)
		return face.Face{}, false
	}
	return faces[0], true
}

func drawnFaces(t *testing.T, find face.Finder) {
	left, right, unit := Drawn(360, 480)
	for seed := range int64(10) {
		f, ok := one(t, find, virtual.Portrait(seed, 360, 480))
		if !ok {
			continue
		}
		if a, b := between(f.Left, left), between(f.Right, right); max(a, b) > eyesOff*unit {
			t.Errorf("seed %d: the eyes are %.1f and %.1f px off, eye distance %.0f px", seed, a, b, unit)
		}
		if f.Landmarks != nil && len(f.Landmarks) != 68 {
			t.Errorf("seed %d: %d landmarks", seed, len(f.Landmarks))
		}
		if f.Score <= 0 || !image.Pt(int(f.Eyes().X), int(f.Eyes().Y)).In(f.Box) {
			t.Errorf("seed %d: score %v, eyes at %v, box %v", seed, f.Score, f.Eyes(), f.Box)
		}
	}
}

func chin(t *testing.T, find face.Finder) {
	_, _, unit := Drawn(360, 480)
	f, ok := one(t, find, virtual.Portrait(3, 360, 480))
	if !ok {
		return
	}
	if got := between(f.Chin, f.Eyes()) / unit; math.Abs(got-1.75) > 0.2 {
		t.Errorf("the chin is %.2f eye distances below the eyes, drawn at 1.75", got)
	}
	if got := between(f.Mouth, f.Eyes()) / unit; math.Abs(got-1.06) > 0.1 {
		t.Errorf("the mouth is %.2f eye distances below the eyes, drawn at 1.06", got)
	}
}

// origin: points are those of the whole picture, also in a part of it.
func origin(t *testing.T, find face.Finder) {
	whole := virtual.Portrait(2, 600, 800)
	a, ok := one(t, find, whole)
	b, ok2 := one(t, find, whole.SubImage(image.Rect(40, 30, 600, 800)))
	if ok && ok2 && max(between(a.Left, b.Left), between(a.Chin, b.Chin)) > 6 {
		t.Errorf("eye and chin at %v, %v in the whole and at %v, %v in the part", a.Left, a.Chin, b.Left, b.Chin)
	}
}

// kinds: what a camera, a file and a converter give is the same face.
func kinds(t *testing.T, find face.Finder) {
	rgba := virtual.Portrait(5, 480, 640)
	want, ok := one(t, find, rgba)
	if !ok {
		return
	}
	ycc := image.NewYCbCr(rgba.Rect, image.YCbCrSubsampleRatio420)
	nrgba := image.NewNRGBA(rgba.Rect)
	draw.Draw(nrgba, nrgba.Rect, rgba, image.Point{}, draw.Src)
	for y := range rgba.Rect.Dy() {
		for x := range rgba.Rect.Dx() {
			c := rgba.RGBAAt(x, y)
			i, j := ycc.YOffset(x, y), ycc.COffset(x, y)
			ycc.Y[i], ycc.Cb[j], ycc.Cr[j] = color.RGBToYCbCr(c.R, c.G, c.B)
		}
	}
	for _, img := range []image.Image{ycc, nrgba} {
		if f, ok := one(t, find, img); ok && max(between(f.Left, want.Left), between(f.Right, want.Right)) > 2 {
			t.Errorf("%T: eyes at %v and %v, in RGBA at %v and %v", img, f.Left, f.Right, want.Left, want.Right)
		}
	}
}

func twoFaces(t *testing.T, find face.Finder) {
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{218, 227, 235, 255}), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(60, 40, 540, 680), virtual.Portrait(1, 480, 640), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(740, 140, 1100, 620), virtual.Portrait(2, 360, 480), image.Point{}, draw.Src)
	faces, err := find.Find(img)
	if err != nil || len(faces) != 2 {
		t.Fatalf("%d faces, %v", len(faces), err)
	}
	if x := faces[0].Eyes().X + faces[1].Eyes().X; math.Abs(x-(300+920)) > 30 {
		t.Errorf("the eyes are at %v and %v", faces[0].Eyes(), faces[1].Eyes())
	}
}

func nothing(t *testing.T, find face.Finder) {
	noise := image.NewGray(image.Rect(0, 0, 640, 480))
	dots := image.NewGray(noise.Rect)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(r.Uint32())
		dots.Pix[i] = 210
		if math.Hypot(float64(i%640%60-30), float64(i/640%60-30)) < 9 {
			dots.Pix[i] = 90
		}
	}
	for name, img := range map[string]image.Image{"grey": image.NewGray(noise.Rect), "noise": noise, "wallpaper": dots} {
		faces, err := find.Find(img)
		if err != nil || len(faces) != 0 {
			t.Errorf("%s: %d faces, %v", name, len(faces), err)
		}
		if res := face.Judge(img, faces); res.OK || res.Code != "no-face" {
			t.Errorf("%s: judged %q", name, res.Code)
		}
	}
}

func badPictures(t *testing.T, find face.Finder) {
	for _, size := range []image.Point{{0, 0}, {1, 1}, {63, 640}, {640, 0}, {9000, 100}} {
		if _, err := find.Find(image.NewGray(image.Rectangle{Max: size})); !errors.Is(err, face.ErrBadPicture) {
			t.Errorf("%v: %v", size, err)
		}
	}
	for _, size := range []image.Point{{64, 64}, {8192, 64}, {64, 8192}, {65, 97}} {
		if faces, err := find.Find(image.NewGray(image.Rectangle{Max: size})); err != nil || len(faces) != 0 {
			t.Errorf("%v: %d faces, %v", size, len(faces), err)
		}
	}
}

// atOnce: a finder is shared by the camera and the comparison.
func atOnce(t *testing.T, find face.Finder) {
	var pictures [4]image.Image
	var want [4]face.Face
	for i := range pictures {
		pictures[i] = virtual.Portrait(int64(i), 240+60*i, 320+80*i)
		f, ok := one(t, find, pictures[i])
		if !ok {
			return
		}
		want[i] = f
	}
	var all sync.WaitGroup
	for i, img := range pictures {
		all.Go(func() {
			for range 3 {
				faces, err := find.Find(img)
				// The cascades throw dice: a pixel is nothing.
				if err != nil || len(faces) != 1 || between(faces[0].Eyes(), want[i].Eyes()) > 3 {
					t.Errorf("picture %d: %d faces, %v; alone %v", i, len(faces), err, want[i].Eyes())
				}
			}
		})
	}
	all.Wait()
}
