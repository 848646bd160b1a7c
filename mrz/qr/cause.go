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
	CauseBlur    Cause = "blurred"  // out of focus, or moved
	CauseTilt    Cause = "tilted"   // seen from too far aside
	CauseUnclear Cause = "unclear"  // none of these: damaged, covered, or no code after all
)

// Thresholds of the causes, measured on the frames of a card that were not
// read.
const (
	edgeMargin  = 0.5  // modules that a corner is inside the picture
	farModule   = 2.3  // pixels
	washedShare = 0.04 // of the code's squares
	lowContrast = 40   // grey levels between dark and light
	tiltRatio   = 0.75 // the shortest side by the longest
	blurEdge    = 1.3  // modules from dark to light
)

// causeOf names why a code at a place in a picture of that size was not read:
// the first that explains it, beginning with what spoils the measure of the
// others.
func causeOf(p place, m measures, size image.Point) Cause {
	for _, c := range p.corners {
		if margin := edgeMargin * p.module; c.x < margin || c.y < margin ||
			c.x > float64(size.X)-margin || c.y > float64(size.Y)-margin {
			return CauseCut
		}
	}
	switch {
	case p.module < farModule:
		return CauseFar
	case m.washed > washedShare:
		return CauseGlare
	case m.white-m.black < lowContrast:
		return CauseDark
	case m.blur > blurEdge:
		return CauseBlur
	case m.tilt < tiltRatio:
		return CauseTilt
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
