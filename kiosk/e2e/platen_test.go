//go:build realparts

package e2e

import (
	"context"
	"image"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

// platen is the fingerprint reader, and whoever's fingers lie on it.
type platen struct {
	gone     atomic.Bool // the cable is out
	captures atomic.Int64

	mu     sync.Mutex // guards what follows
	open   *virtual.Scanner
	person *virtual.Scanner          // how fingers are laid down from the next capture on
	spoil  func(*biometrics.Capture) // of the next captures
}

func newPlaten() *platen { return &platen{person: &virtual.Scanner{Seed: seed}} }

// lay says how fingers are laid down from now on.
func (p *platen) lay(how func(s *virtual.Scanner), spoil func(*biometrics.Capture)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	how(p.person)
	p.spoil = spoil
}

// start is the source of the station's reader.
func (p *platen) start(context.Context) (biometrics.Scanner, error) {
	if p.gone.Load() {
		return nil, biometrics.ErrNoDevice
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = &virtual.Scanner{Seed: p.person.Seed}
	return &platenScanner{Scanner: p.open, platen: p}, nil
}

// unplug pulls the cable.
func (p *platen) unplug() {
	p.gone.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open != nil {
		p.open.Unplug()
	}
}

type platenScanner struct {
	*virtual.Scanner
	platen *platen
}

func (s *platenScanner) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	s.platen.captures.Add(1)
	s.platen.mu.Lock()
	p, spoil := s.platen.person, s.platen.spoil
	s.Settle, s.Wrong, s.Touch, s.Absent = p.Settle, p.Wrong, p.Touch, p.Absent
	s.platen.mu.Unlock()
	c, err := s.Scanner.Capture(ctx, req, preview)
	if err == nil && spoil != nil {
		spoil(c)
	}
	return c, err
}

// pale makes prints as if hardly any pressure was on the finger.
func pale(c *biometrics.Capture) {
	for _, p := range c.Prints {
		fade(p.Image)
	}
	if c.Slap != nil {
		fade(c.Slap)
	}
}

func fade(img *image.Gray) {
	for i, v := range img.Pix {
		img.Pix[i] = 255 - (255-v)/9
	}
}

// smudgedOnce blots the leftmost finger of one slap.
func smudgedOnce() func(*biometrics.Capture) {
	var once sync.Once
	return func(c *biometrics.Capture) {
		once.Do(func() {
			noise := rand.New(rand.NewPCG(seed, seed))
			for y := range c.Slap.Rect.Dy() {
				row := c.Slap.Pix[y*c.Slap.Stride:][:c.Slap.Rect.Dx()*2/7]
				for x, v := range row {
					if v < 245 { // not the glass
						row[x] = uint8(min(max(int(v)+noise.IntN(160)-80, 0), 255))
					}
				}
			}
		})
	}
}

// slowly lets fingers settle for so long, so that there is something to see.
func slowly(d time.Duration) func(*virtual.Scanner) {
	return func(s *virtual.Scanner) { s.Settle = d }
}
