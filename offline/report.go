package offline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

const (
	// reportedDays is how many days of custody each report compares.
	reportedDays = 31
	// maxReports is how often one report is made again because the central had
	// seen another head of the audit log than the station thought.
	maxReports = 3
	maxMemory  = 4 << 10
)

// errForked says that the central has witnessed more of the audit log than
// there is.
var errForked = errors.New("offline: the central has seen more of this station's audit log than there is: an older copy of the folder was put back; call support")

// memory is what the station remembers of its reports. Losing it costs one
// report that is made twice.
type memory struct {
	Number    uint64        `json:"number"`    // of the last report that was made
	Witnessed envelope.Head `json:"witnessed"` // of the audit log, by the central's last answer
	Told      uint64        `json:"told"`      // acts before this number have had their security events told
}

// Report sends the station's signed summary now: which dossiers it believes to
// be in custody, the head of its audit log with the proof that it continues the
// one that the central saw, its health, and the security events since the last
// one. A gateway of an earlier version, which takes none, is no error.
func (o *Outbox) Report(ctx context.Context) error {
	o.syncing.Lock()
	defer o.syncing.Unlock()
	m := o.remember()
	for range maxReports {
		r, err := o.compose(m)
		if err != nil {
			return err
		}
		m.Number = r.Number
		if err := o.memorize(m); err != nil { // first: a number is used once
			return err
		}
		signed, err := envelope.SignReport(o.cfg.Signer, *r)
		if err != nil {
			return err
		}
		reply, err := o.client.Report(ctx, signed)
		if notThere(err) {
			return nil
		}
		if err != nil {
			return err
		}
		m.Told, m.Witnessed = r.Audit.Size, reply.Witnessed
		if err := o.memorize(m); err != nil {
			return err
		}
		if reply.Witnessed.Size > r.Audit.Size {
			o.once(ActAuditFork, uuid.Nil, "witnessed")
			return errForked
		}
		if err := o.reconcile(ctx, reply); err != nil {
			return err
		}
		if reply.Witnessed == r.Audit {
			o.act(actReported, uuid.Nil, fmt.Sprintf("number %d", r.Number))
			return nil
		}
	}
	return errors.New("offline: the central does not take this station's audit log: it reports the difference")
}

// compose makes the next report.
func (o *Outbox) compose(m memory) (*envelope.Report, error) {
	h, err := o.queue.Head()
	if err != nil {
		return nil, err
	}
	r := &envelope.Report{
		Station: o.cfg.StationID, Number: max(m.Number+1, h.Audit.Size), At: o.clock(),
		Sequence: h.Sequence - 1, Audit: h.Audit, Proof: []envelope.Digest{},
	}
	if m.Witnessed.Size <= h.Audit.Size {
		r.Since = m.Witnessed.Size
		err := o.queue.Audit(func(tx *bbolt.Tx) (err error) {
			// An act may have come since the head was read: the proof is to the
			// head of its own transaction.
			if r.Audit, err = audit.HeadOf(tx); err != nil {
				return err
			}
			r.Proof, err = audit.Proof(tx, r.Since)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if r.Sets, err = o.queue.Sets(o.line.Time().AddDate(0, 0, -reportedDays)); err != nil {
		return nil, err
	}
	if r.Events, err = o.securityEvents(min(m.Told, r.Audit.Size), r.Audit.Size); err != nil {
		o.cfg.Log.Error("the audit log cannot be read to its end", "error", err)
	}
	if o.cfg.Counter != nil {
		if r.Counter, err = o.cfg.Counter.Counter(); err != nil {
			o.cfg.Log.Error("the hardware counter does not answer", "error", err)
		}
	}
	r.Health, err = o.health()
	return r, err
}

func (o *Outbox) health() (envelope.Health, error) {
	s, err := o.queue.Space()
	if err != nil {
		return envelope.Health{}, err
	}
	waiting, err := o.queue.Waiting()
	if err != nil {
		return envelope.Health{}, err
	}
	h := envelope.Health{
		Version: o.cfg.Version, Free: s.Free, Total: s.Total, Held: uint64(max(s.Held, 0)), Waiting: uint64(len(waiting)),
	}
	if len(waiting) > 0 {
		h.Oldest = waiting[0].Enqueued
	}
	return h, nil
}

// reconcile sends the sets of the days that differ, and says by ID what one end
// has and the other has not.
func (o *Outbox) reconcile(ctx context.Context, reply *uplink.ReportReply) error {
	differences := reply.Differences
	for _, day := range reply.Ask {
		ids, err := o.queue.SetIDs(day)
		if err != nil {
			return err
		}
		d, err := o.client.Set(ctx, day, ids)
		if err != nil {
			return err
		}
		differences = append(differences, d...)
	}
	for _, d := range differences {
		// The station holds the central's signed receipt for each of these.
		for _, id := range d.MissingHere {
			o.cfg.Log.Error("the central does not find a dossier that it has signed for: keep the receipt and call support", "dossier", id, "day", d.Day)
			o.once(actDifference, id, d.Day)
		}
		if n := len(d.MissingThere); n > 0 {
			o.cfg.Log.Warn("the central has dossiers that this station has no receipt for", "day", d.Day, "dossiers", n)
		}
	}
	if len(reply.Gaps) > 0 {
		o.cfg.Log.Info("the central waits for earlier dossiers of this station", "gaps", len(reply.Gaps), "first", reply.Gaps[0][0])
	}
	return nil
}

func (o *Outbox) memoryPath() string { return filepath.Join(o.cfg.Dir, "reports.json") }

// remember reads the memory; one that is not there or not readable is empty.
func (o *Outbox) remember() (m memory) {
	info, err := os.Stat(o.memoryPath())
	if err == nil && info.Size() > maxMemory {
		err = errors.New("too long")
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(o.memoryPath())
	}
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			o.cfg.Log.Warn("the memory of reports is made anew", "error", err)
		}
		return memory{}
	}
	return m
}

// tellAgain sees to it that the next report tells the newest act of a log that
// lost its end, or began anew, with the index.
func (o *Outbox) tellAgain(size uint64) {
	m := o.remember()
	if size == 0 || m.Told < size {
		return
	}
	m.Told = size - 1
	if err := o.memorize(m); err != nil {
		o.cfg.Log.Error("the memory of reports is not written", "error", err)
	}
}

func (o *Outbox) memorize(m memory) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return envelope.SaveFile(o.memoryPath(), append(raw, '\n'), 0o600)
}
