package qr

import (
	"image"
	"math"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode/detector"
	"github.com/makiuchi-d/gozxing/qrcode/detector"

	"github.com/tram-station/tram/mrz/gray"
)

// scale is the size at which the image is read.
type scale int

const (
	full scale = iota
	half
	quarter
	double
	scales
)

// pixels returns how many pixels of the image one pixel of the scale is.
func (s scale) pixels() float64 { return [scales]float64{1, 2, 4, 0.5}[s] }

// binarizer turns grey into black and white.
type binarizer int

const (
	hybrid binarizer = iota // against the neighbourhood, for uneven light
	global                  // against one threshold, for soft but even images
	local                   // against the mean of a square
)

// reading is one way to look at the image.
type reading struct {
	scale scale
	binarizer
}

// views holds one image at the sizes that were asked for.
type views struct{ sizes [scales]*image.Gray }

func newViews(g *image.Gray) *views {
	v := new(views)
	v.sizes[full] = g
	return v
}

func (v *views) at(s scale) *image.Gray {
	if v.sizes[s] == nil {
		switch s {
		case half:
			v.sizes[s] = gray.Half(v.sizes[full])
		case quarter:
			v.sizes[s] = gray.Half(v.at(half))
		case double:
			v.sizes[s] = gray.Double(v.sizes[full])
		}
	}
	return v.sizes[s]
}

// minSide is the smallest image that can hold a code: version 1 at one pixel a
// module.
const minSide = 21

// Limits against pictures full of finder patterns: gozxing looks at every
// triple of them.
const (
	maxFinders = 100 // finder patterns in one reading; more make it none
	maxInfos   = 64  // triples that are tried for several codes in one image
)

// find tries one reading. seen reports whether something like a code was
// there, decoded or not; with all it goes on looking behind the first code.
func (v *views) find(r reading, all bool) (codes []found, seen bool) {
	g := v.at(r.scale)
	if g.Rect.Dx() < minSide || g.Rect.Dy() < minSide {
		return nil, false
	}
	bits, err := binarize(g, r.binarizer)
	if err != nil {
		return nil, false
	}
	guard(func() {
		info, err := detector.NewFinderPatternFinder(bits, limit()).Find(tryHarder())
		if err == nil {
			seen = true
			codes = appendFound(codes, bits, info, r.scale)
		}
	})
	if len(codes) > 0 && !all {
		return codes, true
	}
	guard(func() {
		infos, err := multi.NewMultiFinderPatternFinder(bits, limit()).FindMulti(tryHarder())
		if err != nil {
			return
		}
		for _, info := range infos[:min(len(infos), maxInfos)] {
			seen = true
			codes = appendFound(codes, bits, info, r.scale)
		}
	})
	return codes, seen
}

func tryHarder() map[gozxing.DecodeHintType]any {
	return map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
}

// limit returns a callback that ends a search among more than maxFinders finder
// patterns, by the panic that guard expects: gozxing has no other way out.
func limit() gozxing.ResultPointCallback {
	centres := 0
	return func(gozxing.ResultPoint) {
		if centres++; centres > maxFinders {
			panic(ErrNoCode)
		}
	}
}

// guard runs f and ends its panics. gozxing was written for pictures, not for
// attackers: what it does with a code that lies about itself ends here.
func guard(f func()) {
	defer func() { _ = recover() }()
	f()
}

func binarize(g *image.Gray, b binarizer) (*gozxing.BitMatrix, error) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, w, h, 0, 0, w, h, false)
	if err != nil {
		return nil, err
	}
	if b == local {
		return binarizeLocal(g)
	}
	if b == global {
		return gozxing.NewGlobalHistgramBinarizer(source).GetBlackMatrix()
	}
	return gozxing.NewHybridBinarizer(source).GetBlackMatrix()
}

// appendFound samples and decodes what lies between three finder patterns, and
// adds it unless it is there already.
func appendFound(codes []found, bits *gozxing.BitMatrix, info *detector.FinderPatternInfo, s scale) []found {
	d, err := detector.NewDetector(bits).ProcessFinderPatternInfo(info)
	if err != nil {
		return codes
	}
	where := placeOf(d, s)
	for _, c := range codes {
		if middle(where.rounded()).In(box(c.rounded())) {
			return codes
		}
	}
	sym, err := correct(d.GetBits())
	if err != nil {
		return codes
	}
	where.mirrored = sym.mirrored
	return append(codes, found{place: where, data: sym.codewords, level: sym.level})
}

// placeOf extends the pattern centres, 3.5 modules inside, to the corners of
// the symbol, in pixels of the full image.
func placeOf(d *common.DetectorResult, s scale) place {
	p := d.GetPoints() // bottom left, top left, top right, perhaps the alignment pattern
	dimension := d.GetBits().GetWidth()
	var alignment *detector.AlignmentPattern
	if len(p) > 3 {
		alignment, _ = p[3].(*detector.AlignmentPattern)
	}
	n := float64(dimension)
	corners := []float64{0, 0, n, 0, n, n, 0, n}
	detector.Detector_createTransform(p[1], p[2], p[0], alignment, dimension).TransformPoints(corners)
	out := place{dimension: dimension}
	for i := range out.corners {
		out.corners[i] = point{corners[2*i] * s.pixels(), corners[2*i+1] * s.pixels()}
	}
	for i, c := range out.corners {
		next := out.corners[(i+1)%4]
		out.module += math.Hypot(next.x-c.x, next.y-c.y) / (4 * n)
	}
	return out
}

func middle(c [4]image.Point) image.Point {
	return c[0].Add(c[1]).Add(c[2]).Add(c[3]).Div(4)
}

func box(c [4]image.Point) image.Rectangle {
	r := image.Rectangle{Min: c[0], Max: c[0]}
	for _, p := range c[1:] {
		r.Min = image.Pt(min(r.Min.X, p.X), min(r.Min.Y, p.Y))
		r.Max = image.Pt(max(r.Max.X, p.X), max(r.Max.Y, p.Y))
	}
	return r
}
