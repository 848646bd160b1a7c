package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Limits of reports.
const (
	maxSetBody   = 1 << 20 // JSON of a day's dossiers
	maxAskDays   = 31      // for whose dossiers one report is asked
	maxGaps      = 100     // ranges named in one answer
	maxDiffer    = 1000
	witnessTries = 3 // of Witnesses.Advance
)

// Security events that the gateway itself finds. Those of stations come with
// their reports under codes of their own.
const (
	EventSequenceFork = "sequence-fork" // two manifests at one place of a station's chain
	EventSequenceBack = "sequence-back" // a station knows fewer of its manifests than the central
	EventAuditFork    = "audit-fork"    // an audit log does not continue what was witnessed
	EventReportBack   = "report-back"   // a report's number was used before: a restored snapshot or a cloned disk
	EventCounterBack  = "counter-back"  // the hardware counter went back: another machine
	EventCustody      = "custody-differs"
	EventKeyRotated   = "key-rotated"
)

// Witness is what the central saw last of a station.
type Witness struct {
	Station string          `json:"station"`
	Report  envelope.Digest `json:"report"` // of the signed report
	Number  uint64          `json:"number"`
	Audit   envelope.Head   `json:"audit"`
	Counter uint64          `json:"counter"`
	At      time.Time       `json:"at"` // by the gateway's clock
	Forks   uint64          `json:"forks"`
	Gaps    [][2]uint64     `json:"gaps"`
	Health  envelope.Health `json:"health"`
	Events  []Tally         `json:"events"` // counted over all reports
}

// Tally is how often something happened at a station.
type Tally struct {
	Code  string `json:"code"`
	Count uint64 `json:"count"`
}

