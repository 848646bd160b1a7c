package specimen

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/mrz/gray"
)

// The people must be good citizens to the parsers, and nobody real: their
// numbers have 99 where the random digits begin.
func TestPersons(t *testing.T) {
	for seed := range uint64(300) {
		p := NewPerson(rand.New(rand.NewPCG(seed, 0)))
		if p.Number[6:8] != "99" {
			t.Error("not an invented number:", string(p.Number))
		}
		for _, layout := range []int{Layout2021, Layout2024} {
			c, err := cccd.ParseQR([]byte(p.Payload(layout)))
			if err != nil {
				t.Fatal(p.Payload(layout), err)
			}
			if len(c.Warnings) > 0 || c.Number != p.Number || c.Name != p.Name || c.Birth != p.Birth || c.Sex != p.Sex {
				t.Error(p.Payload(layout), c.Warnings)
			}
		}
		for _, lines := range [][]string{p.Zone(), p.Lines(mrz.TD1), p.Lines(mrz.TD2), p.Lines(mrz.TD3), p.Lines(mrz.MRVA), p.Lines(mrz.MRVB)} {
			text := ""
			for _, l := range lines {
				text += l + "\n"
			}
			if z, err := mrz.Parse(text); err != nil || !z.Valid || !z.MatchesName(p.Name) {
				t.Error(lines, err)
			}
		}
	}
}

// signature is what can be told of a picture from afar: the mean grey of each
// field of a grid.
func signature(g *image.Gray) []byte {
	const columns, rows = 8, 6
	out := make([]byte, 0, columns*rows)
	w, h := g.Rect.Dx()/columns, g.Rect.Dy()/rows
	for r := range rows {
		for c := range columns {
			sum := 0
			for y := range h {
				for _, p := range g.Pix[(r*h+y)*g.Stride+c*w:][:w] {
					sum += int(p)
				}
			}
			out = append(out, byte(sum/(w*h)))
		}
	}
	return out
}

// alike allows for what processors round otherwise: a grey level.
func alike(a, b []byte) bool {
	return slices.EqualFunc(a, b, func(x, y byte) bool { return max(x, y)-min(x, y) <= 1 })
}

// What a seed gives stays the same: figures refer to it. A change on purpose
// changes these, and the figures with them.
func TestDeterministic(t *testing.T) {
	small := Shot{Width: 320, Height: 240, Module: 3, PxMM: 6}
	draw := map[string]func(seed uint64) *image.Gray{
		"bad code": func(seed uint64) *image.Gray {
			o := small
			o.Severity = Bad
			g, _ := QRFrame(seed, o)
			return g
		},
		"good code": func(seed uint64) *image.Gray { g, _ := QRFrame(seed, small); return g },
		"desk":      func(seed uint64) *image.Gray { return EmptyFrame(seed, Desk, small) },
		"page":      func(seed uint64) *image.Gray { return EmptyFrame(seed, Page, small) },
	}
	for name, want := range map[string]string{
		"bad code":  "433f3d3b5b7a453148473e3c739f533b514f4538414e3e45605e513e3e3c3b4d62656147494345566e6c6d5b55565261",
		"good code": "a4a3958a808ab6b6a589776f757fb4b6a38e676a6e73a8b7b1a56e7d6d769bb8abb07379787794b9a3b4909ea5b7b9ba",
		"desk":      "7f7f7f7f7f7f7f7f7e7e7e7e7e7e7e7e8bb0bebebebebebe8ebac0c0c0c0c0c088b9c8c8c8c8c8c884b5bebebebebebe",
		"page":      "acb7c0c9cddae8f0b3b5b8c0c1c7d4e9b0b6bcbec8cdd4dbaaafb1b7bdc6d0dcacaeb3babcc4cbd8a5a9b0b3bdc1dde6",
	} {
		g := draw[name](7)
		got := signature(g)
		if b, err := hex.DecodeString(want); err != nil || !alike(got, b) {
			t.Errorf("%s: %x, want %s", name, got, want)
		}
		if again := draw[name](7); !bytes.Equal(g.Pix, again.Pix) {
			t.Errorf("%s: not twice the same", name)
		}
		if other := draw[name](8); alike(signature(other), got) {
			t.Errorf("%s: another seed gives the same", name)
		}
	}
}

// square returns the projective map of the unit square to the corners.
func square(c [4]gray.Point) func(u, v float64) (x, y float64) {
	dx1, dy1 := c[1].X-c[2].X, c[1].Y-c[2].Y
	dx2, dy2 := c[3].X-c[2].X, c[3].Y-c[2].Y
	sx, sy := c[0].X-c[1].X+c[2].X-c[3].X, c[0].Y-c[1].Y+c[2].Y-c[3].Y
	d := dx1*dy2 - dx2*dy1
	g, h := (sx*dy2-dx2*sy)/d, (dx1*sy-sx*dy1)/d
	return func(u, v float64) (x, y float64) {
		w := g*u + h*v + 1
		x = ((c[1].X-c[0].X+g*c[1].X)*u + (c[3].X-c[0].X+h*c[3].X)*v + c[0].X) / w
		y = ((c[1].Y-c[0].Y+g*c[1].Y)*u + (c[3].Y-c[0].Y+h*c[3].Y)*v + c[0].Y) / w
		return x, y
	}
}

