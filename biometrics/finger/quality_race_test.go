package finger_test

import (
	"fmt"
	"image"
	"sync"
	"testing"

	"github.com/tram-station/tram/biometrics/finger"
)

// TestJudgeTogether: the fingers of a slap may be judged at the same time; each
// comes out as alone.
func TestJudgeTogether(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 256, 256))
	for i := range img.Pix {
		x, y := i%img.Stride, i/img.Stride
		img.Pix[i] = uint8(128 + 100*(((x*x+y*y)/700)%2) - y/8)
	}
	want := fmt.Sprint(finger.Judge(img, 500))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if got := fmt.Sprint(finger.Judge(img, 500)); got != want {
				t.Errorf("%s, alone %s", got, want)
			}
		})
	}
	all.Wait()
}
