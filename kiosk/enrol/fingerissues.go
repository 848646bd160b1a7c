package enrol

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// fingerIssue is what stands before the signature because of the fingers.
type fingerIssue struct {
	code        string
	words, next verdict.Words
}

// fingerIssues lists the prints that are weak after the last try, those that
// can not both be right, and those that differ from the card's.
func (s *state) fingerIssues(r *rules.Pack) (out []fingerIssue) {
	if r.FingerMode == rules.SlapsRolled && s.reader != nil && !s.reader.Rolled {
		out = append(out, fingerIssue{"no-rolled", words("Quy định yêu cầu lăn ngón, nhưng máy quét này không lăn được", "The rules ask for rolled prints, but this reader takes none"),
			words("Dùng máy quét lăn được, hoặc ghi lý do", "Use a reader that takes them, or give the reason")})
	}
	spots := slices.SortedFunc(maps.Keys(s.kept), func(a, b spot) int { return cmp.Compare(a.order(), b.order()) })
	for _, at := range spots {
		if _, excepted := s.exceptions[at.finger]; !excepted && s.weak(at, r) {
			out = append(out, weakIssue(s.kept[at], r))
		}
	}
	for _, c := range s.clashes() {
		w, next := c.words()
		out = append(out, fingerIssue{c.issue(), w, next})
	}
	for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
		if c, ok := s.onCard(f); ok && !c.Same {
			w := nameOf(f)
			out = append(out, fingerIssue{fmt.Sprintf("finger-differs:%d", f),
				words(w.VI+": chưa khớp với vân tay trong thẻ", w.EN+": does not match the print on the card"),
				words("Thu lại ngón này; nếu vẫn vậy, ghi lý do", "Capture this finger again; if it stays so, give the reason")})
		}
	}
	return out
}

// weakPrint is the issue of a print that is not good enough.
const weakPrint = "finger-weak"

// order puts the flat prints before the rolled ones.
func (at spot) order() int {
	if at.rolled {
		return int(at.finger) + int(biometrics.LeftLittle)
	}
	return int(at.finger)
}

// weak reports whether a print is not good enough, and no other try follows by
// itself.
func (s *state) weak(at spot, r *rules.Pack) bool {
	p := s.kept[at]
	return p != nil && !good(p, r) && (s.want == noUnit || s.want.rolled != at.rolled || !slices.Contains(s.want.finger.Fingers(), at.finger))
}

func weakIssue(p *capturedPrint, r *rules.Pack) fingerIssue {
	u := unit{p.Finger, p.Rolled}
	w := u.words()
	vi, en := fmt.Sprintf("chất lượng %d, cần %d", p.Quality.Score, r.Threshold(p.Finger)), fmt.Sprintf("quality %d, wanted %d", p.Quality.Score, r.Threshold(p.Finger))
	if p.Quality.Score >= r.Threshold(p.Finger) {
		vi, en = fmt.Sprintf("%d điểm đặc trưng, cần %d", p.minutiae(), r.FingerMinutiae), fmt.Sprintf("%d minutiae, wanted %d", p.minutiae(), r.FingerMinutiae)
	}
	return fingerIssue{weakPrint + ":" + u.id(), words(w.VI+": "+vi, w.EN+": "+en),
		words("Thu lại ngón này, khai ngoại lệ, hoặc ghi lý do", "Capture this finger again, declare an exception, or give the reason")}
}

func (c clash) words() (what, next verdict.Words) {
	a, b := nameOf(c.A), nameOf(c.B)
	next = words("Thu lại đúng ngón được nhắc; nếu vẫn vậy, ghi lý do", "Capture the finger that is named again; if it stays so, give the reason")
	if c.Kind == repeated {
		return words(a.VI+" và "+lower(b.VI)+" có vẻ là cùng một ngón", a.EN+" and "+lower(b.EN)+" look like one finger"), next
	}
	whereVI, whereEN := "trong thẻ", "on the card"
	if c.With == withBoth {
		whereVI, whereEN = "đã đặt phẳng", "that was laid down flat"
	}
	return words(a.VI+" có vẻ là "+lower(b.VI)+" "+whereVI, a.EN+" looks like the "+lower(b.EN)+" "+whereEN), next
}