// report takes a station's signed summary and says where the central differs.
// A revoked station may report: what it says may show what became of it.
func (g *Gateway) report(w http.ResponseWriter, r *http.Request, _ Caller, body []byte) {
	rep, ok := g.readReport(w, r, body)
	if !ok {
		return
	}
	reply, err := g.compare(r.Context(), rep)
	if err == nil {
		reply.Witnessed, err = g.witness(r.Context(), rep, envelope.Sum(body), reply.Gaps)
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.metrics.reported(rep.Health, g.cfg.Now())
	g.reply(w, http.StatusOK, reply)
}

func (g *Gateway) readReport(w http.ResponseWriter, r *http.Request, body []byte) (*envelope.SignedReport, bool) {
	rep, err := envelope.ParseReport(body)
	if err != nil {
		g.refuse(w, r, http.StatusUnprocessableEntity, uplink.Problem{Code: uplink.CodeBadRequest, Message: err.Error()})
		return nil, false
	}
	s, err := g.cfg.Stations.Station(rep.Key)
	if err != nil && !errors.Is(err, ErrUnknownStation) {
		g.fail(w, r, err)
		return nil, false
	}
	if err != nil || s.ID != rep.Station || rep.Verify(s.Key) != nil {
		g.refuse(w, r, http.StatusForbidden, uplink.Problem{
			Code: uplink.CodeSignature, Message: "the report is not signed by the station that it names",
		})
		return nil, false
	}
	return rep, true
}

// compare holds the station's chain and the sets of its days against the
// central's.
func (g *Gateway) compare(ctx context.Context, rep *envelope.SignedReport) (uplink.ReportReply, error) {
	var reply uplink.ReportReply
	gaps, last, err := g.cfg.Chain.Gaps(ctx, rep.Station, maxGaps)
	if err != nil {
		return reply, err
	}
	reply.Gaps = append(reply.Gaps, gaps...)
	if rep.Sequence < last {
		g.security(rep.Station, EventSequenceBack, "station", rep.Sequence, "central", last)
	}
	for _, set := range rep.Sets {
		ids, err := g.cfg.Chain.Day(ctx, rep.Station, set.Day)
		if err != nil {
			return reply, err
		}
		if set.Count != uint64(len(ids)) || set.Digest != envelope.SetDigest(ids) {
			reply.Ask = append(reply.Ask, set.Day)
			if len(reply.Ask) == maxAskDays {
				break
			}
		}
	}
	return reply, nil
}

// witness judges the report against the one before and keeps it. It returns
// the head of the audit log that the central has seen and found consistent.
func (g *Gateway) witness(ctx context.Context, rep *envelope.SignedReport, digest envelope.Digest, gaps [][2]uint64) (envelope.Head, error) {
	if g.cfg.Witnesses == nil {
		return rep.Audit, nil
	}
	for range witnessTries {
		old, err := g.cfg.Witnesses.Witness(ctx, rep.Station)
		if err != nil {
			return envelope.Head{}, err
		}
		if old.Report == digest {
			return old.Audit, nil // a replay
		}
		next, events := judgeReport(old, rep)
		next.Report, next.At, next.Gaps = digest, g.cfg.Now().UTC(), gaps
		err = g.cfg.Witnesses.Advance(ctx, old, next)
		if errors.Is(err, ErrMoved) {
			continue
		}
		if err != nil {
			return envelope.Head{}, err
		}
		for _, code := range events {
			g.security(rep.Station, code, "number", rep.Number, "audit", rep.Audit.Size, "seen", old.Audit.Size)
		}
		for _, e := range rep.Events {
			g.metrics.event(e.Code, e.Count)
			g.cfg.Log.Warn("security event at a station", "station", rep.Station, "code", e.Code, "count", e.Count,
				"first", time.UnixMilli(e.First).UTC(), "last", time.UnixMilli(e.Last).UTC())
		}
		return next.Audit, nil
	}
	return envelope.Head{}, ErrMoved
}

// judgeReport is the central's memory of a station after a report, and what it
// finds wrong with it.
func judgeReport(old Witness, rep *envelope.SignedReport) (next Witness, events []string) {
	next = old
	next.Station, next.Health = rep.Station, rep.Health
	next.Events = slices.Clone(old.Events)
	for _, e := range rep.Events {
		next.Events = addTally(next.Events, e.Code, e.Count)
	}
	if rep.Number <= old.Number {
		events = append(events, EventReportBack)
	}
	if rep.Counter < old.Counter {
		events = append(events, EventCounterBack)
	}
	switch {
	case rep.Audit.Size < old.Audit.Size, rep.Audit.Size == old.Audit.Size && rep.Audit != old.Audit:
		events = append(events, EventAuditFork)
	case old.Audit.Size == 0, rep.Audit == old.Audit:
		next.Audit = rep.Audit
	case rep.Since != old.Audit.Size:
		// The proof begins elsewhere, so it says nothing. The answer names the
		// head that was seen, and the station proves from there.
	case audit.Consistent(old.Audit, rep.Audit, rep.Proof) != nil:
		events = append(events, EventAuditFork)
	default:
		next.Audit = rep.Audit
	}
	next.Number, next.Counter = max(old.Number, rep.Number), max(old.Counter, rep.Counter)
	for _, code := range events {
		next.Events = addTally(next.Events, code, 1)
		if code == EventAuditFork {
			next.Forks++
		}
	}
	return next, events
}

// addTally counts an event. A station cannot make the list longer than a report
// and the gateway's own codes together.
func addTally(list []Tally, code string, n uint64) []Tally {
	const most = 128
	for i := range list {
		if list[i].Code == code {
			list[i].Count += n
			return list
		}
	}
	if len(list) >= most {
		return list
	}
	return append(list, Tally{code, n})
}

// compareSet names the dossiers of a day by which station and central differ.
func (g *Gateway) compareSet(w http.ResponseWriter, r *http.Request, c Caller, body []byte) {
	var set uplink.SetRequest
	err := json.Unmarshal(body, &set)
	if err == nil {
		_, err = time.Parse(time.DateOnly, set.Day)
	}
	if err != nil || len(set.IDs) > uplink.MaxSetIDs || c.Station == "" {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "the body is no list of at most 8192 dossiers of a day (2006-01-02) of the calling station",
		})
		return
	}
	reply := uplink.SetReply{Differences: []uplink.Difference{}}
	ours, err := g.cfg.Chain.Day(r.Context(), c.Station, set.Day)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	d := uplink.Difference{Day: set.Day, MissingHere: without(set.IDs, ours), MissingThere: without(ours, set.IDs)}
	if len(d.MissingHere)+len(d.MissingThere) > 0 {
		reply.Differences = append(reply.Differences, d)
	}
	if len(d.MissingHere) > 0 {
		// The station has receipts for what the central does not have of that day.
		g.security(c.Station, EventCustody, "day", set.Day, "missing", len(d.MissingHere))
	}
	g.reply(w, http.StatusOK, reply)
}

// without returns those of a that are not in b, at most maxDiffer of them.
func without(a, b []uuid.UUID) []uuid.UUID {
	in := make(map[uuid.UUID]bool, len(b))
	for _, id := range b {
		in[id] = true
	}
	out := []uuid.UUID{}
	for _, id := range a {
		if !in[id] && len(out) < maxDiffer {
			out = append(out, id)
		}
	}
	return out
}

// security tells the authority of something that should not be.
func (g *Gateway) security(station, code string, details ...any) {
	g.metrics.event(code, 1)
	g.cfg.Log.Warn("security event", append([]any{"station", station, "code", code}, details...)...)
}
