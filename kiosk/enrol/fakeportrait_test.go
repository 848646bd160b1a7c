package enrol

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
)

// fakePortraiter guides once and then captures, unless it is to wait.
type fakePortraiter struct {
	never  atomic.Bool // no face ever: only the manual trigger ends it
	missed atomic.Int32
	errs   []error

	mu        sync.Mutex
	match     face.Match // of every comparison; the zero value is one that is accepted
	matchErr  error
	matchHold chan struct{} // when set, a comparison waits for it
	patience  []time.Duration
}

var fakeBands = face.Bands{Accept: 0.5, Review: 0.35}

// scores makes every comparison end with this score.
func (p *fakePortraiter) scores(score float64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.match, p.matchErr = face.Match{Score: score, Model: "fake 2", Band: fakeBands.Of(score), Bands: fakeBands}, err
}

func (p *fakePortraiter) Match(ctx context.Context, _ *Portrait, _ string, _ []byte) (*face.Match, error) {
	p.mu.Lock()
	m, err, hold := p.match, p.matchErr, p.matchHold
	p.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, err
	}
	if m.Band == "" {
		m = face.Match{Score: 0.75, Model: "fake 2", Band: face.Accept, Bands: fakeBands}
	}
	return &m, nil
}

func (p *fakePortraiter) Capture(ctx context.Context, cam biometrics.Camera, how Shoot, on func(Guidance)) (*Portrait, error) {
	if len(p.errs) > 0 {
		err := p.errs[0]
		p.errs = p.errs[1:]
		return nil, err
	}
	p.mu.Lock()
	p.patience = append(p.patience, how.Patience)
	p.mu.Unlock()
	if _, err := cam.Frame(ctx); err != nil {
		return nil, err
	}
	on(Guidance{JPEG: testJPEG(8, 6), Words: words("Lại gần hơn", "Come closer"),
		Face: &Place{Size: [2]int{64, 48}, Left: [2]int{20, 20}, Right: [2]int{40, 20}, Chin: [2]int{30, 40}}})
	bad := []biometrics.Measure{{Name: "inter-eye-distance", Native: 40, Score: 20, Code: "nearer"},
		{Name: "mouth-closed", Native: 1, Score: 30, Code: "mouth-open", Advisory: true}}
	if how.Patience > 0 && p.missed.Add(-1) >= 0 {
		return nil, &NotReadyError{Best: &Portrait{JPEG: testJPEG(24, 32), Original: testJPEG(64, 48), Width: 24, Height: 32, Device: cam.Device(),
			Model: "fake 1", Measures: bad, Problems: []string{"nearer"}}}
	}
	if p.never.Load() || how.Patience == 0 {
		select {
		case <-how.Manual:
			return &Portrait{JPEG: testJPEG(36, 48), Width: 36, Height: 48, Device: cam.Device(), Model: "fake 1", Manual: true,
				Measures: bad, Problems: []string{"nearer"}}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return &Portrait{JPEG: testJPEG(48, 64), Original: testJPEG(64, 48), Width: 48, Height: 64, Device: cam.Device(), Model: "fake 1",
		Measures: []biometrics.Measure{{Name: "sharpness", Native: 1, Score: 80, OK: true}}, Tries: 1}, nil
}
