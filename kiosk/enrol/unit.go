package enrol

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// unit is what is laid on the reader at once: one finger, flat or rolled, or a
// slap.
type unit struct {
	finger biometrics.Finger // a finger or a slap
	rolled bool              // of one finger only
}

// noUnit is the unit of nothing.
var noUnit = unit{}

// id names the unit: "2", "13", or "r1" for a rolled finger.
func (u unit) id() string {
	id := strconv.Itoa(int(u.finger))
	if u.rolled {
		id = "r" + id
	}
	return id
}

// parseUnit reads what id wrote.
func parseUnit(id string) (unit, bool) {
	rest, rolled := strings.CutPrefix(id, "r")
	n, err := strconv.ParseUint(rest, 10, 8)
	u := unit{biometrics.Finger(n), rolled}
	good := u.finger.Single() || u.finger.Slap() && !rolled
	return u, err == nil && good && u.id() == id
}

func (u unit) impression() biometrics.Impression {
	if u.rolled {
		return biometrics.Rolled
	}
	return biometrics.Plain
}

// spots are the places of the prints that the unit gives.
func (u unit) spots() []spot {
	var out []spot
	for _, f := range u.finger.Fingers() {
		out = append(out, spot{f, u.rolled})
	}
	return out
}

// spot is the place of one print: a finger as it was laid down.
type spot struct {
	finger biometrics.Finger
	rolled bool
}

// units lists what the rules want laid on the reader, in order. What the
// reader can not take falls back: a slap to its fingers, and a finger that can
// not be rolled stays out. A nil reader takes everything: nobody has asked it.
func unitsOf(r *rules.Pack, takes *readerTakes) []unit {
	var out []unit
	if r.FingerMode == rules.Single || takes != nil && !takes.Slaps {
		for _, f := range r.Fingers {
			out = append(out, unit{finger: f})
		}
	} else {
		for _, slap := range rules.AllSlaps {
			if slices.Contains(r.Fingers, slap.Fingers()[0]) { // the rules list whole slaps
				out = append(out, unit{finger: slap})
			}
		}
	}
	if r.FingerMode == rules.SlapsRolled && (takes == nil || takes.Rolled) {
		for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
			if slices.Contains(r.Fingers, f) {
				out = append(out, unit{f, true})
			}
		}
	}
	return out
}

// unitWords names the slaps.
var unitWords = map[biometrics.Finger]verdict.Words{
	biometrics.RightSlap: words("Bốn ngón tay phải", "Right four fingers"),
	biometrics.LeftSlap:  words("Bốn ngón tay trái", "Left four fingers"),
	biometrics.Thumbs:    words("Hai ngón cái", "Both thumbs"),
}

func (u unit) words() verdict.Words {
	if w, ok := unitWords[u.finger]; ok {
		return w
	}
	w := nameOf(u.finger)
	if u.rolled {
		return words(w.VI+" (lăn)", w.EN+" (rolled)")
	}
	return w
}

// prompt says what the citizen does; expected are the fingers that are laid
// down.
func (u unit) prompt(expected []biometrics.Finger) verdict.Words {
	switch {
	case len(expected) == 0:
		return words("Không có ngón nào để đặt", "There is no finger to lay down")
	case u.rolled:
		w := inSentence(u.finger)
		return words("Lăn "+w.VI+" từ cạnh này sang cạnh kia", "Roll the "+w.EN+" from one edge to the other")
	case len(expected) == 1:
		w := inSentence(expected[0])
		return words("Đặt "+w.VI+" phẳng lên mặt kính", "Put the "+w.EN+" flat on the glass")
	case len(expected) == len(u.finger.Fingers()):
		w := u.words()
		the := "the "
		if u.finger == biometrics.Thumbs { // "both thumbs" needs none
			the = ""
		}
		return words("Đặt "+lower(w.VI)+" phẳng lên mặt kính", "Put "+the+lower(w.EN)+" flat on the glass")
	}
	var vi, en []string
	for _, f := range expected {
		w := inSentence(f)
		vi, en = append(vi, w.VI), append(en, w.EN)
	}
	return words("Đặt cùng lúc: "+strings.Join(vi, ", "), "Lay down together: "+strings.Join(en, ", "))
}

// inSentence is the finger's name inside a sentence.
func inSentence(f biometrics.Finger) verdict.Words {
	w := nameOf(f)
	return words(lower(w.VI), lower(w.EN))
}

func lower(text string) string { return strings.ToLower(text[:1]) + text[1:] }

// readerTakes is what the open reader can do.
type readerTakes struct {
	Device biometrics.Device `cbor:"device"`
	Slaps  bool              `cbor:"slaps"`
	Rolled bool              `cbor:"rolled"`
	Trust  verdict.Check     `cbor:"trust"` // without a name where it does not sign
}

// takes reports whether the reader can take the unit.
func (t *readerTakes) takes(u unit) bool {
	return (!u.finger.Slap() || t.Slaps) && (!u.rolled || t.Rolled)
}

// takesOf asks a reader what it can do.
func takesOf(s biometrics.Scanner) readerTakes {
	t := readerTakes{Device: cleanDevice(s.Device()), Slaps: true, Trust: trustOf(s)}
	for _, slap := range rules.AllSlaps {
		t.Slaps = t.Slaps && s.Takes(biometrics.Request{Finger: slap})
	}
	t.Rolled = s.Takes(biometrics.Request{Finger: biometrics.RightThumb, Impression: biometrics.Rolled})
	return t
}
