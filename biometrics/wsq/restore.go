package wsq

// coded is how many coefficients a file with these steps holds.
func (q *quantizer) coded(l *layout) int {
	n := 0
	for i, b := range l.bands {
		if q.step[i] != 0 {
			n += b.w * b.h
		}
	}
	return n
}

// restore puts the coefficients back into the zeroed plane, each at the middle
// of its bin (IAFIS-IC-0110, inverse quantization).
func (q *quantizer) restore(plane []float32, width int, l *layout, coefs []int16) {
	for i, b := range l.bands {
		step, half := q.step[i], q.zero[i]/2
		if step == 0 {
			continue
		}
		for y := range b.h {
			out := plane[(b.y+y)*width+b.x:][:b.w]
			in := coefs[:b.w]
			coefs = coefs[b.w:]
			for x, v := range in {
				if v > 0 {
					out[x] = float32(step*(float32(v)-q.centre)) + half
				} else if v < 0 {
					out[x] = float32(step*(float32(v)+q.centre)) - half
				}
			}
		}
	}
}

// pixels rounds the plane to greys.
func (f *frame) pixels(out []byte, plane []float32) {
	plane = plane[:len(out)]
	for i := range out {
		v := float32(plane[i]*f.scale) + f.shift
		v += 0.5
		switch {
		case v > 255:
			out[i] = 255
		case v >= 0: // which what is no number is not
			out[i] = byte(v)
		}
	}
}
