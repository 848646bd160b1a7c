package minutiae

// Distances from ridge to ridge at 500 dpi, in quarter pixels: a child's are 5
// to 7 pixels, a large man's 11 to 13.
const (
	shortestPeriod = 4 * 4
	usualPeriod    = 9 * 4
	longestPeriod  = 16 * 4
	periodStep     = 4  // cells: the grid on which the distance is measured
	periodReach    = 24 // pixels of the line across the ridges, either side
	periodSmooth   = 2  // steps of the grid that are averaged, either side
)

// periods measures how far the ridges are apart: on a line across them the
// picture resembles itself best one period further.
func periods(p *plane, f *field) []uint8 {
	gw, gh := (f.cw+periodStep-1)/periodStep, (f.ch+periodStep-1)/periodStep
	sum, weight := make([]int32, gw*gh), make([]int32, gw*gh)
	scratch := make([]int32, max(gw, gh))
	var signal [2*periodReach + 1]int32
	for gy := range gh {
		for gx := range gw {
			cx, cy := min(gx*periodStep+periodStep/2, f.cw-1), min(gy*periodStep+periodStep/2, f.ch-1)
			i := cy*f.cw + cx
			if !f.mask[i] {
				continue
			}
			n := p.across(f, cx, cy, &signal)
			t, sure := period(signal[:n])
			sum[gy*gw+gx], weight[gy*gw+gx] = int32(t*sure)<<8, int32(sure)<<8
		}
	}
	for _, m := range [][]int32{sum, weight} {
		for y := range gh {
			box(m[y*gw:], 1, gw, periodSmooth, scratch)
		}
		for x := range gw {
			box(m[x:], gw, gh, periodSmooth, scratch)
		}
	}
	out := make([]uint8, len(f.mask))
	for y := range f.ch {
		for x := range f.cw {
			i := y/periodStep*gw + x/periodStep
			out[y*f.cw+x] = usualPeriod
			if weight[i] > 0 {
				out[y*f.cw+x] = uint8(min(max(sum[i]/weight[i], shortestPeriod), longestPeriod))
			}
		}
	}
	return out
}

// across reads the line across the ridges through the middle of a cell and
// returns how many of its pixels lie in the finger.
func (p *plane) across(f *field, cx, cy int, signal *[2*periodReach + 1]int32) int {
	dir := int(f.dir[cy*f.cw+cx])/2 + quarterTurn
	dx, dy := cosine(dir), -sine(dir)
	n := 0
	for t := -periodReach; t <= periodReach; t++ {
		x, y := cx*cell+cell/2+divide(t*dx, 1<<unitBits), cy*cell+cell/2+divide(t*dy, 1<<unitBits)
		if x < 0 || y < 0 || x >= p.w || y >= p.h || !f.mask[f.cellAt(x, y)] {
			if t < 0 {
				n = 0
				continue
			}
			break
		}
		signal[n] = int32(p.pix[p.at(x, y)])
		n++
	}
	return n
}

// period is the first strong peak of the line's likeness with itself, in
// quarter pixels, and how sure it is, 0…255.
func period(signal []int32) (quarters, sure int) {
	const longest = longestPeriod / 4
	if len(signal) < longest+longest/2 {
		return usualPeriod, 0
	}
	var like [longest + 2]int32
	for lag := range like {
		if lag >= len(signal)-4 {
			break
		}
		var v int32
		for i, s := range signal[lag:] {
			v += s * signal[i] >> 4
		}
		like[lag] = v / int32(len(signal)-lag)
	}
	if like[0] == 0 {
		return usualPeriod, 0
	}
	best := 0
	for lag := shortestPeriod / 4; lag <= longest; lag++ {
		v := like[lag]
		if v > 0 && v >= like[lag-1] && v > like[lag+1] && (best == 0 || v > like[best]*5/4) {
			best = lag
		}
	}
	if best == 0 {
		return usualPeriod, 0
	}
	a, b, c := like[best-1], like[best], like[best+1]
	shift := int32(0)
	if d := 2*b - a - c; d > 0 {
		shift = 2 * (c - a) / d // (c−a)/2d pixels, in quarters
	}
	return 4*best + int(shift), int(min(like[best]*255/like[0], 255))
}
