package kiosk

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

const (
	heartbeat = 10 * time.Second
	// comeBack is after how long a client opens a stream again that ended.
	comeBack = time.Second
)

// events sends the snapshot now and after each change, as Watch delivers them. A stream does not keep
// a session alive: an officer who went away is logged out under it.
func (s *Server) events(w http.ResponseWriter, r *http.Request, on session) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		writeProblem(w, problemStreams)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	changes := s.cfg.Station.Watch(ctx)
	w.Header().Set("Content-Type", "text/event-stream")
	out := stream{w: w, control: http.NewResponseController(w), seen: r.Header.Get("Last-Event-ID")}
	if out.write("retry: "+strconv.FormatInt(comeBack.Milliseconds(), 10)+"\n\n") != nil {
		return
	}
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for s.alive(on) {
		var err error
		select {
		case snapshot, open := <-changes:
			if !open || !s.alive(on) { // it may have been locked while this was waited for
				return
			}
			err = out.snapshot(snapshot)
		case <-ticker.C:
			err = out.write(": still here\n\n")
		case <-ctx.Done():
			return
		case <-s.done:
			return
		}
		if err != nil {
			return
		}
	}
}

type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	seen    string // the version that the client had when it came back, "" once it was told
}

// snapshot sends one, unless the client that came back has it.
func (out *stream) snapshot(snapshot enrol.Snapshot) error {
	id := strconv.FormatUint(snapshot.Version, 10)
	has := out.seen == id
	if out.seen = ""; has {
		return nil
	}
	b, err := json.Marshal(snapshot)
	if err != nil {
		return err
	}
	return out.write("id: " + id + "\ndata: " + string(b) + "\n\n")
}

func (out *stream) write(event string) error {
	// Each event has its own time; a browser that stopped reading is let go.
	_ = out.control.SetWriteDeadline(time.Now().Add(writeLimit))
	if _, err := out.w.Write([]byte(event)); err != nil {
		return err
	}
	return out.control.Flush()
}
