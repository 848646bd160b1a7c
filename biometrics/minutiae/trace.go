package minutiae

// walk is what following a line from one point found.
type walk struct {
	last  int // index of the last pixel that was reached
	steps int // from the start to it
	stop  stop
	path  []int32 // the pixels after the start, the last one included
}

// stop is why a walk ended.
type stop uint8

const (
	ranOut   stop = iota // the line goes on
	atEnd                // the line ends
	atFork               // three or more lines meet
	atClosed             // back at the start
)

// follow walks from start over its neighbour first, at most limit steps. path
// is reused.
func (s *skeleton) follow(start, first, limit int, path []int32) walk {
	path = append(path[:0], int32(first))
	prev, at := start, first
	for len(path) < limit {
		a := s.around(at)
		if crossings(a) > 2 {
			return walk{at, len(path), atFork, path}
		}
		next := s.onward(at, prev, a)
		if next < 0 {
			return walk{at, len(path), atEnd, path}
		}
		if next == start {
			return walk{at, len(path), atClosed, path}
		}
		prev, at = at, next
		path = append(path, int32(at))
	}
	why := ranOut
	switch c := crossings(s.around(at)); {
	case c > 2:
		why = atFork
	case c < 2:
		why = atEnd
	}
	return walk{at, len(path), why, path}
}

// onward is the pixel after at when one comes from prev: the group of
// neighbours that prev does not belong to; −1: none.
func (s *skeleton) onward(at, prev int, a uint8) int {
	for k, d := range s.ring {
		if at+d == prev {
			a &^= group(a, k)
			break
		}
	}
	if a == 0 {
		return -1
	}
	return at + s.ring[step(a)]
}

// group is the run of neighbours that hang together with neighbour k.
func group(a uint8, k int) uint8 {
	var g uint8
	for i := k; a>>(i&7)&1 == 1 && g>>(i&7)&1 == 0; i++ {
		g |= 1 << (i & 7)
	}
	for i := k + 7; a>>(i&7)&1 == 1 && g>>(i&7)&1 == 0; i-- {
		g |= 1 << (i & 7)
	}
	return g
}

// step is the neighbour that stands for a group: one over a side before one
// over a corner.
func step(a uint8) int {
	for k := 0; k < 8; k += 2 {
		if a>>k&1 == 1 {
			return k
		}
	}
	for k := 1; k < 8; k += 2 {
		if a>>k&1 == 1 {
			return k
		}
	}
	return 0
}

// branches are the first pixels of the lines that leave a pixel.
func (s *skeleton) branches(i int, out []int) []int {
	a := s.around(i)
	out = out[:0]
	for a != 0 {
		k := step(a)
		out = append(out, i+s.ring[k])
		a &^= group(a, k)
	}
	return out
}

// erase takes the pixels of a path away.
func (s *skeleton) erase(path []int32) {
	for _, i := range path {
		s.pix[i] = 0
	}
}

// join draws a straight line between two pixels.
func (s *skeleton) join(a, b int) {
	ax, ay := s.place(a)
	bx, by := s.place(b)
	n := max(ax-bx, bx-ax, ay-by, by-ay)
	for t := 1; t < n; t++ {
		s.pix[s.index(ax+divide(t*(bx-ax), n), ay+divide(t*(by-ay), n))] = 1
	}
}
