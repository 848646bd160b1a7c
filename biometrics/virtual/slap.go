package virtual

import (
	"image"
	"math"
	"slices"

	"github.com/tram-station/tram/biometrics"
)

// The platen of the virtual slap reader: 3.2 × 3.0 inches at 500 dpi.
const (
	slapWidth  = 1600
	slapHeight = 1500
)

// tip is how a fingertip lies in a slap of the right hand, in pixels from
// the hand's middle, and how large it is.
type tip struct {
	x, y   float64
	lean   float64 // degrees, clockwise
	rx, ry float64 // half its width and height
}

// hand holds the fingertips of a right hand that is laid down with ease, from
// index to little finger, after the proportions of a grown-up.
var hand = [4]tip{
	{-480, -45, -5, 132, 172},
	{-150, -130, -1, 138, 178},
	{168, -85, 3, 130, 170},
	{462, 150, 9, 108, 146},
}

// thumbs are the left and the right thumb, their tips towards each other.
var thumbs = [2]tip{
	{-290, -20, 7, 140, 179},
	{290, 0, -7, 140, 179},
}

// Lay is how a slap is laid down.
type Lay struct {
	// Touch is which of the person's touches this is: each lies otherwise.
	Touch int
	// Turn turns the whole hand, in degrees clockwise.
	Turn float64
	// Spread is how far the fingers are apart: 0 means with ease, 1; at 0.8
	// neighbours touch.
	Spread float64
	// Hand, when it is a slap, is the one that is laid down instead of the one
	// that is asked for.
	Hand biometrics.Finger
	// Fingers names the finger that lies where another belongs;
	// [biometrics.UnknownFinger] there: it does not touch the platen.
	Fingers map[biometrics.Finger]biometrics.Finger
	// Residue leaves the greasy trace of an earlier hand on the platen.
	Residue bool
}

// Laid is where a finger of a slap lies.
type Laid struct {
	Finger biometrics.Finger // whose ridges they are
	Box    image.Rectangle   // of the fingertip, down to the first joint
	Lean   float64           // degrees, clockwise
}

// Slap draws the wanted fingers of a slap as they lie on the platen, slapWidth
// × slapHeight pixels at 500 dpi, and says where they are, in the order of
// Request.Wanted. Fingers show their tip, the crease of the first joint and the
// part below it.
func (p *Person) Slap(req biometrics.Request, lay Lay) (*image.Gray, []Laid) {
	out := platen(slapWidth, slapHeight)
	slap := req.Finger
	if lay.Hand.Slap() {
		slap = lay.Hand
	}
	if lay.Residue {
		old := Lay{Touch: lay.Touch + 1000, Turn: lay.Turn + 9, Spread: lay.Spread}
		for _, t := range p.place(slap, nil, old) {
			t.tip.faint, t.below.faint = 0.88, 0.9
			t.tip.lay(out)
			t.below.lay(out)
		}
	}
	var laid []Laid
	for _, t := range p.place(slap, req.Missing, lay) {
		t.tip.lay(out)
		t.below.lay(out)
		angle, _, _ := t.tip.placed()
		laid = append(laid, Laid{Finger: t.finger, Box: t.tip.box(), Lean: angle * 180 / math.Pi})
	}
	sprinkle(out, p.chance(slap, lay.Touch))
	return out, laid
}

// placedFinger is a finger in a slap: its tip and what is below the joint.
type placedFinger struct {
	finger     biometrics.Finger
	tip, below pad
}

// place says where the fingers of a slap lie.
func (p *Person) place(slap biometrics.Finger, missing []biometrics.Finger, lay Lay) []placedFinger {
	rng := p.chance(slap, lay.Touch)
	around := func(v float64) float64 { return v * (2*rng.Float64() - 1) }
	spread := lay.Spread
	if spread == 0 {
		spread = 1
	}
	size := 1 + around(0.07)
	turn := (lay.Turn + around(3)) * math.Pi / 180
	sin, cos := math.Sincos(turn)
	var out []placedFinger
	for _, f := range slap.Fingers() {
		t := tipOf(f)
		t.x, t.y, t.lean = t.x*spread+around(7), t.y+around(12), t.lean*spread+around(1.5)
		touched := newTouch(p.chance(f, lay.Touch), lay.Touch)
		touched.turn, touched.dx, touched.dy = 0, 0, 0 // the hand has done that
		one, ok := lay.Fingers[f]
		if !ok {
			one = f
		}
		if one == biometrics.UnknownFinger || slices.Contains(missing, f) {
			continue
		}
		lean := t.lean*math.Pi/180 + turn
		s := pad{
			skin: skinOf(p.skin(one, false)), lean: lean, rx: t.rx * size, ry: t.ry * size, touch: touched,
			x: slapWidth/2 + t.x*size*cos - t.y*size*sin, y: slapHeight*0.46 + t.x*size*sin + t.y*size*cos,
		}
		out = append(out, placedFinger{finger: one, tip: s, below: s.joint()})
	}
	return out
}

// tipOf is how a finger lies in its slap.
func tipOf(f biometrics.Finger) tip {
	switch {
	case f == biometrics.RightThumb:
		return thumbs[1]
	case f == biometrics.LeftThumb:
		return thumbs[0]
	case f < biometrics.LeftThumb:
		return hand[f-biometrics.RightIndex]
	}
	t := hand[f-biometrics.LeftIndex]
	t.x, t.lean = -t.x, -t.lean
	return t
}

// crease is the gap of the first joint, pixels.
const crease = 24

// joint is the part of the finger below the first joint: ridges across it.
func (p *pad) joint() pad {
	const long = 130 // half its length
	b := *p
	angle, x, y := p.placed()
	sin, cos := math.Sincos(angle)
	down := p.ry + crease + long
	b.x, b.y, b.rx, b.ry, b.square = x-down*sin, y+down*cos, p.rx*0.94, long, true
	b.skin = func(x, y float64) float64 {
		wave := y + 5*sine(x/37) + 4*sine(y/53+x/90)
		return 0.42 + 0.3*sine(2*math.Pi*wave/ridgePeriod)
	}
	return b
}
