package minutiae_test

import (
	"flag"
	"fmt"
	"image"
	"math/rand"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/virtual"
)

// touches and each make the measure larger: the figures at SameFinger come from
// go test -run Hard -touches 6 -each 1 -v.
var (
	touches = flag.Int("touches", 2, "other touches of each finger")
	each    = flag.Int("each", 4, "one in so many impostor pairs is matched")
)

// hard adds to a print other touches of the same finger: turned by up to 30°,
// moved, cut to a window of 256 to 360 pixels, the skin pulled by up to 8
// pixels, pressed or light, out of focus, with noise.
func hard(t testing.TB, r *rand.Rand, name string, finger int, img *image.Gray) []sample {
	t.Helper()
	out := []sample{{name, finger, img, extract(t, img, 500)}}
	for i := range *touches {
		again := randomTouch(r).of(img, r)
		out = append(out, sample{fmt.Sprintf("%s/%d", name, i+1), finger, again, extract(t, again, 500)})
	}
	return out
}

// rates is how many genuine pairs stay below SameFinger and how many others
// reach it.
func rates(s scores) (rejected, accepted int) {
	for _, m := range s.genuine {
		if m < minutiae.SameFinger {
			rejected++
		}
	}
	for _, m := range s.other {
		if m >= minutiae.SameFinger {
			accepted++
		}
	}
	return rejected, accepted
}

// check logs what was measured and holds the rates: of different fingers none
// is taken for the same, of the same at most mayReject in a thousand are missed.
func check(t *testing.T, s scores, mayReject int) {
	t.Helper()
	rejected, accepted := rates(s)
	t.Logf("genuine: %d, 1 %% below %d, half below %d, lowest %d (%s); others: %d, 1 in 1000 from %d, highest %d (%s); false rejects %d, false accepts %d",
		len(s.genuine), s.genuine[len(s.genuine)/100], s.genuine[len(s.genuine)/2], s.genuine[0], s.worst,
		len(s.other), s.other[len(s.other)-1-len(s.other)/1000], s.other[len(s.other)-1], s.best, rejected, accepted)
	if accepted > 0 {
		t.Errorf("%s are taken for the same finger: %d", s.best, s.other[len(s.other)-1])
	}
	if rejected*1000 > mayReject*len(s.genuine) {
		t.Errorf("%d of %d genuine pairs are below %d, the lowest, %s, at %d",
			rejected, len(s.genuine), minutiae.SameFinger, s.worst, s.genuine[0])
	}
}

// TestHardTouchesOfSamples measures the rates where the same finger lies on the
// reader quite differently.
func TestHardTouchesOfSamples(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	var all []sample
	for _, s := range samples(t) {
		all = append(all, hard(t, r, s.name, s.finger, s.img)...)
	}
	check(t, compare(all, *each), 20)
}

// TestHardTouchesOfDrawnPrints is the same where the samples are not there.
func TestHardTouchesOfDrawnPrints(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	var all []sample
	for person := range int64(8) {
		img := virtual.Ridges(40+person, biometrics.RightIndex)
		all = append(all, hard(t, r, fmt.Sprint("drawn ", person), int(person), img)...)
	}
	check(t, compare(all, *each), 20)
}
