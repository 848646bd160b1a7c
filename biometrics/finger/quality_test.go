package finger_test

import (
	"image"
	"math/rand"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/biometrics/virtual"
)

// TestJudgeOrders: a whole print scores above its weakened versions, and
// what is no print scores nothing.
func TestJudgeOrders(t *testing.T) {
	good := virtual.Ridges(1, biometrics.RightIndex)
	score := func(img *image.Gray) int { return finger.Judge(img, 500).Score }
	whole := score(good)
	if whole < 50 {
		t.Errorf("good print scores %d: %+v", whole, finger.Judge(good, 500).Measures)
	}
	faint, corner, noise := image.NewGray(good.Rect), image.NewGray(good.Rect), image.NewGray(good.Rect)
	rng := rand.New(rand.NewSource(1))
	for i, v := range good.Pix {
		faint.Pix[i] = uint8(200 + int(v)/6)
		noise.Pix[i] = uint8(rng.Intn(256))
		corner.Pix[i] = 250
		if x, y := i%good.Stride, i/good.Stride; x < 110 && y < 150 {
			corner.Pix[i] = v
		}
	}
	for name, img := range map[string]*image.Gray{"faint": faint, "corner": corner} {
		if s := score(img); s >= whole {
			t.Errorf("%s print scores %d, the whole one %d", name, s, whole)
		}
	}
	for name, img := range map[string]*image.Gray{"noise": noise, "empty": image.NewGray(good.Rect)} {
		if s := score(img); s > 5 {
			t.Errorf("%s scores %d", name, s)
		}
	}
}
