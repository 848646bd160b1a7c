package wsq

// Down the columns the transform works on whole rows: each sample of an output
// row is a sum over the samples above and below it, so that memory is read in
// its order.

// columns joins the upper and lower halves of a block of the plane into rows.
func (s *synthesis) columns(sp split) {
	top := first(sp.h, sp.swapY)
	lowY, highY := 0, top
	if sp.swapY {
		lowY, highY = top, 0
	}
	le, he := s.extensions(sp.h)
	line := func(plane []float32, y int) []float32 {
		at := (sp.y+y)*s.width + sp.x
		return plane[at : at+sp.w]
	}
	if s.standard() {
		for p := 0; 2*p < sp.h; p++ {
			var in [9][]float32
			for k := range 4 {
				i, _ := le.at(p - 1 + k)
				in[k] = line(s.plane, lowY+i)
			}
			for k := range 5 {
				i, _ := he.at(p - 2 + k)
				in[4+k] = line(s.plane, highY+i)
			}
			s.even97(line(s.rows, 2*p), &in)
			if 2*p+1 < sp.h {
				s.odd97(line(s.rows, 2*p+1), &in)
			}
		}
		return
	}
	for n := range sp.h {
		tap := (s.phase + n) & 1
		p := (n - s.phase + tap) / 2
		out := line(s.rows, n)
		clear(out)
		for k, c := range s.low[tap] {
			i, _ := le.at(p - s.lowAt + k)
			add(out, line(s.plane, lowY+i), c)
		}
		for k, c := range s.high[tap] {
			i, sign := he.at(p - s.highAt + k)
			add(out, line(s.plane, highY+i), c*sign)
		}
	}
}

// add adds a multiple of a row.
func add(out, in []float32, c float32) {
	in = in[:len(out)]
	for x := range out {
		out[x] += float32(in[x] * c)
	}
}

// standard reports whether the filters have 7 and 9 taps, which all known
// encoders use: their sums are written out.
func (s *synthesis) standard() bool {
	return len(s.low[0]) == 4 && len(s.low[1]) == 3 && len(s.high[0]) == 5 && len(s.high[1]) == 4
}

// even97 makes a row with an even number out of four low and five high ones.
func (s *synthesis) even97(out []float32, in *[9][]float32) {
	b, d := (*[3]float32)(s.low[1]), (*[4]float32)(s.high[1])
	b0, b1, b2, d0, d1, d2, d3 := b[0], b[1], b[2], d[0], d[1], d[2], d[3]
	n := len(out)
	l0, l1, l2 := in[0][:n], in[1][:n], in[2][:n]
	h0, h1, h2, h3 := in[4][:n], in[5][:n], in[6][:n], in[7][:n]
	for x := range out {
		v := float32(l0[x] * b0)
		v += float32(l1[x] * b1)
		v += float32(l2[x] * b2)
		v += float32(h0[x] * d0)
		v += float32(h1[x] * d1)
		v += float32(h2[x] * d2)
		v += float32(h3[x] * d3)
		out[x] = v
	}
}

// odd97 makes a row with an odd number out of the same.
func (s *synthesis) odd97(out []float32, in *[9][]float32) {
	a, c := (*[4]float32)(s.low[0]), (*[5]float32)(s.high[0])
	a0, a1, a2, a3, c0, c1, c2, c3, c4 := a[0], a[1], a[2], a[3], c[0], c[1], c[2], c[3], c[4]
	n := len(out)
	l0, l1, l2, l3 := in[0][:n], in[1][:n], in[2][:n], in[3][:n]
	h0, h1, h2, h3, h4 := in[4][:n], in[5][:n], in[6][:n], in[7][:n], in[8][:n]
	for x := range out {
		v := float32(l0[x] * a0)
		v += float32(l1[x] * a1)
		v += float32(l2[x] * a2)
		v += float32(l3[x] * a3)
		v += float32(h0[x] * c0)
		v += float32(h1[x] * c1)
		v += float32(h2[x] * c2)
		v += float32(h3[x] * c3)
		v += float32(h4[x] * c4)
		out[x] = v
	}
}
