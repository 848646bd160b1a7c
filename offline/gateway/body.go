package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/uplink"
)

// Limits of bodies.
const (
	// bodyGrace and bodyRate bound how long a body may take: the grace, and
	// then a second for each bodyRate bytes that came. A line of 20 kbit/s is
	// three times as fast; who sends a byte a minute is cut off.
	bodyGrace = 10 * time.Second
	bodyRate  = 1 << 10 // bytes a second
	// refusedGrace is how long the rest of a refused body is waited for.
	refusedGrace = 2 * time.Second
	// writeGrace is how long a client may take for one piece of an answer.
	writeGrace = time.Minute
	minBody    = 512 // bytes, the first buffer of a body of unknown length
)

// body reads a body of at most limit bytes, or answers and returns false.
func (g *Gateway) body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, bool) {
	control := http.NewResponseController(w)
	begin := g.cfg.Now()
	from := http.MaxBytesReader(w, r.Body, limit)
	raw := make([]byte, 0, min(max(r.ContentLength, minBody), limit)+1)
	var err error
	for err == nil {
		// A recorder in a test knows no deadlines, a connection does.
		_ = control.SetReadDeadline(begin.Add(g.grace + time.Duration(len(raw))*time.Second/time.Duration(g.rate)))
		if len(raw) == cap(raw) {
			raw = append(raw, 0)[:len(raw)]
		}
		var n int
		n, err = from.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
	}
	if errors.Is(err, io.EOF) {
		_ = control.SetReadDeadline(time.Time{})
		return raw, true
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		g.refuse(w, r, http.StatusRequestEntityTooLarge, uplink.Problem{
			Code: uplink.CodeTooLarge, Message: fmt.Sprintf("the body is over %d bytes", limit),
		})
	} else {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "the body broke off or came too slowly: send it again",
		})
	}
	return nil, false
}

// turnAway answers who has to come back later. The body, which is not read,
// gets a moment so that the connection can be used again.
func (g *Gateway) turnAway(w http.ResponseWriter, r *http.Request, retry time.Duration, greedy bool) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(g.cfg.Now().Add(refusedGrace))
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(retry.Seconds()))))
	if greedy {
		g.refuse(w, r, http.StatusTooManyRequests, uplink.Problem{
			Code: uplink.CodeTooMany, Message: "this station has too many requests under way: send fewer at a time",
		})
		return
	}
	g.refuse(w, r, http.StatusServiceUnavailable, uplink.Problem{
		Code: uplink.CodeBusy, Message: "the gateway has too much to do: come back after the time it names",
	})
}

// fail answers for what is the gateway's own fault: the station comes back.
func (g *Gateway) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the station left; nobody reads an answer
	}
	g.cfg.Log.Error("request failed", "route", r.Pattern, "error", err)
	status, words := http.StatusServiceUnavailable, "the gateway cannot store at the moment: come back later"
	if errors.Is(err, blob.ErrFull) {
		status, words = http.StatusInsufficientStorage, "the gateway's disk is full: come back later"
	}
	g.refuse(w, r, status, uplink.Problem{Code: uplink.CodeInternal, Message: words})
}

func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, status int, p uplink.Problem) {
	if status >= http.StatusInternalServerError && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", strconv.Itoa(int(minRetry.Seconds())))
	}
	g.metrics.problem(r.Pattern, p.Code)
	g.reply(w, status, p)
}

func (g *Gateway) reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", uplink.TypeJSON)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a line that breaks here is the station's to retry
}

// replyCOSE sends a signed message.
func (g *Gateway) replyCOSE(w http.ResponseWriter, raw []byte) {
	w.Header().Set("Content-Type", uplink.TypeCOSE)
	_, _ = w.Write(raw) // a line that breaks here costs a replay
}

// paced gives each piece of an answer its own time, so that a slow line gets all
// of a long one and a caller that reads nothing is cut off.
type paced struct {
	http.ResponseWriter
	now   func() time.Time
	grace time.Duration
}

func newPaced(w http.ResponseWriter, now func() time.Time, grace time.Duration) paced {
	// What the request before left on the connection has passed by now.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	return paced{w, now, grace}
}

// moved gives the next piece its time. A recorder in a test knows no deadlines.
func (p paced) moved() {
	_ = http.NewResponseController(p.ResponseWriter).SetWriteDeadline(p.now().Add(p.grace))
}

func (p paced) WriteHeader(status int) {
	p.moved()
	p.ResponseWriter.WriteHeader(status)
}

func (p paced) Write(b []byte) (int, error) {
	p.moved()
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// readAgain gives a body that was read to a handler that reads one.
func readAgain(body []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }
