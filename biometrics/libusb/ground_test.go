package libusb

import (
	"image"
	"image/draw"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

// platen is an invented finger as it lies on the sensor, upright, dark ridges
// on a light ground.
func platen() *image.Gray {
	out := image.NewGray(image.Rect(0, 0, width, height))
	for i := range out.Pix {
		out.Pix[i] = 245
	}
	finger := virtual.Ridges(11, biometrics.RightIndex)
	size := finger.Bounds().Size()
	at := image.Pt((size.X-width)/2, (size.Y-height)/2)
	draw.Draw(out, finger.Bounds().Sub(at), finger, image.Point{}, draw.Src)
	const edge = 8 // lines of ground below: ridges there would pass for scrambled
	for i := range out.Pix[(height-edge)*width:] {
		out.Pix[(height-edge)*width+i] = 245
	}
	return out
}

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
