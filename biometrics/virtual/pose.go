package virtual

import (
	"image"
	"math"
)

// Pose is how a drawn citizen holds head and lids.
type Pose struct {
	Yaw  float64 // degrees; positive: to the citizen's own left, the right of the picture
	Lids float64 // how far the lids are shut: 0 open, 1 shut
}

// lidSteps is how many states the lids have between open and shut.
const lidSteps = 4

// eyes returns the part of the scene that lids shut that far change; nil when
// they are open.
func (c *Camera) eyes(shut float64) *image.RGBA {
	step := int(math.Round(min(max(shut, 0), 1) * lidSteps))
	if step == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lids[step-1] == nil {
		part := *c.scene
		at := func(x, y float64) image.Point {
			return image.Pt(int(part.cx+x*part.unit), int(part.cy+y*part.unit))
		}
		part.img = image.NewRGBA(image.Rectangle{Min: at(-0.95, -0.3), Max: at(0.95, 0.3)})
		c.sitter.draw(&part, float64(step)/lidSteps)
		c.lids[step-1] = part.img
	}
	return c.lids[step-1]
}

// The shape of a head for turning it, in eye distances; z is towards the
// camera, 0 at the eyes.
const (
	headHalf   = 1.35 // half its width with the hair
	headDepth  = 0.95 // from the ears to the eyes
	noseLength = 0.42
	fadesFrom  = 1.5 // what is farther from the middle turns less,
	fadesTo    = 2.3 // and from here not at all
)

// depth is how far a point of the picture lies before the eyes.
func depth(x, y float64) float64 {
	round := math.Sqrt(max(0, 1-sq(x/headHalf)-0.25*sq((y-0.2)/2)))
	nose := noseLength * math.Exp(-sq(x/0.2)) * step(-0.1, noseTip, y) * (1 - step(noseTip, noseTip+0.25, y))
	return headDepth*(round-1) + nose
}

// turned is the picture with its head turned by yaw degrees: each point of the
// face moves by its depth, as before a camera far away.
func turned(c *canvas, yaw float64) *image.RGBA {
	out := image.NewRGBA(c.img.Rect)
	copy(out.Pix, c.img.Pix)
	left, right := int(c.cx-fadesTo*c.unit), int(c.cx+fadesTo*c.unit)
	left, right = max(left, c.img.Rect.Min.X), min(right, c.img.Rect.Max.X-1)
	top, bottom := int(c.cy-fadesTo*c.unit), int(c.cy+fadesTo*c.unit)
	sin, cos := math.Sincos(yaw * math.Pi / 180)
	goes := make([]float64, right-left+1) // where each pixel of a row goes
	for py := max(top, c.img.Rect.Min.Y); py < min(bottom, c.img.Rect.Max.Y); py++ {
		y := (float64(py) - c.cy) / c.unit
		for i := range goes {
			x := (float64(left+i) - c.cx) / c.unit
			turns := 1 - step(fadesFrom, fadesTo, math.Hypot(x, y*0.8))
			to := x + turns*(x*(cos-1)+depth(x, y)*sin)
			goes[i] = c.cx + to*c.unit
			if i > 0 {
				goes[i] = max(goes[i], goes[i-1]) // what lies behind is not seen
			}
		}
		from := 0
		for px := left; px <= right; px++ {
			for from+2 < len(goes) && goes[from+1] < float64(px) {
				from++
			}
			share := 0.0
			if wide := goes[from+1] - goes[from]; wide > 0 {
				share = min(max((float64(px)-goes[from])/wide, 0), 1)
			}
			a, b := c.img.PixOffset(left+from, py), c.img.PixOffset(left+from+1, py)
			o := out.PixOffset(px, py)
			for k := range 3 {
				out.Pix[o+k] = uint8(float64(c.img.Pix[a+k])*(1-share) + float64(c.img.Pix[b+k])*share + 0.5)
			}
		}
	}
	return out
}
