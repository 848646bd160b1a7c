package wsq

// The analysis filters of the FBI's wavelet, 9 taps for low frequencies and 7
// for high (IAFIS-IC-0110, table of filter coefficients), from the middle on:
// they are symmetric.
const (
	low0  = 0.85269867900940344
	low1  = 0.37740285561265380
	low2  = -0.11062440441842342
	low3  = -0.02384946501938000
	low4  = 0.03782845550699546
	high0 = 0.78848561640566439
	high1 = -0.41809227322221221
	high2 = -0.04068941760955844
	high3 = 0.06453888262893845
)

// analysis splits an image into subbands.
type analysis struct {
	width       int
	plane, rows []float32 // coefficients, and the same after one direction
	line        []float32 // a line, continued by four samples on both sides
}

func newAnalysis(width, height int) *analysis {
	return &analysis{
		width: width, plane: make([]float32, width*height), rows: make([]float32, width*height),
		line: make([]float32, width+9),
	}
}

// run splits the plane, the whole of it first.
func (a *analysis) run(l *layout) {
	for _, sp := range l.splits {
		for y := range sp.h {
			at := (sp.y+y)*a.width + sp.x
			a.row(a.rows[at:at+sp.w], a.plane[at:at+sp.w], sp.swapX)
		}
		a.columns(sp)
	}
}

// row splits a line into its low and high frequencies. See wavelet.go for the
// order of the sums.
func (a *analysis) row(out, in []float32, swapped bool) {
	low, high := halves(out, swapped)
	extension{n: len(in)}.fill(a.line[:len(in)+9], in, 4)
	for k := range low {
		in := (*[9]float32)(a.line[2*k:])
		v := float32(in[0] * low4)
		v += float32(in[1] * low3)
		v += float32(in[2] * low2)
		v += float32(in[3] * low1)
		v += float32(in[4] * low0)
		v += float32(in[5] * low1)
		v += float32(in[6] * low2)
		v += float32(in[7] * low3)
		v += float32(in[8] * low4)
		low[k] = v
		if k >= len(high) {
			return
		}
		v = float32(in[2] * high3)
		v += float32(in[3] * high2)
		v += float32(in[4] * high1)
		v += float32(in[5] * high0)
		v += float32(in[6] * high1)
		v += float32(in[7] * high2)
		v += float32(in[8] * high3)
		high[k] = v
	}
}

// columns splits a block of rows back into the plane.
func (a *analysis) columns(sp split) {
	top := first(sp.h, sp.swapY)
	lowY, highY := 0, top
	if sp.swapY {
		lowY, highY = top, 0
	}
	line := func(plane []float32, y int) []float32 {
		at := (sp.y+y)*a.width + sp.x
		return plane[at : at+sp.w]
	}
	e := extension{n: sp.h}
	for k := 0; 2*k < sp.h; k++ {
		var in [9][]float32
		for i := range in {
			y, _ := e.at(2*k - 4 + i)
			in[i] = line(a.rows, y)
		}
		lowLine(line(a.plane, lowY+k), &in)
		if 2*k+1 < sp.h {
			highLine(line(a.plane, highY+k), &in)
		}
	}
}

// lowLine filters nine rows to one of low frequencies.
func lowLine(out []float32, in *[9][]float32) {
	n := len(out)
	i0, i1, i2, i3, i4 := in[0][:n], in[1][:n], in[2][:n], in[3][:n], in[4][:n]
	i5, i6, i7, i8 := in[5][:n], in[6][:n], in[7][:n], in[8][:n]
	for x := range out {
		v := float32(i0[x] * low4)
		v += float32(i1[x] * low3)
		v += float32(i2[x] * low2)
		v += float32(i3[x] * low1)
		v += float32(i4[x] * low0)
		v += float32(i5[x] * low1)
		v += float32(i6[x] * low2)
		v += float32(i7[x] * low3)
		v += float32(i8[x] * low4)
		out[x] = v
	}
}

// highLine filters the last seven of the same rows to one of high frequencies.
func highLine(out []float32, in *[9][]float32) {
	n := len(out)
	i2, i3, i4, i5 := in[2][:n], in[3][:n], in[4][:n], in[5][:n]
	i6, i7, i8 := in[6][:n], in[7][:n], in[8][:n]
	for x := range out {
		v := float32(i2[x] * high3)
		v += float32(i3[x] * high2)
		v += float32(i4[x] * high1)
		v += float32(i5[x] * high0)
		v += float32(i6[x] * high1)
		v += float32(i7[x] * high2)
		v += float32(i8[x] * high3)
		out[x] = v
	}
}
