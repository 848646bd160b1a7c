package minutiae_test

import (
	"image"
	"math"
	"math/rand"
)

// touch is how a finger lies on the platen another time.
type touch struct {
	turn           float64 // degrees
	dx, dy         float64 // pixels
	stretch        float64 // pixels: the largest way the skin is pulled
	side           int     // pixels of the sensor's window; 0: the whole picture
	pressure       float64 // grey is raised to this power: below 1 heavy and dark, above 1 light
	blur           bool
	noise          float64 // grey levels
	waves, wphases [4]float64
}

// randomTouch is a hard one: everything at once, within what a counter sees.
func randomTouch(r *rand.Rand) touch {
	t := touch{
		turn: r.Float64()*60 - 30, dx: r.Float64()*40 - 20, dy: r.Float64()*40 - 20,
		stretch: r.Float64() * 8, side: 256 + r.Intn(105),
		pressure: math.Exp(r.Float64()*1.2 - 0.6), blur: r.Intn(2) == 0, noise: r.Float64() * 20,
	}
	for i := range t.waves {
		t.waves[i], t.wphases[i] = 1/(120+r.Float64()*200), r.Float64()*2*math.Pi
	}
	return t
}

// of is what the sensor sees of a print.
func (t touch) of(img *image.Gray, r *rand.Rand) *image.Gray {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	ow, oh := w, h
	if t.side > 0 {
		ow, oh = t.side, t.side
	}
	sin, cos := math.Sincos(t.turn * math.Pi / 180)
	out := image.NewGray(image.Rect(0, 0, ow, oh))
	for y := range oh {
		for x := range ow {
			u, v := float64(x)-float64(ow)/2-t.dx, float64(y)-float64(oh)/2-t.dy
			sx, sy := cos*u-sin*v, sin*u+cos*v
			px := t.stretch * (math.Sin(2*math.Pi*t.waves[0]*sx+t.wphases[0]) + math.Sin(2*math.Pi*t.waves[1]*sy+t.wphases[1])) / 2
			py := t.stretch * (math.Sin(2*math.Pi*t.waves[2]*sx+t.wphases[2]) + math.Sin(2*math.Pi*t.waves[3]*sy+t.wphases[3])) / 2
			g := 255 * math.Pow(between(img, sx+px+float64(w)/2, sy+py+float64(h)/2)/255, t.pressure)
			out.Pix[y*out.Stride+x] = uint8(min(max(g+r.NormFloat64()*t.noise, 0), 255))
		}
	}
	if t.blur {
		out = blurred(out)
	}
	return out
}

// between is the grey value between pixels; beyond the picture there is ground.
func between(img *image.Gray, x, y float64) float64 {
	x0, y0 := math.Floor(x), math.Floor(y)
	at := func(i, j int) float64 {
		if i < 0 || j < 0 || i >= img.Rect.Dx() || j >= img.Rect.Dy() {
			return 250
		}
		return float64(img.Pix[j*img.Stride+i])
	}
	i, j, fx, fy := int(x0), int(y0), x-x0, y-y0
	return (at(i, j)*(1-fx)+at(i+1, j)*fx)*(1-fy) + (at(i, j+1)*(1-fx)+at(i+1, j+1)*fx)*fy
}

// blurred is the mean over 3×3 pixels: a dirty platen.
func blurred(img *image.Gray) *image.Gray {
	out := image.NewGray(img.Rect)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		for x := range w {
			sum, n := 0, 0
			for j := max(y-1, 0); j <= min(y+1, h-1); j++ {
				for i := max(x-1, 0); i <= min(x+1, w-1); i++ {
					sum, n = sum+int(img.Pix[j*img.Stride+i]), n+1
				}
			}
			out.Pix[y*out.Stride+x] = uint8(sum / n)
		}
	}
	return out
}
