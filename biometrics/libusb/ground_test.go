package libusb

import "image"

// The fake readers send these runs: line 142 is absent, the others are present.
var fakeRuns = []run{
	{runScrambled, 60}, {0, 2}, {runNewKey | runScrambled, 80}, {runAbsent, 1}, {runHolds, 3}, {runScrambled, 144},
}

// asSent is what of the picture can arrive: each scrambled run loses its last
// pixel, an absent line shows the one after it. A turned sensor sends the last
// line first, from right to left.
func asSent(ground *image.Gray, scrambled bool) *image.Gray {
	out := turn(ground)
	line := 0
	for _, r := range fakeRuns {
		first, end := line*width, (line+r.lines)*width
		switch {
		case r.flags&runAbsent != 0:
			copy(out.Pix[first:end], out.Pix[end:end+width])
		case r.flags&runScrambled != 0 && scrambled:
			out.Pix[end-1] = 255
		}
		line += r.lines
	}
	return turn(out)
}

// turn turns a picture upside down.
func turn(img *image.Gray) *image.Gray {
	out := image.NewGray(img.Rect)
	for i, v := range img.Pix {
		out.Pix[len(img.Pix)-1-i] = v
	}
	return out
}
