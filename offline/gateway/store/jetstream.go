package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tram-station/tram/offline/gateway"
)

// The streams of the ledger.
const (
	manifestStream   = "MANIFESTS" // manifest.<dossier>
	manifestPrefix   = "manifest."
	manifestSubjects = manifestPrefix + "*"
	chainStream      = "CHAIN"  // chain.<station>.<sequence>.…
	stateStream      = "STATES" // state.<station>.<dossier>

	serverStart   = 20 * time.Second
	clusterStart  = time.Minute // a cluster elects its leaders first
	ledgerTimeout = 10 * time.Second
	retryPause    = 200 * time.Millisecond

	headerQuarantine = "Tram-Quarantine"
	headerCarriedBy  = "Tram-Carried-By"
)

// Cluster says where the storage nodes are (tram-gateway store).
type Cluster struct {
	URLs        []string
	Replicas    int           // of each record; 0 for 3
	TLS         *tls.Config   // nil for plain connections on one machine
	Credentials string        // a NATS credentials file; "" for none
	Chunks      bool          // chunks go to the nodes too, not into files
	Wait        time.Duration // for the nodes to elect their leaders; 0 for a minute
}

// JetStream is the gateway's Ledger, Chain and States in NATS JetStream: one
// subject a dossier and at most one message a subject, so that the server
// itself refuses a second one; and nothing counts but what was read back.
type JetStream struct {
	replicas int
	live     atomic.Pointer[live]
	gaps     gapBook
	waiting  waiters

	// Of an embedded server only.
	dir      string
	room     *room
	broken   atomic.Pointer[error] // a write failed, and it was not opened anew yet
	stop     context.CancelFunc    // ends the watch
	watching sync.WaitGroup
}

// now is what to work with; it is there from the first prepare on.
func (j *JetStream) now() *live { return j.live.Load() }

// Connect uses the storage nodes of a cluster. It waits until they have
// elected their leaders.
func Connect(ctx context.Context, c Cluster) (*JetStream, error) {
	opts := []nats.Option{
		nats.Name("tram-gateway"), nats.MaxReconnects(-1), nats.ReconnectWait(retryPause),
		nats.RetryOnFailedConnect(true), nats.Timeout(ledgerTimeout),
		// What cannot be sent now must fail now: the station has its own queue.
		nats.ReconnectBufSize(-1),
	}
	if c.TLS != nil {
		opts = append(opts, nats.Secure(c.TLS))
	}
	if c.Credentials != "" {
		opts = append(opts, nats.UserCredentials(c.Credentials))
	}
	conn, err := nats.Connect(strings.Join(c.URLs, ","), opts...)
	if err != nil {
		return nil, fmt.Errorf("store: cluster: %w", err)
	}
	j := &JetStream{replicas: c.Replicas}
	if j.replicas == 0 {
		j.replicas = 3
	}
	if c.Wait == 0 {
		c.Wait = clusterStart
	}
	if err := j.prepare(ctx, &live{conn: conn}, c.Wait); err != nil {
		conn.Close()
		return nil, fmt.Errorf("store: cluster: no answer from %d nodes that keep %d copies: %w", len(c.URLs), j.replicas, err)
	}
	return j, nil
}

// prepare makes the streams where they are not there yet, and works with this
// connection from then on.
func (j *JetStream) prepare(ctx context.Context, l *live, wait time.Duration) (err error) {
	if l.js, err = jetstream.New(l.conn, jetstream.WithDefaultTimeout(ledgerTimeout)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	once := func(name, subjects string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Subjects: []string{subjects}, Discard: jetstream.DiscardNew,
			MaxMsgsPerSubject: 1, DiscardNewPerSubject: true, DenyDelete: true, DenyPurge: true,
		}
	}
	if l.manifests, err = l.stream(ctx, j.replicas, once(manifestStream, manifestSubjects)); err != nil {
		return err
	}
	if _, err = l.stream(ctx, j.replicas, once(chainStream, "chain.>")); err != nil {
		return err
	}
	_, err = l.stream(ctx, j.replicas, jetstream.StreamConfig{
		Name: stateStream, Subjects: []string{"state.*.*"}, DenyDelete: true, DenyPurge: true,
	})
	if err != nil {
		return err
	}
	if err := j.waiting.listen(l.conn); err != nil {
		return err
	}
	j.live.Store(l)
	return j.migrate(ctx)
}

