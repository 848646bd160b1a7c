package central

import (
	"fmt"
	"strings"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/biometrics/minutiae"
)

// compareFaces compares two templates. A model for which the register has no
// limit, or another model than it holds, is no mismatch: nothing was compared.
func compareFaces(accept map[string]float64, held, asked *face.Template) Outcome {
	if held == nil {
		return NotHeld
	}
	limit, known := accept[held.Model]
	score, err := face.Compare(*held, *asked)
	if !known || err != nil {
		return NotHeld
	}
	return passIf(score >= limit)
}

// compareFingers compares each finger of the question with the same one of
// the register.
func compareFingers(held, asked []byte) ([]Field, error) {
	live, err := iso19794.ParseMinutiae(asked)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrQuestion, err)
	}
	var enrolled iso19794.MinutiaeRecord
	if len(held) > 0 {
		r, err := iso19794.ParseMinutiae(held)
		if err != nil {
			return nil, fmt.Errorf("central: the register's own record: %w", err)
		}
		enrolled = *r
	}
	best := map[byte]Outcome{}
	for i := range live.Views {
		view := &live.Views[i]
		outcome := NotHeld
		for j := range enrolled.Views {
			other := &enrolled.Views[j]
			if other.Position != view.Position {
				continue
			}
			if outcome = passIf(minutiae.Match(template(live.Edition, view), template(enrolled.Edition, other)) >= minutiae.SameFinger); outcome == Pass {
				break
			}
		}
		if best[view.Position] != Pass {
			best[view.Position] = outcome
		}
	}
	fields := make([]Field, 0, len(best))
	for position := range 256 {
		if outcome, ok := best[byte(position)]; ok {
			fields = append(fields, Field{fmt.Sprintf("finger-%d", position), outcome})
		}
	}
	return fields, nil
}

// dotsPerInch is what minutiae.Match works in; a record rounds it to whole
// dots a centimetre.
const (
	dotsPerInch       = 500
	dotsPerCentimetre = 197
)

// template brings a record's view to 500 dots an inch.
func template(edition iso19794.Edition, v *iso19794.MinutiaeView) *minutiae.Template {
	scale := func(n int, dots uint16) int {
		if dots == 0 || dots == dotsPerCentimetre {
			return n
		}
		return int(float64(n) * dotsPerInch / (float64(dots) * 2.54))
	}
	t := &minutiae.Template{Width: scale(v.Width, v.Dots.X), Height: scale(v.Height, v.Dots.Y), DPI: dotsPerInch}
	for _, m := range v.Minutiae[:min(len(v.Minutiae), minutiae.MaxMinutiae)] {
		kind := minutiae.Ending
		if m.Kind == iso19794.RidgeBifurcation {
			kind = minutiae.Bifurcation
		}
		t.Minutiae = append(t.Minutiae, minutiae.Minutia{
			X: scale(m.X, v.Dots.X), Y: scale(m.Y, v.Dots.Y),
			Angle: edition.Degrees(m.Angle), Kind: kind, Quality: int(m.Quality),
		})
	}
	return t
}

// answer sums the fields up: it fails where one fails; where none could be
// compared it is not found.
func answer(o Outcome, fields []Field) Answer {
	var failed []string
	compared := len(fields) == 0
	for _, f := range fields {
		if f.Outcome == Fail {
			o = Fail
			failed = append(failed, f.Name)
		}
		compared = compared || f.Outcome != NotHeld
	}
	if !compared {
		o = NotFound
	}
	if fields == nil {
		fields = []Field{}
	}
	return Answer{Outcome: o, Fields: fields, Words: words(o, failed)}
}

// words says the outcome to an officer. They never accuse.
func words(o Outcome, failed []string) Words {
	switch o {
	case Pass:
		return Words{"Đạt", "It fits"}
	case Fail:
		return Words{
			"Không đạt: " + strings.Join(failed, ", ") + ". Hãy kiểm tra lại với công dân",
			"It does not fit: " + strings.Join(failed, ", ") + ". Check again with the citizen",
		}
	default:
		return Words{"Chưa có dữ liệu để đối chiếu", "The register has nothing to compare with"}
	}
}
