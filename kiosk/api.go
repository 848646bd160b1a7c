package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

const maxJSON = 128 << 10 // a command's arguments are at most half of it

// decode reads one JSON object of a limited size, and nothing after it.
func decode(w http.ResponseWriter, r *http.Request, into any) (problem, bool) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return problemType, false
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxJSON))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return bodyProblem(err), false
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return bodyProblem(err), false
	}
	return problem{}, true
}

func bodyProblem(err error) problem {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return problemSize
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemSlow
	}
	return problemBody
}

func (s *Server) state(w http.ResponseWriter, _ *http.Request, _ session) {
	writeJSON(w, http.StatusOK, s.cfg.Station.Snapshot())
}

func (s *Server) do(w http.ResponseWriter, r *http.Request, on session) {
	var command enrol.Command
	if p, ok := decode(w, r, &command); !ok {
		writeProblem(w, p)
		return
	}
	command.Officer = on.officer
	approval, approves := approvalKey(on.officer, command)
	if approves && s.approvals.known(approval) {
		writeJSON(w, http.StatusOK, s.cfg.Station.Snapshot())
		return
	}
	if p, ok := s.mayDo(r.Context(), w, on, &command); !ok {
		writeRefused(w, p, s.cfg.Station.Snapshot())
		return
	}
	snapshot, err := s.cfg.Station.Do(r.Context(), command)
	if err == nil {
		if approves {
			s.approvals.keep(approval)
		}
		writeJSON(w, http.StatusOK, snapshot)
		return
	}
	writeRefused(w, s.refusal(err), snapshot)
}

// writeRefused answers a command that was not carried out.
func writeRefused(w http.ResponseWriter, p problem, snapshot enrol.Snapshot) {
	if p.status != http.StatusConflict {
		writeProblem(w, p)
		return
	}
	// The client acted on something else than there is: here it is.
	writeJSON(w, p.status, struct {
		Error    problem        `json:"error"`
		Snapshot enrol.Snapshot `json:"snapshot"`
	}{p, snapshot})
}

// refusal turns the enrolment's error into an answer with its words.
func (s *Server) refusal(err error) problem {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, enrol.ErrWrongStep):
		status = http.StatusConflict
	case errors.Is(err, enrol.ErrBadCommand):
		status = http.StatusBadRequest
	case errors.Is(err, enrol.ErrRefused):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, enrol.ErrDisk):
		status = http.StatusInsufficientStorage
	case errors.Is(err, enrol.ErrClosed):
		status = http.StatusServiceUnavailable
	}
	var refused *enrol.CommandError
	if !errors.As(err, &refused) {
		// The text of such an error is not known to be free of personal data.
		s.cfg.Log.Error("command failed without words", "status", status)
		p := problemInternal
		p.status = status
		return p
	}
	words := refused.Problem
	return problem{status: status, Code: words.Code, Words: words.Words, Next: words.Next}
}

// PictureHeader carries the number of a preview.
const PictureHeader = "X-Tram-Picture"

// previewWait is how long an answer waits for another picture.
const previewWait = 2 * time.Second

func (s *Server) preview(w http.ResponseWriter, r *http.Request, _ session) {
	// What is no number waits for nothing.
	after, _ := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	ctx, cancel := context.WithTimeout(r.Context(), previewWait)
	defer cancel()
	picture, number := s.cfg.Station.Preview(ctx, after)
	if number == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set(PictureHeader, strconv.FormatUint(number, 10))
	writePicture(w, picture, "image/jpeg")
}

func (s *Server) image(w http.ResponseWriter, r *http.Request, _ session) {
	picture, mediaType, ok := s.cfg.Station.Image(r.PathValue("name"))
	if !ok {
		writeProblem(w, problemNothing)
		return
	}
	writePicture(w, picture, mediaType)
}

// pictures are the media types that a browser may be given: the station's own.
var pictures = map[string]bool{"image/jpeg": true, "image/png": true}

func writePicture(w http.ResponseWriter, picture []byte, mediaType string) {
	if !pictures[mediaType] {
		writeProblem(w, problemNothing)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	// An error here means that the client went away.
	_, _ = w.Write(picture)
}

func (s *Server) devices(w http.ResponseWriter, r *http.Request, _ session) {
	step := s.cfg.Station.Snapshot().Step
	free := step == enrol.StepIdle || step == enrol.StepDone
	writeJSON(w, http.StatusOK, s.health.devices(r.Context(), s.cfg.Now(), free, s.cfg.Doctor))
}

const healthLasts = 5 * time.Second

// health is what the doctor last said. While the devices are at work it is not
// asked anew: what goes wrong then is in the snapshot.
type health struct {
	mu   sync.Mutex // held while the doctor works: one at a time
	last []Device
	at   time.Time
}

func (h *health) devices(ctx context.Context, now time.Time, free bool, doctor func(context.Context) []Device) []Device {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last == nil || free && now.Sub(h.at) >= healthLasts {
		// The answer serves every page, also when this one goes away.
		h.last, h.at = append([]Device{}, doctor(context.WithoutCancel(ctx))...), now
	}
	return h.last
}
