package finger

import "image"

// blockSide is the side of a local region in pixels at 500 dpi: enough for two
// clear ridges (ISO/IEC 29794-4 §5.1.2).
const blockSide = 32

// frameGrey is the mean grey above which an outer row or column is empty
// ground: it is taken off before anything is measured.
const frameGrey = 250

// raster is a window of an 8-bit picture at 500 dpi.
type raster struct {
	pix          []uint8 // row y begins at y*stride
	w, h, stride int
}

// newRaster looks at a picture without copying it.
func newRaster(img *image.Gray) raster {
	b := img.Bounds()
	if b.Empty() {
		return raster{}
	}
	return raster{pix: img.Pix[img.PixOffset(b.Min.X, b.Min.Y):], w: b.Dx(), h: b.Dy(), stride: img.Stride}
}

func (p raster) row(y int) []uint8 { return p.pix[y*p.stride:][:p.w] }

// trim takes the nearly white rows and columns off the four sides and says
// where the rest lies. An empty picture gives an empty raster.
func (p raster) trim() (raster, image.Rectangle) {
	rows, cols := make([]int, p.h), make([]int, p.w)
	for y := range p.h {
		sum := 0
		for x, v := range p.row(y) {
			sum += int(v)
			cols[x] += int(v)
		}
		rows[y] = sum
	}
	top, bottom := inked(rows, p.w*frameGrey)
	left, right := inked(cols, p.h*frameGrey)
	if top >= bottom || left >= right {
		return raster{}, image.Rectangle{}
	}
	t := raster{pix: p.pix[top*p.stride+left:], w: right - left, h: bottom - top, stride: p.stride}
	return t, image.Rect(left, top, right, bottom)
}

// inked returns the range of sums between the first and the last that is not
// above the limit.
func inked(sums []int, limit int) (from, to int) {
	from, to = 0, len(sums)
	for from < to && sums[from] > limit {
		from++
	}
	for to > from && sums[to-1] > limit {
		to--
	}
	return from, to
}

// tensor holds the sums of gx², gy² and gx·gy over a block, where gx and gy
// are central differences times two (one-sided ones on the block's rim, so that
// a block is judged by itself), and the sums of gx and of gy.
type tensor struct{ xx, yy, xy, sx, sy int64 }

// tensor sums the gradients of the block of w × h pixels at x0, y0, blockSide
// at most.
func (p raster) tensor(x0, y0, w, h int) tensor {
	var t tensor
	for y := range h {
		row := p.pix[(y0+y)*p.stride+x0:][:w]
		up := p.pix[(y0+max(y-1, 0))*p.stride+x0:][:w]
		down := p.pix[(y0+min(y+1, h-1))*p.stride+x0:][:w]
		steep := int32(1)
		if y == 0 || y == h-1 {
			steep = 2
		}
		var xx, yy, xy, sx, sy int32 // of at most blockSide pixels
		add := func(x int, gx int32) {
			gy := (int32(down[x]) - int32(up[x])) * steep
			xx += gx * gx
			yy += gy * gy
			xy += gx * gy
			sx += gx
			sy += gy
		}
		if w > 1 {
			add(0, 2*(int32(row[1])-int32(row[0])))
			add(w-1, 2*(int32(row[w-1])-int32(row[w-2])))
		} else {
			add(0, 0)
		}
		for x := 1; x < w-1; x++ {
			gx := int32(row[x+1]) - int32(row[x-1])
			gy := (int32(down[x]) - int32(up[x])) * steep
			xx += gx * gx
			yy += gy * gy
			xy += gx * gy
			sx += gx
			sy += gy
		}
		t.xx += int64(xx)
		t.yy += int64(yy)
		t.xy += int64(xy)
		t.sx += int64(sx)
		t.sy += int64(sy)
	}
	return t
}

// moments holds the sum and the sum of squares of a block's greys.
type moments struct{ n, sum, squares int64 }

func (p raster) moments(x0, y0, w, h int) moments {
	m := moments{n: int64(w * h)}
	for y := range h {
		var sum, squares int32
		for _, v := range p.pix[(y0+y)*p.stride+x0:][:w] {
			sum += int32(v)
			squares += int32(v) * int32(v)
		}
		m.sum += int64(sum)
		m.squares += int64(squares)
	}
	return m
}

// variance is that of the population.
func (m moments) variance() float64 {
	if m.n == 0 {
		return 0
	}
	mean := float64(m.sum) / float64(m.n)
	return max(float64(m.squares)/float64(m.n)-mean*mean, 0)
}
