package cascade

import (
	"cmp"
	"image"
	"math"
	"slices"

	pigo "github.com/esimov/pigo/core"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/mrz/gray"
)

// Limits and settings of the search.
const (
	searchSide  = 640  // the search runs on the picture shrunk to about this
	faceShare   = 8    // faces smaller than 1/8 of the shorter side are passers-by
	shift       = 0.08 // step of the window, of its size
	growth      = 1.1  // of the window from one round to the next
	overlap     = 0.2  // boxes that share this much are one face
	minScore    = 12   // sum of the scores of a face's boxes; below it is wallpaper
	tries       = 63   // perturbations whose median is the point; pigo sorts 63, whatever it is asked
	maxFaces    = 16   // more are not looked at closer
	plausibleLo = 0.22 // eye distance in sizes of the box: outside it is no face
	plausibleHi = 0.55
)

// Find returns the faces of a picture, the surest first. A picture without a
// face is no error.
func (d *Detector) Find(img image.Image) ([]face.Face, error) {
	b := img.Bounds()
	if err := face.CheckSize(b); err != nil {
		return nil, err
	}
	return d.find(gray.From(img), b.Min), nil
}

// find searches the lightness g of a picture whose origin is at.
func (d *Detector) find(g *image.Gray, at image.Point) []face.Face {
	k := max(1, max(g.Rect.Dx(), g.Rect.Dy())/searchSide)
	small := gray.Shrink(g, k)
	short := min(small.Rect.Dx(), small.Rect.Dy())
	found := d.faces.RunCascade(pigo.CascadeParams{
		MinSize:     max(20, short/faceShare),
		MaxSize:     short,
		ShiftFactor: shift,
		ScaleFactor: growth,
		ImageParams: params(small),
	}, 0)
	var faces []face.Face
	for _, det := range merge(d.faces.ClusterDetections(found, overlap)) {
		if f, ok := d.closer(g, det, k); ok {
			faces = append(faces, f.Moved(at))
		}
	}
	return faces
}

// merge drops what is no face, and of boxes that lie on each other all but the
// surest: the clustering leaves several on one face.
func merge(dets []pigo.Detection) []pigo.Detection {
	slices.SortFunc(dets, func(a, b pigo.Detection) int { return cmp.Compare(b.Q, a.Q) })
	var kept []pigo.Detection
	for _, det := range dets {
		if det.Q < minScore || len(kept) == maxFaces {
			break
		}
		onOther := slices.ContainsFunc(kept, func(k pigo.Detection) bool {
			reach := float64(max(k.Scale, det.Scale)) / 2
			return math.Hypot(float64(k.Row-det.Row), float64(k.Col-det.Col)) < reach
		})
		if !onOther {
			kept = append(kept, det)
		}
	}
	return kept
}

// closer looks for pupils and mouth of a detection made at 1/k of g. A face
// without plausible eyes is none.
func (d *Detector) closer(g *image.Gray, det pigo.Detection, k int) (face.Face, bool) {
	p := params(g)
	row, col, size := float64(det.Row*k), float64(det.Col*k), float64(det.Scale*k)
	pupil := func(side float64) *pigo.Puploc {
		return d.pupils.RunDetector(pigo.Puploc{
			Row:      int(row - 0.085*size),
			Col:      int(col + side*0.185*size),
			Scale:    float32(0.4 * size),
			Perturbs: tries,
		}, p, 0, false)
	}
	left, right := pupil(-1), pupil(+1)
	f := face.Face{
		Box:   image.Rect(int(col-size/2), int(row-size/2), int(col+size/2), int(row+size/2)),
		Left:  at(left),
		Right: at(right),
		Score: float64(det.Q),
	}
	share := f.EyeDistance() / size
	if left.Row <= 0 || right.Row <= 0 || left.Col >= right.Col || share < plausibleLo || share > plausibleHi {
		return face.Face{}, false
	}
	a := d.mouth.GetLandmarkPoint(left, right, p, tries, false)
	b := d.mouth.GetLandmarkPoint(left, right, p, tries, true)
	f.Mouth = face.Point{X: float64(a.Col+b.Col) / 2, Y: float64(a.Row+b.Row) / 2}
	f.Chin = chin(f)
	return f, true
}

func at(p *pigo.Puploc) face.Point { return face.Point{X: float64(p.Col), Y: float64(p.Row)} }

// chin estimates where the chin is from eyes and mouth: the cascades do not
// look for it.
func chin(f face.Face) face.Point {
	const (
		ofMouth = 1.65 // eyes to chin, in distances from eyes to mouth
		least   = 1.5  // and its plausible range in eye distances
		most    = 2.0
	)
	eyes, unit := f.Eyes(), f.EyeDistance()
	down := ofMouth * math.Hypot(f.Mouth.X-eyes.X, f.Mouth.Y-eyes.Y)
	down = min(max(down, least*unit), most*unit)
	sin, cos := math.Sincos(f.Roll() * math.Pi / 180)
	return face.Point{X: eyes.X - down*sin, Y: eyes.Y + down*cos}
}

func params(g *image.Gray) pigo.ImageParams {
	return pigo.ImageParams{Pixels: g.Pix, Rows: g.Rect.Dy(), Cols: g.Rect.Dx(), Dim: g.Stride}
}
