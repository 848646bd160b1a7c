package face

import "math"

// What only landmarks show. Each is NaN for a face without them.

// A turn of the head moves the nose between the eyes and the mouth.
const (
	sidewaysADegree = 0.015  // see sideways
	noseLevel       = 0.515  // of the way from the eyes to the mouth, level
	noseADegree     = 0.0087 // of that way
)

// yaw is how far the head is turned to either side, degrees, roughly.
func (s *scene) yaw() float64 {
	if s.face.Landmarks == nil {
		return math.NaN()
	}
	return math.Abs(sideways(s.face.Landmarks)) / sidewaysADegree
}

// pitch is how far the head is raised or lowered, degrees, roughly: a smile
// and a long nose look the same.
func (s *scene) pitch() float64 {
	if s.face.Landmarks == nil {
		return math.NaN()
	}
	lm, up := s.face.Landmarks, uprightOf(s.face)
	_, nose := up.in(lm[noseTip])
	_, left := up.in(lm[mouthLeft])
	_, right := up.in(lm[mouthRight])
	if left+right <= 0 {
		return math.NaN()
	}
	return math.Abs(2*nose/(left+right)-noseLevel) / noseADegree
}

// More points of the iBUG 300-W scheme.
const (
	mouthLeft, mouthRight = 48, 54 // corners
)

// mouthGap is how far the lips are apart, of the distance from the eyes to the
// chin.
func (s *scene) mouthGap() float64 {
	return s.gap(61, 67, 62, 66, 63, 65)
}

// gap is the mean height between pairs of landmarks, upper and lower.
func (s *scene) gap(pairs ...int) (sum float64) {
	if s.face.Landmarks == nil {
		return math.NaN()
	}
	up := uprightOf(s.face)
	for i := 0; i < len(pairs); i += 2 {
		_, upper := up.in(s.face.Landmarks[pairs[i]])
		_, lower := up.in(s.face.Landmarks[pairs[i+1]])
		sum += lower - upper
	}
	return sum / float64(len(pairs)/2) / s.face.chin()
}

// smile is how wide the mouth is drawn and how high its corners, in eye
// distances: about 0.8 at rest.
func (s *scene) smile() float64 {
	if s.face.Landmarks == nil {
		return math.NaN()
	}
	lm, up := s.face.Landmarks, uprightOf(s.face)
	x0, y0 := up.in(lm[mouthLeft])
	x1, y1 := up.in(lm[mouthRight])
	_, upper := up.in(lm[62])
	_, lower := up.in(lm[66])
	corners := (upper + lower - y0 - y1) / 2
	return (x1 - x0 + cornersWeight*corners) / s.face.EyeDistance()
}

const cornersWeight = 1.0
