package qr

import (
	"cmp"
	"image"
	"slices"
)

// maxSeen is the number of unread codes that a sight names.
const maxSeen = 4

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
	for _, m := range unread[:min(len(unread), maxSeen)] {
		cause := causeOf(m.place, m.measure(g), g.Rect.Size())
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
