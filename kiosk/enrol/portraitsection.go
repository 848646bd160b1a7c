package enrol

import (
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/iso19794"
)

// portraitSchema is the version of the portrait's layout. 2: the facial record,
// the tries, the comparison with the chip.
const portraitSchema = 2

type portraitSection struct {
	Schema   int                  `cbor:"schema"`
	JPEG     []byte               `cbor:"jpeg"`
	Original []byte               `cbor:"original"`
	Record   []byte               `cbor:"iso19794_5"` // the JPEG in a facial record of ISO/IEC 19794-5:2005; empty when it is none
	Width    int                  `cbor:"width"`
	Height   int                  `cbor:"height"`
	Measures []biometrics.Measure `cbor:"measures"`
	Problems []string             `cbor:"problems"` // what was not in order, gravest first
	Model    string               `cbor:"model"`
	Device   biometrics.Device    `cbor:"device"`
	Tries    []try                `cbor:"tries"`
	Manual   bool                 `cbor:"manual"`   // taken by hand
	Reason   string               `cbor:"reason"`   // code of the manual trigger's
	Liveness string               `cbor:"liveness"` // "not assessed"
	Attack   face.Attack          `cbor:"attack"`   // the challenge, if one was asked
	Match    matchSection         `cbor:"match"`
}

// matchSection is the comparison with the chip's photograph, and who took the
// portrait after it.
type matchSection struct {
	Done   bool       `cbor:"done"`
	Why    string     `cbor:"why"` // code, where it was not done
	Score  float64    `cbor:"score"`
	Model  string     `cbor:"model"`
	Band   face.Band  `cbor:"band"`
	Bands  face.Bands `cbor:"bands"`
	At     time.Time  `cbor:"at"`
	Accept decision   `cbor:"decision"`
}

func (s *state) portraitSection() portraitSection {
	p := s.portrait
	m := matchSection{Why: s.matched.Code, At: s.matched.At, Accept: *s.decision}
	if r := s.matched.Match; r != nil {
		m.Done, m.Score, m.Model, m.Band, m.Bands = true, r.Score, r.Model, r.Band, r.Bands
	}
	return portraitSection{Schema: portraitSchema, JPEG: p.JPEG, Record: facialRecord(p), Original: p.Original, Width: p.Width, Height: p.Height,
		Measures: p.Measures, Problems: append([]string{}, p.Problems...), Model: p.Model, Device: p.Device, Tries: s.runs,
		Manual: p.Manual, Reason: s.portraitHow, Liveness: notAssessed, Attack: p.Attack, Match: m}
}

// facialRecord is the portrait as ISO/IEC 19794-5:2005 has it: a full frontal
// picture where size and eyes are such a one's, else a basic one. nil for a
// picture that is no JPEG of a size that a record can state.
func facialRecord(p *Portrait) []byte {
	f, err := iso19794.NewFace(iso19794.FullFrontal, p.JPEG)
	if err != nil {
		return nil
	}
	f.Source = iso19794.VideoDigital
	if at := p.Face; at != nil {
		for _, point := range []struct {
			code  byte
			place [2]int
		}{
			// Left and right are the person's there, the picture's here.
			{iso19794.PointEyeLeft, at.Right}, {iso19794.PointEyeRight, at.Left}, {iso19794.PointChin, at.Chin},
		} {
			if x, y := point.place[0], point.place[1]; x >= 0 && y >= 0 && x < f.Width && y < f.Height {
				f.Points = append(f.Points, iso19794.FacePoint{Type: iso19794.MPEG4, Code: point.code, X: x, Y: y})
			}
		}
	}
	if f.Check() != nil {
		f.Kind = iso19794.Basic
	}
	b, err := (&iso19794.FaceRecord{Faces: []iso19794.Face{*f}}).Marshal()
	if err != nil {
		return nil
	}
	return b
}
