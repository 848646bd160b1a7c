package qr

import (
	"math"
	"slices"

	"github.com/tram-station/tram/mrz/gray"
)

// Which of the centres look like a finder pattern: each is held against the
// pattern itself, turned in steps.

// Bounds of the ranking.
const (
	turns     = 6    // steps of a quarter turn
	firstLook = 0.15 // the same after half of the turns
	minLook   = 0.3  // correlation of a centre that is kept
	maxPooled = 48   // centres kept, the best of all sizes
)

// rank sets how well a centre looks like a finder pattern, and its turn.
func (c *centre) rank(p *pyramid) {
	size := p.fine(math.Min(c.across, c.down))
	scale := 1 / p.scale(size)
	middle := gray.Point{X: c.x * scale, Y: c.y * scale}
	finder := pattern{radius: 4, at: finderAt}
	c.likeness = -1
	for i := range turns {
		if 2*i == turns && c.likeness < firstLook {
			return
		}
		step := 2 * i % turns // every other turn, then those between
		if 2*i >= turns {
			step++
		}
		angle := float64(step) * math.Pi / 2 / turns
		sin, cos := math.Sincos(angle)
		m := max(sin, cos) * scale // a row crosses a turned pattern on a longer way
		x, y := c.across*m, c.down*m
		score := finder.correlate(p.sizes[size], middle, gray.Point{X: x * cos, Y: y * sin}, gray.Point{X: -x * sin, Y: y * cos})
		if c.inverted {
			score = -score
		}
		if score > c.likeness {
			c.likeness, c.turn, c.module = score, angle, math.Sqrt(c.across*c.down)*max(sin, cos)
		}
	}
}

// pool adds the likely ones of new centres to a list, each place once, best
// first.
func pool(list, more []centre, p *pyramid) []centre {
	for _, c := range more {
		if c.rank(p); c.likeness < minLook {
			continue
		}
		at := slices.IndexFunc(list, func(o centre) bool {
			return o.inverted == c.inverted && gap(o, c) < 2*min(o.module, c.module)
		})
		if at < 0 {
			list = append(list, c)
		} else if list[at].likeness < c.likeness {
			list[at] = c
		}
	}
	slices.SortStableFunc(list, func(a, b centre) int { return cmpFloat(b.likeness, a.likeness) })
	return list[:min(len(list), maxPooled)]
}
