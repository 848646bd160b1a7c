package face

import (
	"image"
	"math"
	"slices"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/reader/verdict"
)

// Result is what the judge says of one picture.
type Result struct {
	Measures []biometrics.Measure `json:"measures"`
	OK       bool                 `json:"ok"`
	// Code names the message, see [Words]: "ok", or what is to be mended
	// first. At the camera a picture that is in order may still come with an
	// advice, such as "nearer".
	Code    string        `json:"code"`
	Message verdict.Words `json:"message"`
	// Problems are the codes of all that is to be mended, in the order of
	// their messages.
	Problems []string `json:"problems,omitempty"`
	// Warnings are the codes of the advisory measures that failed. They
	// refuse no picture.
	Warnings []string `json:"warnings,omitempty"`
}

// fail notes a problem; the first one is the message.
func (r *Result) fail(code string) {
	if r.OK {
		r.OK, r.Code, r.Message = false, code, messages[code]
	}
	if !slices.Contains(r.Problems, code) {
		r.Problems = append(r.Problems, code)
	}
}

// warn notes what might be better.
func (r *Result) warn(code string) {
	if !slices.Contains(r.Warnings, code) {
		r.Warnings = append(r.Warnings, code)
	}
}

// Eye distances in pixels.
const (
	// MinEyeDistance is the least that a portrait is cut from (ICAO Portrait
	// Quality TR: 90 px between the eyes).
	MinEyeDistance = 90
	// CaptureEyeDistance is what the camera asks for: below it the citizen is
	// asked to come nearer, and the picture is taken after a longer while.
	CaptureEyeDistance = 120
)

// rule judges one measure: the score is 50 at the limit and 100 at good, which
// lies on its right side, and passes from 50.
type rule struct {
	name        string
	limit, good float64
	value       func(*scene) float64 // NaN: not taken in this picture
	code        string               // of the message when it fails
	advisory    bool
}

// scene is what the rules look at.
type scene struct {
	size  image.Point
	face  Face
	light light
	cut   cut
}

// The rules in the order of their messages: whoever is too far away is not
// told about the light. None of them looks at how light the face is.
var rules = [...]rule{
	{name: "inter-eye-distance", limit: MinEyeDistance, good: 240, code: codeNearer, value: func(s *scene) float64 { return s.face.EyeDistance() }},
	{name: "head-size", limit: 106, good: 90, code: codeFarther, value: (*scene).fill},
	{name: "position", limit: 12, good: 0, code: codeCentre, value: (*scene).offset},
	{name: "room", limit: 6, good: 0, code: codeCentre, value: func(s *scene) float64 { return 100 * s.cut.overhang(s.size) }},
	{name: "head-pose-roll", limit: 8, good: 0, code: codeStraighten, value: func(s *scene) float64 { return math.Abs(s.face.Roll()) }},
	{name: "over-exposure", limit: 5, good: 0, code: codeBright, value: func(s *scene) float64 { return s.light.over }},
	{name: "under-exposure", limit: 20, good: 0, code: codeDark, value: func(s *scene) float64 { return s.light.under }},
	{name: "dynamic-range", limit: 40, good: 90, code: codeDark, value: func(s *scene) float64 { return s.light.contrast }},
	{name: "illumination-uniformity", limit: 13, good: 0, code: codeSide, value: func(s *scene) float64 { return s.light.balance }},
	{name: sharpnessName, limit: 30, good: 120, code: codeStill, value: func(s *scene) float64 { return s.light.sharpness }},
}

// passed remembers which rules the picture before kept.
type passed [len(rules)]bool

const (
	facesName     = "single-face"
	sharpnessName = "sharpness"

	passes = 50 // score from which a measure passes
	stays  = 40 // score down to which one that passed stays passed
)

// fill is how much of the picture the portrait takes, %.
func (s *scene) fill() float64 {
	return 100 * max(s.cut.height/float64(s.size.Y), s.cut.width()/float64(s.size.X))
}

// offset is how far the face is off the middle, % of the picture's width.
func (s *scene) offset() float64 {
	return 100 * math.Abs(s.face.Eyes().X/float64(s.size.X)-0.5)
}

func (r rule) score(v float64) float64 {
	return min(max(passes+(100-passes)*(v-r.limit)/(r.good-r.limit), 0), 100)
}

// Judge measures the surest of the faces that [Finder.Find] found in img and
// says what to mend first. With no face only the number of faces is measured;
// what needs landmarks is measured only where the face has them.
func Judge(img image.Image, faces []Face) Result {
	return judgeWith(&passed{}, img, faces)
}

// judgeWith applies the rules. A measure that passed in the picture before
// needs more than a flicker to fail again.
func judgeWith(before *passed, img image.Image, faces []Face) Result {
	res := Result{OK: true, Code: codeOK, Message: messages[codeOK]}
	count := biometrics.Measure{Name: facesName, Native: float64(len(faces)), Score: 100, OK: true}
	switch {
	case len(faces) == 0:
		count.Code = codeNoFace
	case len(faces) > 1:
		count.Code = codeSeveral
	}
	if count.Code != "" {
		count.OK, count.Score = false, 0
		res.fail(count.Code)
	}
	res.Measures = append(make([]biometrics.Measure, 0, len(rules)+1), count)
	if len(faces) == 0 {
		*before = passed{}
		return res
	}
	s := sceneOf(img, faces[0])
	for i, r := range rules {
		v := r.value(s)
		if math.IsNaN(v) {
			before[i] = false
			continue
		}
		m := r.judge(v, before[i])
		before[i] = m.OK
		res.Measures = append(res.Measures, m)
		switch {
		case m.OK:
		case r.advisory:
			res.warn(r.code)
		default:
			res.fail(r.code)
		}
	}
	return res
}

// judge scores a native value; steady says that the rule was kept before.
func (r rule) judge(v float64, steady bool) biometrics.Measure {
	score := r.score(v)
	m := biometrics.Measure{
		Name: r.name, Native: round(v), Score: int(score), Advisory: r.advisory,
		OK: score >= passes || steady && score >= stays,
	}
	if !m.OK {
		m.Code = r.code
	}
	return m
}

func sceneOf(img image.Image, f Face) *scene {
	f = f.Moved(image.Point{}.Sub(img.Bounds().Min))
	g8 := gray.From(img)
	return &scene{size: g8.Rect.Size(), face: f, light: lightOf(g8, f), cut: cutOf(f)}
}

// round keeps four figures: more is noise, and the dossier keeps the number.
func round(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	k := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*k) / k
}

// measure returns the native value of a measure; 0 when it was not taken.
func (r Result) measure(name string) float64 {
	for _, m := range r.Measures {
		if m.Name == name {
			return m.Native
		}
	}
	return 0
}
