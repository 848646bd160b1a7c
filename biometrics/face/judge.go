package face

import (
	"image"
	"math"
	"slices"

	"github.com/tram-station/tram/biometrics"
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
	code        string               // of the message when it fails
	value       func(*scene) float64 // NaN: not taken in this picture
	advisory    bool
}

// The rules in the order of their messages: whoever is too far away is not
// told about the light. None of them looks at how light the face is.
var rules = [...]rule{
	{name: "inter-eye-distance", limit: MinEyeDistance, good: 240, code: codeNearer, value: func(s *scene) float64 { return s.face.EyeDistance() }},
	{name: "head-size", limit: 106, good: 90, code: codeFarther, value: (*scene).fill},
	{name: "position", limit: 12, good: 0, code: codeCentre, value: (*scene).offset},
	{name: "room", limit: 6, good: 0, code: codeCentre, value: (*scene).room},
	{name: "head-pose-roll", limit: 8, good: 0, code: codeStraighten, value: (*scene).roll},
	{name: "head-pose-yaw", limit: 20, good: 0, code: codeLook, value: (*scene).yaw, advisory: true},
	{name: "head-pose-pitch", limit: 25, good: 0, code: codeLook, value: (*scene).pitch, advisory: true},
	{name: "over-exposure", limit: burnt, good: 0, code: codeBright, value: (*scene).over},
	{name: "under-exposure", limit: 20, good: 0, code: codeDark, value: (*scene).under},
	{name: "dynamic-range", limit: 78, good: 96, code: codeDark, value: (*scene).dynamicRange},
	{name: "eyes-visible", limit: 0.62, good: 0.9, code: codeSunglasses, value: (*scene).eyesVisible},
	{name: "face-occlusion", limit: 0.12, good: 0.04, code: codeCovered, value: (*scene).occlusion},
	{name: "illumination-uniformity", limit: 0.32, good: 0.16, code: codeSide, value: (*scene).unevenness},
	{name: "natural-colour", limit: 0.62, good: 0.3, code: codeCast, value: (*scene).cast},
	{name: "motion-blur", limit: 1.25, good: 0.5, code: codeStill, value: (*scene).motion},
	{name: sharpnessName, limit: 30, good: 60, code: codeBlurred, value: (*scene).sharpness},
	{name: "eyes-open", limit: 0.15, good: 0.3, code: codeEyes, value: func(s *scene) float64 { return s.lids }, advisory: true},
	{name: "mouth-closed", limit: 0.2, good: 0.05, code: codeMouth, value: (*scene).mouthGap, advisory: true},
	{name: "expression-neutrality", limit: 0.9, good: 0.7, code: codeSmile, value: (*scene).smile, advisory: true},
	{name: "background-uniformity", limit: 2, good: 0, code: codeBackground, value: (*scene).clutter, advisory: true},
	{name: "compression-artifacts", limit: 1.6, good: 1.1, code: codeCompression, value: func(s *scene) float64 { return s.patch.blocks }, advisory: true},
}

// passed remembers which rules the picture before kept.
type passed [len(rules)]bool

const (
	facesName     = "single-face"
	sharpnessName = "sharpness"

	passes = 50 // score from which a measure passes
	stays  = 40 // score down to which one that passed stays passed
)

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
	if len(faces) > 0 && !faces[0].plausible() {
		faces = nil
	}
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
