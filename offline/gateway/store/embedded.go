package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	watchEvery = time.Second
	readyStep  = 50 * time.Millisecond
	// endlessStore switches JetStream's own limit off, which is a part of what
	// was free when it started: room knows what is free now.
	endlessStore = 1 << 60
)

// errAnew says that the ledger takes nothing for a moment.
var errAnew = errors.New("store: the ledger could not write and is opened anew")

// live is what a JetStream works with now.
type live struct {
	server    *server.Server // nil where the nodes are other processes
	conn      *nats.Conn
	js        jetstream.JetStream
	manifests jetstream.Stream
}

// close ends the connection and then the embedded server.
func (l *live) close() {
	if l.conn != nil {
		l.conn.Close()
	}
	if l.server != nil {
		l.server.Shutdown()
		l.server.WaitForShutdown()
	}
}

// OpenJetStream starts an embedded server that keeps the folder and listens on
// no port. Where a write fails, JetStream takes nothing more in that stream
// until it starts again: that happens here, within the process, because the
// gateway's other work (receipts of old, news, certificates) goes on meanwhile,
// and a service that ends while its disk is full is soon not started any more.
func OpenJetStream(ctx context.Context, dir string) (*JetStream, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: ledger: %w", err)
	}
	j := &JetStream{replicas: 1, dir: dir, room: newRoom(dir)}
	if err := j.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store: ledger: %w", err), j.Close())
	}
	ctx, j.stop = context.WithCancel(context.WithoutCancel(ctx))
	j.watching.Go(func() { j.watch(ctx) })
	return j, nil
}

// start starts a server and puts it in the place of the one before, which has
// ended.
func (j *JetStream) start(ctx context.Context) error {
	s, err := server.NewServer(&server.Options{
		ServerName: "tram-gateway", DontListen: true, JetStream: true, StoreDir: j.dir,
		JetStreamMaxStore: endlessStore,
		SyncAlways:        true, // the default loses acknowledged records in a power cut
		NoSigs:            true, NoLog: true,
	})
	if err != nil {
		return err
	}
	l := &live{server: s}
	died := make(dead, 1)
	s.SetLogger(died, false, false)
	s.Start()
	if err = died.ready(s, serverStart); err != nil {
		err = fmt.Errorf("the embedded JetStream does not start: is the folder writable and used by one gateway only? %w", err)
	} else if l.conn, err = nats.Connect("", nats.InProcessServer(s), nats.MaxReconnects(-1)); err == nil {
		err = j.prepare(ctx, l, serverStart)
	}
	if err != nil {
		l.close()
	}
	return err
}

// dead hears the server's last word. A server that can not go on says so in its
// log alone: without it a start that failed at once would be waited for as long
// as one that reads a large ledger.
type dead chan error

func (d dead) Fatalf(format string, args ...any) {
	select {
	case d <- fmt.Errorf(format, args...):
	default:
	}
}

func (dead) Noticef(string, ...any) {}
func (dead) Warnf(string, ...any)   {}
func (dead) Errorf(string, ...any)  {}
func (dead) Debugf(string, ...any)  {}
func (dead) Tracef(string, ...any)  {}

// ready waits until the server takes connections; the error is its last word,
// or that the time is over.
func (d dead) ready(s *server.Server, within time.Duration) error {
	for until := time.Now().Add(within); ; {
		select {
		case err := <-d:
			return err
		default:
		}
		switch {
		case s.ReadyForConnections(readyStep):
			return nil
		case time.Now().After(until):
			return fmt.Errorf("not ready after %s", within)
		}
	}
}

// watch opens the ledger anew when a write of it failed and there is room.
func (j *JetStream) watch(ctx context.Context) {
	for pause(ctx, watchEvery) == nil {
		if j.broken.Load() == nil {
			err := unwell(j.now().server)
			if err == nil {
				continue
			}
			j.broken.Store(&err)
		}
		if j.room.check(ledgerPart) != nil {
			continue // to start writes, too
		}
		j.now().close()
		if err := j.start(ctx); err != nil {
			err = fmt.Errorf("%w: %w", errAnew, err)
			j.broken.Store(&err)
			continue
		}
		// What was seen and not durable is gone, and its place is free again.
		j.gaps.forget()
		j.broken.Store(nil)
	}
}

// unwell says why a stream of the ledger, or all of JetStream, takes nothing.
// What else lies in the folder does not count: a restart would not mend it.
func unwell(s *server.Server) error {
	ours := []string{manifestStream, chainStream, stateStream}
	for _, e := range s.Healthz(&server.HealthzOptions{Details: true}).Errors {
		if e.Type == server.HealthzErrorStream && slices.Contains(ours, e.Stream) || e.Type == server.HealthzErrorJetStream {
			return fmt.Errorf("%w: %s", errAnew, e.Error)
		}
	}
	return nil
}

// Ready returns why the ledger takes nothing: blob.ErrFull, or that it is just
// being opened anew.
func (j *JetStream) Ready() error {
	if err := j.room.check(ledgerPart); err != nil {
		return err
	}
	if err := j.broken.Load(); err != nil {
		return *err
	}
	return nil
}
