package gateway

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrNoRecord says that the ledger has no dossier of this ID.
var ErrNoRecord = errors.New("gateway: no such dossier")

// Record is one manifest as the ledger stores it.
type Record struct {
	ID       uuid.UUID
	Manifest []byte    // signed
	Position uint64    // in the ledger, from 1
	Time     time.Time // of storage, by the ledger's clock
}

// Ledger keeps manifests, one an ID, for ever.
type Ledger interface {
	// Create stores the manifest if the ID is free and returns what is stored
	// under it, read back: the manifest given, or the one that was first. What
	// it returns is durable.
	Create(ctx context.Context, id uuid.UUID, manifest []byte) (Record, error)
	// Get returns the stored record; the error is ErrNoRecord.
	Get(ctx context.Context, id uuid.UUID) (Record, error)
	// Len is how many records there are.
	Len(ctx context.Context) (uint64, error)
	Close() error
}

const (
	streamName    = "MANIFESTS"
	subjectPrefix = "manifest."
	serverStart   = 20 * time.Second
	ledgerTimeout = 10 * time.Second
)

// jetStream is a Ledger in an embedded NATS JetStream: one subject a dossier,
// at most one message a subject, every write synced before it is acknowledged.
type jetStream struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
}

// OpenJetStream starts an embedded server that keeps the folder and listens on
// no port.
func OpenJetStream(ctx context.Context, dir string) (Ledger, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("gateway: ledger: %w", err)
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "tram-gateway", DontListen: true, JetStream: true, StoreDir: dir,
		SyncAlways: true, // the default loses acknowledged records in a power cut
		NoSigs:     true, NoLog: true,
	})
	if err != nil {
		return nil, fmt.Errorf("gateway: ledger: %w", err)
	}
	s.Start()
	l := &jetStream{server: s}
	if err := l.connect(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("gateway: ledger: %w", err), l.Close())
	}
	return l, nil
}

func (l *jetStream) connect(ctx context.Context) (err error) {
	if !l.server.ReadyForConnections(serverStart) {
		return errors.New("the embedded JetStream does not start: is the folder writable and used by one gateway only?")
	}
	l.conn, err = nats.Connect("", nats.InProcessServer(l.server), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	if l.js, err = jetstream.New(l.conn); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, serverStart)
	defer cancel()
	l.stream, err = l.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Subjects: []string{subjectPrefix + "*"}, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
		MaxMsgsPerSubject: 1, DiscardNewPerSubject: true, DenyDelete: true, DenyPurge: true,
		AllowDirect: false, // reads come from the stream itself, never from a replica that lags
	})
	return err
}

func (l *jetStream) Create(ctx context.Context, id uuid.UUID, manifest []byte) (Record, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	_, err := l.js.PublishMsg(ctx, &nats.Msg{Subject: subject(id), Data: manifest},
		jetstream.WithExpectLastSequencePerSubject(0), jetstream.WithExpectStream(streamName))
	// An acknowledgement is not asked for its word: only the record that is
	// read back counts. So a refused publish is an error only when there is
	// none.
	r, rerr := l.Get(ctx, id)
	if rerr != nil {
		return Record{}, errors.Join(err, rerr)
	}
	return r, nil
}

func (l *jetStream) Get(ctx context.Context, id uuid.UUID) (Record, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	msg, err := l.stream.GetLastMsgForSubject(ctx, subject(id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Record{}, ErrNoRecord
	}
	if err != nil {
		return Record{}, fmt.Errorf("gateway: ledger: %w", err)
	}
	return Record{ID: id, Manifest: msg.Data, Position: msg.Sequence, Time: msg.Time}, nil
}

func (l *jetStream) Len(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	info, err := l.stream.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("gateway: ledger: %w", err)
	}
	return info.State.Msgs, nil
}

// Close ends the connection and then the server.
func (l *jetStream) Close() error {
	if l.conn != nil {
		l.conn.Close()
	}
	l.server.Shutdown()
	l.server.WaitForShutdown()
	return nil
}

func subject(id uuid.UUID) string { return subjectPrefix + id.String() }
