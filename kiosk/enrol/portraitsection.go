package enrol

import (
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
)

// portraitSchema is the version of the portrait's layout. 2: the facial record,
// the tries, the comparison with the chip.
const portraitSchema = 2

type portraitSection struct {
	Schema   int                  `cbor:"schema"`
	JPEG     []byte               `cbor:"jpeg"`
	Original []byte               `cbor:"original"`
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
	return portraitSection{Schema: portraitSchema, JPEG: p.JPEG, Original: p.Original, Width: p.Width, Height: p.Height,
		Measures: p.Measures, Problems: append([]string{}, p.Problems...), Model: p.Model, Device: p.Device, Tries: s.runs,
		Manual: p.Manual, Reason: s.portraitHow, Liveness: notAssessed, Attack: p.Attack, Match: m}
}
