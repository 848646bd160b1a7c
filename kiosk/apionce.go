package kiosk

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// OnceHeader names a request, so that its repetition is carried out once.
// Commands have names of their own.
const OnceHeader = "Idempotency-Key"

const (
	maxOnceKey  = 64 // bytes
	maxOnce     = 256
	onceLasts   = 10 * time.Minute
	maxOnceBody = 64 << 10 // of an answer that is kept
)

// once keeps the answers to named requests for a while.
type once struct {
	mu  sync.Mutex // guards all, and what stands in it but for an answer under way
	all map[[sha256.Size]byte]*answered
}

// answered is one answer, or one under way.
type answered struct {
	request [sha256.Size]byte
	done    chan struct{} // closed when there is an answer
	at      time.Time
	kept    bool // it was carried out
	status  int
	header  http.Header
	body    bytes.Buffer
}

// once carries a named request out once: a repetition gets the first one's
// answer, also while that is under way. What was refused changed nothing, and is
// looked at anew.
func (s *Server) once(limit int64, next sessionHandler) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, on session) {
		name := r.Header.Get(OnceHeader)
		if name == "" {
			next(w, r, on)
			return
		}
		if len(name) > maxOnceKey {
			writeProblem(w, problemBody)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		if err != nil {
			writeProblem(w, bodyProblem(err))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		key, request := digest(on.officer, r.Pattern, name), digest(r.URL.RawQuery, r.Header.Get("Content-Type"), string(body))
		for {
			a, mine := s.repeats.enter(key, request, s.cfg.Now())
			switch {
			case a == nil:
				writeProblem(w, problemReused)
				return
			case mine:
				s.repeats.carryOut(key, a, func(w http.ResponseWriter) { next(w, r, on) })
				a.copy(w)
				return
			}
			select {
			case <-a.done:
			case <-r.Context().Done():
				return
			}
			if a.kept {
				a.copy(w)
				return
			}
		}
	}
}

// digest tells lists of texts apart.
func digest(parts ...string) (out [sha256.Size]byte) {
	all := sha256.New()
	for _, p := range parts {
		one := sha256.Sum256([]byte(p))
		_, _ = all.Write(one[:]) // never fails
	}
	all.Sum(out[:0])
	return out
}

// enter returns the answer under a key: a new one, which is the caller's to
// carry out, the one that is there, or none where that is of another request.
func (o *once) enter(key, request [sha256.Size]byte, now time.Time) (a *answered, mine bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tidy(now)
	if a := o.all[key]; a != nil {
		if a.request != request {
			return nil, false
		}
		return a, false
	}
	if o.all == nil {
		o.all = map[[sha256.Size]byte]*answered{}
	}
	a = &answered{request: request, done: make(chan struct{}), at: now, header: http.Header{}}
	o.all[key] = a
	return a, true
}

// tidy forgets what is old, and the oldest where there is too much.
func (o *once) tidy(now time.Time) {
	var oldest [sha256.Size]byte
	var first *answered
	for key, a := range o.all {
		if !a.kept {
			continue // under way
		}
		if now.Sub(a.at) >= onceLasts {
			delete(o.all, key)
			continue
		}
		if first == nil || a.at.Before(first.at) {
			oldest, first = key, a
		}
	}
	if len(o.all) >= maxOnce && first != nil {
		delete(o.all, oldest)
	}
}

func (o *once) carryOut(key [sha256.Size]byte, a *answered, do func(http.ResponseWriter)) {
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		a.kept = a.status >= http.StatusOK && a.status < http.StatusMultipleChoices && a.body.Len() <= maxOnceBody
		if !a.kept {
			delete(o.all, key)
		}
		close(a.done)
	}()
	do((*answering)(a))
	if a.status == 0 { // nothing was written: the client went away, or that is the answer
		a.status = http.StatusNoContent
	}
}

// copy writes the answer out.
func (a *answered) copy(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	// An error here means that the client went away.
	_, _ = w.Write(a.body.Bytes())
}

// answering writes an answer down.
type answering answered

func (a *answering) Header() http.Header { return a.header }

func (a *answering) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answering) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// approvals remembers the approvals that were carried out. The enrolment does a
// command once, but a security key's answer counts only once too: its repetition
// would be refused before the enrolment sees that it is one.
type approvals struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]bool
}

// approvalKey names an approval without its proof; ok is false for any other
// command.
func approvalKey(officer string, c enrol.Command) (key [sha256.Size]byte, ok bool) {
	p, rest, whole := splitProof(c.Args)
	if !whole || p.PIN == "" && p.Ceremony == "" {
		return key, false
	}
	said, err := json.Marshal(rest)
	return digest(officer, c.ID, c.Name, string(said)), err == nil
}

func (a *approvals) known(key [sha256.Size]byte) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all[key]
}

func (a *approvals) keep(key [sha256.Size]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil || len(a.all) >= maxOnce {
		a.all = map[[sha256.Size]byte]bool{}
	}
	a.all[key] = true
}
