package specimen

import (
	"image"
	"math"
	"math/rand/v2"

	"github.com/tram-station/tram/mrz/gray"
)

// limits of a pose, in degrees.
type limits struct {
	tilt float64
	turn [3]float64 // within the first in half of all pictures, within the second in a quarter, else the third
}

// People hold the side with the code any way up, and the side with the zone
// as they read it.
var (
	codeLimits = [severities]limits{
		{4, [3]float64{8, 45, 180}}, {14, [3]float64{8, 45, 180}}, {25, [3]float64{8, 45, 180}}, {36, [3]float64{8, 45, 180}},
	}
	zoneLimits = [severities]limits{
		{3, [3]float64{2, 2, 2}}, {8, [3]float64{5, 5, 5}}, {14, [3]float64{9, 9, 9}}, {20, [3]float64{14, 14, 14}},
	}
)

// focal is the focal length of the camera in widths of the picture, as of a
// usual webcam.
const focal = 1.3

// view is a camera before a card.
type view struct {
	size   image.Point
	zoom   float64 // pixels of the picture for one of the print
	pose   *Pose   // place fills it in
	limits limits

	m gray.Homography // from the print to the picture
}

// placings is how often place looks for a pose that keeps everything in the
// picture, before it takes what it has.
const placings = 200

// place finds a pose in which the rectangle at of the print lies at least margin
// pixels inside the picture.
func (v *view) place(rng *rand.Rand, at image.Rectangle, margin float64) {
	given := v.pose
	w, h := float64(v.size.X), float64(v.size.Y)
	for range placings {
		p := Pose{}
		if given != nil {
			p = *given
		} else {
			most := v.limits.turn[[4]int{0, 0, 1, 2}[rng.IntN(4)]]
			p.Turn = between(rng, -most, most)
			p.TiltX, p.TiltY = between(rng, -v.limits.tilt, v.limits.tilt), between(rng, -v.limits.tilt, v.limits.tilt)
		}
		v.pose = &p
		v.aim(at, gray.Point{X: between(rng, 0.3, 0.7) * w, Y: between(rng, 0.35, 0.65) * h})
		inside := true
		for _, c := range v.project(at) {
			inside = inside && c.X >= margin && c.X <= w-margin && c.Y >= margin && c.Y <= h-margin
		}
		if inside {
			return
		}
	}
	v.aim(at, gray.Point{X: w / 2, Y: h / 2})
}

// aim sets the transform so that the middle of the rectangle at lies at c.
func (v *view) aim(at image.Rectangle, c gray.Point) {
	rad := func(degrees float64) float64 { return degrees * (math.Pi / 180) }
	sz, cz := math.Sincos(rad(v.pose.Turn))
	sx, cx := math.Sincos(rad(v.pose.TiltX))
	sy, cy := math.Sincos(rad(v.pose.TiltY))
	// The first two columns of the rotation, which is around the card's own
	// axis first: Rx · Ry · Rz.
	col := [2][3]float64{
		{cy * cz, cx*sz + sx*sy*cz, sx*sz - cx*sy*cz},
		{-cy * sz, cx*cz - sx*sy*sz, sx*cz + cx*sy*sz},
	}
	f := focal * float64(v.size.X)
	mx, my := float64(at.Min.X+at.Max.X)/2, float64(at.Min.Y+at.Max.Y)/2
	var m gray.Homography
	for i, k := range col {
		x, y, z := k[0]*v.zoom, k[1]*v.zoom, k[2]*v.zoom
		m[i], m[3+i], m[6+i] = f*x+c.X*z, f*y+c.Y*z, z
	}
	m[2] = f*c.X - m[0]*mx - m[1]*my
	m[5] = f*c.Y - m[3]*mx - m[4]*my
	m[8] = f - m[6]*mx - m[7]*my
	v.m = m
}

// project returns where the corners of a rectangle of the print lie.
func (v *view) project(at image.Rectangle) [4]gray.Point {
	x0, y0, x1, y1 := float64(at.Min.X), float64(at.Min.Y), float64(at.Max.X), float64(at.Max.Y)
	corners := [4]gray.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
	for i, c := range corners {
		corners[i] = v.m.Apply(c)
	}
	return corners
}

func meanSide(c [4]gray.Point) float64 {
	var sum float64
	for i, p := range c {
		q := c[(i+1)%4]
		sum += math.Hypot(p.X-q.X, p.Y-q.Y)
	}
	return sum / 4
}
