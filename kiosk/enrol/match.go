package enrol

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// matched is what came of comparing the portrait with the chip's.
type matched struct {
	Match *face.Match `cbor:"match,omitempty"` // nil: not done
	Code  string      `cbor:"code,omitempty"`  // why it was not done
	At    time.Time   `cbor:"at"`
}

// band is "" where nothing was compared.
func (m *matched) band() face.Band {
	if m == nil || m.Match == nil {
		return ""
	}
	return m.Match.Band
}

// matchPatience bounds one comparison: what a chip holds may be made to last.
const matchPatience = 20 * time.Second

// matchPortrait compares the portrait with the chip's photograph, and says so
// where that can not be done; none is why there is no photograph. It never fails:
// who decides then is the officer.
func (s *Station) matchPortrait(ctx context.Context, p *Portrait, chip *lds.Face, none string) {
	begun := s.cfg.Now()
	m := matched{Code: none}
	if chip != nil && len(chip.Image) > 0 {
		limited, cancel := context.WithTimeout(ctx, matchPatience)
		result, err := s.cfg.Portraiter.Match(limited, p, chip.MediaType, chip.Image)
		cancel()
		m = matched{Match: result, Code: notMatched(err)}
		if err == nil && result == nil {
			m.Code = "match-failed"
		}
	}
	m.At = s.cfg.Now()
	s.deliver(ctx, "match", event{Kind: evMatch, At: m.At, Elapsed: m.At.Sub(begun), Match: &m})
}

// notMatched names why a comparison was not done.
func notMatched(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrNoMatcher):
		return "no-matcher"
	case errors.Is(err, ErrChipPhoto):
		return "chip-photo"
	case errors.Is(err, ErrNoFaceLive):
		return "no-face-live"
	case errors.Is(err, ErrNoFaceChip):
		return "no-face-chip"
	}
	return "match-failed"
}

// matchReasons say why a comparison was not done, and that of a band what it
// means. None of them says who somebody is.
var matchReasons = map[string]verdict.Words{
	noCardPhoto:    words("Không đọc được thẻ nên không có ảnh để so khớp", "No card was read that has a photograph"),
	noChipPhoto:    words("Chip không có ảnh chân dung", "The chip holds no portrait"),
	"no-matcher":   words("Trạm chưa có mô hình so khớp khuôn mặt", "The station has no model to compare faces"),
	"chip-photo":   words("Không hiển thị được ảnh trên chip", "The photograph on the chip can not be shown"),
	"no-face-live": words("Không tìm thấy khuôn mặt trong ảnh vừa chụp", "No face found in the picture just taken"),
	"no-face-chip": words("Không tìm thấy khuôn mặt trong ảnh trên chip", "No face found in the chip's photograph"),
	"match-failed": words("Máy không so khớp được lần này", "The comparison did not work this time"),

	string(face.Accept): words("Hai ảnh khớp nhau", "The two pictures match"),
	string(face.Review): words("Máy chưa chắc chắn: cán bộ so hai ảnh và quyết định", "The machine is not sure: compare the two pictures and decide"),
	string(face.Alarm):  words("Máy thấy hai ảnh khác nhau nhiều: chụp lại, hoặc xác minh kỹ", "The two pictures differ much: take it again, or verify with care"),
}

// score writes a score for people: "0,62".
func score(v float64, comma bool) string {
	text := fmt.Sprintf("%.2f", v)
	if comma {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// faceCheck is the comparison as one of the enrolment's checks. What the
// officer decided does not make a machine's verdict of it.
func (s *state) faceCheck() verdict.Check {
	m := s.matched
	if m == nil || m.Match == nil {
		c := notDone("face-match", "Chưa so khớp ảnh với chip", "The portrait was not matched with the chip",
			"Cán bộ so ảnh với người trước mặt", "Compare the picture with the person yourself")
		if m != nil {
			why := matchReasons[m.Code]
			c.Reason = words(c.Reason.VI+": "+why.VI, c.Reason.EN+": "+why.EN)
		}
		if s.decision != nil {
			c.Next = words("Cán bộ đã so bằng mắt: cùng một người", "The officer has compared by eye: the same person")
		}
		return c
	}
	w, r := matchReasons[string(m.Match.Band)], m.Match
	c := verdict.Check{Name: "face-match", Reason: words(
		w.VI+" ("+score(r.Score, true)+"; ngưỡng "+score(r.Bands.Accept, true)+")",
		w.EN+" ("+score(r.Score, false)+"; limit "+score(r.Bands.Accept, false)+")")}
	switch r.Band {
	case face.Accept:
		c.Outcome = verdict.Passed
	case face.Review:
		c.Outcome = verdict.Inconclusive
	default:
		c.Outcome = verdict.Failed
	}
	if c.Outcome != verdict.Passed {
		c.Next = words("Cán bộ so hai ảnh và quyết định", "Compare the two pictures and decide")
		if s.decision != nil {
			c.Next = words("Cán bộ đã xác nhận: cùng một người", "The officer has confirmed: the same person")
		}
	}
	return c
}
