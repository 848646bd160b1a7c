package face

import (
	"image"
	"image/color"
	"math"
	"slices"
)

// Landmark models place the lids where lids usually are: the points hardly move
// when eyes shut. How far an eye is open is therefore measured in the pixels:
// as the longest dark run down the eye. That is the iris when it is open, and
// the lashes alone when it is shut.
//
// The pixels are read along the face's own axes, from eye to eye and from the
// eyes to the mouth, so that a picture that is moved, turned or tilted measures
// the same.

// The grid of one eye about its middle, in distances from eye to eye across and
// from the eyes to the mouth down.
const (
	lidAcross  = 0.16 // half its width
	lidDown    = 0.20 // half its height: the brows stay outside
	lidColumns = 17
	lidRows    = 41
	lidBest    = 3  // the run of the third longest column counts: one may be a hair
	lidLeast   = 18 // grey levels between dark and light: with less nothing is seen
)

// lids are how far both eyes are open, left and right of the picture, as shares
// of the grid's height; NaN where it cannot be seen.
func lidsOf(img image.Image, lm []Point) (open [2]float64) {
	left, right := mean(lm, leftEye, rightEye), mean(lm, rightEye, mouthFirst)
	mouth := mean(lm, mouthFirst, landmarks)
	across := Point{right.X - left.X, right.Y - left.Y}
	down := Point{mouth.X - (left.X+right.X)/2, mouth.Y - (left.Y+right.Y)/2}
	light := lightIn(img)
	for i, eye := range [2]Point{left, right} {
		open[i] = lidsOfOne(light, eye, across, down)
	}
	return open
}

func lidsOfOne(light func(x, y int) float64, eye, across, down Point) float64 {
	var grid [lidColumns][lidRows]float64
	all := make([]float64, 0, lidColumns*lidRows)
	for i := range grid {
		s := lidAcross * (2*float64(i)/(lidColumns-1) - 1)
		for j := range grid[i] {
			t := lidDown * (2*float64(j)/(lidRows-1) - 1)
			grid[i][j] = between(light, eye.X+s*across.X+t*down.X, eye.Y+s*across.Y+t*down.Y)
			all = append(all, grid[i][j])
		}
	}
	slices.Sort(all)
	dark, bright := all[len(all)/33], all[len(all)*4/5]
	if !(bright-dark >= lidLeast) {
		return math.NaN()
	}
	limit := (dark + bright) / 2
	var runs [lidColumns]int
	for i, column := range grid {
		run := 0
		for _, v := range column {
			run = longer(run, v < limit)
			runs[i] = max(runs[i], run)
		}
	}
	slices.Sort(runs[:])
	return float64(runs[lidColumns-lidBest]) / lidRows
}

// lightIn reads the lightness of single pixels; beyond the rim it goes on.
func lightIn(img image.Image) func(x, y int) float64 {
	b := img.Bounds()
	at := func(x, y int) float64 { return float64(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y) }
	switch img := img.(type) {
	case *image.YCbCr:
		at = func(x, y int) float64 { return float64(img.Y[img.YOffset(x, y)]) }
	case *image.RGBA:
		at = func(x, y int) float64 {
			p := img.Pix[img.PixOffset(x, y):]
			return 0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2])
		}
	}
	return func(x, y int) float64 {
		return at(min(max(x, b.Min.X), b.Max.X-1), min(max(y, b.Min.Y), b.Max.Y-1))
	}
}

// between reads between the pixels.
func between(light func(x, y int) float64, x, y float64) float64 {
	if math.Abs(x) > 2*MaxSide || math.Abs(y) > 2*MaxSide || math.IsNaN(x+y) {
		return 0
	}
	x0, y0 := math.Floor(x), math.Floor(y)
	fx, fy := x-x0, y-y0
	i, j := int(x0), int(y0)
	return (light(i, j)*(1-fx)+light(i+1, j)*fx)*(1-fy) + (light(i, j+1)*(1-fx)+light(i+1, j+1)*fx)*fy
}
