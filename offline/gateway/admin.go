package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Limits of the back office's handler.
const (
	maxDecision = 16 << 10
	// reviewScan bounds how many records one list request looks at.
	reviewScan = 2000
	maxListed  = 500
)

// StateCustody is a dossier's state before the first step at the central.
const StateCustody = "custody"

// Lister is a Ledger that can be read through, for the back office.
type Lister interface {
	// List returns at most limit records behind a position, in order.
	List(ctx context.Context, after uint64, limit int) ([]Record, error)
}

// Review is what the back office sees of a dossier without opening it.
type Review struct {
	ID         uuid.UUID       `json:"id"`
	Station    string          `json:"station"`
	Sequence   uint64          `json:"sequence"`
	Manifest   envelope.Digest `json:"manifest"`
	Position   uint64          `json:"position"`
	Time       time.Time       `json:"time"` // of storage
	Bytes      int64           `json:"bytes"`
	Virtual    bool            `json:"virtual,omitempty"`
	Quarantine string          `json:"quarantine,omitempty"`
	CarriedBy  string          `json:"carried_by,omitempty"`
	State      string          `json:"state"`
	Section    string          `json:"section,omitempty"`
	Reason     string          `json:"reason,omitempty"`
	Words      string          `json:"words,omitempty"`
	Deadline   time.Time       `json:"deadline,omitzero"`
	At         time.Time       `json:"at,omitzero"` // of the state
	By         string          `json:"by,omitempty"`
}

// ReviewList is a part of the ledger; Next is where the following one begins,
// 0 at the end.
type ReviewList struct {
	Dossiers []Review `json:"dossiers"`
	Next     uint64   `json:"next,omitempty"`
}

