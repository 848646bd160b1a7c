package enrol

import (
	"image"
	"time"

	"github.com/tram-station/tram/reader/verdict"
)

const (
	// holdMessage is how long a message stands at least: two of them in a
	// second can not be read. Which one follows is decided by the frames of
	// that time, not by the last.
	holdMessage = 600 * time.Millisecond
	// holdCorners is how long an outline stays where a frame missed the code.
	holdCorners = 300 * time.Millisecond
)

// message is what the officer is told: a row of sightWords.
type message struct{ state, kind, cause string }

// steady turns what single frames show into what the page shows. Frames
// disagree many times a second; the message on the page does not.
type steady struct {
	now   func() time.Time
	shown message
	since time.Time
	votes []vote

	corners *[4][2]int
	at      time.Time // of corners
}

type vote struct {
	at time.Time
	message
}

func newSteady(now func() time.Time) *steady { return &steady{now: now} }

// starting is the view before the first frame.
func (s *steady) starting() ScanningView {
	return ScanningView{State: scanStarting, Message: messageWords(message{state: scanStarting})}
}

// view takes one frame's sight, in a picture of that size, and returns what the
// page shows. What was read is shown at once.
func (s *steady) view(seen sight, size image.Point) ScanningView {
	now := s.now()
	m := message{seen.state, seen.kind, seen.cause}
	s.votes = append(s.votes, vote{now, m})
	for now.Sub(s.votes[0].at) > holdMessage {
		s.votes = s.votes[1:]
	}
	if s.since.IsZero() || m.state == scanRead {
		s.shown, s.since = m, now
	} else if most := s.most(); most != s.shown && now.Sub(s.since) >= holdMessage {
		s.shown, s.since = most, now
	}
	s.outline(seen.corners, now)
	return ScanningView{
		State: s.shown.state, Kind: s.shown.kind, Cause: s.shown.cause, Corners: s.corners,
		Size: [2]int{size.X, size.Y}, Message: messageWords(s.shown),
	}
}

// most is the message of most frames lately; of equals the later.
func (s *steady) most() message {
	count := map[message]int{}
	var best message
	for _, v := range s.votes {
		count[v.message]++
	}
	for _, v := range s.votes {
		if count[v.message] >= count[best] {
			best = v.message
		}
	}
	return best
}

func (s *steady) outline(corners *[4]image.Point, now time.Time) {
	switch {
	case corners != nil:
		s.corners, s.at = &[4][2]int{}, now
		for i, p := range corners {
			s.corners[i] = [2]int{p.X, p.Y}
		}
	case now.Sub(s.at) > holdCorners:
		s.corners = nil
	}
}

// sightWords are the sentences of the camera, by cause and then by state: one
// at a time, in large letters, each says what to do.
var sightWords = map[string]verdict.Words{
	scanStarting: words("Đang bật máy ảnh", "Starting the camera"),
	scanLooking:  words("Đưa mã QR trên thẻ vào khung hình", "Hold the card's QR code into the picture"),
	scanRead:     words("Đã đọc được thẻ", "The card has been read"),

	"too-far":    words("Đưa thẻ lại gần máy ảnh", "Bring the card closer"),
	"cut-off":    words("Đưa thẻ ra xa để thấy trọn vẹn", "Move the card back: all of it must be seen"),
	"glare":      words("Nghiêng thẻ cho hết chói sáng", "Tilt the card until the glare is gone"),
	"blurred":    words("Giữ yên thẻ cho rõ nét", "Keep the card still until it is sharp"),
	"too-dark":   words("Thẻ bị tối, cần thêm ánh sáng", "The card is too dark: give it more light"),
	"tilted":     words("Giữ thẻ thẳng, đối diện máy ảnh", "Hold the card straight towards the camera"),
	"unclear":    words("Giữ thẻ phẳng và yên", "Hold the card flat and still"),
	"confirming": words("Giữ yên, đang đọc các dòng MRZ", "Keep still: reading the MRZ lines"),
	"not-card":   words("Đây không phải mã QR của thẻ", "This is not the card's QR code"),
	"unusable":   words("Mã này bị lỗi, đưa các dòng MRZ vào khung hình", "This code is damaged: show the MRZ lines instead"),
}

func messageWords(m message) verdict.Words {
	if w, ok := sightWords[m.cause]; ok && m.state == scanSeen {
		return w
	}
	if w, ok := sightWords[m.state]; ok {
		return w
	}
	return sightWords["unclear"]
}
