package store

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

// clusterName is the cluster that nodes belong to.
const clusterName = "tram"

// Node is one storage node: a NATS server with JetStream that syncs every
// record before it counts. Three nodes make a cluster that survives the loss of
// one and the power cut of all.
type Node struct {
	Name    string // one in the cluster
	Dir     string
	Listen  string   // HOST:PORT for gateways
	Cluster string   // HOST:PORT for the other nodes
	Routes  []string // HOST:PORT of the nodes
	TLS     *tls.Config
	NoSync  bool // the control of a fault test: loses acknowledged records
	Log     *slog.Logger
}

// Start runs the node until stop is called.
func (n Node) Start() (stop func(), err error) {
	opts, err := n.options()
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("store: node: %w", err)
	}
	if n.Log != nil {
		s.SetLoggerV2(nodeLog{n.Log}, false, false, false)
	}
	s.Start()
	stop = func() {
		s.Shutdown()
		s.WaitForShutdown()
	}
	if !s.ReadyForConnections(serverStart) {
		stop()
		return nil, fmt.Errorf("store: node: it does not start on %s and %s: are the addresses free and the folder writable?", n.Listen, n.Cluster)
	}
	return stop, nil
}

func (n Node) options() (*server.Options, error) {
	if n.Name == "" || n.Dir == "" {
		return nil, errors.New("store: node: it needs a name and a folder")
	}
	if err := os.MkdirAll(n.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: node: %w", err)
	}
	opts := &server.Options{
		ServerName: n.Name, JetStream: true, StoreDir: n.Dir, SyncAlways: !n.NoSync, NoSigs: true, NoLog: n.Log == nil,
		Cluster: server.ClusterOpts{Name: clusterName},
	}
	var err1, err2 error
	opts.Host, opts.Port, err1 = hostPort(n.Listen)
	opts.Cluster.Host, opts.Cluster.Port, err2 = hostPort(n.Cluster)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	for _, r := range n.Routes {
		if _, _, err := hostPort(r); err != nil {
			return nil, err
		}
		opts.Routes = append(opts.Routes, &url.URL{Scheme: "nats-route", Host: r})
	}
	if n.TLS != nil {
		opts.TLS, opts.TLSVerify, opts.TLSConfig = true, true, n.TLS
		opts.Cluster.TLSConfig = n.TLS
		opts.TLSTimeout, opts.Cluster.TLSTimeout = serverStart.Seconds(), serverStart.Seconds()
	}
	return opts, nil
}

func hostPort(address string) (string, int, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("store: node: %q is no HOST:PORT: %w", address, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" {
		return "", 0, fmt.Errorf("store: node: %q is no HOST:PORT", address)
	}
	return host, int(n), nil
}

// nodeLog hands the server's words on.
type nodeLog struct{ log *slog.Logger }

func (l nodeLog) Noticef(format string, v ...any) { l.log.Info(fmt.Sprintf(format, v...)) }
func (l nodeLog) Warnf(format string, v ...any)   { l.log.Warn(fmt.Sprintf(format, v...)) }
func (l nodeLog) Errorf(format string, v ...any)  { l.log.Error(fmt.Sprintf(format, v...)) }

// Fatalf does not end the process: Start sees that the server is not ready.
func (l nodeLog) Fatalf(format string, v ...any) { l.log.Error(fmt.Sprintf(format, v...)) }
func (l nodeLog) Debugf(string, ...any)          {}
func (l nodeLog) Tracef(string, ...any)          {}
