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

// sightOf returns what turns the findings of the engine, on a picture of that
// size and place, into what is handed out.
func sightOf(size image.Rectangle) func([]found, []missed) Sight {
	return func(codes []found, unread []missed) Sight {
		var out Sight
		for _, f := range codes {
			s, err := readStream(f.data, f.version())
			if err != nil { // corrected, and nonsense all the same
				out.Seen = append(out.Seen, Seen{shifted(f.rounded(), size.Min), f.module, CauseUnclear})
				continue
			}
			c := Code{
				Corners: shifted(f.rounded(), size.Min), Version: f.version(), Level: f.level,
				Mirrored: f.mirrored, Inverted: f.inverted, ECI: s.eci, Append: s.append,
			}
			c.Bytes, c.Text = s.content()
			out.Codes = append(out.Codes, c)
		}
		for _, m := range unread {
			out.Seen = append(out.Seen, Seen{shifted(m.rounded(), size.Min), m.module, m.cause(size.Size())})
		}
		out.Seen = out.Seen[:min(len(out.Seen), maxSeen)]
		slices.SortStableFunc(out.Codes, func(a, b Code) int { return cmp.Compare(along(a), along(b)) })
		return out
	}
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
