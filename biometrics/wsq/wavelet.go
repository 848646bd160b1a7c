package wsq

import "fmt"

// The transform has to come out the same to the last bit on every machine, and
// as in the reference, or a pixel here and there differs by one. So sums are in
// single precision, from the first tap to the last, low frequencies before
// high; and each product is converted to float32 before it is added: the
// conversion forbids the compiler to fuse the two (as it does on arm64), which
// would skip a rounding.

// mirror says how a line goes on beyond one of its ends.
type mirror uint8

const (
	whole mirror = iota // about the last sample: c b a b c
	half                // about the edge: b a a b
	gap                 // about a zero after the last sample: b a 0 a b
)

// extension continues a line of n samples beyond its ends.
type extension struct {
	n           int
	left, right mirror
	odd         bool // mirrored samples change their sign
}

// at returns the sample that stands at place i, and by what it is multiplied.
func (e extension) at(i int) (int, float32) {
	sign := float32(1)
	for {
		switch {
		case i >= 0 && i < e.n:
			return i, sign
		case e.right == gap && i == e.n:
			return 0, 0
		case e.n == 1:
			return 0, sign
		case i < 0:
			i = -i - int(e.left)
		default:
			i = 2*(e.n-1) - i + int(e.right)
		}
		if e.odd {
			sign = -sign
		}
	}
}

// fill writes the samples from place -before on into out.
func (e extension) fill(out, line []float32, before int) {
	inner := min(before+e.n, len(out))
	copy(out[before:inner], line)
	for k := range before {
		i, sign := e.at(k - before)
		out[k] = line[i] * sign
	}
	for k := inner; k < len(out); k++ {
		i, sign := e.at(k - before)
		out[k] = line[i] * sign
	}
}

// synthesis joins subbands to an image.
type synthesis struct {
	width         int
	plane, rows   []float32    // coefficients, and the same after one direction
	low, high     [2][]float32 // the taps of the filters: even and odd ones
	even          bool         // filters with an even number of taps
	phase         int          // which taps make the first sample of a line
	lowAt, highAt int          // the first tap's sample is this far before
	lowRow        []float32    // a line of each, extended
	highRow       []float32
}

// newSynthesis readies the memory for an image.
func newSynthesis(f *filters, width, height int) (*synthesis, error) {
	nl, nh := len(f.low), len(f.high)
	s := &synthesis{
		width: width, plane: make([]float32, width*height), rows: make([]float32, width*height),
		even: nl%2 == 0, phase: nl / 2 % 2, lowAt: nl / 4, highAt: (nh + 1) / 4,
	}
	if (nh+1)/2%2 != s.phase {
		return nil, fmt.Errorf("%w: filters of %d and %d taps do not match", ErrFormat, nh, nl)
	}
	for i := range 2 {
		for k := i; k < nl; k += 2 {
			s.low[i] = append(s.low[i], f.low[k])
		}
		for k := i; k < nh; k += 2 {
			v := f.high[k]
			if s.even {
				v = -v
			}
			s.high[i] = append(s.high[i], v)
		}
	}
	n := (width+1)/2 + 2
	s.lowRow = make([]float32, n+len(s.low[0]))
	s.highRow = make([]float32, n+len(s.high[0]))
	return s, nil
}

// run joins all subbands in the plane, the smallest first.
func (s *synthesis) run(l *layout) {
	for i := len(l.splits) - 1; i >= 0; i-- {
		sp := l.splits[i]
		s.columns(sp)
		for y := range sp.h {
			at := (sp.y+y)*s.width + sp.x
			s.row(s.plane[at:at+sp.w], s.rows[at:at+sp.w], sp.swapX)
		}
	}
}

// extensions of the low and high halves of a line of n samples.
func (s *synthesis) extensions(n int) (low, high extension) {
	low = extension{n: (n + 1) / 2}
	high = extension{n: n / 2, left: half, odd: s.even}
	if n%2 == 0 {
		low.right = half
	}
	switch {
	case s.even && n%2 == 1:
		low.left, high.right = half, gap
	case s.even:
		low.left, high.right = half, half
	case n%2 == 1:
		high.right = half
	}
	return low, high
}

// halves cuts a line into its low and its high frequencies.
func halves(line []float32, swapped bool) (low, high []float32) {
	n := first(len(line), swapped)
	if swapped {
		return line[n:], line[:n]
	}
	return line[:n], line[n:]
}

// row joins the halves of in to out.
func (s *synthesis) row(out, in []float32, swapped bool) {
	low, high := halves(in, swapped)
	le, he := s.extensions(len(out))
	le.fill(s.lowRow[:len(out)/2+1+len(s.low[0])], low, s.lowAt)
	he.fill(s.highRow[:len(out)/2+1+len(s.high[0])], high, s.highAt)
	if s.standard() {
		s.row97(out)
		return
	}
	for n := range out {
		tap := (s.phase + n) & 1
		p := (n - s.phase + tap) / 2
		var sum float32
		for k, c := range s.low[tap] {
			sum += float32(s.lowRow[p+k] * c)
		}
		for k, c := range s.high[tap] {
			sum += float32(s.highRow[p+k] * c)
		}
		out[n] = sum
	}
}

// row97 is row for filters of 7 and 9 taps, which all known encoders use: the
// same sums without the loops.
func (s *synthesis) row97(out []float32) {
	a, b, c, d := [4]float32(s.low[0]), [3]float32(s.low[1]), [5]float32(s.high[0]), [4]float32(s.high[1])
	low, high := s.lowRow, s.highRow
	for p := 0; 2*p < len(out); p++ {
		l, h := (*[4]float32)(low[p:]), (*[5]float32)(high[p:])
		v := float32(l[0] * b[0])
		v += float32(l[1] * b[1])
		v += float32(l[2] * b[2])
		v += float32(h[0] * d[0])
		v += float32(h[1] * d[1])
		v += float32(h[2] * d[2])
		v += float32(h[3] * d[3])
		out[2*p] = v
		if 2*p+1 == len(out) {
			return
		}
		v = float32(l[0] * a[0])
		v += float32(l[1] * a[1])
		v += float32(l[2] * a[2])
		v += float32(l[3] * a[3])
		v += float32(h[0] * c[0])
		v += float32(h[1] * c[1])
		v += float32(h[2] * c[2])
		v += float32(h[3] * c[3])
		v += float32(h[4] * c[4])
		out[2*p+1] = v
	}
}
