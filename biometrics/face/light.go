package face

import "math"

// Grey levels at which a camera has no more to say.
const (
	white = 252 // at and above: clipped
	black = 3   // at and below: clipped
)

// over is the share of clipped white in the face, %.
func (s *scene) over() float64 {
	return 100 * s.patch.share(white, 255)
}

// under is the share of clipped black in the face, %.
func (s *scene) under() float64 {
	return 100 * s.patch.share(0, black)
}

// dynamicRange is how many grey levels there are between the darkest and the
// lightest of the face: pupils, lashes and nostrils on one hand, the whites of
// the eyes and the shine of the skin on the other. It is the same for light
// and for dark skin, where the lightness in the middle is not.
func (s *scene) dynamicRange() float64 {
	const rest = 0.005 // left out at either end
	return float64(s.patch.percentile(1-rest) - s.patch.percentile(rest))
}

// unevenness is by how much one side of the face is lighter than the other,
// as a natural logarithm: the median of all pairs of mirrored places, so that
// hair on one side counts little.
func (s *scene) unevenness() float64 {
	const (
		inner, outer = 0.1, 0.62 // eye distances
		above, below = -0.2, 0.85
	)
	pairs := make([]float64, 0, gridW*gridH/8)
	for j := range gridH {
		row := s.grid.dots[j*gridW : (j+1)*gridW]
		if v := row[0].v; v < above || v > below {
			continue
		}
		for i := gridW/2 + 1; i < gridW; i++ {
			right, left := row[i], row[gridW-1-i]
			if right.u < inner || right.u > outer || right.outside || left.outside {
				continue
			}
			pairs = append(pairs, math.Log((right.light+dark)/(left.light+dark)))
		}
	}
	return math.Abs(quantile(pairs, 0.5))
}
