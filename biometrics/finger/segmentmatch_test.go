//go:build !race

package finger

import (
	"image"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/virtual"
)

func template(t *testing.T, img *image.Gray) *minutiae.Template {
	t.Helper()
	m, err := minutiae.Extract(img, 500)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestCutFingersMatch: to the matcher the fingers of a slap are those that were
// laid on singly or rolled, and no others.
func TestCutFingersMatch(t *testing.T) {
	p := persons(1)[0]
	genuine, impostor := 1<<30, 0
	for slap, turn := range map[biometrics.Finger]float64{biometrics.RightSlap: 18, biometrics.Thumbs: -12} {
		req := biometrics.Request{Finger: slap}
		img, _ := p.Slap(req, virtual.Lay{Touch: 3, Turn: turn})
		cut, err := Cut(img, 500, req)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range cut {
			found := template(t, s.Image)
			for _, f := range slap.Fingers() {
				plain, rolled := template(t, p.Plain(f, 1)), template(t, p.Rolled(f, 2))
				for _, score := range []int{minutiae.Match(found, plain), minutiae.Match(found, rolled)} {
					if f == s.Finger {
						genuine = min(genuine, score)
					} else {
						impostor = max(impostor, score)
					}
				}
			}
		}
	}
	t.Logf("the same finger %d at least, another %d at most", genuine, impostor)
	if genuine < minutiae.SameFinger || impostor >= minutiae.SameFinger {
		t.Errorf("the same finger scores %d at least, another %d at most: want %d between", genuine, impostor, minutiae.SameFinger)
	}
}
