package finger

import (
	"image"
	"math"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/wsq"
)

// Algorithm names the score of [Judge], with its version: scores of different
// algorithms are never compared.
const Algorithm = "tram-print/2"

// scored are the measures that the score is summed of, those of ISO/IEC
// 29794-4. Each is 0 at from and below, 100 at to and beyond.
var scored = [...]struct {
	name     string
	from, to float64
	weight   float64
}{
	{"wave-area-mm2", 10, 420, 0.45},
	{"wave-share", 0.05, 0.95, 0.20},
	{"orientation-certainty", 0.44, 0.92, 0.25},
	{"ridge-valley-uniformity", 1.35, 0.30, 0.15},
	{"frequency-spread", 0.34, 0.09, 0.40},
}

// The sum of the weights is above 1, and what lies above bendAt counts less:
// only prints far beyond what fingers give come near 100.
const (
	offset = -7
	bendAt = 80
	bend   = 0.35
)

// limits are measures that the score is never above: without clear ridges,
// contrast or minutiae no print can be matched, however even it is.
var limits = [...]struct {
	name     string
	from, to float64
}{
	{"clear-area-mm2", 0, 80},
	{"contrast", 5, 30},
	{"sharpness", 0.010, 0.045},
	{"minutiae", 4, 20},
}

// natives holds the native values of the measures.
type natives struct {
	scored [len(scored)]float64
	limits [len(limits)]float64
}

// waveFrom is the frequency measure from which a block has one clear wave; 1 is
// said of one that has none.
const waveFrom = 0.355

// mm2 is what one block covers, and what one pixel does, in mm².
const (
	pixelMM2 = 25.4 * 25.4 / (workDPI * workDPI)
	blockMM2 = blockSide * blockSide * pixelMM2
)

// workDPI is the density at which prints are measured.
const workDPI = 500

// natives returns the native values; minutiae are counted elsewhere.
func (l *local) natives() natives {
	waves := 0
	for _, v := range l.frequency {
		if v >= waveFrom && v < 1 {
			waves++
		}
	}
	certainty, _ := meanOf(l.certainty)
	n := natives{
		scored: [...]float64{float64(waves) * blockMM2, 0, certainty, scored[3].from, scored[4].from},
		limits: [...]float64{float64(l.blocks) * blockMM2, l.contrast, l.sharpness, 0},
	}
	if len(l.frequency) > 0 {
		n.scored[1] = float64(waves) / float64(len(l.frequency))
	}
	// A spread of few values says nothing.
	const fewest = 10
	if len(l.widths) >= fewest {
		_, n.scored[3] = meanOf(l.widths)
	}
	if len(l.frequency) >= fewest {
		_, n.scored[4] = meanOf(l.frequency)
	}
	return n
}

// score combines the measures.
func (n *natives) score() int {
	sum := float64(offset)
	for i, s := range scored {
		sum += s.weight * 100 * share(n.scored[i], s.from, s.to)
	}
	if sum > bendAt {
		sum = bendAt + (sum-bendAt)*bend
	}
	for i, s := range limits {
		sum = min(sum, 100*share(n.limits[i], s.from, s.to))
	}
	return int(math.Round(min(max(sum, 0), 100)))
}

// share is how far v is on the way from the one to the other, 0 to 1.
func share(v, from, to float64) float64 { return min(max((v-from)/(to-from), 0), 1) }

func measure(name string, v, from, to float64) biometrics.Measure {
	s := int(math.Round(100 * share(v, from, to)))
	return biometrics.Measure{Name: name, Native: math.Round(v*1000) / 1000, Score: s, OK: s > 0}
}

// Judge scores a print of one finger, dark ridges on a light ground, and says
// what spoils it. dpi is the true density; the image is not changed.
//
// The measures are those of ISO/IEC 29794-4 (as NFIQ 2.3 computes them, which
// the tests compare), of the picture at 500 dpi without its white frame, in
// blocks of 32 × 32 pixels:
//
//	measure                  what it is                                     0 at   100 at  weight
//	wave-area-mm2            blocks whose frequency measure is 0.355 to 1     10     420    0.45
//	wave-share               those of all blocks of the finger              0.05    0.95    0.20
//	orientation-certainty    mean of the orientation certainty level        0.44    0.92    0.25
//	ridge-valley-uniformity  spread of the ratios of widths                 1.35    0.30    0.15
//	frequency-spread         spread of the frequency measure                0.34    0.09    0.40
//
// The score is the weighted sum less 7; what is above 80 counts for 0.35 of
// itself. It is never above the score of one of these:
//
//	clear-area-mm2           blocks of an orientation certainty of 0.4         0      80
//	contrast                 mean spread of the greys of those, 0 to 127       5      30
//	sharpness                energy of second over first differences       0.010   0.045
//	minutiae                 as package minutiae finds them                    4      20
//
// The weights were fitted to the 199 prints whose measures and scores NIST
// publishes for NFIQ 2.3: there the sum has a correlation of 0.95 with the
// NFIQ 2 score and misses it by 9 points (root mean square). It is not NFIQ 2
// all the same: see package nfiq2. Further measures are advisory.
//
// What package minutiae refuses (a density, a size that no finger has) scores 0
// and has no measures.
func Judge(img *image.Gray, dpi int) biometrics.PrintQuality {
	t, err := minutiae.Extract(img, dpi)
	if err != nil {
		return biometrics.PrintQuality{Algorithm: Algorithm, Measures: []biometrics.Measure{}, Causes: []string{string(CauseNoRidges)}}
	}
	return JudgeWith(img, dpi, t)
}

// JudgeWith is [Judge] where the minutiae of the picture are known already:
// finding them takes longer than all the rest.
func JudgeWith(img *image.Gray, dpi int, t *minutiae.Template) biometrics.PrintQuality {
	q := biometrics.PrintQuality{Algorithm: Algorithm, Minutiae: len(t.Minutiae)}
	whole := newRaster(wsq.Resample(img, dpi, workDPI))
	p, frame := whole.trim()
	l, g := measureLocal(p), findRegion(p)
	n := l.natives()
	n.limits[len(limits)-1] = float64(q.Minutiae)
	q.Score = n.score()
	q.Measures = append(n.measures(), l.advisory(g)...)
	for _, c := range causes(whole, frame, l, g) {
		q.Causes = append(q.Causes, string(c))
	}
	return q
}

// measures lists what counts.
func (n *natives) measures() []biometrics.Measure {
	out := make([]biometrics.Measure, 0, len(scored)+len(limits)+5)
	for i, s := range scored {
		out = append(out, measure(s.name, n.scored[i], s.from, s.to))
	}
	for i, s := range limits {
		out = append(out, measure(s.name, n.limits[i], s.from, s.to))
	}
	return out
}

// advisory lists the measures that do not count.
func (l *local) advisory(g *region) []biometrics.Measure {
	clarity, _ := meanOf(l.clarity)
	flow, _ := meanOf(l.flow)
	_, coherence := l.coherence(g)
	all := []biometrics.Measure{
		measure("finger-area-mm2", float64(g.pixels)*pixelMM2, 0, 400),
		measure("coherence", coherence, 0, 1),
		measure("local-clarity", clarity, 0, 1),
		measure("orientation-flow", flow, 1, 0),
		measure("mean-grey", l.mean, 255, 0),
	}
	for i := range all {
		all[i].Advisory = true
	}
	return all
}
