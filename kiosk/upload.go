package kiosk

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// The limits of a picture that somebody sends.
const (
	MaxPicture = 8 << 20    // bytes of the file
	MaxPixels  = 25_000_000 // a page of A4 at 500 dpi; decoded it takes 100 MB
)

// The kinds of decoding.
const (
	DecodePage = "page" // a JPEG for the dossier: upright, at most 2000 pixels a side, nothing else in it
	DecodeGray = "gray" // a byte a pixel, row by row, to look for codes and zones in
)

// Errors of decoding.
var (
	// ErrPicture says that the file is no picture that can be used.
	ErrPicture = errors.New("not a usable PNG or JPEG picture")
	// ErrPictureSize says that it is beyond MaxPicture or MaxPixels.
	ErrPictureSize = errors.New("the picture is too large")
)

// Decode makes something clean of a hostile picture; w and h are of what comes
// out. The error is ErrPicture, ErrPictureSize, the context's, or that nothing
// can be decoded here.
type Decode func(ctx context.Context, kind string, picture []byte) (clean []byte, w, h int, err error)

// Pages keeps the clean pictures of papers with the enrolment that is open;
// the enrolment is one. The name is what its commands call the page.
type Pages interface {
	Attach(ctx context.Context, officer, purpose string, jpeg []byte, w, h int) (name string, err error)
	// SignOnScreen keeps a signature with just that enrolment, while its citizen
	// is asked for the consent on the own screen.
	SignOnScreen(ctx context.Context, enrolment, officer string, jpeg []byte, w, h int) (name string, err error)
}

// purposes are what a picture can be of.
var purposes = []string{"identity", "guardian", "document", "dependant", "request", "signature"}

// maxUploads is how many files are decoded for one enrolment. How many of them
// are kept is the enrolment's to say.
const maxUploads = 160

// counts counts what is sent for one enrolment.
type counts struct {
	mu  sync.Mutex
	id  string
	all int
}

// more counts one more, where there may be one.
func (u *counts) more(id string, most int) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.id != id {
		u.id, u.all = id, 0
	}
	u.all++
	return u.all <= most
}

// uploaded is the answer to an upload.
type uploaded struct {
	Name   string `json:"name"` // for the commands of the enrolment
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
}

// upload takes the picture of a paper or of a signature. The bytes are hostile
// until they come out of the sandbox.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, on session) {
	purpose := r.URL.Query().Get("for")
	switch {
	case s.cfg.Pages == nil:
		writeProblem(w, problemNothing)
		return
	case !slices.Contains(purposes, purpose):
		writeProblem(w, problemBody)
		return
	case !s.cfg.Operators.AtDesk(on.token):
		writeProblem(w, problemNotActive)
		return
	}
	body, p, ok := pictureIn(w, r)
	if !ok {
		writeProblem(w, p)
		return
	}
	id := s.cfg.Station.Snapshot().ID
	if _, err := uuid.Parse(id); err != nil {
		writeProblem(w, problemNoEnrolment)
		return
	}
	if !s.uploads.more(id, maxUploads) {
		writeProblem(w, problemPages)
		return
	}
	clean, width, height, p, ok := s.decoded(r.Context(), DecodePage, body)
	if !ok {
		writeProblem(w, p)
		return
	}
	if s.cfg.Station.Snapshot().ID != id { // cancelled while it was decoded: nobody else's paper
		writeProblem(w, problemNoEnrolment)
		return
	}
	name, err := s.cfg.Pages.Attach(r.Context(), on.officer, purpose, clean, width, height)
	if err != nil {
		writeProblem(w, s.refusal(err))
		return
	}
	writeJSON(w, http.StatusOK, uploaded{name, width, height, len(clean)})
}

// pictureIn reads the body that is a picture.
func pictureIn(w http.ResponseWriter, r *http.Request) ([]byte, problem, bool) {
	if kind, ok := pictureType(r.Header.Get("Content-Type")); !ok || !pictures[kind] {
		return nil, problemType, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPicture))
	if err != nil {
		return nil, bodyProblem(err), false
	}
	return body, problem{}, true
}

// pictureType is the media type of a header; a picture has no parameters.
func pictureType(header string) (string, bool) {
	kind, params, err := mime.ParseMediaType(header)
	return kind, err == nil && len(params) == 0
}

// decoded has one picture decoded at a time.
func (s *Server) decoded(ctx context.Context, kind string, body []byte) (clean []byte, w, h int, p problem, ok bool) {
	select {
	case s.decoding <- struct{}{}:
		defer func() { <-s.decoding }()
	case <-ctx.Done():
		return nil, 0, 0, problemBusy, false
	}
	clean, w, h, err := s.cfg.Decode(ctx, kind, body)
	switch {
	case err == nil:
		return clean, w, h, problem{}, true
	case errors.Is(err, ErrPictureSize):
		return nil, 0, 0, problemSize, false
	case errors.Is(err, ErrPicture):
		return nil, 0, 0, problemPicture, false
	case ctx.Err() != nil:
		return nil, 0, 0, problemBusy, false
	}
	s.cfg.Log.Error("pictures can not be decoded", "err", err)
	return nil, 0, 0, problemInternal, false
}
