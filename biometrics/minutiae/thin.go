package minutiae

import "math/bits"

// skeleton is the ridges' centre lines, one pixel wide: 1 where a line is, with
// one pixel of nothing around.
type skeleton struct {
	w, h, stride int
	pix          []uint8
	ring         [8]int // offsets of the neighbours, anticlockwise from the right
}

// Neighbours are numbered anticlockwise: 0 right, 2 up, 4 left, 6 down.

// thin finds the centre lines of the ridges of an enhanced picture.
func thin(p *plane, f *field) *skeleton {
	s := &skeleton{w: p.w, h: p.h, stride: p.w + 2}
	s.ring = [8]int{1, 1 - s.stride, -s.stride, -1 - s.stride, -1, s.stride - 1, s.stride, s.stride + 1}
	s.pix = make([]uint8, s.stride*(p.h+2))
	ridge := make([]int32, 0, p.w*p.h*5/8)
	for y := range p.h {
		mask := f.mask[y/cell*f.cw:][:f.cw]
		for x, v := range p.pix[p.at(0, y):][:p.w] {
			if v > 0 && mask[x/cell] {
				i := s.index(x, y)
				s.pix[i] = 1
				ridge = append(ridge, int32(i))
			}
		}
	}
	s.erode(ridge)
	return s
}

// index is the place of pixel (x, y) in pix.
func (s *skeleton) index(x, y int) int { return (y+1)*s.stride + x + 1 }

// place is the pixel of an index.
func (s *skeleton) place(i int) (x, y int) { return i%s.stride - 1, i/s.stride - 1 }

// around is the neighbourhood of a pixel, one bit a neighbour.
func (s *skeleton) around(i int) uint8 {
	up, mid, down := s.pix[i-s.stride-1:][:3], s.pix[i-1:][:3], s.pix[i+s.stride-1:][:3]
	return mid[2] | up[2]<<1 | up[1]<<2 | up[0]<<3 | mid[0]<<4 | down[0]<<5 | down[1]<<6 | down[2]<<7
}

// erode takes border pixels away, in turn from the lower right and the upper
// left, as long as that leaves lines connected (two-subiteration thinning),
// then the corners of stairs.
func (s *skeleton) erode(ridge []int32) {
	passes := [2]*[256]bool{removable(0), removable(1)}
	gone := make([]int32, 0, len(ridge)/2)
	for changed := true; changed; {
		changed = false
		for _, take := range passes {
			gone = gone[:0]
			left := ridge[:0]
			for _, i := range ridge {
				if take[s.around(int(i))] {
					gone = append(gone, i)
				} else {
					left = append(left, i)
				}
			}
			ridge = left
			for _, i := range gone {
				s.pix[i] = 0
			}
			changed = changed || len(gone) > 0
		}
	}
	for _, i := range ridge {
		if stair(s.around(int(i))) {
			s.pix[i] = 0
		}
	}
}

// removable are the neighbourhoods whose middle may go in one of the two
// passes: a border pixel, not an end, whose neighbours stay connected.
func removable(pass int) *[256]bool {
	var t [256]bool
	for n := range t {
		a := uint8(n)
		if c := bits.OnesCount8(a); c < 2 || c > 6 || crossings(a) != 1 {
			continue
		}
		right, up, left, down := a&1, a>>2&1, a>>4&1, a>>6&1
		if pass == 0 {
			t[n] = up&right&down == 0 && right&down&left == 0
		} else {
			t[n] = up&right&left == 0 && up&down&left == 0
		}
	}
	return &t
}

// crossings is how many separate lines leave the middle: half the changes
// between line and ground around it.
func crossings(a uint8) int { return bits.OnesCount8(a &^ bits.RotateLeft8(a, 1)) }

// stair says whether the middle is the corner of a step, whose two neighbours
// touch over the corner.
func stair(a uint8) bool {
	for k := 0; k < 8; k += 2 {
		r := bits.RotateLeft8(a, -k) // right and up are set
		if r&0b101 == 0b101 && r&0b01110000 == 0 {
			return true
		}
	}
	return false
}
