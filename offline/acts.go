package offline

import (
	"errors"
	"slices"
	"sync"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
)

// Codes of acts that are security events: their number since the last report
// goes to the central with the next one.
const (
	ActLockout            = "lockout"
	ActVerificationFailed = "verification-failed"
	ActAuditFork          = "audit-fork"
	ActKeyRefused         = "key-refused"
	ActIndexRebuilt       = queue.ActRebuilt
)

// ActHeldRejected is the act of a supervisor who dropped a held dossier.
const ActHeldRejected = "held-rejected"

var securityActs = []string{ActLockout, ActVerificationFailed, ActAuditFork, ActKeyRefused, ActIndexRebuilt}

// Codes of the outbox's own acts beside those of the queue.
const (
	actCounter    = "counter"
	actReported   = "reported"
	actDifference = "custody-differs"
	actExport     = "courier-export"
	actImport     = "courier-import"
	actReviewed   = "held-reviewed"
	actApproved   = "held-approved"
	actDocument   = "document-received"
	actCert       = "certificate-received"
)

// errEnough ends a walk over the audit log.
var errEnough = errors.New("enough")

// Act writes an act into the audit log, durably. who is an officer's ID or
// audit.Station; what is a code; masked and detail never hold a name or a full
// number.
func (o *Outbox) Act(who, what string, id uuid.UUID, masked, detail string) error {
	return o.queue.Act(audit.Act{At: o.clock(), Who: who, What: what, Dossier: id, Masked: masked, Detail: detail})
}

// act writes an act of the station itself. The log must stop no dossier: an
// error is logged and no more.
func (o *Outbox) act(what string, id uuid.UUID, detail string) {
	if err := o.Act(audit.Station, what, id, "", detail); err != nil {
		o.cfg.Log.Error("act not written", "act", what, "error", err)
	}
}

// once writes an act of the station itself where this run has not done so: what
// is tried again and again, and fails the same way, must not fill the log.
func (o *Outbox) once(what string, id uuid.UUID, detail string) {
	if o.told.first(what + " " + id.String() + " " + detail) {
		o.act(what, id, detail)
	}
}

// maxTold bounds what is remembered of a run.
const maxTold = 4096

// told remembers what was said. mu guards the rest.
type told struct {
	mu   sync.Mutex
	said map[string]bool
}

// first says whether this is said for the first time.
func (t *told) first(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.said[what] || len(t.said) >= maxTold {
		return false
	}
	if t.said == nil {
		t.said = map[string]bool{}
	}
	t.said[what] = true
	return true
}

// Acts calls fn for the acts of the audit log from number from on.
func (o *Outbox) Acts(from uint64, fn func(n uint64, a audit.Act) error) error {
	return o.queue.Audit(func(tx *bbolt.Tx) error { return audit.Each(tx, from, fn) })
}

// AuditHead is the head of the audit log as it stands.
func (o *Outbox) AuditHead() (h envelope.Head, err error) {
	err = o.queue.Audit(func(tx *bbolt.Tx) (err error) { h, err = audit.HeadOf(tx); return err })
	return h, err
}

// AuditVerify reads the whole audit log and compares it with what the central
// counter-signed and with the hardware counter.
func (o *Outbox) AuditVerify() (r audit.Report, err error) {
	anchor := audit.Anchor{}
	if o.cfg.Counter != nil {
		n, err := o.cfg.Counter.Counter()
		if err != nil {
			return r, err
		}
		anchor = audit.Anchor{Counter: n, Known: true}
	}
	err = o.queue.Audit(func(tx *bbolt.Tx) error {
		r, err = audit.Verify(tx, o.cfg.GatewayKey, anchor, o.cfg.OtherKeys...)
		begunAnew(tx, &r)
		return err
	})
	return r, err
}

// begunAnew finds a log whose first act says that the index was built anew: no
// act of before was left to be put back, so that nothing else shows that there
// were any.
func begunAnew(tx *bbolt.Tx, r *audit.Report) {
	// An act that can not be read is in the report already.
	_ = audit.Each(tx, 0, func(n uint64, a audit.Act) error {
		if n == 0 && a.What == ActIndexRebuilt {
			r.Problems = append(r.Problems, audit.Problem{Code: audit.Anew,
				What: "the log begins anew: all acts from before were lost with the index (" + a.Detail + "); compare the log's length with what the central has witnessed"})
		}
		return errEnough
	})
}

// anchor brings log and counter together at the start: a power cut may have
// come between them. A counter that is further than the log has seen another
// log: that is written down and reported, and stops no dossier.
func (o *Outbox) anchor() error {
	if o.cfg.Counter == nil {
		return nil
	}
	var last uint64
	err := o.queue.Audit(func(tx *bbolt.Tx) (err error) { last, err = audit.LastCounter(tx); return err })
	if err != nil {
		return err
	}
	now, err := o.cfg.Counter.Counter()
	switch {
	case err != nil:
		o.cfg.Log.Error("the hardware counter does not answer: the audit log is not anchored", "error", err)
	case last == now || last == 0:
	case last == now+1:
		if _, err := o.cfg.Counter.Increment(); err != nil {
			o.cfg.Log.Error("the hardware counter does not count: the audit log is not anchored", "error", err)
		}
	default:
		o.cfg.Log.Error("the audit log is not the one that the hardware counter saw last: an older copy was put back, or the disk is another machine's",
			"log", last, "counter", now)
		o.act(ActAuditFork, uuid.Nil, "counter")
	}
	return nil
}

// count moves the hardware counter on and returns its value, 0 for none. The
// act is durable before the counter moves. A counter that fails stops no
// dossier.
func (o *Outbox) count() uint64 {
	if o.cfg.Counter == nil {
		return 0
	}
	var last uint64
	err := o.queue.Audit(func(tx *bbolt.Tx) (err error) { last, err = audit.LastCounter(tx); return err })
	now, cerr := o.cfg.Counter.Counter()
	if err = errors.Join(err, cerr); err == nil && now+1 < last {
		err = errors.New("it is behind the log")
	}
	if err == nil && now+1 != last { // else the last count failed: the log has its act
		err = o.queue.Act(audit.Act{At: o.clock(), Who: audit.Station, What: actCounter, Counter: now + 1})
	}
	if err == nil {
		now, err = o.cfg.Counter.Increment()
	}
	if err != nil {
		o.cfg.Log.Error("the dossier is not anchored in the hardware counter", "error", err)
		return 0
	}
	return now
}

// securityEvents counts the security events of the acts from number from to
// number to.
func (o *Outbox) securityEvents(from, to uint64) ([]envelope.SecurityEvent, error) {
	events := []envelope.SecurityEvent{}
	err := o.Acts(from, func(n uint64, a audit.Act) error {
		if n >= to {
			return errEnough
		}
		if !slices.Contains(securityActs, a.What) {
			return nil
		}
		i := slices.IndexFunc(events, func(e envelope.SecurityEvent) bool { return e.Code == a.What })
		if i < 0 {
			events = append(events, envelope.SecurityEvent{Code: a.What, First: a.At.Wall})
			i = len(events) - 1
		}
		events[i].Count, events[i].Last = events[i].Count+1, a.At.Wall
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return events, err
}
