// Package offline is the station's way out: a dossier that Submit took is
// sealed, durable, and goes to the central by itself, once, whenever the
// network allows. The station keeps no key that opens it again.
//
// What stays readable is a masked index: a keyed hash of the number, initials,
// how far the dossier is and the central's signed receipt. The central's words
// on it come back by a feed. A dossier that waits for a supervisor is sealed to
// that supervisor's key as well, outside the station's chain, until it is
// released. Every act stands in the audit log of the same database.
package offline

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
	"github.com/tram-station/tram/offline/uplink"
)

// Errors of Submit beside those of the queue.
var (
	// ErrOtherContent says that this ID was submitted before with other
	// content. A correction is a new dossier with a new ID.
	ErrOtherContent = errors.New("offline: this dossier was submitted before with other content: a correction needs a new ID")
	// ErrFull is queue.ErrFull.
	ErrFull = queue.ErrFull
	// ErrNotFound is queue.ErrNotFound.
	ErrNotFound = queue.ErrNotFound
	// ErrNoGateway says that the station is not paired.
	ErrNoGateway = errors.New("offline: no gateway: pair the station (--pairing)")
)

// State is how far a dossier has come.
type State = queue.State

// The states, as queue has them.
const (
	Draft     = queue.Draft
	Sealed    = queue.Sealed
	Sending   = queue.Sending
	Custody   = queue.Custody
	Validated = queue.Validated
	Matched   = queue.Matched
	Approved  = queue.Approved
	FixNeeded = queue.FixNeeded
	Rejected  = queue.Rejected
	Refused   = queue.Refused
	Damaged   = queue.Damaged
)

// Counter is a hardware counter that nobody sets back, such as a TPM's.
type Counter interface {
	Counter() (uint64, error)
	Increment() (uint64, error)
}

// Config is what an Outbox needs. Dir, StationID, Signer and Recipients are
// required; without GatewayURL and GatewayKey dossiers wait.
type Config struct {
	Dir        string
	StationID  string
	Province   string // of the station, for its certificate
	Version    string // of the program, for reports
	Signer     *envelope.Signer
	Former     []*envelope.PublicKey // of the station, before its key was rotated
	Rotation   []byte                // the former key's signed word for the present one, or nil
	Recipients []*envelope.Recipient // several while the central rotates
	GatewayURL string
	GatewayKey *envelope.PublicKey   // verifies what the central signs
	OtherKeys  []*envelope.PublicKey // that do so as well, while the central rotates
	Roots      *x509.CertPool        // of the gateway's certificate, nil for the system's
	Proxy      string                // see uplink.ParseProxy, "" for the environment's
	HTTPClient *http.Client          // nil for one of uplink.Transport with the station's certificate
	Gateway    uplink.Gateway        // instead of GatewayURL, when not nil
	// Documents is the folder of what the central hands out: rule packs, trust
	// lists, model packs, lists of officers. "" for none.
	Documents string
	// IndexKey is the secret of the hash by which a citizen's number is found
	// again; nil for one in the queue, which whoever has the disk can read.
	IndexKey []byte
	Policy   func() Policy         // in force now; nil for the zero Policy
	Counter  Counter               // anchors the audit log; nil for none
	Clock    func() envelope.Clock // evidence of time; nil for the system's clock over Now
	Now      func() time.Time      // nil for time.Now
	Log      *slog.Logger          // nil for none
}

// Pair takes the gateway's pairing into the configuration.
func (c *Config) Pair(p uplink.Pairing) error {
	if err := p.Check(); err != nil {
		return err
	}
	roots, err := p.Roots()
	if err != nil {
		return err
	}
	keys := p.Keys()
	c.GatewayURL, c.GatewayKey, c.OtherKeys, c.Recipients, c.Roots = p.URL, keys[0], keys[1:], p.To(), roots
	return nil
}

// centralKeys are those under which the central may have signed.
func (c *Config) centralKeys() []*envelope.PublicKey {
	if c.GatewayKey == nil {
		return nil
	}
	return append([]*envelope.PublicKey{c.GatewayKey}, c.OtherKeys...)
}

// Outbox is an open outbox. It is safe for concurrent use. submit orders
// submissions, so that manifests chain; it is taken before the queue's own
// lock, and after review, which orders the decisions of supervisors. syncing
// orders reports and documents. subs guards the watchers and is taken last.
type Outbox struct {
	cfg     Config
	queue   *queue.Queue
	gateway uplink.Gateway
	client  *uplink.Client // the gateway, when it speaks of more than custody; or nil
	line    *uplink.Clock  // the line's view of the true time
	tagKey  []byte
	index   []byte // key of the look-up hash
	wake    chan struct{}
	news    chan struct{} // something came into custody: the next report need not wait a day
	cert    certificate
	submit  sync.Mutex
	review  sync.Mutex
	syncing sync.Mutex
	subs    watchers
	told    told
	arrived arrived
}

