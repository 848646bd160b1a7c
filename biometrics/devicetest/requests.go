package devicetest

import (
	"bytes"
	"context"
	"errors"
	"image"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// captureAs lays down what the request asks for, captures it and lifts it.
func (b *Bench) captureAs(t *testing.T, req biometrics.Request, preview func(*image.Gray)) *biometrics.Capture {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), b.Patience+soon)
	defer cancel()
	if b.Lay != nil {
		b.Lay(req)
	} else {
		b.Finger(true)
	}
	defer b.Finger(false)
	c, err := b.Scanner.Capture(ctx, req, preview)
	if err != nil {
		t.Fatalf("capture %+v: %v", req, err)
	}
	return c
}

// slapRequests are those that a slap scanner takes, and rolledRequests those of
// one that follows a finger from nail to nail.
var (
	slapRequests = []biometrics.Request{
		{Finger: biometrics.RightSlap}, {Finger: biometrics.LeftSlap}, {Finger: biometrics.Thumbs},
	}
	missingRequests = []biometrics.Request{
		{Finger: biometrics.RightSlap, Missing: []biometrics.Finger{biometrics.RightMiddle}},
		{Finger: biometrics.LeftSlap, Missing: []biometrics.Finger{biometrics.LeftIndex, biometrics.LeftLittle}},
		{Finger: biometrics.Thumbs, Missing: []biometrics.Finger{biometrics.RightThumb}},
	}
	rolledRequests = []biometrics.Request{
		{Finger: wanted, Impression: biometrics.Rolled}, {Finger: biometrics.RightThumb, Impression: biometrics.Rolled},
	}
	rolledSlap = biometrics.Request{Finger: biometrics.RightSlap, Impression: biometrics.Rolled}
)

// refusesAtOnce: what the scanner does not take it refuses before anybody waits
// for a finger, and works on.
func refusesAtOnce(t *testing.T, b *Bench) {
	b.Finger(false)
	refused := 0
	for _, req := range slices.Concat(slapRequests, missingRequests, rolledRequests, []biometrics.Request{rolledSlap}) {
		if b.Scanner.Takes(req) {
			continue
		}
		refused++
		begun := time.Now()
		c, err := b.Scanner.Capture(t.Context(), req, nil)
		if !errors.Is(err, biometrics.ErrNotTaken) || c != nil {
			t.Errorf("%+v: capture %v, error %v; want not taken", req, c != nil, err)
		}
		if took := time.Since(begun); took > b.Patience/2 {
			t.Errorf("%+v: refused after %v", req, took)
		}
	}
	if refused == 0 {
		t.Error("it takes a slap that is rolled from nail to nail")
	}
	judge(t, b.capture(t, nil))
}

// closesCapturing: the station ends while a finger is waited for.
func closesCapturing(t *testing.T, b *Bench) {
	b.Finger(false)
	closed := make(chan error, 1)
	timer := time.AfterFunc(b.Patience/4, func() { closed <- b.Scanner.Close() })
	defer timer.Stop()
	begun := time.Now()
	b.lost(t)
	if took := time.Since(begun); took > b.Patience/4+soon {
		t.Errorf("ended after %v", took)
	}
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	b.lost(t)
}

// filmsFingers: a person sees what the scanner sees, not a slide show. Where the
// scanner has but one picture, that is the print.
func filmsFingers(t *testing.T, b *Bench) {
	if !b.Films {
		t.Log("not more than three pictures a second: this scanner shows the finished print alone")
		b.showsOnce(t)
		return
	}
	reqs := []biometrics.Request{{Finger: wanted}}
	for _, req := range slapRequests {
		if b.Scanner.Takes(req) {
			reqs = append(reqs, req)
		}
	}
	const most = time.Second / 3
	for _, req := range reqs {
		var shown []time.Time
		b.captureAs(t, req, func(*image.Gray) { shown = append(shown, time.Now()) })
		if len(shown) < 2 {
			t.Errorf("%+v: %d pictures", req, len(shown))
			continue
		}
		// The best of them says what the scanner does: the others may have waited
		// for the machine. A slide show is slow every time.
		best := shown[1].Sub(shown[0])
		for i := 2; i < len(shown); i++ {
			best = min(best, shown[i].Sub(shown[i-1]))
		}
		if best >= most {
			t.Errorf("%+v: a picture every %v at best", req, best)
		}
	}
}

// showsOnce wants the finished print as the one picture.
func (b *Bench) showsOnce(t *testing.T) {
	t.Helper()
	var shown []*image.Gray
	p := b.capture(t, func(img *image.Gray) { shown = append(shown, img) })
	if len(shown) != 1 {
		t.Fatalf("%d pictures: a scanner that shows more than its print says so with Films", len(shown))
	}
	if shown[0].Rect != p.Image.Rect || !bytes.Equal(shown[0].Pix, p.Image.Pix) {
		t.Error("another picture than the print is shown")
	}
}

func slaps(t *testing.T, b *Bench)          { b.taken(t, slapRequests) }
func missingFingers(t *testing.T, b *Bench) { b.taken(t, missingRequests) }
func rolled(t *testing.T, b *Bench)         { b.taken(t, rolledRequests) }

// taken tries the requests that the scanner takes.
func (b *Bench) taken(t *testing.T, reqs []biometrics.Request) {
	t.Helper()
	for _, req := range reqs {
		if !b.Scanner.Takes(req) {
			continue
		}
		c := b.captureAs(t, req, nil)
		if c.Request.Finger != req.Finger || c.Request.Impression != req.Impression || !slices.Equal(c.Request.Missing, req.Missing) {
			t.Errorf("%+v: the answer is to %+v", req, c.Request)
		}
		if c.Device != b.Scanner.Device() || c.Time.Before(time.Now().Add(-time.Minute)) {
			t.Errorf("%+v: by %+v at %v", req, c.Device, c.Time)
		}
		if req.Finger.Slap() && len(c.Prints) == 0 {
			wholeSlap(t, req, c)
			continue
		}
		allPrints(t, req, c)
	}
}

// wholeSlap wants the picture of a slap that the scanner does not cut.
func wholeSlap(t *testing.T, req biometrics.Request, c *biometrics.Capture) {
	t.Helper()
	if c.Slap == nil {
		t.Fatalf("%+v: neither prints nor a slap", req)
	}
	const slapSide = 35 // millimetres: a hand's fingertips, or two thumbs
	size(t, c.Slap, c.DPI, slapSide)
	dark := 0
	for _, v := range c.Slap.Pix {
		if v < 128 {
			dark++
		}
	}
	if share := float64(dark) / float64(len(c.Slap.Pix)); share < 0.01 || share > 0.5 {
		t.Errorf("%+v: %.1f %% of the slap is dark: want dark ridges on a light ground", req, 100*share)
	}
}

// allPrints wants each finger that is there, in its order, and no other.
func allPrints(t *testing.T, req biometrics.Request, c *biometrics.Capture) {
	t.Helper()
	var got []biometrics.Finger
	for _, p := range c.Prints {
		got = append(got, p.Finger)
		if p.Impression != req.Impression || p.Device != c.Device {
			t.Errorf("%+v: finger %d by %+v as impression %d", req, p.Finger, p.Device, p.Impression)
		}
		size(t, p.Image, p.DPI, fingerSide)
	}
	if !slices.Equal(got, req.Wanted()) {
		t.Errorf("%+v: fingers %v, want %v", req, got, req.Wanted())
	}
}
