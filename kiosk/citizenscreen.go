package kiosk

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
)

const (
	maxSignature       = 512 << 10 // bytes of the PNG
	maxSignaturePixels = 4_000_000
	maxSignatures      = 12  // of one enrolment
	maxCitizenCommands = 200 // of one enrolment
	deskLook           = time.Second
)

// citizenCommand is one action of the citizen. Enrolment is the ID of the view
// that it was made on.
type citizenCommand struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Enrolment string          `json:"enrolment"`
	IfVersion uint64          `json:"if_version,omitempty"`
	Args      json.RawMessage `json:"args,omitempty"`
}

func (s *Server) citizenState(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
	writeJSON(w, http.StatusOK, s.seen(s.cfg.Station.Snapshot()))
}

// citizenDo carries out one command of the citizen's screen.
func (s *Server) citizenDo(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
	var c citizenCommand
	if p, ok := decode(w, r, &c); !ok {
		writeProblem(w, p)
		return
	}
	if _, err := uuid.Parse(c.Enrolment); err != nil {
		writeProblem(w, problemBody)
		return
	}
	officer, err := s.cfg.Operators.Desk()
	if err != nil {
		s.citizenRefused(w, problemScreenBlank)
		return
	}
	if s.cfg.Station.Snapshot().ID == c.Enrolment && !s.said.more(c.Enrolment, maxCitizenCommands) {
		writeProblem(w, problemScreenOften)
		return
	}
	snapshot, err := s.cfg.Station.Do(r.Context(), enrol.Command{ID: c.ID, Name: c.Name, Args: c.Args, IfVersion: c.IfVersion,
		Officer: officer.ID, Citizen: c.Enrolment})
	if err != nil {
		s.citizenRefused(w, s.refusal(err))
		return
	}
	writeJSON(w, http.StatusOK, s.seen(snapshot))
}

// citizenRefused answers what was not done; a conflict with what there is.
func (s *Server) citizenRefused(w http.ResponseWriter, p problem) {
	if p.status != http.StatusConflict {
		writeProblem(w, p)
		return
	}
	writeJSON(w, p.status, struct {
		Error problem     `json:"error"`
		View  citizenView `json:"view"`
	}{p, s.seen(s.cfg.Station.Snapshot())})
}

// citizenEvents sends what the screen shows now and after each change. It goes
// blank at once when nobody is at the desk any more.
func (s *Server) citizenEvents(w http.ResponseWriter, r *http.Request, gone <-chan struct{}) {
	if !s.second.view() {
		writeProblem(w, problemStreams)
		return
	}
	defer s.second.unview()
	changes := s.cfg.Station.Watch(r.Context())
	w.Header().Set("Content-Type", "text/event-stream")
	out := stream{w: w, control: http.NewResponseController(w)}
	if out.write("retry: "+strconv.FormatInt(comeBack.Milliseconds(), 10)+"\n\n") != nil {
		return
	}
	looks, ticker := time.NewTicker(s.second.looks), time.NewTicker(heartbeat)
	defer looks.Stop()
	defer ticker.Stop()
	var last citizenView
	woken := s.second.waking()
	for {
		var err error
		select {
		case snapshot, open := <-changes:
			if !open {
				return
			}
			last = s.seen(snapshot)
			err = out.view(last)
		case <-looks.C:
			s.second.outlived(s.cfg.Now())
			last, err = s.lookAgain(&out, last)
		case <-woken:
			woken = s.second.waking() // before the look, or one would be missed
			last, err = s.lookAgain(&out, last)
		case <-ticker.C:
			err = out.write(": still here\n\n")
		case <-gone:
			return
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		}
		if err != nil {
			return
		}
	}
}

// lookAgain sends the view where somebody came to the desk or left it.
func (s *Server) lookAgain(out *stream, last citizenView) (citizenView, error) {
	now := s.seen(s.cfg.Station.Snapshot())
	if last.Version == 0 || now.Screen == last.Screen { // nothing was sent yet, or nothing is new
		return last, nil
	}
	return now, out.view(now)
}

func (out *stream) view(v citizenView) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return out.write("id: " + strconv.FormatUint(v.Version, 10) + "\ndata: " + string(b) + "\n\n")
}

// citizenUpload takes the signature that the citizen wrote on the screen.
func (s *Server) citizenUpload(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
	s.once(maxSignature, func(w http.ResponseWriter, r *http.Request, _ session) { s.signature(w, r) })(w, r, session{})
}

func (s *Server) signature(w http.ResponseWriter, r *http.Request) {
	enrolment := r.URL.Query().Get("enrolment")
	if _, err := uuid.Parse(enrolment); err != nil {
		writeProblem(w, problemBody)
		return
	}
	officer, err := s.cfg.Operators.Desk()
	switch {
	case s.cfg.Pages == nil:
		writeProblem(w, problemNothing)
		return
	case err != nil:
		s.citizenRefused(w, problemScreenBlank)
		return
	}
	body, p, ok := signatureIn(w, r)
	if !ok {
		writeProblem(w, p)
		return
	}
	if v := s.seen(s.cfg.Station.Snapshot()); v.ID != enrolment || v.Screen != enrol.ScreenConsent {
		s.citizenRefused(w, problemNoEnrolment)
		return
	}
	if !s.signatures.more(enrolment, maxSignatures) {
		writeProblem(w, problemPages)
		return
	}
	clean, width, height, p, ok := s.decoded(r.Context(), DecodePage, body)
	if !ok {
		writeProblem(w, p)
		return
	}
	name, err := s.cfg.Pages.SignOnScreen(r.Context(), enrolment, officer.ID, clean, width, height)
	if err != nil {
		s.citizenRefused(w, s.refusal(err))
		return
	}
	writeJSON(w, http.StatusOK, uploaded{name, width, height, len(clean)})
}

// signatureIn reads the body that is the picture of a signature.
func signatureIn(w http.ResponseWriter, r *http.Request) ([]byte, problem, bool) {
	if kind, ok := pictureType(r.Header.Get("Content-Type")); !ok || kind != "image/png" {
		return nil, problemType, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSignature))
	if err != nil {
		return nil, bodyProblem(err), false
	}
	size, err := png.DecodeConfig(bytes.NewReader(body))
	switch {
	case err != nil:
		return nil, problemPicture, false
	case size.Width > maxSignaturePixels || size.Height > maxSignaturePixels || size.Width*size.Height > maxSignaturePixels:
		return nil, problemSize, false
	}
	return body, problem{}, true
}

// citizenPortrait shows the citizen their own portrait while it is on the
// screen, and nobody else's: it is asked for by the enrolment that the page
// shows, before the picture is taken and after, as it has no name of its own.
func (s *Server) citizenPortrait(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
	theirs := func() bool {
		v := s.seen(s.cfg.Station.Snapshot())
		return v.ID == r.URL.Query().Get("enrolment") && v.Picture != nil && v.Picture.Shown
	}
	before := theirs()
	picture, mediaType, ok := s.cfg.Station.Image("portrait")
	if !before || !ok || !theirs() {
		writeProblem(w, problemNothing)
		return
	}
	writePicture(w, picture, mediaType)
}