// Open opens or makes the outbox of cfg.Dir. The errors are those of
// queue.Open and of an incomplete configuration.
func Open(cfg Config) (*Outbox, error) {
	if cfg.Signer == nil || cfg.StationID == "" || cfg.Dir == "" {
		return nil, errors.New("offline: the outbox needs a folder, a station ID and a station key")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Clock == nil {
		cfg.Clock = systemClock(cfg.Now)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	o := &Outbox{
		cfg: cfg, gateway: cfg.Gateway, line: &uplink.Clock{Now: cfg.Now},
		wake: make(chan struct{}, 1), news: make(chan struct{}, 1),
	}
	if o.gateway == nil && cfg.GatewayURL != "" {
		if cfg.GatewayKey == nil {
			return nil, errors.New("offline: the gateway's receipt key is missing: no receipt could be believed")
		}
		o.client = o.newClient()
		o.gateway = o.client
	}
	var err error
	o.queue, err = queue.Open(cfg.Dir, queue.Options{Quota: o.policy().Quota, Clock: cfg.Clock, Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	if err := o.begin(); err != nil {
		return nil, errors.Join(err, o.queue.Close())
	}
	return o, nil
}

// begin reads what the queue knows of itself.
func (o *Outbox) begin() (err error) {
	if o.tagKey, err = o.queue.TagKey(); err != nil {
		return err
	}
	if o.index = o.cfg.IndexKey; o.index == nil {
		o.index = o.tagKey
	}
	h, err := o.queue.Head()
	if err != nil {
		return err
	}
	if o.queue.Rebuilt() {
		o.tellAgain(h.Audit.Size)
	}
	if h.Trusted != 0 {
		o.line.Trust(time.UnixMilli(h.Trusted))
	}
	if err := o.cert.load(o.certificatePath()); err != nil {
		o.cfg.Log.Warn("the station's certificate is asked for anew", "error", err)
	}
	return o.anchor()
}

// newClient is the gateway at the end of the line.
func (o *Outbox) newClient() *uplink.Client {
	h := o.cfg.HTTPClient
	if h == nil {
		h = (&byPolicy{o: o}).client()
	}
	return &uplink.Client{
		URL: o.cfg.GatewayURL, Station: o.cfg.StationID, Key: o.cfg.GatewayKey, Keys: o.cfg.OtherKeys, HTTP: h, Clock: o.line,
	}
}

// OpenKey loads the station's key of dir, or makes one, and leaves the
// station's public half beside it as station.json for tram-gateway enrol.
func OpenKey(dir, stationID string) (*envelope.Signer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("offline: %w", err)
	}
	signer, err := envelope.OpenKey(filepath.Join(dir, "station.key"))
	if err != nil {
		return nil, err
	}
	public := uplink.Station{ID: stationID, Key: signer.Public()}
	return signer, public.Save(filepath.Join(dir, "station.json"))
}

// Close stops no Run: end its context first.
func (o *Outbox) Close() error { return o.queue.Close() }

// Room says whether there is room to capture another dossier: the error is
// ErrFull. Ask before the enrolment begins, not at its end.
func (o *Outbox) Room() error { return o.queue.Room() }

// Space is how much room there is, with a level to warn by.
func (o *Outbox) Space() (queue.Space, error) { return o.queue.Space() }

// Begin notes that an enrolment is under way: nothing but its ID and kind. A
// draft ends with Submit, Hold or Abandon.
func (o *Outbox) Begin(id uuid.UUID, kind string) error { return o.queue.Draft(id, kind, o.clock()) }

// Abandon ends a draft that will not be sealed.
func (o *Outbox) Abandon(id uuid.UUID) error { return o.queue.Abandon(id) }

// Submit seals the dossier and stores it durably. The same dossier twice is no
// error; ErrOtherContent, ErrFull and dossier.ErrForm are decisions.
func (o *Outbox) Submit(ctx context.Context, d *dossier.Dossier) error {
	e, err := o.entry(d)
	if err != nil {
		return err
	}
	return o.submitAs(ctx, d, e)
}

// entry is what the index keeps of a dossier.
func (o *Outbox) entry(d *dossier.Dossier) (queue.Entry, error) {
	if d.Station != o.cfg.StationID {
		return queue.Entry{}, fmt.Errorf("%w: it is of station %q, this is %q", dossier.ErrForm, d.Station, o.cfg.StationID)
	}
	tag, err := d.Tag(o.tagKey)
	if err != nil {
		return queue.Entry{}, err
	}
	return queue.Entry{
		ID: d.ID, Tag: tag, Kind: d.Kind, Masked: d.Masked, Enqueued: o.cfg.Now().UnixMilli(),
		Lookup: o.lookup(d.Lookup), Initials: d.Initials, Promise: queue.Promise(d.Promise), Corrects: d.Corrects, Section: d.Section,
	}, nil
}

func (o *Outbox) submitAs(ctx context.Context, d *dossier.Dossier, e queue.Entry) error {
	o.submit.Lock()
	defer o.submit.Unlock()
	switch there, err := o.queue.Get(d.ID); {
	case err == nil && there.Tag == e.Tag:
		return nil
	case err == nil:
		return ErrOtherContent
	case !errors.Is(err, queue.ErrNotFound):
		return err
	}
	sealed, err := o.seal(d)
	if err != nil {
		return err
	}
	if err := o.queue.Put(ctx, e, sealed); err != nil {
		return err
	}
	o.cfg.Log.Info("dossier sealed", "dossier", d.ID, "virtual", d.Virtual)
	o.publish(d.ID)
	o.kick()
	return nil
}

// seal continues the station's chain with the dossier.
func (o *Outbox) seal(d *dossier.Dossier) (*envelope.Sealed, error) {
	parts, err := d.Parts()
	if err != nil {
		return nil, err
	}
	counter := o.count()
	h, err := o.queue.Head()
	if err != nil {
		return nil, err
	}
	return envelope.Seal(o.cfg.Signer, o.cfg.Recipients, envelope.Draft{
		ID: d.ID, Station: d.Station, Sequence: h.Sequence, Previous: h.Previous, Created: o.clock(),
		Virtual: d.Virtual, Parts: parts, Audit: &h.Audit, Counter: counter,
	})
}

// kick wakes Run.
func (o *Outbox) kick() { poke(o.wake) }

// poke wakes whoever waits on the channel; one call is as good as many.
func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
