package face

import "math"

// Lenses of glasses about an eye: half axes in eye distances.
const (
	lensX, lensY = 0.21, 0.14
	lensDown     = 0.02  // below the eye line
	lensMistaken = -0.22 // where a lens is whose lower rim was taken for the eye
)

// eyesVisible is how much there is to see where the eyes are: the spread
// between lashes or pupils and the white or the skin, as a natural logarithm.
// An opaque lens has next to none. Shut eyes have little too, but no lens is
// as light as a cheek. A finder without landmarks may have taken the lower rim
// of a lens for the eye: there the place above is looked at as well.
func (s *scene) eyesVisible() float64 {
	seen := s.seenAt(lensDown)
	if s.face.Landmarks == nil {
		seen = min(seen, s.seenAt(lensMistaken))
	}
	return seen
}

func (s *scene) seenAt(down float64) float64 {
	const asLight = 1.2
	var values []float64
	for _, d := range s.grid.dots {
		x, y := (math.Abs(d.u)-0.5)/lensX, (d.v*s.grid.chin-down)/lensY
		if x*x+y*y < 1 && !d.outside {
			values = append(values, math.Log(d.light+dark))
		}
	}
	spread := quantile(values, 0.9) - quantile(values, 0.1)
	lightness := math.Exp(quantile(values, 0.75)) / (s.skin.light + dark)
	return max(spread, asLight*lightness)
}

// occlusion is how far the lower face is from being one: that no place of it
// has the colour of the skin under the eyes, or that there is nothing to see
// in it. Lips show through every beard.
func (s *scene) occlusion() float64 {
	const (
		rest      = 0.10 // left out at either end
		lightness = 4    // light differs more than colour does
		blueness  = 1.5
		structure = 0.40 // lips, nostrils and shades spread at least that much
	)
	skin, low := s.grid.in(underEyes).median(), s.grid.in(lowerFace)
	gap := func(values []float64, of float64) float64 {
		return max(quantile(values, rest)-of, of-quantile(values, 1-rest), 0)
	}
	for i, l := range low.light {
		low.light[i] = math.Log(l + dark)
	}
	off := max(gap(low.red, skin.red), gap(low.blue, skin.blue)/blueness, gap(low.light, math.Log(skin.light+dark))/lightness)
	flat := structure - (quantile(low.light, 0.9) - quantile(low.light, 0.1))
	return off + max(flat, 0)
}
