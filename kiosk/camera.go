package kiosk

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// BrowserCamera takes the frames that the page's own camera films.
type BrowserCamera interface {
	// Post takes one JPEG. page tells one window from another, name is what the
	// browser calls the camera. It is [biometrics.ErrNotWanted] while nobody
	// films or another window does; any other error is the picture's.
	Post(frame []byte, page, name string) error
}

const (
	maxFrame = 4 << 20 // bytes of a frame; 1280×720 at quality 0.92 has 0.2 MB
	// framePause is the least time from one frame to the next: a page films 30
	// a second, and two may come close together.
	framePause = 10 * time.Millisecond
)

// frames lets one frame in at a time, and not too many.
type frames struct {
	mu   sync.Mutex // held while a frame is taken; never waited for
	last time.Time
}

// frame takes one frame of the page's camera: 204 where it was taken, 409 while
// none is wanted, 429 where they come too fast.
func (s *Server) frame(w http.ResponseWriter, r *http.Request, _ session) {
	camera := s.cfg.BrowserCamera
	if camera == nil {
		writeProblem(w, problemNothing)
		return
	}
	if r.Header.Get("Content-Type") != "image/jpeg" {
		writeProblem(w, problemType)
		return
	}
	if !s.frames.mu.TryLock() {
		writeProblem(w, problemFast)
		return
	}
	defer s.frames.mu.Unlock()
	now := s.cfg.Now()
	if now.Sub(s.frames.last) < framePause {
		writeProblem(w, problemFast)
		return
	}
	s.frames.last = now
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFrame))
	if err != nil {
		writeProblem(w, bodyProblem(err))
		return
	}
	asked := r.URL.Query()
	switch err := camera.Post(body, asked.Get("page"), asked.Get("camera")); {
	case errors.Is(err, biometrics.ErrNotWanted):
		writeProblem(w, problemNotWanted)
	case err != nil:
		writeProblem(w, problemFrame)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
