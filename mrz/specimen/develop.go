package specimen

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"github.com/tram-station/tram/mrz/gray"
)

// condition is what may go wrong at one severity. A chance is that of the
// fault; ranges of blur are in modules of the code.
type condition struct {
	defocus                  [2]float64
	motionChance, motion     float64 // the longest path while the shutter is open
	slopeChance, slope       float64 // uneven light, over the picture
	veilChance, leastLeft    float64 // a haze, and what contrast it leaves at worst
	glareChance, glare       float64 // grey levels in the middle of the spot
	darkest                  float64 // exposure
	noise                    float64 // grey levels
	quality                  int     // of JPEG, at worst
	sharpenChance, gainAbove float64
}

var conditions = [severities]condition{
	{[2]float64{0.15, 0.35}, 0, 0, 0.2, 0.3, 0, 1, 0, 0, 0.85, 1.5, 85, 0.35, 0.6},
	{[2]float64{0.2, 0.5}, 0.25, 0.5, 0.5, 0.65, 0.3, 0.6, 0.2, 170, 0.6, 3, 60, 0.35, 0.6},
	{[2]float64{0.2, 0.75}, 0.5, 0.9, 0.8, 1, 0.5, 0.4, 0.45, 230, 0.35, 5, 40, 0.35, 0.6},
	{[2]float64{0.2, 0.95}, 0.6, 1.3, 0.9, 1.3, 0.6, 0.25, 0.6, 290, 0.18, 8, 25, 0.35, 0.6},
}

// develop turns the light into a picture, as lens, lamp, sensor and camera
// software do. The fault of the lamp lies around the corners given; unit is the
// module in pixels.
func (f *frame) develop(rng *rand.Rand, c condition, corners [4]gray.Point, unit float64) *image.Gray {
	const leastBlur = 0.35 // pixels; below this a pixel sees none
	if r := between(rng, c.defocus[0], c.defocus[1]) * unit; r > leastBlur {
		f.filter(disc(r))
	}
	if chance(rng, c.motionChance) {
		if l := between(rng, 0.2, c.motion) * unit; l >= 1 {
			f.filter(streak(l, between(rng, 0, math.Pi)))
		}
	}
	f.lamp(rng, c, corners)
	exposure := between(rng, c.darkest, 1.1)
	gain, noise := 1.0, between(rng, 0.5, c.noise)
	if exposure < c.gainAbove && chance(rng, 0.6) { // the camera turns its gain up
		gain = min(0.8/exposure, 3)
		noise *= gain
	}
	f.sensor(rng, exposure, gain, noise)
	if chance(rng, c.sharpenChance) {
		f.sharpen(int32(math.Round(between(rng, 0.3, 1) * 256)))
	}
	return compress(f.digitise(), c.quality+rng.IntN(97-c.quality))
}

// lamp lights the card unevenly, hazes and reflects.
func (f *frame) lamp(rng *rand.Rand, c condition, corners [4]gray.Point) {
	if chance(rng, c.slopeChance) {
		sin, cos := math.Sincos(between(rng, 0, 2*math.Pi))
		slope := between(rng, 0.2, c.slope)
		for i := range f.light {
			x, y := float64(i%f.w)/float64(f.w)-0.5, float64(i/f.w)/float64(f.h)-0.5
			f.light[i] = scaled(f.light[i], 1+slope*(x*cos+y*sin))
		}
	}
	if chance(rng, c.veilChance) {
		left := between(rng, c.leastLeft, 0.9)
		haze := (1 - left) * between(rng, 60, 170)
		for i := range f.light {
			f.light[i] = scaled(f.light[i], left) + int32(math.Round(haze*grey))
		}
	}
	if !chance(rng, c.glareChance) {
		return
	}
	size := math.Hypot(corners[2].X-corners[0].X, corners[2].Y-corners[0].Y)
	x0 := (corners[0].X+corners[2].X)/2 + rng.NormFloat64()*0.35*size
	y0 := (corners[0].Y+corners[2].Y)/2 + rng.NormFloat64()*0.35*size
	long := size * between(rng, 0.12, 0.5)
	short := long * between(rng, 0.25, 1)
	edge := between(rng, 0.8, 2)
	level := between(rng, 40, c.glare) * grey
	sin, cos := math.Sincos(between(rng, 0, math.Pi))
	for i := range f.light {
		x, y := float64(i%f.w)-x0, float64(i/f.w)-y0
		u, v := (x*cos+y*sin)/long, (y*cos-x*sin)/short
		const far = 3 // widths of the spot
		if d := u*u + v*v; d < far*far {
			f.light[i] += int32(math.Round(level * math.Exp(-math.Pow(d, edge))))
		}
	}
}

