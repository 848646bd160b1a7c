package virtual

import (
	"image"
	"math"
)

// tone is a colour, 0 to 1 a channel.
type tone struct{ r, g, b float64 }

func (t tone) times(k float64) tone { return tone{t.r * k, t.g * k, t.b * k} }

func (t tone) mix(o tone, k float64) tone {
	return tone{t.r + (o.r-t.r)*k, t.g + (o.g-t.g)*k, t.b + (o.b-t.b)*k}
}

// canvas is a picture measured in eye distances: the origin lies between the
// pupils, x to the right, y down, and the pupils are 1 apart.
type canvas struct {
	img    *image.RGBA
	cx, cy float64 // the origin, pixels
	unit   float64 // the eye distance, pixels
	tall   float64 // the height of the whole picture, pixels; img may be a part of it
}

// shade says which colour a shape has at a point and how much of it covers what
// lies beneath (0 to 1).
type shade func(x, y float64) (tone, float64)

// paint lays a shape over the box (x0,y0)-(x1,y1).
func (c *canvas) paint(x0, y0, x1, y1 float64, f shade) {
	box := image.Rect(
		int(math.Floor(c.cx+x0*c.unit)), int(math.Floor(c.cy+y0*c.unit)),
		int(math.Ceil(c.cx+x1*c.unit))+1, int(math.Ceil(c.cy+y1*c.unit))+1,
	).Intersect(c.img.Rect)
	for py := box.Min.Y; py < box.Max.Y; py++ {
		y := (float64(py) + 0.5 - c.cy) / c.unit
		i := c.img.PixOffset(box.Min.X, py)
		for px := box.Min.X; px < box.Max.X; px, i = px+1, i+4 {
			t, a := f((float64(px)+0.5-c.cx)/c.unit, y)
			if a <= 0 {
				continue
			}
			p := c.img.Pix[i : i+4 : i+4]
			p[0] = over(p[0], t.r, a)
			p[1] = over(p[1], t.g, a)
			p[2] = over(p[2], t.b, a)
			p[3] = 255
		}
	}
}

// ellipse paints an ellipse whose rim fades over soft (a share of the radius).
func (c *canvas) ellipse(x, y, rx, ry, soft float64, t tone, strength float64) {
	c.paint(x-rx, y-ry, x+rx, y+ry, func(px, py float64) (tone, float64) {
		d := math.Hypot((px-x)/rx, (py-y)/ry)
		return t, strength * (1 - step(1-soft, 1, d))
	})
}

// mirrored calls draw for the left (-1) and the right (+1) half of the face.
func mirrored(draw func(side float64)) {
	draw(-1)
	draw(+1)
}

func over(below uint8, above, alpha float64) uint8 {
	v := float64(below)*(1-alpha) + above*255*alpha
	return uint8(min(max(v+0.5, 0), 255))
}

// step rises smoothly from 0 at a to 1 at b.
func step(a, b, x float64) float64 {
	t := min(max((x-a)/(b-a), 0), 1)
	return t * t * (3 - 2*t)
}

// edge is 1 well inside a shape (d < 0), 0 well outside, over a width of soft.
func edge(d, soft float64) float64 { return 1 - step(-soft, soft, d) }