// wrongModules is the share of modules that the picture does not show where
// the corners say they are.
func wrongModules(g *image.Gray, truth Truth, corners [4]gray.Point) float64 {
	at := square(corners)
	n := len(truth.Modules)
	level := make([]float64, 0, n*n)
	var mean float64
	for v := range n {
		for u := range n {
			x, y := at((float64(u)+0.5)/float64(n), (float64(v)+0.5)/float64(n))
			p := g.GrayAt(int(math.Floor(x)), int(math.Floor(y))).Y
			level = append(level, float64(p))
			mean += float64(p) / float64(n*n)
		}
	}
	wrong := 0
	for i, l := range level {
		if (l < mean) != truth.Modules[i/n][i%n] {
			wrong++
		}
	}
	return float64(wrong) / float64(n*n)
}

// The truth must be true: at the corners given lie the modules given.
func TestCorners(t *testing.T) {
	for seed := range uint64(8) {
		o := Shot{Width: 560, Height: 420, Module: 4, Mirrored: seed%3 == 0}
		if seed%4 == 0 {
			o.Pose = &Pose{Turn: float64(seed * 37), TiltX: 25, TiltY: -20}
		}
		g, truth := QRFrame(seed, o)
		if w := wrongModules(g, truth, truth.Corners); w > 0.005 {
			t.Errorf("seed %d: %.1f %% of the modules are elsewhere", seed, 100*w)
		}
		moved := truth.Corners
		moved[2].X += 2 * o.Module // the control
		if w := wrongModules(g, truth, moved); w < 0.05 {
			t.Errorf("seed %d: corners that are wrong are not seen", seed)
		}
		if math.Abs(truth.Module-o.Module) > 1.2 {
			t.Errorf("seed %d: a module of %.2f pixels", seed, truth.Module)
		}
	}
}

func TestInverted(t *testing.T) {
	g, truth := QRFrame(5, Shot{Width: 640, Height: 480, Inverted: true})
	if w := wrongModules(g, truth, truth.Corners); w < 0.99 {
		t.Errorf("%.1f %% of the modules are inverted", 100*w)
	}
}

// The shot says what the code says and how.
func TestShot(t *testing.T) {
	_, truth := QRFrame(1, Shot{Width: 320, Height: 240, Text: "Thử nghiệm", Level: 'H', Pose: &Pose{Turn: 90}})
	if truth.Text != "Thử nghiệm" || truth.Pose.Turn != 90 || len(truth.Modules) != 25 {
		t.Errorf("%q at %v, %d modules", truth.Text, truth.Pose, len(truth.Modules))
	}
	c := truth.Corners
	if c[1].Y-c[0].Y < 80 || math.Abs(c[1].X-c[0].X) > 20 {
		t.Error("not turned clockwise:", c)
	}
}

// ink is the share of dark pixels between two places across a zone.
func ink(g *image.Gray, corners [4]gray.Point, from, to float64) float64 {
	at := square(corners)
	const steps = 400
	dark, all := 0, 0
	for k := range steps {
		for j := range steps / 10 {
			x, y := at(from+(to-from)*float64(k)/steps, float64(j)/(steps/10))
			all++
			if g.GrayAt(int(x), int(y)).Y < 110 {
				dark++
			}
		}
	}
	return float64(dark) / float64(all)
}

func TestZoneFrame(t *testing.T) {
	for _, f := range []mrz.Format{"", mrz.TD2, mrz.TD3} {
		g, truth, err := ZoneFrame(3, Shot{Width: 1400, Height: 900, Format: f})
		if errors.Is(err, ErrNoFont) {
			if _, err := os.Stat(fontRounded); err == nil {
				t.Fatal("the font is there and was not used")
			}
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		n := float64(len(truth.Lines[0]))
		// The first letters are within the corners, and nothing is before them.
		if in, before := ink(g, truth.Corners, 0, 5/n), ink(g, truth.Corners, -0.8/n, -0.1/n); in < 0.06 || before > 0.005 {
			t.Errorf("%s: %.3f ink at the start of the lines, %.3f before them", f, in, before)
		}
		if len(truth.Lines) == 0 || truth.Module != 10 {
			t.Error(truth.Lines, truth.Module)
		}
	}
}

func TestEmptyFrame(t *testing.T) {
	var last []byte
	for _, s := range []Scene{Desk, Back, Page} {
		g := EmptyFrame(2, s, Shot{Width: 320, Height: 240})
		if g.Rect != image.Rect(0, 0, 320, 240) || alike(signature(g), last) {
			t.Error(s, g.Rect)
		}
		last = signature(g)
	}
}
