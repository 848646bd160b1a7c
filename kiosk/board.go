package kiosk

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
)

// maxListed is how many dossiers a page is given.
const maxListed = 200

// boardShare is how much longer a list is shown than it took to make: pages ask
// every few seconds, and a full index must not cost more than a few per cent.
const boardShare = 20

// board is the list of dossiers as it was last read.
type board struct {
	mu   sync.Mutex // held while the list is read: one at a time
	list []offline.Status
	at   time.Time
	took time.Duration
}

func (b *board) look(now func() time.Time, read func() ([]offline.Status, error)) ([]offline.Status, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	begun := now()
	if b.list != nil && begun.Sub(b.at) < b.took*boardShare {
		return b.list, nil
	}
	list, err := read()
	if err != nil {
		return nil, err
	}
	b.list, b.at = append([]offline.Status{}, list...), now()
	b.took = b.at.Sub(begun)
	return b.list, nil
}

// waits reports whether something is still to be done for a dossier: it is to
// be sent, looked after, or corrected.
func waits(d offline.Status) bool {
	switch d.State {
	case offline.Sealed, offline.Sending, offline.Refused, offline.Damaged:
		return true
	case offline.FixNeeded:
		return d.Corrected == uuid.Nil
	}
	return false
}

// entry is one dossier of the queue; what it shows of the citizen is masked.
type entry struct {
	ID          string      `json:"id"`
	State       string      `json:"state"`
	Detail      string      `json:"detail,omitempty"`
	Masked      string      `json:"masked,omitempty"`
	Bytes       int64       `json:"bytes"`
	Arrived     int64       `json:"arrived,omitempty"` // at the central, while it is sent
	Enqueued    time.Time   `json:"enqueued"`
	Tries       int         `json:"tries"`
	LogPosition uint64      `json:"log_position,omitempty"`
	Fix         *fixEntry   `json:"fix,omitempty"`
	Corrects    string      `json:"corrects,omitempty"`
	Corrected   string      `json:"corrected,omitempty"` // the correction's ID
	Steps       []stepEntry `json:"steps,omitempty"`
	Waits       bool        `json:"waits"` // something is still to be done for it here
}

// fixEntry is what the central wants anew.
type fixEntry struct {
	Section  string    `json:"section"`
	Reason   string    `json:"reason"`
	Words    string    `json:"words"`
	Deadline time.Time `json:"deadline"`
}

type stepEntry struct {
	State string    `json:"state"`
	At    time.Time `json:"at"` // by the station's clock
}

func describe(status offline.Status) entry {
	e := entry{
		ID: status.ID.String(), State: status.State.String(), Detail: status.Detail, Masked: status.Masked,
		Bytes: status.Bytes, Arrived: status.Arrived, Enqueued: status.Enqueued, Tries: status.Tries,
		Corrects: named(status.Corrects), Corrected: named(status.Corrected), Waits: waits(status),
	}
	if status.Held {
		e.State = enrol.StateHeld
	}
	if status.Receipt != nil {
		e.LogPosition = status.Receipt.LogPosition
	}
	if f := status.Fix; f != nil && status.State == offline.FixNeeded {
		e.Fix = &fixEntry{f.Section, f.Reason, f.Words, f.Deadline}
	}
	for _, s := range status.Steps {
		e.Steps = append(e.Steps, stepEntry{s.State.String(), time.UnixMilli(s.At.Wall).UTC()})
	}
	return e
}

func named(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

// queue lists what waits, for the network or for a supervisor, then the newest of
// the others, and always the dossier that the page shows.
func (s *Server) queue(w http.ResponseWriter, _ *http.Request, _ session) {
	list, err := s.board.look(s.cfg.Now, s.cfg.Outbox.List)
	if err != nil {
		s.cfg.Log.Error("queue", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	held, err := s.cfg.Outbox.Held()
	if err != nil {
		s.cfg.Log.Error("queue", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	list = slices.Concat(list, held)
	shown := s.shown()
	entries := []entry{}
	if shown != nil {
		entries = append(entries, describe(*shown))
	}
	for _, first := range []bool{true, false} {
		for _, status := range slices.Backward(list) {
			if len(entries) == maxListed {
				break
			}
			if waits(status) == first && (shown == nil || status.ID != shown.ID) {
				entries = append(entries, describe(status))
			}
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return a.Enqueued.Compare(b.Enqueued) })
	writeJSON(w, http.StatusOK, entries)
}

// shown is the sealed dossier whose receipt the page shows, as it stands now.
func (s *Server) shown() *offline.Status {
	r := s.cfg.Station.Snapshot().Receipt
	if r == nil {
		return nil
	}
	id, err := uuid.Parse(r.ID)
	if err != nil {
		return nil
	}
	status, err := s.cfg.Outbox.Status(id)
	if err != nil {
		return nil
	}
	return &status
}
