package finger

import "math"

// A window is a block and the rim that covers it when it is turned so that its
// ridges stand upright: 36 = ⌈√(32² + 16²)⌉ pixels (ISO/IEC 29794-4).
const (
	windowSide  = 36
	windowRim   = (windowSide - blockSide) / 2
	turnedLong  = 32 // the part of a turned window that is looked at,
	turnedShort = 16 // always filled with pixels of the window
)

// turned samples a part of the window at x0, y0, turned by angle (radians,
// anticlockwise) about its middle, from row and column r0, c0 on. With a pad
// the window first grows by so many pixels on each side, black ones beyond the
// picture, and keeps its size: the middle moves with it. Nearest pixels, in
// steps of 1/1024: the reference rounds so.
func (p raster) turned(dst []uint8, x0, y0 int, angle float64, pad, r0, c0, rows, cols int) {
	const one = 1024
	sin, cos := math.Sincos(angle)
	side := uint(windowSide + 2*pad)
	mid := float64(side) / 2
	// The inverse of the rotation about mid: x = cos·X − sin·Y + bx, …
	bx := mid - cos*mid + sin*mid
	by := mid - sin*mid - cos*mid
	for r := range rows {
		y := float64(r0 + r)
		fx := int(math.RoundToEven((bx-sin*y)*one)) + one/2
		fy := int(math.RoundToEven((by+cos*y)*one)) + one/2
		for c := range cols {
			x := float64(c0 + c)
			sx := (fx + int(math.RoundToEven(cos*x*one))) >> 10
			sy := (fy + int(math.RoundToEven(sin*x*one))) >> 10
			v := uint8(0)
			if uint(sx) < side && uint(sy) < side {
				if sx, sy = sx+x0-pad, sy+y0-pad; uint(sx) < uint(p.w) && uint(sy) < uint(p.h) {
					v = p.pix[sy*p.stride+sx]
				}
			}
			dst[r*cols+c] = v
		}
	}
}

// profile is the mean grey of each column of a turned window, its trend, and
// which columns are ridge: darker than the trend.
type profile struct {
	trend [turnedLong]float64
	ridge [turnedLong]bool
}

// profiled reads the profile of turnedShort rows of turnedLong pixels.
func profiled(win []uint8) (f profile) {
	var sums [turnedLong]int
	for r := range turnedShort {
		for c, v := range win[r*turnedLong:][:turnedLong] {
			sums[c] += int(v)
		}
	}
	// Least squares over x = 1 … 32, rounded to ten places as the reference
	// does, so that a flat profile has no ridge by rounding alone.
	const n = turnedLong
	const meanX, sxx = (n + 1) / 2.0, n * (n*n - 1) / 12.0
	var sum, sxy float64
	for c, s := range sums {
		v := float64(s) / turnedShort
		sum += v
		sxy += (float64(c+1) - meanX) * v
	}
	slope := sxy / sxx
	intercept := tenPlaces(sum/n - slope*meanX)
	slope = tenPlaces(slope)
	for c, s := range sums {
		f.trend[c] = float64(c+1)*slope + intercept
		f.ridge[c] = float64(s)/turnedShort < f.trend[c]
	}
	return f
}

func tenPlaces(v float64) float64 { return math.Round(v*1e10) / 1e10 }

// clarity is the local clarity score of a turned window: 1 less the share of
// pixels on the wrong side of the trend; 0 where ridges or valleys are, on the
// mean, wider or narrower than a finger's at 500 dpi.
func (f *profile) clarity(win []uint8) float64 {
	var widths [turnedLong]int
	n, last := 0, 0
	for c := 1; c < turnedLong; c++ {
		if f.ridge[c] != f.ridge[c-1] {
			widths[n] = c - 1 - last
			last = c - 1
			n++
		}
	}
	if n == 0 {
		return 0
	}
	first, second := everySecond(widths[:n]), everySecond(widths[1:n])
	ridge, valley := first, second
	if !f.ridge[0] {
		ridge, valley = second, first
	}
	// In units of 20 pixels, as the standard has them.
	const unit = 20.0
	if ridge < 3/unit || ridge > 10/unit || valley < 2/unit || valley > 10/unit {
		return 0
	}
	light, dark := f.wrong(win)
	return 1 - (dark+light)/2
}

// wrong returns the share of the ridges' pixels that are lighter than the
// trend, and of the valleys' that are darker.
func (f *profile) wrong(win []uint8) (lightRidge, darkValley float64) {
	var off, all [2]int // 0 valley, 1 ridge
	for c, isRidge := range f.ridge {
		kind := 0
		if isRidge {
			kind = 1
		}
		all[kind] += turnedShort
		for r := range turnedShort {
			if dark := float64(win[r*turnedLong+c]) < f.trend[c]; dark != isRidge {
				off[kind]++
			}
		}
	}
	return float64(off[1]) / float64(max(all[1], 1)), float64(off[0]) / float64(max(all[0], 1))
}

// everySecond is the mean of the first, third … width, in 20 pixels.
func everySecond(widths []int) float64 {
	sum, n := 0.0, 0
	for i := 0; i < len(widths); i += 2 {
		sum += float64(widths[i]) / 20
		n++
	}
	return sum * (1 / float64(max(n, 1)))
}

// ratios appends the ratios of the widths of neighbouring ridges and valleys,
// those cut by the window's edge left out.
func (f *profile) ratios(dst []float64) []float64 {
	var changes [turnedLong]int
	n := 0
	for c := 1; c < turnedLong-1; c++ {
		if f.ridge[c] != f.ridge[c-1] {
			changes[n] = c - 1
			n++
		}
	}
	if n < 4 { // two whole widths at least, and the first is not counted
		return dst
	}
	// From the last width to the second: the order decides which of the two
	// neighbours is divided by which.
	from := 0
	if f.ridge[changes[0]+1] {
		from = 1
	}
	for i, m := n-1, 0; i > 2; i, m = i-1, m+1 {
		a, b := float64(changes[i]-changes[i-1]), float64(changes[i-1]-changes[i-2])
		if m >= from && (m-from)%2 == 0 {
			dst = append(dst, b/a)
		} else {
			dst = append(dst, a/b)
		}
	}
	return dst
}

// waves analyses the ridges of a turned window as a wave: the share of the
// strongest frequency and its neighbours among all.
type waves struct{ cos, sin [turnedLong]float64 }

func newWaves() *waves {
	w := new(waves)
	for i := range turnedLong {
		w.sin[i], w.cos[i] = math.Sincos(2 * math.Pi * float64(i) / turnedLong)
	}
	return w
}

// share takes turnedLong rows of turnedShort pixels, ridges lying.
func (w *waves) share(win []uint8) float64 {
	var v [turnedLong]float64
	for r := range v {
		sum := 0
		for _, g := range win[r*turnedShort:][:turnedShort] {
			sum += int(g)
		}
		v[r] = float64(sum) / turnedShort
	}
	const half = turnedLong / 2
	var amp [half + 2]float64 // amp[k] of frequency k; that of 17 is that of 15
	best, total := 1, 0.0
	for k := 1; k <= half; k++ {
		var re, im float64
		for i, g := range v {
			re += g * w.cos[i*k%turnedLong]
			im -= g * w.sin[i*k%turnedLong]
		}
		amp[k] = math.Hypot(re, im)
		if k < half {
			total += amp[k]
		}
		if amp[k] > amp[best] {
			best = k
		}
	}
	amp[half+1] = amp[half-1]
	if best == 1 {
		return 1 // no wave below the window's length: the reference says 1
	}
	return (amp[best] + 0.3*(amp[best-1]+amp[best+1])) / total
}
