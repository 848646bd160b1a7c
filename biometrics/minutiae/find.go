package minutiae

import (
	"cmp"
	"slices"
)

// What makes a minutia credible.
const (
	aimLength   = 14 // pixels of the lines that give the sense of its direction
	edgeCells   = 2  // cells to the edge of the finger or of the picture
	tooClose    = 6  // pixels between two minutiae
	crowdReach  = 24 // pixels
	crowdMost   = 8  // minutiae within crowdReach of another
	qualityFull = 40 // grey levels of contrast that leave nothing to wish for
)

// find reads the minutiae off the centre lines.
func (s *skeleton) find(f *field) []Minutia {
	found := make([]Minutia, 0, 128)
	path := make([]int32, 0, 32)
	out := make([]int, 0, 8)
	for i, v := range s.pix {
		if v == 0 {
			continue
		}
		c := crossings(s.around(i))
		if c != 1 && c != 3 {
			continue
		}
		x, y := s.place(i)
		at := f.cellAt(x, y)
		if f.depth[at] <= edgeCells {
			continue
		}
		out = s.branches(i, out)
		m := Minutia{X: x, Y: y, Kind: Ending, Quality: f.quality(at)}
		if c == 3 {
			m.Kind = Bifurcation
		}
		m.Angle = degrees(s.aim(i, out, int(f.dir[at]), path))
		found = append(found, m)
	}
	return best(sparse(found))
}

// degrees are units in the form of the standard.
func degrees(units int) float64 { return float64(units) * 360 / fullTurn }

// aim is the direction of a minutia: the orientation of the field, in the sense
// in which the lines leave.
func (s *skeleton) aim(i int, branches []int, dir int, path []int32) int {
	x, y := s.place(i)
	var sx, sy int64
	for _, b := range branches {
		w := s.follow(i, b, aimLength, path)
		lx, ly := s.place(w.last)
		dx, dy := int64(lx-x), int64(y-ly)
		if n := root((dx*dx + dy*dy) << 16); n > 0 {
			sx += dx << 20 / n
			sy += dy << 20 / n
		}
	}
	along := (dir + 1) / 2
	if sx*int64(cosine(along))+sy*int64(sine(along)) < 0 {
		along += halfTurn
	}
	return along & (fullTurn - 1)
}

// quality is how clear the ridges of a cell are, 0 to 100: coherence and
// contrast, and less towards the edge.
func (f *field) quality(at int) int {
	q := int(f.sure[at]) * 100 / 255
	q = q * min(int(f.contrast[at]), qualityFull) / qualityFull
	return q * min(int(f.depth[at]), 2*edgeCells) / (2 * edgeCells)
}

// sparse takes away minutiae that stand closer than ridges can: both, where
// they face each other; and those in a crowd, which scars and smears make.
func sparse(m []Minutia) []Minutia {
	drop := make([]bool, len(m))
	crowd := make([]int, len(m))
	for i, a := range m {
		for j := i + 1; j < len(m) && m[j].Y-a.Y <= crowdReach; j++ {
			b := m[j]
			d := (a.X-b.X)*(a.X-b.X) + (a.Y-b.Y)*(a.Y-b.Y)
			if d <= crowdReach*crowdReach {
				crowd[i]++
				crowd[j]++
			}
			if d <= tooClose*tooClose {
				drop[j] = true
				drop[i] = drop[i] || apart(units(a.Angle), units(b.Angle)) > quarterTurn
			}
		}
	}
	out := m[:0]
	for i, a := range m {
		if !drop[i] && crowd[i] < crowdMost {
			out = append(out, a)
		}
	}
	return out
}

// units is an angle of the standard in 256 units a full turn.
func units(degrees float64) int {
	return int(degrees*fullTurn/360+0.5) & (fullTurn - 1)
}

// best keeps the MaxMinutiae of the highest quality, in their order.
func best(m []Minutia) []Minutia {
	if len(m) <= MaxMinutiae {
		return m
	}
	slices.SortStableFunc(m, func(a, b Minutia) int { return cmp.Compare(b.Quality, a.Quality) })
	m = m[:MaxMinutiae]
	slices.SortFunc(m, func(a, b Minutia) int {
		return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	return m
}
