// Package offline is the station's way out: a dossier that Submit took is
// sealed, durable, and goes to the central by itself, once, whenever the
// network allows. The station keeps no key that opens it again.
package offline

import (
	"context"
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
)

// State is how far a dossier has come.
type State = queue.State

// The states, as queue has them.
const (
	Sealed  = queue.Sealed
	Sending = queue.Sending
	Custody = queue.Custody
	Refused = queue.Refused
	Damaged = queue.Damaged
)

// Config is what an Outbox needs. Dir, StationID, Signer and Recipients are
// required; without GatewayURL and GatewayKey dossiers wait.
type Config struct {
	Dir        string
	StationID  string
	Signer     *envelope.Signer
	Recipients []*envelope.Recipient
	GatewayURL string
	GatewayKey *envelope.PublicKey // verifies receipts
	HTTPClient *http.Client        // nil for uplink.NewHTTPClient
	Gateway    uplink.Gateway      // instead of GatewayURL, when not nil
	Quota      int64               // most sealed bytes that wait, 0 for no own limit
	Now        func() time.Time    // nil for time.Now
	Log        *slog.Logger        // nil for none
}

// Pair takes the gateway's pairing into the configuration.
func (c *Config) Pair(p uplink.Pairing) error {
	if err := p.Check(); err != nil {
		return err
	}
	c.GatewayURL, c.GatewayKey, c.Recipients = p.URL, p.ReceiptKey, []*envelope.Recipient{p.Recipient}
	return nil
}

// Status is what the station may show of a dossier.
type Status struct {
	ID       uuid.UUID         `json:"id"`
	State    State             `json:"state"`
	Detail   string            `json:"detail,omitempty"` // why it waits or was refused, and what to do
	Kind     string            `json:"kind"`
	Masked   string            `json:"masked,omitempty"`
	Virtual  bool              `json:"virtual"`
	Sequence uint64            `json:"sequence"`
	Bytes    int64             `json:"bytes"` // sealed
	Enqueued time.Time         `json:"enqueued"`
	Tries    int               `json:"tries"`
	Manifest envelope.Digest   `json:"manifest"`
	Receipt  *envelope.Receipt `json:"receipt,omitempty"` // verified, in custody
}

// Outbox is an open outbox. It is safe for concurrent use. submit orders
// submissions, so that manifests chain; it is taken before the queue's own
// lock. subs guards the watchers and is taken last.
type Outbox struct {
	cfg     Config
	queue   *queue.Queue
	gateway uplink.Gateway
	tagKey  []byte
	wake    chan struct{}
	submit  sync.Mutex
	subs    watchers
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
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	o := &Outbox{cfg: cfg, gateway: cfg.Gateway, wake: make(chan struct{}, 1)}
	if o.gateway == nil && cfg.GatewayURL != "" {
		if cfg.GatewayKey == nil {
			return nil, errors.New("offline: the gateway's receipt key is missing: no receipt could be believed")
		}
		o.gateway = &uplink.Client{URL: cfg.GatewayURL, Key: cfg.GatewayKey, HTTP: cfg.HTTPClient}
	}
	var err error
	if o.queue, err = queue.Open(cfg.Dir, queue.Options{Quota: cfg.Quota, Log: cfg.Log}); err != nil {
		return nil, err
	}
	if o.tagKey, err = o.queue.TagKey(); err != nil {
		return nil, errors.Join(err, o.queue.Close())
	}
	return o, nil
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

// Submit seals the dossier and stores it durably. The same dossier twice is no
// error; ErrOtherContent, ErrFull and dossier.ErrForm are decisions.
func (o *Outbox) Submit(ctx context.Context, d *dossier.Dossier) error {
	if d.Station != o.cfg.StationID {
		return fmt.Errorf("%w: it is of station %q, this is %q", dossier.ErrForm, d.Station, o.cfg.StationID)
	}
	tag, err := d.Tag(o.tagKey)
	if err != nil {
		return err
	}
	o.submit.Lock()
	defer o.submit.Unlock()
	switch e, err := o.queue.Get(d.ID); {
	case err == nil && e.Tag == tag:
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
	e := queue.Entry{ID: d.ID, Tag: tag, Kind: d.Kind, Masked: d.Masked, Enqueued: o.cfg.Now().UnixMilli()}
	if err := o.queue.Put(ctx, e, sealed, sealed.Chunks.(envelope.Chunks)); err != nil {
		return err
	}
	o.cfg.Log.Info("dossier sealed", "dossier", d.ID, "virtual", d.Virtual)
	o.publish(d.ID)
	o.kick()
	return nil
}

func (o *Outbox) seal(d *dossier.Dossier) (*envelope.Sealed, error) {
	next, previous, trusted, err := o.queue.Head()
	if err != nil {
		return nil, err
	}
	parts, err := d.Parts()
	if err != nil {
		return nil, err
	}
	clock := envelope.Clock{Wall: o.cfg.Now().UnixMilli()}
	if !trusted.IsZero() {
		clock.Trusted = trusted.UnixMilli()
	}
	return envelope.Seal(o.cfg.Signer, o.cfg.Recipients, envelope.Draft{
		ID: d.ID, Station: d.Station, Sequence: next, Previous: previous,
		Created: clock, Virtual: d.Virtual, Parts: parts,
	})
}

// kick wakes Run.
func (o *Outbox) kick() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
