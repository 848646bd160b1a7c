package kiosk

import (
	"bytes"
	"image"
	_ "image/jpeg" // the two kinds of picture that the station takes
	_ "image/png"
	"io"
	"net/http"

	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/mrz/qr"
)

const (
	maxPicture = 8 << 20
	maxPixels  = 25_000_000 // a page of A4 at 500 dpi; decoded it takes 100 MB
)

// qr reads the code in a picture from the document camera or a file. One
// picture is worked on at a time.
func (s *Server) qr(w http.ResponseWriter, r *http.Request, _ session) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPicture))
	if err != nil {
		writeProblem(w, bodyProblem(err))
		return
	}
	select {
	case s.decoding <- struct{}{}:
		defer func() { <-s.decoding }()
	case <-r.Context().Done():
		return
	}
	text, p, ok := readPicture(body)
	if !ok {
		writeProblem(w, p)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Text string `json:"text"`
	}{text})
}

// readPicture looks at the size before it decodes, so that a small file can
// not ask for a large image.
func readPicture(body []byte) (string, problem, bool) {
	size, _, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return "", problemType, false
	}
	if size.Width <= 0 || size.Height <= 0 || size.Width > maxPixels/size.Height {
		return "", problemSize, false
	}
	picture, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		return "", problemType, false
	}
	codes, err := qr.Decode(picture)
	if err != nil || len(codes) == 0 {
		return "", problemNoQR, false
	}
	// A picture may show other codes beside that of the card.
	for _, code := range codes {
		if _, err := cccd.ParseQR(code.Bytes); err == nil {
			return code.Text, problem{}, true
		}
	}
	return codes[0].Text, problem{}, true
}