// stream makes or finds a stream, again and again while a cluster elects.
func (l *live) stream(ctx context.Context, replicas int, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	cfg.Storage, cfg.Retention, cfg.Replicas = jetstream.FileStorage, jetstream.LimitsPolicy, replicas
	for {
		try, cancel := context.WithTimeout(ctx, ledgerTimeout)
		s, err := l.js.CreateOrUpdateStream(try, cfg)
		cancel()
		if err == nil {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("stream %s: %w", cfg.Name, err)
		case <-time.After(retryPause):
		}
	}
}

// Create stores a manifest under a free ID and returns what stands there.
func (j *JetStream) Create(ctx context.Context, id uuid.UUID, manifest []byte, mark gateway.Mark) (gateway.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	err := j.publishNew(ctx, manifestStream, manifestSubject(id), header(mark), manifest)
	// An acknowledgement is not asked for its word: only the record that is
	// read back counts. So a refused publish is an error only when there is
	// none.
	r, rerr := j.Get(ctx, id)
	if rerr != nil {
		return gateway.Record{}, errors.Join(err, rerr)
	}
	return r, nil
}

// publishNew writes a message to a subject that has none. An error does not
// say that it was not stored, nor a success more than that it was once: read.
func (j *JetStream) publishNew(ctx context.Context, stream, subject string, h nats.Header, data []byte) error {
	return j.publish(ctx, stream, 0, &nats.Msg{Subject: subject, Data: data, Header: h})
}

// publish writes a message on the condition that the newest of its subject is
// at the place last, 0 for none.
func (j *JetStream) publish(ctx context.Context, stream string, last uint64, m *nats.Msg) error {
	if err := j.Ready(); err != nil {
		return err
	}
	_, err := j.now().js.PublishMsg(ctx, m, jetstream.WithExpectLastSequencePerSubject(last), jetstream.WithExpectStream(stream))
	if err != nil {
		return fmt.Errorf("store: ledger: %w", err)
	}
	return nil
}

// Get returns the stored record. It comes from the stream's leader, never from
// a replica that lags.
func (j *JetStream) Get(ctx context.Context, id uuid.UUID) (gateway.Record, error) {
	m, err := j.read(ctx, manifestStream, ask{Last: manifestSubject(id)})
	if err != nil {
		return gateway.Record{}, err
	}
	return m.record(id), nil
}

func (m *message) record(id uuid.UUID) gateway.Record {
	return gateway.Record{ID: id, Manifest: m.Data, Position: m.Sequence, Time: m.Time, Mark: gateway.Mark{
		Quarantine: m.header(headerQuarantine), CarriedBy: m.header(headerCarriedBy),
	}}
}

// List returns records behind a position, in order.
func (j *JetStream) List(ctx context.Context, after uint64, limit int) ([]gateway.Record, error) {
	var records []gateway.Record
	for len(records) < limit {
		m, err := j.read(ctx, manifestStream, ask{Next: manifestSubjects, Sequence: after + 1})
		if errors.Is(err, gateway.ErrNoRecord) {
			break
		}
		if err != nil {
			return nil, err
		}
		id, err := uuid.Parse(strings.TrimPrefix(m.Subject, manifestPrefix))
		if err != nil {
			return nil, fmt.Errorf("store: position %d holds no dossier: %w", m.Sequence, err)
		}
		records, after = append(records, m.record(id)), m.Sequence
	}
	return records, nil
}

// Len is how many records there are.
func (j *JetStream) Len(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	info, err := j.now().manifests.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: ledger: %w", err)
	}
	return info.State.Msgs, nil
}

// Close ends the connection and then the embedded server.
func (j *JetStream) Close() error {
	if j.stop != nil {
		j.stop()
		j.watching.Wait()
	}
	if l := j.now(); l != nil {
		l.close()
	}
	return nil
}

func manifestSubject(id uuid.UUID) string { return manifestPrefix + id.String() }

// header carries what the gateway marked a manifest with.
func header(mark gateway.Mark) nats.Header {
	h := nats.Header{}
	if mark.Quarantine != "" {
		h.Set(headerQuarantine, mark.Quarantine)
	}
	if mark.CarriedBy != "" {
		h.Set(headerCarriedBy, mark.CarriedBy)
	}
	return h
}
