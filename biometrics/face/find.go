package face

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	pigo "github.com/esimov/pigo/core"
)

// Limits and settings of the search.
const (
	minSide = 64   // smallest picture that is searched, pixels
	maxSide = 8192 // largest

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

// ErrBadPicture says that a picture cannot be searched at all.
var ErrBadPicture = errors.New("picture too small or too large")

// Face is one face in a picture. Points are pixels of that picture.
type Face struct {
	Box   image.Rectangle // about from the brows to the chin
	Left  image.Point     // the pupil on the left of the picture
	Right image.Point
	Mouth image.Point // its middle
	Score float64     // of the detector; larger is surer
}

// EyeDistance is the distance of the pupils, pixels.
func (f Face) EyeDistance() float64 {
	return math.Hypot(float64(f.Right.X-f.Left.X), float64(f.Right.Y-f.Left.Y))
}

// Roll is the angle of the eye line, degrees; clockwise on the picture is
// positive.
func (f Face) Roll() float64 {
	return math.Atan2(float64(f.Right.Y-f.Left.Y), float64(f.Right.X-f.Left.X)) * 180 / math.Pi
}

func (f Face) eyes() point {
	return point{float64(f.Left.X+f.Right.X) / 2, float64(f.Left.Y+f.Right.Y) / 2}
}

// Find returns the faces of a picture, the surest first. A picture without a
// face is no error.
func (d *Detector) Find(img image.Image) ([]Face, error) {
	b := img.Bounds()
	if min(b.Dx(), b.Dy()) < minSide || max(b.Dx(), b.Dy()) > maxSide {
		return nil, fmt.Errorf("%w: %d×%d pixels, want %d to %d", ErrBadPicture, b.Dx(), b.Dy(), minSide, maxSide)
	}
	return d.find(luma(img), b.Min), nil
}

// find searches the lightness g of a picture whose origin is at.
func (d *Detector) find(g *image.Gray, at image.Point) []Face {
	k := max(1, max(g.Rect.Dx(), g.Rect.Dy())/searchSide)
	small := shrink(g, k)
	short := min(small.Rect.Dx(), small.Rect.Dy())
	found := d.faces.RunCascade(pigo.CascadeParams{
		MinSize:     max(20, short/faceShare),
		MaxSize:     short,
		ShiftFactor: shift,
		ScaleFactor: growth,
		ImageParams: params(small),
	}, 0)
	var faces []Face
	for _, det := range merge(d.faces.ClusterDetections(found, overlap)) {
		if f, ok := d.closer(g, det, k); ok {
			faces = append(faces, f.moved(at))
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
func (d *Detector) closer(g *image.Gray, det pigo.Detection, k int) (Face, bool) {
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
	f := Face{
		Box:   image.Rect(int(col-size/2), int(row-size/2), int(col+size/2), int(row+size/2)),
		Left:  image.Pt(left.Col, left.Row),
		Right: image.Pt(right.Col, right.Row),
		Score: float64(det.Q),
	}
	share := f.EyeDistance() / size
	if left.Row <= 0 || right.Row <= 0 || left.Col >= right.Col || share < plausibleLo || share > plausibleHi {
		return Face{}, false
	}
	a := d.mouth.GetLandmarkPoint(left, right, p, tries, false)
	b := d.mouth.GetLandmarkPoint(left, right, p, tries, true)
	f.Mouth = image.Pt((a.Col+b.Col)/2, (a.Row+b.Row)/2)
	return f, true
}

func (f Face) moved(by image.Point) Face {
	f.Box = f.Box.Add(by)
	f.Left, f.Right, f.Mouth = f.Left.Add(by), f.Right.Add(by), f.Mouth.Add(by)
	return f
}

func params(g *image.Gray) pigo.ImageParams {
	return pigo.ImageParams{Pixels: g.Pix, Rows: g.Rect.Dy(), Cols: g.Rect.Dx(), Dim: g.Stride}
}
