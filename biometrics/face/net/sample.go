package net

import (
	"errors"
	"image"
	"image/draw"
	"math"
)

// plane is one channel of a picture where it lies: step bytes from a value to
// the next, stride bytes from a row to the next.
type plane struct {
	pix          []uint8
	stride, step int
	w, h         int
	// A place x of the picture (pixel middles at whole numbers and a half) is
	// (x + ox) / sub here: chroma has fewer values than there are pixels.
	ox, oy     float64
	subX, subY float64
}

// picture is an image seen as three planes, none of them copied: a frame of a
// camera has a million pixels, and a model wants a few thousand of them.
type picture struct {
	size   image.Point
	planes [3]plane // red, green, blue, or Y, Cb, Cr
	ycc    bool
	grey   bool // the planes are one and the same
}

// read returns the planes of an image. Kinds other than those that decoders and
// cameras give are converted.
func read(img image.Image) picture {
	b := img.Bounds()
	p := picture{size: b.Size()}
	whole := plane{w: b.Dx(), h: b.Dy(), subX: 1, subY: 1}
	switch img := img.(type) {
	case *image.YCbCr:
		p.ycc = true
		luma, chroma := whole, chromaOf(img)
		luma.pix, luma.stride, luma.step = img.Y[img.YOffset(b.Min.X, b.Min.Y):], img.YStride, 1
		at := img.COffset(b.Min.X, b.Min.Y)
		p.planes = [3]plane{luma, chroma, chroma}
		p.planes[1].pix, p.planes[2].pix = img.Cb[at:], img.Cr[at:]
	case *image.Gray:
		p.grey = true
		whole.pix, whole.stride, whole.step = img.Pix, img.Stride, 1
		p.planes = [3]plane{whole, whole, whole}
	case *image.RGBA:
		for i := range p.planes {
			p.planes[i] = whole
			p.planes[i].pix, p.planes[i].stride, p.planes[i].step = img.Pix[i:], img.Stride, 4
		}
	default:
		flat := image.NewRGBA(image.Rectangle{Max: b.Size()})
		draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src) // seen through glass
		draw.Draw(flat, flat.Rect, img, b.Min, draw.Over)
		return read(flat)
	}
	return p
}

// chromaOf describes the chroma planes, but for their values.
func chromaOf(img *image.YCbCr) plane {
	x, y := 1, 1
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		x = 2
	case image.YCbCrSubsampleRatio420:
		x, y = 2, 2
	case image.YCbCrSubsampleRatio440:
		y = 2
	case image.YCbCrSubsampleRatio411:
		x = 4
	case image.YCbCrSubsampleRatio410:
		x, y = 4, 2
	}
	b := img.Rect
	return plane{
		stride: img.CStride, step: 1,
		w: (b.Max.X+x-1)/x - b.Min.X/x, h: (b.Max.Y+y-1)/y - b.Min.Y/y,
		ox: float64(b.Min.X % x), oy: float64(b.Min.Y % y),
		subX: float64(x), subY: float64(y),
	}
}

// frame maps the input of a model onto the picture: the place (x, y) of the
// input is (a·x − b·y + c, b·x + a·y + d) of the picture. It scales, turns and
// moves; places are counted from the corner, so a pixel's middle is at a half.
type frame struct{ a, b, c, d float64 }

func (f frame) to(x, y float64) (float64, float64) { return f.a*x - f.b*y + f.c, f.b*x + f.a*y + f.d }

func (f frame) scale() float64 { return math.Hypot(f.a, f.b) }

// farthest bounds the numbers of a frame: a picture has no such places.
const farthest = 1e6

// errPlace says that a model put a face where there is no picture.
var errPlace = errors.New("the landmarks are no places of a picture: the models do not fit each other")

// sane says whether a frame names places that can be computed with.
func (f frame) sane() bool {
	within := func(v float64) bool { return v > -farthest && v < farthest } // nor is NaN
	return within(f.a) && within(f.b) && within(f.c) && within(f.d)
}

// norm turns a value of 0 to 255 into what the model was trained with.
type norm struct {
	mean  [3]float32
	scale float32
}

// fill writes the pixels of rect of a w wide and h high input, by planes of
// red, green and blue, from where the frame says. Beyond the picture its rim
// goes on.
func (p *picture) fill(out []float32, w, h int, rect image.Rectangle, f frame, n norm, buf *[]uint8) {
	size := w * h
	for i := range p.planes {
		to := out[i*size : (i+1)*size]
		if i > 0 && p.grey {
			copy(to, out[:size])
			continue
		}
		p.planes[i].fill(to, w, rect, f, buf)
	}
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		from, to := y*w+rect.Min.X, y*w+rect.Max.X
		r, g, b := out[from:to], out[size+from:size+to], out[2*size+from:2*size+to]
		for x := range r {
			red, green, blue := r[x], g[x], b[x]
			if p.ycc { // ITU-T T.871 §7
				l, cb, cr := red, green-128, blue-128
				red = clip(l + 1.402*cr)
				green = clip(l - 0.344136*cb - 0.714136*cr)
				blue = clip(l + 1.772*cb)
			}
			r[x] = (red - n.mean[0]) * n.scale
			g[x] = (green - n.mean[1]) * n.scale
			b[x] = (blue - n.mean[2]) * n.scale
		}
	}
}