// Decision is one step that the back office takes.
type Decision struct {
	State    string    `json:"state"` // validated, matched, approved, fix-needed or rejected
	Section  string    `json:"section,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Words    string    `json:"words,omitempty"`
	Deadline time.Time `json:"deadline,omitzero"`
	By       string    `json:"by"` // who decides, an identifier
	// Quarantined has to be said for a dossier in quarantine: someone looked.
	Quarantined bool `json:"quarantined,omitempty"`
}

// SealedReply is a stored dossier without its chunks.
type SealedReply struct {
	Station  uplink.Station `json:"station"`
	Manifest []byte         `json:"manifest"`
}

// Admin is the back office's handler: reviews, sealed dossiers, bundles of
// couriers. It asks nobody who they are: serve it on a socket that only the
// gateway's own user can open.
func (g *Gateway) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /review", g.listReviews)
	mux.HandleFunc("GET /review/{id}", g.showReview)
	mux.HandleFunc("POST /review/{id}", g.decide)
	mux.HandleFunc("GET /sealed/{id}", g.sealed)
	mux.HandleFunc("GET /parts/{digest}", g.sealedPart)
	mux.HandleFunc("POST /import", g.importBundle)
	return mux
}

func (g *Gateway) listReviews(w http.ResponseWriter, r *http.Request) {
	lister, ok := g.ledger.(Lister)
	after, err1 := number(r, "after")
	limit, err2 := number(r, "limit")
	if !ok || err1 != nil || err2 != nil {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "after and limit are whole numbers, and the ledger has to be one that can be listed",
		})
		return
	}
	if limit == 0 || limit > maxListed {
		limit = maxListed
	}
	station, state := r.URL.Query().Get("station"), r.URL.Query().Get("state")
	records, err := lister.List(r.Context(), after, reviewScan)
	list := ReviewList{Dossiers: []Review{}}
	for _, record := range records {
		var v Review
		if v, err = g.review(r.Context(), record); err != nil {
			break
		}
		list.Next = record.Position
		if station != "" && v.Station != station || state != "" && v.State != state {
			continue
		}
		if list.Dossiers = append(list.Dossiers, v); len(list.Dossiers) == int(limit) {
			break
		}
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	if len(records) < reviewScan && (len(records) == 0 || list.Next == records[len(records)-1].Position) {
		list.Next = 0
	}
	g.reply(w, http.StatusOK, list)
}

// review puts together what is known of a record.
func (g *Gateway) review(ctx context.Context, record Record) (Review, error) {
	m, err := envelope.ParseManifest(record.Manifest)
	if err != nil {
		return Review{}, err
	}
	v := Review{
		ID: record.ID, Station: m.Station, Sequence: m.Sequence, Manifest: m.Digest, Position: record.Position, Time: record.Time,
		Bytes: m.Size(), Virtual: m.Virtual, Quarantine: record.Mark.Quarantine, CarriedBy: record.Mark.CarriedBy, State: StateCustody,
	}
	e, err := g.cfg.States.State(ctx, record.ID)
	if errors.Is(err, ErrNoRecord) {
		return v, nil
	}
	if err != nil {
		return Review{}, err
	}
	v.State, v.Section, v.Reason, v.Words, v.Deadline, v.At, v.By = e.State, e.Section, e.Reason, e.Words, e.Deadline, e.At, e.By
	return v, nil
}

// record finds the dossier of the path, or answers.
func (g *Gateway) record(w http.ResponseWriter, r *http.Request) (Record, bool) {
	id, ok := g.id(w, r)
	if !ok {
		return Record{}, false
	}
	record, err := g.ledger.Get(r.Context(), id)
	if errors.Is(err, ErrNoRecord) {
		g.refuse(w, r, http.StatusNotFound, uplink.Problem{Code: uplink.CodeNotFound, Message: "no such dossier"})
		return Record{}, false
	}
	if err != nil {
		g.fail(w, r, err)
		return Record{}, false
	}
	return record, true
}

func (g *Gateway) showReview(w http.ResponseWriter, r *http.Request) {
	record, ok := g.record(w, r)
	if !ok {
		return
	}
	v, err := g.review(r.Context(), record)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.reply(w, http.StatusOK, v)
}

// decide adds a step to a dossier.
func (g *Gateway) decide(w http.ResponseWriter, r *http.Request) {
	record, ok := g.record(w, r)
	if !ok {
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDecision))
	var d Decision
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	if err != nil {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{Code: uplink.CodeBadRequest, Message: "the body is no decision"})
		return
	}
	m, err := envelope.ParseManifest(record.Manifest)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	if words := g.wrong(d, m, record); words != "" {
		g.refuse(w, r, http.StatusUnprocessableEntity, uplink.Problem{Code: uplink.CodeBadRequest, Message: words})
		return
	}
	e, err := g.cfg.States.Append(r.Context(), Event{
		Station: m.Station, Dossier: m.Dossier, Manifest: m.Digest, State: d.State, Section: d.Section, Reason: d.Reason,
		Words: d.Words, Deadline: d.Deadline, By: d.By,
	})
	if errors.Is(err, ErrState) {
		g.refuse(w, r, http.StatusConflict, uplink.Problem{
			Code: uplink.CodeConflict, Message: "the dossier is " + e.State + " already: steps only go forward",
		})
		return
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.cfg.Log.Info("dossier decided", "dossier", m.Dossier, "station", m.Station, "state", e.State, "section", e.Section,
		"reason", e.Reason, "by", e.By, "cursor", strconv.FormatUint(e.Cursor, 10))
	g.showReview(w, r)
}

// wrong says why a decision cannot be taken, or "".
func (g *Gateway) wrong(d Decision, m *envelope.SignedManifest, record Record) string {
	notice := envelope.Notice{
		Cursor: 1, Station: m.Station, Dossier: m.Dossier, Manifest: m.Digest, State: d.State, Section: d.Section,
		Reason: d.Reason, Words: d.Words, Deadline: d.Deadline, At: record.Time,
	}
	by := notice
	by.Reason = d.By // the same limits
	// What cannot be signed now could never be told to the station.
	_, err1 := envelope.SignNotice(g.cfg.Key, notice)
	_, err2 := envelope.SignNotice(g.cfg.Key, by)
	switch {
	case d.By == "" || err1 != nil || err2 != nil:
		return "a decision names who decides; codes have at most 64 characters, words 1024 bytes"
	case record.Mark.Quarantine != "" && !d.Quarantined:
		return "the dossier is in quarantine (" + record.Mark.Quarantine + "): look at it, and say so with --quarantined"
	}
	fix := d.Section != "" && d.Reason != "" && !d.Deadline.IsZero()
	switch d.State {
	case "validated", "matched", "approved":
		if d.Section == "" && d.Reason == "" && d.Deadline.IsZero() {
			return ""
		}
		return "this step has no section, reason or deadline"
	case "rejected":
		if d.Reason != "" && d.Section == "" && d.Deadline.IsZero() {
			return ""
		}
		return "a rejection has a reason, and neither section nor deadline"
	case "fix-needed":
		if fix {
			return ""
		}
		return "what is to be fixed needs a section, a reason and a deadline"
	default:
		return "a dossier is validated, matched, approved, rejected or fix-needed"
	}
}
