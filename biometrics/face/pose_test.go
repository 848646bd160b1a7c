package face

import (
	"image"
	"math"
	"slices"
	"testing"
)

// level are 68 landmarks of a face seen from the front, eyes 100 px apart and
// 180 px above the chin; what the judge does not look at is at the chin.
func level() Face {
	lm := make([]Point, landmarks)
	for i := range lm {
		lm[i] = Point{300, 380}
	}
	eye := func(first int, x float64) {
		for i, p := range []Point{{-25, 0}, {-8, -5}, {8, -5}, {25, 0}, {8, 5}, {-8, 5}} {
			lm[first+i] = Point{x + p.X, 200 + p.Y}
		}
	}
	eye(leftEye, 250)
	eye(rightEye, 350)
	lm[noseTip] = Point{300, 200 + noseLevel*110}
	for i := mouthFirst; i < landmarks; i++ {
		lm[i] = Point{300, 310}
	}
	lm[mouthLeft], lm[mouthRight] = Point{260, 310}, Point{340, 310}
	return Face{Left: Point{250, 200}, Right: Point{350, 200}, Mouth: Point{300, 310}, Chin: Point{300, 380}, Landmarks: lm}
}

func warnings(f Face) []string {
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	return Judge(img, []Face{f}).Warnings
}

func TestLandmarkMeasures(t *testing.T) {
	shift := func(dx, dy float64, points ...int) func(*Face) {
		return func(f *Face) {
			for _, i := range points {
				f.Landmarks[i].X += dx
				f.Landmarks[i].Y += dy
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*Face)
		want   string
	}{
		"at rest":            {func(*Face) {}, ""},
		"mouth open":         {shift(0, 45, 65, 66, 67), codeMouth},
		"lips a little open": {shift(0, 10, 65, 66, 67), ""},
		"wide smile":         {func(f *Face) { shift(-9, -6, mouthLeft)(f); shift(9, -6, mouthRight)(f) }, codeSmile},
		"turned":             {shift(22, 0, noseTip), codeLook},
		"turned a little":    {shift(6, 0, noseTip), ""},
		"raised":             {shift(0, -30, noseTip), codeLook},
		"lowered":            {shift(0, 30, noseTip), codeLook},
	} {
		f := level()
		c.change(&f)
		got := warnings(f)
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// TestLandmarkMeasuresTurnWithTheHead: a tilted head is measured as an upright
// one.
func TestLandmarkMeasuresTurnWithTheHead(t *testing.T) {
	f := level()
	want := sceneOf(image.NewGray(image.Rect(0, 0, 640, 480)), f)
	sin, cos := math.Sincos(0.2)
	turn := func(p Point) Point {
		x, y := p.X-300, p.Y-200
		return Point{300 + x*cos - y*sin, 200 + x*sin + y*cos}
	}
	f.Left, f.Right, f.Chin = turn(f.Left), turn(f.Right), turn(f.Chin)
	for i, p := range f.Landmarks {
		f.Landmarks[i] = turn(p)
	}
	got := sceneOf(image.NewGray(image.Rect(0, 0, 640, 480)), f)
	for name, m := range map[string]func(*scene) float64{"yaw": (*scene).yaw, "pitch": (*scene).pitch, "mouth": (*scene).mouthGap, "smile": (*scene).smile} {
		if a, b := m(want), m(got); math.Abs(a-b) > 1e-6 {
			t.Errorf("%s: %v upright, %v tilted", name, a, b)
		}
	}
}

// TestWithoutLandmarks: what needs them is not measured, neither well nor badly.
func TestWithoutLandmarks(t *testing.T) {
	f := level()
	f.Landmarks = nil
	img := image.NewGray(image.Rect(0, 0, 640, 480))
	for _, m := range Judge(img, []Face{f}).Measures {
		switch m.Name {
		case "head-pose-yaw", "head-pose-pitch", "eyes-open", "mouth-closed", "expression-neutrality":
			t.Errorf("%+v", m)
		}
	}
	// In a grey picture no eyes are seen: they are neither open nor shut.
	if n := len(Judge(img, []Face{level()}).Measures); n != len(rules) {
		t.Errorf("with landmarks %d measures, want %d", n, len(rules))
	}
}
