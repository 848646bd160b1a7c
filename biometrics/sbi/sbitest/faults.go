package sbitest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is what a service or a scanner does wrong.
type Fault string

// Faults of a capture's fingers.
const (
	FaultSignature   Fault = "signature"    // a bit of the signature is changed
	FaultUnsigned    Fault = "unsigned"     // alg none
	FaultExpired     Fault = "expired"      // the key's certificate is out of force
	FaultOtherRoot   Fault = "other-root"   // another authority vouches for the key
	FaultOtherKey    Fault = "other-key"    // signed by another scanner of the authority's
	FaultOtherDevice Fault = "other-device" // another scanner's digital ID
	FaultReplay      Fault = "replay"       // the answer to the capture before
	FaultStale       Fault = "stale"        // taken an hour ago
	FaultPurpose     Fault = "purpose"      // taken for authentication
	FaultHash        Fault = "hash"         // the chain of hashes is broken
	FaultFinger      Fault = "wrong-finger" // another finger than asked for
	FaultRecord      Fault = "wrong-record" // the record is of another finger than its name
	FaultFewer       Fault = "fewer"        // a finger is missing
	FaultMore        Fault = "more"         // a finger too many
	FaultTwice       Fault = "twice"        // one finger twice in place of two
	FaultScore       Fault = "score"        // a quality score that is no number
	FaultImage       Fault = "garbage"      // the image is noise
	FaultCut         Fault = "cut-record"   // the record ends early
	FaultSize        Fault = "size"         // the record claims another size than the image has
)

// Faults of the service. They hit captures; "info:" or "discover:" before one
// makes it hit that verb.
const (
	FaultHuge     Fault = "huge"          // an answer without end
	FaultSlow     Fault = "slow"          // a byte now and then
	FaultHang     Fault = "hang"          // no answer
	FaultVanish   Fault = "vanish"        // the connection is cut inside the answer
	FaultStatus   Fault = "http-500"      // all is well, but for an HTTP error
	FaultRedirect Fault = "redirect"      // sends the client elsewhere
	FaultNotJSON  Fault = "not-json"      // a page of HTML
	FaultContent  Fault = "wrong-content" // JSON of another form
)

// Faults of the live picture.
const (
	FaultStall     Fault = "stream-stall"   // one picture and no more
	FaultNoStream  Fault = "stream-none"    // an error in place of the stream
	FaultBadStream Fault = "stream-garbage" // noise between the parts
	FaultHeavy     Fault = "stream-heavy"   // pictures that take a decoder a quarter of a minute
)

// errorPrefix makes a fault of an error code: "error-101".
const errorPrefix = "error-"

// Faults are all that have a name; besides there is error-N.
var Faults = slices.Concat(fingerFaults, serviceFaults, streamFaults)

var (
	fingerFaults = []Fault{
		FaultSignature, FaultUnsigned, FaultExpired, FaultOtherRoot, FaultOtherKey, FaultOtherDevice, FaultReplay, FaultStale, FaultPurpose,
		FaultHash, FaultFinger, FaultRecord, FaultFewer, FaultMore, FaultTwice, FaultScore, FaultImage, FaultCut, FaultSize,
	}
	serviceFaults = []Fault{FaultHuge, FaultSlow, FaultHang, FaultVanish, FaultStatus, FaultRedirect, FaultNotJSON, FaultContent}
	streamFaults  = []Fault{FaultStall, FaultNoStream, FaultBadStream, FaultHeavy}
	// identityFaults can hit "info:", too.
	identityFaults = []Fault{FaultSignature, FaultUnsigned, FaultExpired, FaultOtherRoot}
)

// entry is a fault that is still to happen.
type entry struct {
	fault Fault
	where string // "discover", "info", "capture", "identity", "fingers" or "stream"
	times int    // negative: always
}

// Do adds a fault to the script, which happens so many times, or always where
// times is negative. It fails where there is no such fault.
func (s *Server) Do(f Fault, times int) error {
	where, err := place(f)
	if err != nil {
		return err
	}
	_, name, found := strings.Cut(string(f), ":")
	if !found {
		name = string(f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, entry{Fault(name), where, times})
	return nil
}

// place says where a fault happens.
func place(f Fault) (string, error) {
	if verb, name, found := strings.Cut(string(f), ":"); found {
		switch {
		case verb == "info" && slices.Contains(identityFaults, Fault(name)):
			return "identity", nil
		case (verb == "info" || verb == "discover") && slices.Contains(serviceFaults, Fault(name)):
			return verb, nil
		}
	}
	if code, found := strings.CutPrefix(string(f), errorPrefix); found {
		if n, err := strconv.Atoi(code); err == nil && n > 0 {
			return "fingers", nil
		}
	}
	switch {
	case slices.Contains(fingerFaults, f):
		return "fingers", nil
	case slices.Contains(serviceFaults, f):
		return "capture", nil
	case slices.Contains(streamFaults, f):
		return "stream", nil
	}
	return "", fmt.Errorf("no fault is called %q: there are error-N, and %v", f, Faults)
}

// take returns the fault that happens now at a place; "" for none.
func (s *Server) take(where string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.script {
		e := &s.script[i]
		if e.where != where || e.times == 0 {
			continue
		}
		if e.times > 0 {
			e.times--
		}
		return e.fault
	}
	return ""
}

// Bounds of a request, and of the answers that are too long.
const (
	maxRequest = 1 << 20
	maxHuge    = 256 << 20
	slowPause  = 50 * time.Millisecond
)

// faulty lays the service's faults over a verb.
func (s *Server) faulty(verb string, next func(http.ResponseWriter, *http.Request, []byte)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			return
		}
		switch s.take(verb) {
		case FaultHuge:
			w.Header().Set("Content-Type", "application/json")
			chunk := []byte(strings.Repeat(" ", 1<<20))
			for n := 0; n < maxHuge; n += len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case FaultSlow:
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(slowPause)
			}
		case FaultHang:
			<-r.Context().Done()
		case FaultVanish:
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"biometrics":[{"specVersion":`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case FaultStatus:
			w.WriteHeader(http.StatusInternalServerError)
			next(w, r, body)
		case FaultRedirect:
			http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", http.StatusTemporaryRedirect)
		case FaultNotJSON:
			_, _ = io.WriteString(w, "<html><body>told by the mock</body></html>")
		case FaultContent:
			answer(w, []byte(`{"biometrics":{"data":["told by the mock"]}}`))
		default:
			next(w, r, body)
		}
	})
}
