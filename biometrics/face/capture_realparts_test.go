//go:build realparts && !race

package face_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
)

func TestApproachByNet(t *testing.T) {
	p := takeApproach(t, facetest.Net(t))
	if len(p.Face.Landmarks) != 68 {
		t.Errorf("%d landmarks", len(p.Face.Landmarks))
	}
}

// obliging is the drawn citizen who does what the page asks for, a second
// later, with a clock of his own.
type obliging struct {
	*virtual.Camera
	frames atomic.Int64
	asked  atomic.Int64 // the frame in which turn was asked for
	turn   atomic.Int64 // degrees; 0: blink
}

func newObliging(seed int64) *obliging {
	o := &obliging{Camera: virtual.NewCamera(seed)}
	o.Now = func() time.Time {
		return time.Unix(1_800_000_000, 0).Add(time.Duration(o.frames.Load()) * time.Second / 15)
	}
	o.Pose = func(frame uint64) virtual.Pose {
		since := float64(int64(frame)-o.asked.Load())/15 - 1
		switch yaw := float64(o.turn.Load()); {
		case o.asked.Load() == 0:
			return virtual.Pose{}
		case yaw != 0:
			return virtual.Pose{Yaw: yaw * max(0, min(1, 2*since, 2*(2-since)))}
		}
		return virtual.Pose{Lids: max(0, 1-math.Pow((since-0.2)/0.2, 4))}
	}
	return o
}

func (o *obliging) Frame(ctx context.Context) (biometrics.Frame, error) {
	f, err := o.Camera.Frame(ctx)
	o.frames.Add(1)
	return f, err
}

// TestChallengeOfTheDrawnCitizen: with the networks' landmarks the drawn
// citizen blinks and turns the head as asked; another movement does not pass.
func TestChallengeOfTheDrawnCitizen(t *testing.T) {
	engine := facetest.Net(t)
	for name, c := range map[string]struct {
		challenge face.Challenge
		random    byte
		does      map[string]int64 // by what is asked: degrees to turn, 0 to blink
		passed    bool
		asked     []string
	}{
		"blink":          {face.Blink, 0, map[string]int64{"blink": 0}, true, []string{"blink"}},
		"left":           {face.Turn, 0, map[string]int64{"turn-left": 28}, true, []string{"turn-left"}},
		"right":          {face.Turn, 1, map[string]int64{"turn-right": -28}, true, []string{"turn-right"}},
		"blinks instead": {face.Turn, 1, map[string]int64{"turn-right": 0}, false, []string{"turn-right"}},
	} {
		cam := newObliging(1)
		var codes []string
		ctx, cancel := context.WithCancel(t.Context())
		p, err := run(ctx, face.Session{
			Camera: cam, Finder: engine, Challenge: c.challenge, Rand: bytes.NewReader(bytes.Repeat([]byte{c.random}, 9)),
			On: func(v face.Preview) {
				codes = append(codes, v.Result.Code)
				if cam.asked.Load() > 0 && cam.frames.Load() > cam.asked.Load()+75 {
					cancel()
				}
				degrees, does := c.does[v.Challenge.Code]
				if does && v.Result.Code == v.Challenge.Code && cam.asked.Load() == 0 {
					cam.turn.Store(degrees)
					cam.asked.Store(cam.frames.Load())
				}
			},
		})
		cancel()
		codes = slices.Compact(codes)
		if !c.passed && errors.Is(err, context.Canceled) && codes[len(codes)-1] == c.asked[0] {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v: %v", name, err, codes)
			continue
		}
		t.Logf("%s: %+v; %v", name, p.Attack, codes)
		if a := p.Attack; !a.Assessed || a.Passed != c.passed || !slices.Equal(a.Asked, c.asked) || a.Model != engine.Model() || p.Manual {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
