package qr

import "image"

// largeImage is the number of pixels above which the image is read at half its
// size first: large pictures of a card show modules of many pixels, and noise.
const largeImage = 4 << 20

// engine looks for codes in grey pictures. It keeps its buffers and what it
// tries next; one goroutine uses it, the zero value is ready.
type engine struct {
	turn int // which way of looking comes next
}

// still looks at a picture in all ways and returns every code in it, in the
// order in which they were found, and what was seen and not read, best first.
func (e *engine) still(g *image.Gray) ([]found, []missed) {
	v := newViews(g)
	for _, r := range stillReadings(g.Rect.Dx() * g.Rect.Dy()) {
		if codes, _ := v.find(r, true); len(codes) > 0 {
			return codes, nil
		}
	}
	return nil, nil
}

// frame looks at a picture of a camera until over says that the time has gone;
// it asks between stages of a few milliseconds. It ends with the first way of
// looking that shows a code. A nil over never ends.
func (e *engine) frame(g *image.Gray, over func() bool) ([]found, []missed) {
	v := newViews(g)
	codes, seen := v.find(reading{full, hybrid}, false)
	others := [...]reading{{full, global}, {half, hybrid}, {double, hybrid}, {full, local}}
	for range others {
		if len(codes) > 0 || (over != nil && over()) {
			break
		}
		r := others[e.turn%len(others)]
		e.turn++
		// Doubling costs four times as much: only where a code seems to be.
		if r.scale == double && (!seen || g.Rect.Dx()*g.Rect.Dy() > largeImage) {
			continue
		}
		var more bool
		codes, more = v.find(r, false)
		seen = seen || more
	}
	return codes, nil
}

// stillReadings is the order of trying for an image of that many pixels.
func stillReadings(pixels int) []reading {
	if pixels > largeImage {
		return []reading{{half, hybrid}, {full, hybrid}, {half, global}, {full, global}, {quarter, hybrid}}
	}
	return []reading{
		{full, hybrid}, {full, global}, {half, hybrid}, {double, hybrid}, {half, global},
		{double, global}, {full, local}, {double, local}, {half, local},
	}
}
