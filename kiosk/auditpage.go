package kiosk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/reader/verdict"
)

const (
	// maxActs is how many acts a page is given.
	maxActs = 100
	// maxScanned is how many are read for a page whose filter fits few.
	maxScanned = 20_000
	// actsWindow is how many are read at a time, from the end back.
	actsWindow = 500
	// verifyRest is the shortest time from one look at the whole log to the next.
	verifyRest = 10 * time.Second
)

// auditView is a page of the audit log, newest first.
type auditView struct {
	Size uint64      `json:"size"` // acts in the log
	Acts []actView   `json:"acts"`
	Next uint64      `json:"next,omitempty"` // give it as before for older ones; left out: there are none
	Head auditedHead `json:"head"`
}

// actView is one act. It names no citizen, not even masked.
type actView struct {
	Number  uint64        `json:"number"`
	At      time.Time     `json:"at"`
	Who     string        `json:"who"` // an officer's identifier, or "station"
	What    string        `json:"what"`
	Words   verdict.Words `json:"words"`
	Dossier string        `json:"dossier,omitempty"`
	Detail  string        `json:"detail,omitempty"` // codes and counts
}

// auditedHead is what came of the last look at the whole log.
type auditedHead struct {
	At        time.Time `json:"at"`
	Size      uint64    `json:"size"`
	Root      string    `json:"root"`
	Witnessed uint64    `json:"witnessed"` // acts up to here stand under the central's signature
	Anchored  bool      `json:"anchored"`  // compared with the hardware counter
	Problems  []string  `json:"problems"`  // codes: damaged, edited, missing, tree, cut, forked, restored, counter, anew
}

// verified is the last look at the whole log: it takes seconds where the log has
// years in it.
type verified struct {
	mu   sync.Mutex // held while the log is read: one at a time
	head auditedHead
	took time.Duration
}

func (v *verified) look(now func() time.Time, verify func() (audit.Report, error)) (auditedHead, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	begun := now()
	if v.head.Root != "" && begun.Sub(v.head.At) < max(v.took*boardShare, verifyRest) {
		return v.head, nil
	}
	r, err := verify()
	if err != nil {
		return auditedHead{}, err
	}
	v.head = auditedHead{At: now().UTC(), Size: r.Head.Size, Root: r.Head.Root.String(), Witnessed: r.Witnessed, Anchored: r.Anchored, Problems: []string{}}
	for _, p := range r.Problems {
		if !slices.Contains(v.head.Problems, p.Code) {
			v.head.Problems = append(v.head.Problems, p.Code)
		}
	}
	v.took = v.head.At.Sub(begun)
	return v.head, nil
}

// actFilter is which acts are asked for; what is empty fits all.
type actFilter struct {
	who, what, day string
	dossier        uuid.UUID
	after          uint64 // acts before this number are left out
	before         uint64 // and this one and those after it; 0: none are
}

func filterOf(q url.Values) (f actFilter, err error) {
	f = actFilter{who: q.Get("who"), what: q.Get("what"), day: q.Get("day")}
	for name, into := range map[string]*uint64{"after": &f.after, "before": &f.before} {
		if text := q.Get(name); text != "" {
			var bad error
			*into, bad = strconv.ParseUint(text, 10, 64)
			err = errors.Join(err, bad)
		}
	}
	if text := q.Get("dossier"); text != "" {
		var bad error
		f.dossier, bad = uuid.Parse(text)
		err = errors.Join(err, bad)
	}
	return f, err
}

func (f actFilter) fits(a audit.Act) bool {
	return (f.who == "" || a.Who == f.who) && (f.what == "" || a.What == f.what) && (f.dossier == uuid.Nil || a.Dossier == f.dossier) &&
		(f.day == "" || dayOf(a.At.Time()) == f.day)
}

// audit answers a page of the audit log.
func (s *Server) audit(w http.ResponseWriter, r *http.Request, _ session) {
	f, err := filterOf(r.URL.Query())
	if err != nil {
		writeProblem(w, problemBody)
		return
	}
	view := auditView{Acts: []actView{}}
	head, err := s.cfg.Outbox.AuditHead()
	if err == nil {
		view.Size = head.Size
		err = s.actsBack(f, &view)
	}
	if err == nil {
		view.Head, err = s.verified.look(s.cfg.Now, s.cfg.Outbox.AuditVerify)
	}
	if err != nil {
		s.cfg.Log.Error("audit", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	writeJSON(w, http.StatusOK, view)
}

// actsBack reads from the end back until the page is full.
func (s *Server) actsBack(f actFilter, view *auditView) error {
	end := view.Size
	if f.before != 0 {
		end = min(end, f.before)
	}
	for scanned := 0; end > f.after && scanned < maxScanned; scanned += actsWindow {
		from := max(end-min(end, actsWindow), f.after)
		acts, err := s.actsBetween(from, end)
		if err != nil {
			return err
		}
		for _, a := range slices.Backward(acts) {
			if !f.fits(a.Act) {
				continue
			}
			if len(view.Acts) == maxActs {
				view.Next = view.Acts[maxActs-1].Number
				return nil
			}
			view.Acts = append(view.Acts, viewOfAct(a))
		}
		end = from
	}
	if end > f.after {
		view.Next = end
	}
	return nil
}

// numbered is an act and where it stands in the log.
type numbered struct {
	audit.Act
	number uint64
}

// actsBetween reads the acts from one number up to another.
func (s *Server) actsBetween(from, end uint64) (out []numbered, err error) {
	err = walkActs(s.cfg.Outbox, from, end, func(n uint64, a audit.Act) { out = append(out, numbered{a, n}) })
	return out, err
}

func viewOfAct(a numbered) actView {
	v := actView{Number: a.number, At: a.At.Time().UTC(), Who: a.Who, What: a.What, Dossier: named(a.Dossier), Detail: a.Detail}
	var ok bool
	if v.Words, ok = enrol.ActWords(a.What); !ok {
		if v.Words, ok = machineActs[a.What]; !ok {
			v.Words = verdict.Words{VI: a.What, EN: a.What}
		}
	}
	return v
}