func clip(v float32) float32 { return min(max(v, 0), 255) }

// fill writes one channel, 0 to 255. Where the input is coarser than the plane,
// the plane is averaged down first.
func (p plane) fill(out []float32, w int, rect image.Rectangle, f frame, buf *[]uint8) {
	box := p.bounds(f, rect)
	if p.step != 1 || f.scale() >= 2*min(p.subX, p.subY) {
		p = p.shrink(box, max(1, int(f.scale()/p.subX)), max(1, int(f.scale()/p.subY)), buf)
	}
	const one = 1 << 16 // places as fixed point
	u0 := func(x, y float64) int {
		u, _ := f.to(x, y)
		return int(math.Round(((u+p.ox)/p.subX - 0.5) * one))
	}
	v0 := func(x, y float64) int {
		_, v := f.to(x, y)
		return int(math.Round(((v+p.oy)/p.subY - 0.5) * one))
	}
	du, dv := int(math.Round(f.a/p.subX*one)), int(math.Round(f.b/p.subY*one))
	maxU, maxV := (p.w-1)*one, (p.h-1)*one
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		row := out[y*w+rect.Min.X : y*w+rect.Max.X]
		u, v := u0(float64(rect.Min.X)+0.5, float64(y)+0.5), v0(float64(rect.Min.X)+0.5, float64(y)+0.5)
		for x := range row {
			cu, cv := min(max(u, 0), maxU), min(max(v, 0), maxV)
			iu, iv := cu>>16, cv>>16
			fu, fv := (cu>>8)&255, (cv>>8)&255
			at := iv*p.stride + iu
			right, down := 0, 0
			if iu < p.w-1 {
				right = 1
			}
			if iv < p.h-1 {
				down = p.stride
			}
			top := int(p.pix[at])*(256-fu) + int(p.pix[at+right])*fu
			low := int(p.pix[at+down])*(256-fu) + int(p.pix[at+down+right])*fu
			row[x] = float32(top*(256-fv)+low*fv) / (1 << 16)
			u += du
			v += dv
		}
	}
}

// bounds is the part of the plane that the rect of an input looks at; at least
// one value.
func (p plane) bounds(f frame, rect image.Rectangle) image.Rectangle {
	lowX, lowY := math.Inf(1), math.Inf(1)
	highX, highY := math.Inf(-1), math.Inf(-1)
	for _, c := range [4]image.Point{rect.Min, rect.Max, {X: rect.Min.X, Y: rect.Max.Y}, {X: rect.Max.X, Y: rect.Min.Y}} {
		u, v := f.to(float64(c.X), float64(c.Y))
		u, v = (u+p.ox)/p.subX, (v+p.oy)/p.subY
		lowX, highX = min(lowX, u), max(highX, u)
		lowY, highY = min(lowY, v), max(highY, v)
	}
	within := func(v float64, n int) int { return int(min(max(v, 0), float64(n))) }
	x0, y0 := min(within(lowX-2, p.w), p.w-1), min(within(lowY-2, p.h), p.h-1)
	return image.Rect(x0, y0, max(x0+1, within(highX+2, p.w)), max(y0+1, within(highY+2, p.h)))
}

// shrink averages blocks of kx×ky values of a part of the plane; the blocks at
// the right and lower rim may be smaller.
func (p plane) shrink(part image.Rectangle, kx, ky int, buf *[]uint8) plane {
	w, h := (part.Dx()+kx-1)/kx, (part.Dy()+ky-1)/ky
	if cap(*buf) < w*h {
		*buf = make([]uint8, w*h)
	}
	out := plane{
		pix: (*buf)[:w*h], stride: w, step: 1, w: w, h: h,
		ox: p.ox - float64(part.Min.X)*p.subX, oy: p.oy - float64(part.Min.Y)*p.subY,
		subX: p.subX * float64(kx), subY: p.subY * float64(ky),
	}
	sums := make([]uint32, w)
	for y := range h {
		clear(sums)
		rows := min(ky, part.Dy()-y*ky)
		for dy := range rows {
			from := p.pix[(part.Min.Y+y*ky+dy)*p.stride+part.Min.X*p.step:]
			addRow(sums, from, part.Dx(), kx, p.step)
		}
		for x, s := range sums {
			n := uint32(rows * min(kx, part.Dx()-x*kx))
			out.pix[y*w+x] = uint8((s + n/2) / n)
		}
	}
	return out
}

// addRow adds the n values of a row to the sums of their blocks of k. The
// steps of the usual cameras are written out: a frame has a million values.
func addRow(sums []uint32, row []uint8, n, k, step int) {
	x, at := 0, 0 // block, and its first value
	switch {
	case step == 1 && k == 2:
		for ; at+2 <= n; at, x = at+2, x+1 {
			b := row[at : at+2 : at+2]
			sums[x] += uint32(b[0]) + uint32(b[1])
		}
	case step == 1 && k == 4:
		for ; at+4 <= n; at, x = at+4, x+1 {
			b := row[at : at+4 : at+4]
			sums[x] += uint32(b[0]) + uint32(b[1]) + uint32(b[2]) + uint32(b[3])
		}
	}
	for ; at < n; at, x = at+k, x+1 {
		s := uint32(0)
		for i := at * step; i < min(at+k, n)*step; i += step {
			s += uint32(row[i])
		}
		sums[x] += s
	}
}
