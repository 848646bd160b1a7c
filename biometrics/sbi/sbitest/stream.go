package sbitest

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"time"

	"github.com/tram-station/tram/mrz/gray"
)

// frameTime makes ten pictures a second.
const frameTime = 100 * time.Millisecond

// stream answers STREAM until the client goes away. The boundary is named with
// its hyphens, as services in use do.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	fault := s.take("stream")
	if fault == FaultNoStream {
		answer(w, []byte(`{"error":{"errorCode":"202","errorInfo":"told by the mock"}}`))
		return
	}
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=--BoundaryString")
	for r.Context().Err() == nil {
		if fault == FaultBadStream {
			fmt.Fprintf(w, "--BoundaryString\r\nContent-Type:image/jpeg\r\nContent-Length:12\r\n\r\nno picture..\r\n\r\n")
		}
		b := s.frame()
		if fault == FaultHeavy {
			b = ManyScans(heavySide, heavyScans)
		}
		fmt.Fprintf(w, "--BoundaryString\r\nContent-Type:image/jpeg\r\nContent-Length:%d\r\n\r\n%s\r\n\r\n", len(b), b)
		if http.NewResponseController(w).Flush() != nil {
			return
		}
		if fault == FaultStall {
			<-r.Context().Done()
		}
		select {
		case <-time.After(frameTime):
		case <-r.Context().Done():
		}
	}
}

// frame is what the scanner sees now, at half its size: a bare glass without
// fingers.
func (s *Server) frame() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.frames[s.live]
	if b != nil {
		return b
	}
	img := image.NewGray(image.Rect(0, 0, 160, 200))
	for i := range img.Pix {
		img.Pix[i] = 245
	}
	if s.live != nil {
		img = gray.Half(s.live)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err)
	}
	s.frames[s.live] = out.Bytes()
	return out.Bytes()
}
