package qr

import (
	"image"

	"github.com/makiuchi-d/gozxing"
)

// localWindow is the side of the square whose mean a pixel is held against, in
// pixels: a few modules of a card at a usual distance.
const localWindow = 33

// localMargin is how much darker than the mean a black pixel is at least, so
// that a flat surface stays white.
const localMargin = 2

// binarizeLocal makes black what is darker than the mean around it, by a
// summed-area table. The table may overflow in large images: differences over
// one window stay right.
func binarizeLocal(g *image.Gray) (*gozxing.BitMatrix, error) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	bits, err := gozxing.NewBitMatrix(w, h)
	if err != nil {
		return nil, err
	}
	sums := make([]uint32, (w+1)*(h+1))
	for y := range h {
		var row uint32
		for x := range w {
			row += uint32(g.Pix[y*g.Stride+x])
			sums[(y+1)*(w+1)+x+1] = sums[y*(w+1)+x+1] + row
		}
	}
	for y := range h {
		top, bottom := max(0, y-localWindow/2), min(h, y+localWindow/2+1)
		for x := range w {
			left, right := max(0, x-localWindow/2), min(w, x+localWindow/2+1)
			sum := sums[bottom*(w+1)+right] - sums[top*(w+1)+right] - sums[bottom*(w+1)+left] + sums[top*(w+1)+left]
			area := uint32((bottom - top) * (right - left))
			if (uint32(g.Pix[y*g.Stride+x])+localMargin)*area < sum {
				bits.Set(x, y)
			}
		}
	}
	return bits, nil
}
