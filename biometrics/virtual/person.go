package virtual

import (
	"image"
	"math/rand/v2"
	"sync"

	"github.com/tram-station/tram/biometrics"
)

// Person is an invented person's fingers. Drawing a finger takes a tenth of a
// second, so a person keeps what was drawn; it may be used by several
// goroutines. What is returned belongs to the caller.
type Person struct {
	// Seed chooses the person.
	Seed int64
	// Draw draws a finger, plain or rolled; nil means [Ridges] and [Rolled]. The
	// picture is not changed.
	Draw func(seed int64, finger biometrics.Finger) *image.Gray

	mu    sync.Mutex // guards drawn
	drawn map[drawing]*image.Gray
}

// drawing names one picture of a person.
type drawing struct {
	finger biometrics.Finger
	rolled bool
}

// skin returns the picture of a finger, which must not be changed.
func (p *Person) skin(f biometrics.Finger, rolled bool) *image.Gray {
	key := drawing{f, rolled && p.Draw == nil}
	p.mu.Lock()
	defer p.mu.Unlock()
	if img := p.drawn[key]; img != nil {
		return img
	}
	draw := Ridges
	switch {
	case p.Draw != nil:
		draw = p.Draw
	case rolled:
		draw = Rolled
	}
	if p.drawn == nil {
		p.drawn = make(map[drawing]*image.Gray)
	}
	p.drawn[key] = draw(p.Seed, f)
	return p.drawn[key]
}

// chance is what is random of one touch.
func (p *Person) chance(f biometrics.Finger, touch int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(p.Seed), uint64(f)<<32|uint64(uint32(touch)))) // drawing, not secrets
}

// Plain is the finger on the platen. Touch 0 is the finger as [Ridges] draws
// it; every other touch turns, shifts, presses and stretches it in its own way.
func (p *Person) Plain(f biometrics.Finger, touch int) *image.Gray { return p.single(f, touch, false) }

// Rolled is the finger rolled from nail to nail, as [Rolled] draws it; for
// touch see [Person.Plain].
func (p *Person) Rolled(f biometrics.Finger, touch int) *image.Gray { return p.single(f, touch, true) }

func (p *Person) single(f biometrics.Finger, n int, rolled bool) *image.Gray {
	skin := p.skin(f, rolled)
	if n == 0 {
		out := image.NewGray(skin.Rect)
		copy(out.Pix, skin.Pix)
		return out
	}
	rng := p.chance(f, n)
	w, h := float64(skin.Rect.Dx()), float64(skin.Rect.Dy())
	out := platen(skin.Rect.Dx(), skin.Rect.Dy())
	one := pad{
		skin: skinOf(skin), x: w * 0.5, y: h * 0.52, rx: w * 0.45, ry: h * 0.46,
		touch: newTouch(rng, n),
	}
	one.lay(out)
	sprinkle(out, rng)
	return out
}