// sensor exposes, amplifies and adds noise: that of the dark and that of the
// light itself.
func (f *frame) sensor(rng *rand.Rand, exposure, gain, noise float64) {
	var spread [256]float64 // standard deviation by grey level, in units of light
	const shot = 0.02
	for v := range spread {
		spread[v] = grey * math.Sqrt(noise*noise+float64(v)*shot*noise*gain)
	}
	for i, light := range f.light {
		v := max(0, min(full, scaled(light, exposure)))
		f.light[i] = scaled(v, gain) + int32(math.Round(rng.NormFloat64()*spread[v/grey]))
	}
}

// scaled multiplies light by a factor, to the nearest unit.
func scaled(light int32, factor float64) int32 {
	return int32(math.Round(float64(light) * factor))
}

// tap is one point of a filter: what lies dx, dy away counts with a weight of
// tapUnit in all.
type tap struct{ dx, dy, weight int32 }

const tapUnit = 1 << 12

// disc is the blur of a lens out of focus: everything within r pixels.
func disc(r float64) []tap {
	const sub = 8 // looks a pixel, each way
	reach := int(math.Ceil(r))
	var all []tap
	for y := -reach; y <= reach; y++ {
		for x := -reach; x <= reach; x++ {
			n := 0
			for k := range sub * sub {
				dx := float64(x) + (float64(k%sub)+0.5)/sub - 0.5
				dy := float64(y) + (float64(k/sub)+0.5)/sub - 0.5
				if dx*dx+dy*dy <= r*r {
					n++
				}
			}
			if n > 0 {
				all = append(all, tap{int32(x), int32(y), int32(n)})
			}
		}
	}
	return balanced(all)
}

// streak is the blur of a movement over l pixels.
func streak(l, angle float64) []tap {
	const looks = 64
	sin, cos := math.Sincos(angle)
	counts := map[[2]int32]int32{}
	var order [][2]int32 // of first sight: a map has none
	for k := range looks {
		d := l * ((float64(k)+0.5)/looks - 0.5)
		at := [2]int32{int32(math.Round(d * cos)), int32(math.Round(d * sin))}
		if counts[at] == 0 {
			order = append(order, at)
		}
		counts[at]++
	}
	all := make([]tap, len(order))
	for i, at := range order {
		all[i] = tap{at[0], at[1], counts[at]}
	}
	return balanced(all)
}

// balanced makes the weights add up to tapUnit.
func balanced(all []tap) []tap {
	var sum, rest int32
	for _, t := range all {
		sum += t.weight
	}
	rest = tapUnit
	for i := range all {
		all[i].weight = all[i].weight * tapUnit / sum
		rest -= all[i].weight
	}
	all[len(all)/2].weight += rest
	return all
}

// filter replaces each pixel by the weighted mean of its neighbours; beyond
// the edge the edge goes on.
func (f *frame) filter(taps []tap) {
	out := make([]int32, len(f.light))
	sum := make([]int64, f.w)
	for y := range f.h {
		clear(sum)
		for _, t := range taps {
			row := f.light[max(0, min(f.h-1, y+int(t.dy)))*f.w:][:f.w]
			f.addRow(sum, row, int(t.dx), int64(t.weight))
		}
		for x, s := range sum {
			out[y*f.w+x] = int32(s / tapUnit)
		}
	}
	f.light = out
}

func (f *frame) addRow(sum []int64, row []int32, dx int, weight int64) {
	from, to := max(0, -dx), min(f.w, f.w-dx)
	for x := range from {
		sum[x] += int64(row[0]) * weight
	}
	for x := to; x < f.w; x++ {
		sum[x] += int64(row[f.w-1]) * weight
	}
	if from < to {
		for x, v := range row[from+dx : to+dx] {
			sum[from+x] += int64(v) * weight
		}
	}
}

// sharpen lifts the difference to a soft copy, by amount in 1/256.
func (f *frame) sharpen(amount int32) {
	soft := &frame{f.w, f.h, f.light}
	bell := []tap{{-3, 0, 60}, {-2, 0, 338}, {-1, 0, 962}, {0, 0, 1376}, {1, 0, 962}, {2, 0, 338}, {3, 0, 60}} // a width of 1.2 pixels
	soft.filter(bell)
	for i := range bell {
		bell[i].dx, bell[i].dy = 0, bell[i].dx
	}
	soft.filter(bell)
	for i, v := range f.light {
		f.light[i] = v + (v-soft.light[i])*amount/256
	}
}

func (f *frame) digitise() *image.Gray {
	g := image.NewGray(image.Rect(0, 0, f.w, f.h))
	for i, v := range f.light {
		g.Pix[i] = uint8((max(0, min(full, v)) + grey/2) / grey)
	}
	return g
}

// compress sends a picture through JPEG.
func compress(g *image.Gray, quality int) *image.Gray {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, g, &jpeg.Options{Quality: quality}); err != nil {
		panic("specimen: " + err.Error()) // a buffer takes everything
	}
	img, err := jpeg.Decode(&b)
	if err != nil {
		panic("specimen: " + err.Error())
	}
	return img.(*image.Gray)
}
