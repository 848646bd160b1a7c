// Package specimen prints the cards of invented people and photographs them:
// the code and the machine-readable zone as a camera at a counter sees them,
// with the truth beside each picture. Tests try the decoders on it, `tram bench
// print` measures them. What a seed gives stays the same, but for a grey level
// here and there where another processor rounds otherwise: a picture is put
// together from whole numbers, floating point says where things lie.
package specimen

import (
	"image"
	"math/rand/v2"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/gray"
)

// Severities of a photograph, from a card held still in good light to one
// that a hurried hand waves below a lamp.
const (
	Good = iota
	Fair
	Poor
	Bad
	severities
)

// Shot says how a card is photographed. The zero value is a good picture of
// 1280 × 720 pixels in which a module has four.
type Shot struct {
	Width, Height int     // pixels; 1280 × 720 where zero
	Module        float64 // pixels a module of the code, where the card is nearest to flat; 4 where zero
	PxMM          float64 // pixels a millimetre of the card, for zones; 10 where zero
	Severity      int     // Good … Bad
	Pose          *Pose   // how the card is held; nil leaves it to the seed

	Text     string     // what the code says; "" for the payload of an invented person
	Level    byte       // error correction 'L', 'M', 'Q' or 'H'; 0 leaves it to the seed: M mostly
	ECI      bool       // the code names its character set; the seed sets it now and then when Level is 0
	Mirrored bool       // the code as a mirror shows it
	Inverted bool       // the code light on dark
	Format   mrz.Format // of the zone; "" for the Vietnamese card's TD1
}

// Pose is how a card lies before the camera, in degrees: turned in the plane of
// the picture (clockwise), and tilted around the picture's two axes.
type Pose struct{ Turn, TiltX, TiltY float64 }

// Truth is what a picture shows.
type Truth struct {
	Person  Person
	Text    string        // of the code
	Lines   []string      // of the zone
	Corners [4]gray.Point // of code or zone: its own top left, top right, bottom right, bottom left
	Module  float64       // mean side of a module in the picture, pixels; of a zone PxMM
	Modules [][]bool      // the code as printed, dark is true, without quiet zone
	Pose    Pose
}

// How the seeds of the three kinds of pictures are kept apart.
const (
	streamCode uint64 = iota + 1
	streamZone
	streamEmpty
)

func (o Shot) complete() Shot {
	if o.Width == 0 || o.Height == 0 {
		o.Width, o.Height = 1280, 720
	}
	if o.Module == 0 {
		o.Module = 4
	}
	if o.PxMM == 0 {
		o.PxMM = 10
	}
	o.Severity = max(Good, min(o.Severity, severities-1))
	return o
}

// QRFrame photographs the side of a card that has the code.
func QRFrame(seed uint64, o Shot) (*image.Gray, Truth) {
	o = o.complete()
	rng := rand.New(rand.NewPCG(seed, streamCode))
	truth := Truth{Person: NewPerson(rng), Text: o.Text}
	if truth.Text == "" {
		layout := Layout2021
		if rng.IntN(4) == 0 {
			layout = Layout2024
		}
		truth.Text = truth.Person.Payload(layout)
	}
	if o.Level == 0 {
		o.Level = "MMMMMMMLLQ"[rng.IntN(10)]
		o.ECI = o.ECI || rng.IntN(10) == 0
	}
	truth.Modules = encode(truth.Text, o.Level, o.ECI)
	n := float64(len(truth.Modules))
	side := between(rng, 12, 18) // millimetres
	scale := codeScale(o.Module) // pixels of the print a module
	card := newCard(rng, n*scale/side)
	card.front(truth.Person)
	at := card.printCode(truth.Modules, scale, o.Inverted)
	view := view{size: image.Pt(o.Width, o.Height), zoom: o.Module / scale, pose: o.Pose, limits: codeLimits[o.Severity]}
	view.place(rng, at, 2*o.Module)
	corners := view.project(at)
	if o.Mirrored { // the picture is flipped below
		for i := range corners {
			corners[i].X = float64(o.Width) - corners[i].X
		}
	}
	truth.Corners, truth.Module, truth.Pose = corners, meanSide(corners)/n, *view.pose
	f := view.expose(card.img, desk(rng, o.Width, o.Height))
	if o.Mirrored {
		f.flip()
	}
	return f.develop(rng, conditions[o.Severity], corners, o.Module), truth
}

// strokeMM is the width of a stroke of OCR-B: to a zone what the module is to a
// code.
const strokeMM = 0.35

// ZoneFrame photographs the side of a card that has the machine-readable zone,
// or the page of a passport or visa. The error is ErrNoFont.
func ZoneFrame(seed uint64, o Shot) (*image.Gray, Truth, error) {
	o = o.complete()
	rng := rand.New(rand.NewPCG(seed, streamZone))
	truth := Truth{Person: NewPerson(rng)}
	truth.Lines = truth.Person.Zone()
	if o.Format != "" {
		truth.Lines = truth.Person.Lines(o.Format)
	}
	const oversize = 1.5
	pm := max(oversize*o.PxMM, 8)
	card := newPaper(rng, pm, documentSize(truth.Lines))
	card.back(truth.Person)
	at, err := card.printZone(truth.Lines)
	if err != nil {
		return nil, Truth{}, err
	}
	view := view{size: image.Pt(o.Width, o.Height), zoom: o.PxMM / pm, pose: o.Pose, limits: zoneLimits[o.Severity]}
	view.place(rng, at, o.PxMM)
	truth.Corners, truth.Module, truth.Pose = view.project(at), o.PxMM, *view.pose
	f := view.expose(card.img, desk(rng, o.Width, o.Height))
	return f.develop(rng, conditions[o.Severity], truth.Corners, strokeMM*o.PxMM), truth, nil
}

// Scene is what a picture without a code shows.
type Scene string

// The scenes of EmptyFrame.
const (
	Desk Scene = "desk" // wood, paper, a pen, a keyboard
	Back Scene = "back" // the side of the card without a code
	Page Scene = "page" // a printed page
)

// EmptyFrame photographs something that has no code.
func EmptyFrame(seed uint64, s Scene, o Shot) *image.Gray {
	o = o.complete()
	rng := rand.New(rand.NewPCG(seed, streamEmpty))
	ground := desk(rng, o.Width, o.Height)
	w, h := float64(o.Width), float64(o.Height)
	middle := [4]gray.Point{{X: w / 3, Y: h / 3}, {X: 2 * w / 3, Y: h / 3}, {X: 2 * w / 3, Y: 2 * h / 3}, {X: w / 3, Y: 2 * h / 3}}
	f := fromGray(ground)
	if s != Desk {
		const oversize = 1.5
		pm := max(oversize*o.PxMM, 8)
		card := newCard(rng, pm)
		if s == Page {
			card = newPaper(rng, pm, pageSize)
			card.page()
		} else {
			card.back(NewPerson(rng))
			card.chip()
		}
		v := view{size: image.Pt(o.Width, o.Height), zoom: o.PxMM / pm, pose: o.Pose, limits: zoneLimits[o.Severity]}
		all := card.rect(0, 0, card.wide, card.high)
		v.place(rng, all, -h)
		middle = v.project(all)
		f = v.expose(card.img, ground)
	}
	return f.develop(rng, conditions[o.Severity], middle, strokeMM*o.PxMM)
}

// between returns a number from low to high.
func between(rng *rand.Rand, low, high float64) float64 {
	return low + float64(rng.Float64()*(high-low))
}

// chance reports true in p of all cases.
func chance(rng *rand.Rand, p float64) bool { return rng.Float64() < p }

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
