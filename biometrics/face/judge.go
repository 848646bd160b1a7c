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
	// Code names the message: "ok", or what is to be mended first: "no-face",
	// "several-faces", "nearer", "farther", "centre", "straighten",
	// "too-bright", "too-dark", "side-light", "hold-still". At the camera a
	// picture that is in order may still come with the advice "nearer".
	Code    string        `json:"code"`
	Message verdict.Words `json:"message"`
	// Problems are the codes of all that is to be mended, in the order of
	// their messages.
	Problems []string `json:"problems,omitempty"`
}

// Words returns the message of a code in words; empty for an unknown one.
func Words(code string) verdict.Words { return messages[code] }

// fail notes a problem; the first one is the message.
func (r *Result) fail(code string) {
	if r.OK {
		r.OK, r.Code, r.Message = false, code, messages[code]
	}
	if !slices.Contains(r.Problems, code) {
		r.Problems = append(r.Problems, code)
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
	value       func(*scene) float64
	code        string // of the message when it fails
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
	{"eye distance", MinEyeDistance, 240, func(s *scene) float64 { return s.face.EyeDistance() }, "nearer"},
	{"fill", 106, 90, (*scene).fill, "farther"},
	{"centre", 12, 0, (*scene).offset, "centre"},
	{"room", 6, 0, func(s *scene) float64 { return 100 * s.cut.overhang(s.size) }, "centre"},
	{"roll", 8, 0, func(s *scene) float64 { return math.Abs(s.face.Roll()) }, "straighten"},
	{"over-exposure", 5, 0, func(s *scene) float64 { return s.light.over }, "too-bright"},
	{"under-exposure", 20, 0, func(s *scene) float64 { return s.light.under }, "too-dark"},
	{"dynamic range", 40, 90, func(s *scene) float64 { return s.light.contrast }, "too-dark"},
	{"light balance", 13, 0, func(s *scene) float64 { return s.light.balance }, "side-light"},
	{sharpnessName, 30, 120, func(s *scene) float64 { return s.light.sharpness }, "hold-still"},
}

const (
	facesName     = "faces"
	sharpnessName = "sharpness"

	passes = 50 // score from which a measure passes
	stays  = 40 // score down to which one that passed stays passed in a guide
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
// says what to mend first. With no face only the number of faces is measured.
func Judge(img image.Image, faces []Face) Result {
	var fresh guide
	return fresh.judge(gray.From(img), img.Bounds().Min, faces)
}

// judge applies the rules. A measure that passed in the picture before needs
// more than a flicker to fail again.
func (g *guide) judge(g8 *image.Gray, origin image.Point, faces []Face) Result {
	res := Result{OK: true, Code: "ok", Message: messages["ok"]}
	count := biometrics.Measure{Name: facesName, Native: float64(len(faces)), Score: 100, OK: len(faces) == 1}
	switch {
	case len(faces) == 0:
		res.fail("no-face")
	case len(faces) > 1:
		res.fail("several-faces")
	}
	if !count.OK {
		count.Score = 0
	}
	res.Measures = append(res.Measures, count)
	if len(faces) == 0 {
		g.passed = [len(g.passed)]bool{}
		return res
	}
	face := faces[0].Moved(image.Point{}.Sub(origin))
	s := &scene{size: g8.Rect.Size(), face: face, light: lightOf(g8, face), cut: cutOf(face)}
	for i, r := range rules {
		v := r.value(s)
		score := r.score(v)
		ok := score >= passes || g.passed[i] && score >= stays
		g.passed[i] = ok
		res.Measures = append(res.Measures, biometrics.Measure{Name: r.name, Native: round(v), Score: int(score), OK: ok})
		if !ok {
			res.fail(r.code)
		}
	}
	return res
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

var messages = map[string]verdict.Words{
	"ok":            {VI: "Tốt. Giữ nguyên tư thế.", EN: "Good. Stay like this."},
	"no-face":       {VI: "Chưa thấy khuôn mặt. Mời nhìn vào máy ảnh.", EN: "No face in view. Please look at the camera."},
	"several-faces": {VI: "Có nhiều khuôn mặt. Chỉ để một người trong khung hình.", EN: "Several faces. Only one person in the picture, please."},
	"nearer":        {VI: "Mời lại gần hơn.", EN: "Please come closer."},
	"farther":       {VI: "Mời lùi ra xa một chút.", EN: "Please move back a little."},
	"centre":        {VI: "Mời vào giữa khung hình.", EN: "Please move to the middle of the picture."},
	"straighten":    {VI: "Mời giữ đầu thẳng.", EN: "Please hold your head straight."},
	"too-bright":    {VI: "Ánh sáng quá gắt. Giảm đèn chiếu vào mặt.", EN: "Too much light on the face. Turn the lamp down."},
	"too-dark":      {VI: "Thiếu ánh sáng. Bật thêm đèn phía trước.", EN: "Too little light. Add a lamp in front."},
	"side-light":    {VI: "Ánh sáng lệch một bên. Xoay đèn hoặc ghế.", EN: "Light from one side. Turn the lamp or the chair."},
	"hold-still":    {VI: "Mời giữ yên.", EN: "Please hold still."},
}
