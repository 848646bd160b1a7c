package minutiae

import "image"

// resample brings a picture from one density to another: the mean over each
// pixel's footprint where it shrinks, linear between pixels where it grows.
func resample(img *image.Gray, from, to int) *image.Gray {
	if from == to {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	rw, rh := scaled(w, from), scaled(h, from)
	cols, rows := taps(w, rw), taps(h, rh)
	narrow := make([]int32, rw*h)
	for y := range h {
		row := img.Pix[y*img.Stride:][:w]
		for x, t := range cols {
			var v int32
			for i, k := range t.weights {
				v += k * int32(row[t.first+i])
			}
			narrow[y*rw+x] = v >> 4
		}
	}
	out := image.NewGray(image.Rect(0, 0, rw, rh))
	for y, t := range rows {
		for x := range rw {
			v := int32(1 << 19)
			for i, k := range t.weights {
				v += k * narrow[(t.first+i)*rw+x]
			}
			out.Pix[y*out.Stride+x] = uint8(v >> 20)
		}
	}
	return out
}

// tap is what one pixel of the result takes of a line: weights sum to 1<<12.
type tap struct {
	first   int
	weights []int32
}

// taps weighs a triangle of at least one pixel's reach either side.
func taps(from, to int) []tap {
	const unit = 1 << 16
	step := from * unit / to
	reach := max(step, unit)
	out := make([]tap, to)
	for i := range out {
		centre := i*step + step/2 - unit/2
		first := max((centre-reach)/unit, 0)
		last := min((centre+reach)/unit, from-1)
		t := tap{first: first, weights: make([]int32, last-first+1)}
		var sum int64
		for j := range t.weights {
			d := (first+j)*unit - centre
			k := max(reach-max(d, -d), 0)
			t.weights[j] = int32(k)
			sum += int64(k)
		}
		var used int32
		for j, k := range t.weights {
			t.weights[j] = int32(int64(k) << 12 / sum)
			used += t.weights[j]
		}
		t.weights[len(t.weights)/2] += 1<<12 - used
		out[i] = t
	}
	return out
}
