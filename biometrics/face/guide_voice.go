package face

import (
	"slices"
	"time"
)

// How a message stays.
const (
	speaks  = 600 * time.Millisecond // a message stays that long,
	recall  = 4                      // and of that many last frames
	insists = 2                      // that many let a more urgent one interrupt it;
	forgets = 3                      // a less urgent one comes after that many frames without it
)

// urgency is the order of the messages, the most urgent first: whoever is not
// in the picture is not told about the light.
var urgency = [...]string{
	codeNoFace, codeSeveral, codeNearer, codeFarther, codeCentre,
	askBlink, askLeft, askRight, askBack, codeStraighten,
	codeSunglasses, codeCovered, codeBright, codeDark, codeSide, codeCast, codeStill, codeBlurred,
	codeLook, codeEyes, codeMouth, codeSmile, codeBackground, codeCompression, codeOK,
}

// rank is the place of a code in urgency; one that it does not know is a
// problem like another.
func rank(code string) int {
	if i := slices.Index(urgency[:], code); i >= 0 {
		return i
	}
	return slices.Index(urgency[:], codeBlurred)
}

// voice says one message at a time, so that it can be read and followed. The
// zero value has said nothing yet.
type voice struct {
	said  string
	since time.Time
	heard [recall]string // the codes of the last frames, the newest first
}

// say returns the message to show when the newest frame asks for code.
func (v *voice) say(code string, at time.Time) string {
	copy(v.heard[1:], v.heard[:recall-1])
	v.heard[0] = code
	if v.said == "" {
		v.said, v.since = code, at
		return code
	}
	if next := v.next(at); next != v.said {
		v.said, v.since = next, at
	}
	return v.said
}

// insist says a code at once, whatever was said before.
func (v *voice) insist(code string, at time.Time) {
	if v.said != code {
		*v = voice{said: code, since: at}
	}
	copy(v.heard[1:], v.heard[:recall-1])
	v.heard[0] = code
}

// next is what should be said now.
func (v *voice) next(at time.Time) string {
	said := rank(v.said)
	urgent, latest := 0, ""
	for _, c := range v.heard {
		if c != "" && rank(c) < said {
			urgent++
			if latest == "" {
				latest = c
			}
		}
	}
	if urgent >= insists {
		return latest
	}
	since := at.Sub(v.since)
	if since >= 0 && since < speaks {
		return v.said
	}
	worst := v.heard[0]
	for _, c := range v.heard[:forgets] {
		if c == "" || rank(c) < rank(worst) {
			worst = c
		}
	}
	if worst == "" || rank(worst) <= said {
		return v.said
	}
	return worst
}
