package qr

import "math"

// A bent card is no plane: where the decisions say what should be there, each
// part of the symbol is moved a little to where it fits better.

// Limits of following.
const (
	followReach = 4    // modules around that move alike
	maxMove     = 0.35 // modules at a time
	stiffness   = 0.15 // against moving where there is little to hold on to
)

// follow moves the modules of the grid to where they agree better with the
// decisions.
func (d *decider) follow(g *grid) {
	n2 := d.n * d.n
	if g.du == nil {
		g.du, g.dv = make([]float32, n2), make([]float32, n2)
	}
	left, right, up, down := d.x[middleLook-1], d.x[middleLook+1], d.x[middleLook-3], d.x[middleLook+3]
	cross := make([]float64, n2)
	for k := range d.box {
		clear(d.box[k])
	}
	for i := range n2 {
		w := min(float64(d.weight[i]), 1)
		if d.known[i] == 0 {
			w *= min(1, math.Abs(float64(d.soft[i]))/4)
		}
		gx := float64(right[i]-left[i]) / (2 * lookAt)
		gy := float64(down[i]-up[i]) / (2 * lookAt)
		e := float64(d.model[i] - d.x[middleLook][i])
		d.box[0][i], d.box[1][i], cross[i] = w*gx*gx, w*gy*gy, w*gx*gy
		d.box[2][i], d.box[3][i] = w*gx*e, w*gy*e
	}
	for k := range d.box {
		d.average(d.box[k], followReach)
	}
	d.average(cross, followReach)
	for i := range n2 {
		a, b, c := d.box[0][i]+stiffness, cross[i], d.box[1][i]+stiffness
		determinant := a*c - b*b
		if determinant < 1e-9 {
			continue
		}
		u := (c*d.box[2][i] - b*d.box[3][i]) / determinant
		v := (a*d.box[3][i] - b*d.box[2][i]) / determinant
		g.du[i] += float32(max(-maxMove, min(maxMove, u)))
		g.dv[i] += float32(max(-maxMove, min(maxMove, v)))
	}
}
