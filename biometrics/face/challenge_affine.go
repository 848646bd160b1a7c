package face

import "math"

// What a movement is measured by does not change when a flat picture of a face
// is moved, turned, tilted or bent a little before the camera: such motions are
// affine (nearly), and a blink or a turn of a head is not.

// Points of the iBUG 300-W scheme.
const (
	landmarks  = 68
	leftEye    = 36 // its outer corner; six points
	rightEye   = 42 // its inner corner; six points
	noseTip    = 30
	mouthFirst = 48
)

// rigid are the points that neither lids nor lips move much: jaw, bridge and
// base of the nose, corners of the eyes.
var rigid = [...]int{0, 1, 2, 3, 4, 12, 13, 14, 15, 16, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39, 42, 45}

// offRigid is how far the rigid points of one face stay off those of another
// when the affine map of least squares lays them on: the root of the mean
// square, in the other's pixels. It is infinite where they lie on a line.
func offRigid(from, onto []Point) float64 {
	var mf, mo Point
	const n = float64(len(rigid))
	for _, i := range rigid {
		mf.X, mf.Y = mf.X+from[i].X/n, mf.Y+from[i].Y/n
		mo.X, mo.Y = mo.X+onto[i].X/n, mo.Y+onto[i].Y/n
	}
	var xx, xy, yy, ux, uy, vx, vy float64 // about the means
	for _, i := range rigid {
		x, y := from[i].X-mf.X, from[i].Y-mf.Y
		u, v := onto[i].X-mo.X, onto[i].Y-mo.Y
		xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
		ux, uy, vx, vy = ux+u*x, uy+u*y, vx+v*x, vy+v*y
	}
	det := xx*yy - xy*xy
	if !(det > 1e-9*xx*yy) { // also when a point is no number
		return math.Inf(1)
	}
	a, b := (ux*yy-uy*xy)/det, (uy*xx-ux*xy)/det
	c, d := (vx*yy-vy*xy)/det, (vy*xx-vx*xy)/det
	var squares float64
	for _, i := range rigid {
		x, y := from[i].X-mf.X, from[i].Y-mf.Y
		du, dv := a*x+b*y-(onto[i].X-mo.X), c*x+d*y-(onto[i].Y-mo.Y)
		squares += du*du + dv*dv
	}
	return math.Sqrt(squares / n)
}

// mean of the points from first to before end.
func mean(lm []Point, first, end int) (m Point) {
	n := float64(end - first)
	for _, p := range lm[first:end] {
		m.X, m.Y = m.X+p.X/n, m.Y+p.Y/n
	}
	return m
}

// sideways is where the tip of the nose lies between the eyes: its barycentric
// weight of the right eye less that of the left one, in the triangle of the
// eyes and the mouth. About 0 from the front, positive when the nose points to
// the right of the picture. NaN where the triangle is none.
func sideways(lm []Point) float64 {
	l, r := mean(lm, leftEye, rightEye), mean(lm, rightEye, mouthFirst)
	mouth := mean(lm, mouthFirst, landmarks)
	n := lm[noseTip]
	det := (r.X-l.X)*(mouth.Y-l.Y) - (mouth.X-l.X)*(r.Y-l.Y)
	if math.Abs(det) < 1 {
		return math.NaN()
	}
	right := ((n.X-l.X)*(mouth.Y-l.Y) - (mouth.X-l.X)*(n.Y-l.Y)) / det
	below := ((r.X-l.X)*(n.Y-l.Y) - (n.X-l.X)*(r.Y-l.Y)) / det
	return right - (1 - right - below)
}
