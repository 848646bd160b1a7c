package kiosk

import (
	"errors"
	"image"
	"net/http"
	"strings"

	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/mrz/ocr"
	"github.com/tram-station/tram/mrz/qr"
	"github.com/tram-station/tram/reader/verdict"
)

// qr reads the code, or else the zone, in a picture from the document camera
// or a file. One picture is decoded at a time.
func (s *Server) qr(w http.ResponseWriter, r *http.Request, _ session) {
	body, p, ok := pictureIn(w, r)
	if !ok {
		writeProblem(w, p)
		return
	}
	clean, width, height, p, ok := s.decoded(r.Context(), DecodeGray, body)
	if !ok {
		writeProblem(w, p)
		return
	}
	print, p, ok := readPicture(&image.Gray{Pix: clean, Stride: width, Rect: image.Rect(0, 0, width, height)})
	if !ok {
		writeProblem(w, p)
		return
	}
	writeJSON(w, http.StatusOK, print)
}

// printed is what a picture of a card says.
type printed struct {
	Text string `json:"text"` // the code's, or the lines of the zone
	Kind string `json:"kind"` // "qr" or "mrz"
}

// readPicture returns the print in a picture, or why there is none. The zone
// counts where no code is the card's; a picture shows other codes too.
func readPicture(picture *image.Gray) (printed, problem, bool) {
	codes, noCode := qr.Decode(picture)
	for _, code := range codes {
		if _, err := cccd.ParseQR([]byte(code.Text)); err == nil {
			return printed{code.Text, "qr"}, problem{}, true
		}
	}
	zone, err := ocr.Read(picture)
	if err == nil && zone.Valid {
		return printed{strings.Join(zone.Lines, "\n"), "mrz"}, problem{}, true
	}
	var seen *qr.UnreadError
	switch {
	case len(codes) > 0: // the enrolment says what is wrong with it
		return printed{codes[0].Text, "qr"}, problem{}, true
	case err == nil && !errors.As(noCode, &seen):
		return printed{}, problemZone, false
	}
	return printed{}, unread(noCode), false
}

// unread says why no code was read: with its cause where one was seen.
func unread(err error) problem {
	var seen *qr.UnreadError
	if !errors.As(err, &seen) || len(seen.Seen) == 0 {
		return problemNoQR
	}
	cause := seen.Seen[0].Cause
	p, next := problemNoQR, unreadNext[cause]
	if next == (verdict.Words{}) {
		cause, next = qr.CauseUnclear, unreadNext[qr.CauseUnclear]
	}
	p.Code, p.Words, p.Next = "qr-"+string(cause), problemSeenQR, next
	return p
}

var problemSeenQR = verdict.Words{VI: "Thấy mã QR trong ảnh nhưng chưa đọc được", EN: "There is a QR code in the image, but it could not be read"}

// unreadNext is what to do about a code that was seen and not read.
var unreadNext = map[qr.Cause]verdict.Words{
	qr.CauseFar:     {VI: "Mã quá nhỏ: chụp gần hơn", EN: "The code is too small: take it from nearer"},
	qr.CauseCut:     {VI: "Mã bị cắt mất: chụp trọn mã, chừa viền trắng", EN: "The code is cut off: take all of it with some white around"},
	qr.CauseGlare:   {VI: "Mã bị chói sáng: nghiêng thẻ rồi chụp lại", EN: "Light is reflected on the code: tilt the card and take it again"},
	qr.CauseBlur:    {VI: "Ảnh bị nhòe: giữ yên và chụp cho rõ nét", EN: "The picture is blurred: hold still and take it sharp"},
	qr.CauseDark:    {VI: "Ảnh bị tối: chụp lại nơi đủ sáng", EN: "The picture is too dark: take it in more light"},
	qr.CauseTilt:    {VI: "Mã bị nghiêng nhiều: chụp thẳng từ trên xuống", EN: "The code is seen from aside: take it from straight above"},
	qr.CauseUnclear: {VI: "Chụp lại rõ và thẳng, hoặc nhập thủ công", EN: "Take it again, sharp and straight, or type the number"},
}
