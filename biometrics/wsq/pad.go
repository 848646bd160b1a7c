package wsq

import "image"

// Pad makes an image large enough for Encode: it stands in the middle of a
// ground of MinSide at least, in the grey that its own edge has most (the
// median), so that no false edge is drawn. An image that is large enough comes
// back itself.
func Pad(img *image.Gray) *image.Gray {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w >= MinSide && h >= MinSide {
		return img
	}
	out := image.NewGray(image.Rect(0, 0, max(w, MinSide), max(h, MinSide)))
	ground := edge(img)
	for i := range out.Pix {
		out.Pix[i] = ground
	}
	x, y := (out.Rect.Dx()-w)/2, (out.Rect.Dy()-h)/2
	for i := range h {
		copy(row(out, y+i)[x:], row(img, i))
	}
	return out
}

// edge is the median grey of an image's outermost pixels, white for none.
func edge(img *image.Gray) byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w == 0 || h == 0 {
		return 255
	}
	var counts [256]int
	n := 0
	for y := range h {
		line, step := row(img, y), max(w-1, 1)
		if y == 0 || y == h-1 {
			step = 1
		}
		for x := 0; x < w; x += step {
			counts[line[x]]++
			n++
		}
	}
	seen := 0
	for v, c := range counts {
		if seen += c; 2*seen >= n {
			return byte(v)
		}
	}
	return 255
}
