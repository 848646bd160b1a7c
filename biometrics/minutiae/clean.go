package minutiae

// Lengths, in pixels at 500 dpi, of what noise, pores and sweat leave on the
// centre lines; a ridge is some nine pixels wide.
const (
	shortSpur  = 6
	longSpur   = 12
	islandSize = 16
	bridgeSize = 11
	breakSize  = 11
	breakTurn  = fullTurn / 8 // an end and the gap may differ in direction
	aimSteps   = 8            // pixels of the line that give its direction
)

// clean takes the false from the centre lines: spurs, islands, bridges, lakes
// and breaks.
func (s *skeleton) clean(f *field) {
	path := make([]int32, 0, 32)
	s.specks()
	s.spurs(shortSpur, path)
	s.bridges(f, path)
	s.breaks(path)
	s.spurs(longSpur, path)
	s.islands(path)
}

// specks takes away single pixels.
func (s *skeleton) specks() {
	for i, v := range s.pix {
		if v == 1 && s.around(i) == 0 {
			s.pix[i] = 0
		}
	}
}

// spurs takes away short lines that end on one side and meet another line on
// the other; the shortest first.
func (s *skeleton) spurs(limit int, path []int32) {
	for n := 3; n <= limit; n += 3 {
		for i, v := range s.pix {
			if v == 0 || crossings(s.around(i)) != 1 {
				continue
			}
			first := s.onward(i, i, s.around(i))
			if w := s.follow(i, first, n, path); w.stop == atFork {
				s.erase(w.path[:len(w.path)-1])
				s.pix[i] = 0
				s.tidy(w.last)
			}
		}
	}
}

// tidy takes a pixel away that has become the corner of a step.
func (s *skeleton) tidy(i int) {
	if stair(s.around(i)) {
		s.pix[i] = 0
	}
}

// islands takes away lines that end on both sides.
func (s *skeleton) islands(path []int32) {
	for i, v := range s.pix {
		if v == 0 || crossings(s.around(i)) != 1 {
			continue
		}
		first := s.onward(i, i, s.around(i))
		if w := s.follow(i, first, islandSize, path); w.stop == atEnd {
			s.erase(w.path)
			s.pix[i] = 0
		}
	}
}

// bridges takes away short lines between two forks that lie across the ridges,
// and one side of a lake.
func (s *skeleton) bridges(f *field, path []int32) {
	out := make([]int, 0, 8)
	for i, v := range s.pix {
		if v == 0 || crossings(s.around(i)) < 3 {
			continue
		}
		out = s.branches(i, out)
		ends := [8]int{}
		for k, first := range out {
			if s.pix[first] == 0 {
				continue
			}
			w := s.follow(i, first, bridgeSize, path)
			if w.stop != atFork || w.steps < 2 {
				continue
			}
			ends[k] = w.last
			lake := false
			for _, other := range ends[:k] {
				lake = lake || other == w.last
			}
			if lake || s.crosses(f, i, w.last) {
				s.erase(w.path[:len(w.path)-1])
				s.tidy(i)
				s.tidy(w.last)
				break
			}
		}
	}
}

// crosses says whether the way from a to b runs across the ridges rather than
// along.
func (s *skeleton) crosses(f *field, a, b int) bool {
	ax, ay := s.place(a)
	bx, by := s.place(b)
	way := angleOf(int64(bx-ax), int64(ay-by))
	along := int(f.dir[f.cellAt((ax+bx)/2, (ay+by)/2)]) / 2
	d := apart(way, along)
	return min(d, halfTurn-d) > fullTurn/10
}

// breaks joins two ends that face each other over a short gap.
func (s *skeleton) breaks(path []int32) {
	type end struct{ i, x, y, aim int } // aim: the direction the line ran in
	var ends []end
	for i, v := range s.pix {
		if v == 0 || crossings(s.around(i)) != 1 {
			continue
		}
		w := s.follow(i, s.onward(i, i, s.around(i)), aimSteps, path)
		x, y := s.place(i)
		lx, ly := s.place(w.last)
		ends = append(ends, end{i, x, y, angleOf(int64(x-lx), int64(ly-y))})
	}
	for k, a := range ends {
		best, nearest := -1, breakSize*breakSize+1
		for j := k + 1; j < len(ends) && ends[j].y-a.y <= breakSize; j++ {
			b := ends[j]
			d := (a.x-b.x)*(a.x-b.x) + (a.y-b.y)*(a.y-b.y)
			if d >= nearest || s.pix[b.i] == 0 || crossings(s.around(b.i)) != 1 {
				continue
			}
			gap := angleOf(int64(b.x-a.x), int64(a.y-b.y))
			if d > 8 && (apart(gap, a.aim) > breakTurn || apart(gap+halfTurn, b.aim) > breakTurn) {
				continue
			}
			if apart(a.aim+halfTurn, b.aim) <= breakTurn {
				best, nearest = j, d
			}
		}
		if best >= 0 && crossings(s.around(a.i)) == 1 {
			s.join(a.i, ends[best].i)
		}
	}
}
