package qr

import "image"

// Cause is why a code that was seen was not read, in the word that the
// command line and the kiosk's API use.
type Cause string

// The causes, in the order in which they are looked for.
const (
	CauseCut     Cause = "cut-off"  // reaches beyond the picture
	CauseFar     Cause = "too-far"  // too few pixels a module
	CauseGlare   Cause = "glare"    // light is reflected on it
	CauseDark    Cause = "too-dark" // black and white are hardly apart
	CauseTilt    Cause = "tilted"   // seen from too far aside
	CauseBlur    Cause = "blurred"  // out of focus, or moved
	CauseUnclear Cause = "unclear"  // none of these: damaged, covered, or no code after all
)

// Thresholds of the causes.
const (
	edge        = 1.5  // modules that a corner keeps from the edge of the picture
	farModule   = 2.0  // pixels a module
	glareShare  = 0.12 // of the modules are at the end of the grey scale
	lowContrast = 35.0 // grey levels between light and dark modules
	tiltRatio   = 0.6  // the shortest side by the longest
	blurShare   = 0.35 // of a module's light falls beside it
)

// cause names why a code in a picture of that size was not read.
func (m missed) cause(size image.Point) Cause {
	margin := edge * m.module
	for _, c := range m.corners {
		if c.x < margin || c.y < margin || c.x > float64(size.X)-margin || c.y > float64(size.Y)-margin {
			return CauseCut
		}
	}
	measured := m.white > 0 // the other measures are there
	switch {
	case m.module < farModule:
		return CauseFar
	case m.saturated > glareShare:
		return CauseGlare
	case measured && m.white-m.black < lowContrast:
		return CauseDark
	case m.tilt > 0 && m.tilt < tiltRatio:
		return CauseTilt
	case m.blur > blurShare:
		return CauseBlur
	}
	return CauseUnclear
}

// advice is the next step for whoever holds the card.
func (c Cause) advice() string {
	switch c {
	case CauseCut:
		return "move the card back until the whole code is in the picture"
	case CauseFar:
		return "hold the card nearer, so that the code fills more of the picture"
	case CauseGlare:
		return "tilt the card a little, away from the light that it reflects"
	case CauseDark:
		return "turn on more light, or take the shadow off the card"
	case CauseTilt:
		return "hold the card flat towards the camera"
	case CauseBlur:
		return "hold the card still, and at a distance where the picture is sharp"
	}
	return "hold the card flat, still and in even light, or clean it"
}
