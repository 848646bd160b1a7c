package face

import (
	"image"
	"math"
	"slices"
)

// scene is what the rules look at: one face in its picture.
type scene struct {
	size    image.Point
	face    Face // in a picture that begins at (0, 0)
	cut     cut
	patch   patch
	texture texture
	grid    grid
	skin    skin
	lids    float64 // how far the eye that is less open is open, see lidsOf; NaN where it cannot be seen
}

func sceneOf(img image.Image, f Face) *scene {
	p := patchOf(img, f)
	g := gridOf(img, f)
	lids := math.NaN()
	if f.Landmarks != nil {
		open := lidsOf(img, f.Landmarks)
		lids = min(open[0], open[1])
	}
	f = f.Moved(image.Point{}.Sub(img.Bounds().Min))
	return &scene{
		size: img.Bounds().Size(), face: f, cut: cutOf(f),
		patch: p, texture: p.texture(), grid: g, skin: g.skin(), lids: lids,
	}
}

// fill is how much of the picture the portrait takes, %.
func (s *scene) fill() float64 {
	return 100 * max(s.cut.height/float64(s.size.Y), s.cut.width()/float64(s.size.X))
}

// offset is how far the face is off the middle, % of the picture's width.
func (s *scene) offset() float64 {
	return 100 * math.Abs(s.face.Eyes().X/float64(s.size.X)-0.5)
}

// room is how far the portrait reaches beyond the picture, % of its height.
func (s *scene) room() float64 { return 100 * s.cut.overhang(s.size) }

// roll is how far the head is tilted to either side, degrees.
func (s *scene) roll() float64 { return math.Abs(s.face.Roll()) }

// quantile sorts the values and returns the one that the share q of them does
// not exceed; NaN of none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	return values[int(q*float64(len(values)-1)+0.5)]
}
