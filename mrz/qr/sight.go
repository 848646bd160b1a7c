package qr

import (
	"cmp"
	"image"
	"slices"
)

// Limits of the unread codes in a sight.
const (
	maxSeen     = 4 // are named
	maxMeasured = 5 // are looked at
)

// Bounds of what is named as seen, chosen on pictures of cards that were not
// read and on pictures without a code.
const (
	minSeen   = 2.0  // of a look and what the quarters add
	evenAdds  = 0.25 // for each quarter that is dark and light in equal parts
	smallTake = 0.3  // from a symbol of version 1 or 2, which patterns on paper often resemble
)

// seen reports whether a missed code is one, as far as can be said.
func (m missed) seen(taken measures) bool {
	look := m.look + evenAdds*float64(taken.even)
	if m.dimension != 0 && m.dimension <= 25 {
		look -= smallTake
	}
	return look >= minSeen
}

// Sight is what a frame shows.
type Sight struct {
	Codes []Code // read, from the top left of the frame to its bottom right
	Seen  []Seen // looks like a code and was not read: best first, at most four
}

// sightOf turns what the engine found in a grey picture into what is handed
// out; origin is where the picture that was asked about begins.
func sightOf(g *image.Gray, origin image.Point, codes []found, unread []missed) Sight {
	var out Sight
	for _, f := range codes {
		s, err := readStream(f.data, f.version())
		if err != nil { // corrected, and nonsense all the same
			out.Seen = append(out.Seen, Seen{shifted(f.rounded(), origin), f.module, CauseUnclear})
			continue
		}
		c := Code{
			Corners: shifted(f.rounded(), origin), Version: f.version(), Level: f.level,
			Mirrored: f.mirrored, Inverted: f.inverted, ECI: s.eci, Append: s.append,
		}
		c.Bytes, c.Text = s.content()
		out.Codes = append(out.Codes, c)
	}
	for _, m := range unread[:min(len(unread), maxMeasured)] {
		measures := m.measure(g)
		if !m.seen(measures) {
			continue
		}
		cause := causeOf(m.place, measures, g.Rect.Size())
		out.Seen = append(out.Seen, Seen{shifted(m.rounded(), origin), m.module, cause})
	}
	out.Seen = out.Seen[:min(len(out.Seen), maxSeen)]
	slices.SortStableFunc(out.Codes, func(a, b Code) int { return cmp.Compare(along(a), along(b)) })
	return out
}

// along is how far a code lies from the top left to the bottom right: codes
// side by side and codes on top of each other keep their order in each frame.
func along(c Code) int {
	sum := 0
	for _, p := range c.Corners {
		sum += p.X + p.Y
	}
	return sum
}

// shifted moves corners from the picture's pixels to its coordinates.
func shifted(corners [4]image.Point, by image.Point) [4]image.Point {
	for i := range corners {
		corners[i] = corners[i].Add(by)
	}
	return corners
}
