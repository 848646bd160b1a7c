package face

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/mrz/gray"
)

// sheet is a picture on a flat sheet as the camera sees it.
type sheet struct {
	picture *image.RGBA
	onto    gray.Homography // from the camera's pixels to those of the picture
}

func (s *sheet) ColorModel() color.Model { return color.RGBAModel }
func (s *sheet) Bounds() image.Rectangle { return image.Rect(0, 0, 1280, 720) }
func (s *sheet) At(x, y int) color.Color {
	p := s.onto.Apply(gray.Point{X: float64(x), Y: float64(y)})
	return s.picture.RGBAAt(int(p.X+0.5), int(p.Y+0.5))
}

// drawn is the drawn citizen, 146 pixels between the eyes, who are at eyesAt.
func drawn(t testing.TB, lids float64) *image.RGBA {
	t.Helper()
	cam := virtual.NewCamera(1)
	now := began
	cam.Now = func() time.Time { return now }
	cam.Pose = func(uint64) virtual.Pose { return virtual.Pose{Lids: lids} }
	var f biometrics.Frame
	for range 2 { // from afar, and near
		var err error
		if f, err = cam.Frame(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(4 * time.Second)
	}
	return f.Image.(*image.RGBA)
}

const drawnUnit = 146

var drawnEyes = Point{640, 331}

// held is the picture on a sheet that is held in that pose.
func held(t testing.TB, picture *image.RGBA, at pose) *sheet {
	t.Helper()
	var from, to [4]gray.Point
	for i, c := range [4]solid{{-1, -1, 0}, {1, -1, 0}, {1, 1, 0}, {-1, 1, 0}} {
		from[i] = gray.Point(at.project(c))
		to[i] = gray.Point{X: drawnEyes.X + drawnUnit*c.x, Y: drawnEyes.Y + drawnUnit*c.y}
	}
	h, err := gray.FromPoints(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return &sheet{picture, h}
}

// waves moves something before the camera in every way at once.
func waves(random *rand.Rand) func(s float64) pose {
	var a, f, p [6]float64
	for i, most := range []float64{40, 40, 20, 0.6, 0.4, 3} {
		a[i], f[i], p[i] = most*random.Float64(), 0.3+4*random.Float64(), 7*random.Float64()
	}
	w := func(i int, s float64) float64 { return a[i] * math.Sin(f[i]*s+p[i]) }
	return func(s float64) pose { return pose{w(0, s), w(1, s), w(2, s), w(3, s), w(4, s), w(5, s)} }
}

// TestPhotoDoesNotBlink: a printed face that is moved, turned and tilted before
// the camera does not blink. The control is two sheets, open and shut, in the
// same motion.
func TestPhotoDoesNotBlink(t *testing.T) {
	open, shut := drawn(t, 0), drawn(t, 1)
	const runs = 30
	passed := map[string]int{}
	for seed := range uint64(runs) {
		for _, name := range []string{"photo", "control"} {
			random := rand.New(rand.NewPCG(seed, 2))
			move, noise := waves(random), []float64{0, 0.004, 0.008}[seed%3]
			p := show(t, asking(t, Blink, 0), 10, func(s float64) (image.Image, Face) {
				picture := open
				if name == "control" && math.Abs(s-2.1) < 0.16 {
					picture = shut
				}
				return held(t, picture, move(s)), seen(true, move(s), noise, random)
			})
			if p.passed {
				passed[name]++
			}
		}
	}
	if passed["photo"] > 0 || passed["control"] < runs*9/10 {
		t.Errorf("passed of %d: %v", runs, passed)
	}
}

// TestPhotoDoesNotTurn: nor does it turn its head.
func TestPhotoDoesNotTurn(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 2))
		move, noise := waves(random), []float64{0, 0.004, 0.008}[seed%3]
		p := show(t, asking(t, Turn, byte(seed)), 15, func(s float64) (image.Image, Face) {
			return nil, seen(true, move(s), noise, random)
		})
		if p.passed {
			t.Errorf("photo %d passed", seed)
		}
	}
}
