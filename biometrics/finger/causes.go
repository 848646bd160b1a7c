package finger

import (
	"image"
	"math"

	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/reader/verdict"
)

// Cause is why a print is weak: a stable code, in the causes of a
// [biometrics.PrintQuality].
type Cause string

// The causes, the most telling first.
const (
	CauseNoRidges  Cause = "no-ridges"    // nothing that looks like ridges
	CauseSmall     Cause = "small"        // little of the finger
	CauseOffCentre Cause = "off-centre"   // at the edge, and cut off there
	CauseDirty     Cause = "dirty-platen" // residue beside the finger
	CauseMotion    Cause = "moved"        // the finger slid
	CauseWet       Cause = "wet"          // dark, ridges run together
	CauseDry       Cause = "dry"          // broken ridges
	CauseLight     Cause = "light"        // pale ridges
)

// Words says the cause and the next step to the citizen; empty for an unknown
// code.
func (c Cause) Words() verdict.Words {
	switch c {
	case CauseNoRidges:
		return verdict.Words{VI: "Chưa thấy rõ vân tay. Mời đặt phẳng ngón tay lên mặt kính.", EN: "No ridges in view. Please lay the finger flat on the glass."}
	case CauseSmall:
		return verdict.Words{VI: "Vùng vân tay còn nhỏ. Mời đặt phẳng cả đốt ngón tay.", EN: "Little of the finger is in view. Please lay the whole fingertip flat."}
	case CauseOffCentre:
		return verdict.Words{VI: "Ngón tay lệch khỏi giữa. Mời đặt lại vào giữa mặt kính.", EN: "The finger is off the middle. Please lay it in the middle of the glass."}
	case CauseDirty:
		return verdict.Words{VI: "Mặt kính còn vết. Mời lau mặt kính rồi đặt lại ngón tay.", EN: "There are traces on the glass. Please wipe the glass and lay the finger down again."}
	case CauseMotion:
		return verdict.Words{VI: "Ngón tay bị xê dịch. Mời giữ yên cho đến khi máy báo xong.", EN: "The finger moved. Please keep it still until the reader is done."}
	case CauseWet:
		return verdict.Words{VI: "Vân tay đậm và dính vào nhau. Mời lau khô ngón tay và ấn nhẹ hơn.", EN: "The ridges are dark and run together. Please dry the finger and press less."}
	case CauseDry:
		return verdict.Words{VI: "Ngón tay khô, vân bị đứt nét. Mời thấm ẩm đầu ngón tay rồi ấn lại.", EN: "The finger is dry and its ridges are broken. Please moisten the fingertip and press again."}
	case CauseLight:
		return verdict.Words{VI: "Vân tay còn nhạt. Mời ấn ngón tay chắc hơn một chút.", EN: "The ridges are pale. Please press a little more firmly."}
	}
	return verdict.Words{}
}

// What a print shows from which a cause is named. The samples and the drawn
// prints lie on the good side; the tests simulate each cause.
const (
	fewestBlocks = 4     // clear ones: below them there is no print
	smallMM2     = 115   // of the finger: a flat fingertip covers 150 to 300
	offCentre    = 0.165 // the centre of mass off the picture's, of its side
	atEdge       = 12    // pixels from the edge: cut off

	brokenRidges = 0.20 // light in ridges less dark in valleys
	darkGreys    = 195  // the valleys' grey of a wet finger is below,
	darkMiddle   = 115  // and the middle grey below this
	paleRidges   = 140  // the ridges' grey of a light print is above,
	paleContrast = 45   // and the contrast below this

	smeared     = 0.28 // sharpness along over across,
	halfSmeared = 0.60 // or this, and the sum with the ratio of the energies
	smearedWeak = 0.92 // below that
)

// causes names what spoils a print. picture is the one with its frame, frame
// where the measured part lies in it.
func causes(picture raster, frame image.Rectangle, l *local, g *region) []Cause {
	if l.blocks < fewestBlocks {
		return []Cause{CauseNoRidges}
	}
	var out []Cause
	add := func(c Cause, when bool) {
		if when {
			out = append(out, c)
		}
	}
	add(CauseSmall, float64(g.pixels)*pixelMM2 < smallMM2)
	add(CauseOffCentre, isOffCentre(picture, frame, g))
	whole := len(out) == 0 // in part of a finger the ridges may run one way
	add(CauseDirty, l.ghosts(g)*blockMM2 > residueMM2)
	add(CauseMotion, l.smear < smeared || whole && l.smear < halfSmeared && l.smear+l.weak < smearedWeak)
	dark, middle, light := l.grey(0.05), l.grey(0.5), l.grey(0.95)
	add(CauseWet, light < darkGreys && middle < darkMiddle)
	add(CauseDry, l.lightRidge-l.darkValley > brokenRidges)
	add(CauseLight, dark > paleRidges && l.contrast < paleContrast)
	return out
}

// isOffCentre says whether the finger lies to one side and reaches the edge
// there.
func isOffCentre(picture raster, frame image.Rectangle, g *region) bool {
	x, y := g.middle()
	dx := (x+float64(frame.Min.X))/float64(picture.w) - 0.5
	dy := (y+float64(frame.Min.Y))/float64(picture.h) - 0.5
	left, right := frame.Min.X < atEdge, picture.w-frame.Max.X < atEdge
	top, bottom := frame.Min.Y < atEdge, picture.h-frame.Max.Y < atEdge
	return dx < -offCentre && left || dx > offCentre && right || dy < -offCentre && top || dy > offCentre && bottom
}

// Residue is faint: its greys spread less than a finger's, and more than a
// clean platen's noise.
const (
	residueSpread  = 4.5
	residueMM2     = 25
	ghostCertainty = 0.3 // of ridges that an earlier finger left
)

// ghosts counts the blocks with traces of ridges that lie apart from the
// finger.
func (l *local) ghosts(g *region) float64 {
	n := 0.0
	for i, b := range l.aligned {
		if c, _ := b.certainty(); c > ghostCertainty && b.traces() && !l.nearFinger(g, i%l.cols, i/l.cols) {
			n++
		}
	}
	return n
}

// nearFinger says whether the block or one beside it has a part of the finger.
func (l *local) nearFinger(g *region, c, r int) bool {
	for y := max(r-1, 0); y <= min(r+1, l.rows-1); y++ {
		for x := max(c-1, 0); x <= min(c+1, l.cols-1); x++ {
			if g.touches(x, y) {
				return true
			}
		}
	}
	return false
}

// traces says whether the block holds more than noise and an even fall of
// light: it is whole, and its greys spread, not along one slope.
func (b *aligned) traces() bool {
	spread := math.Sqrt(b.variance())
	// An even slope of so many greys a pixel spreads by slope·side/√12.
	slope := math.Sqrt(float64(b.sx*b.sx+b.sy*b.sy)) / float64(2*b.n)
	even := slope * blockSide / math.Sqrt(12)
	return b.whole && spread*spread-even*even > residueSpread*residueSpread
}

// Dirty says whether a picture of the bare platen shows residue: ridges that
// an earlier finger left, or dirt. It wants wiping before the next capture.
func Dirty(empty *image.Gray, dpi int) bool {
	p := newRaster(wsq.Resample(empty, dpi, workDPI))
	if p.w == 0 {
		return false
	}
	l := new(local)
	l.cols, l.rows = (p.w+blockSide-1)/blockSide, (p.h+blockSide-1)/blockSide
	l.alignedBlocks(p)
	n := 0.0
	for i := range l.aligned {
		if l.aligned[i].traces() {
			n++
		}
	}
	return n*blockMM2 > residueMM2
}
