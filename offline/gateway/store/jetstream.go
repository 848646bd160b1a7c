package store

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

	"github.com/tram-station/tram/offline/gateway"
)

const (
	streamName    = "MANIFESTS"
	subjectPrefix = "manifest."
	serverStart   = 20 * time.Second
	ledgerTimeout = 10 * time.Second

	headerQuarantine = "Tram-Quarantine"
	headerCarriedBy  = "Tram-Carried-By"
)

// jetStream is a gateway.Ledger in an embedded NATS JetStream: one subject a dossier,
// at most one message a subject, every write synced before it is acknowledged.
type jetStream struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
}

// OpenJetStream starts an embedded server that keeps the folder and listens on
// no port.
func OpenJetStream(ctx context.Context, dir string) (gateway.Ledger, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: ledger: %w", err)
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "tram-gateway", DontListen: true, JetStream: true, StoreDir: dir,
		SyncAlways: true, // the default loses acknowledged records in a power cut
		NoSigs:     true, NoLog: true,
	})
	if err != nil {
		return nil, fmt.Errorf("store: ledger: %w", err)
	}
	s.Start()
	l := &jetStream{server: s}
	if err := l.connect(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store: ledger: %w", err), l.Close())
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

func (l *jetStream) Create(ctx context.Context, id uuid.UUID, manifest []byte, mark gateway.Mark) (gateway.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	_, err := l.js.PublishMsg(ctx, &nats.Msg{Subject: subject(id), Data: manifest, Header: header(mark)},
		jetstream.WithExpectLastSequencePerSubject(0), jetstream.WithExpectStream(streamName))
	// An acknowledgement is not asked for its word: only the record that is
	// read back counts. So a refused publish is an error only when there is
	// none.
	r, rerr := l.Get(ctx, id)
	if rerr != nil {
		return gateway.Record{}, errors.Join(err, rerr)
	}
	return r, nil
}

func (l *jetStream) Get(ctx context.Context, id uuid.UUID) (gateway.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	msg, err := l.stream.GetLastMsgForSubject(ctx, subject(id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return gateway.Record{}, gateway.ErrNoRecord
	}
	if err != nil {
		return gateway.Record{}, fmt.Errorf("store: ledger: %w", err)
	}
	return gateway.Record{ID: id, Manifest: msg.Data, Position: msg.Sequence, Time: msg.Time, Mark: gateway.Mark{
		Quarantine: msg.Header.Get(headerQuarantine), CarriedBy: msg.Header.Get(headerCarriedBy),
	}}, nil
}

func (l *jetStream) Len(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	info, err := l.stream.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: ledger: %w", err)
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
