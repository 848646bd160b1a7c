package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
)

// storeFlags say where a gateway keeps what it takes.
type storeFlags struct {
	nats          []string
	replicas      int
	ca, cert, key string
	credentials   string
	chunksInNodes bool
	wait          time.Duration
}

func (s *storeFlags) add(f *pflag.FlagSet) {
	f.StringSliceVar(&s.nats, "nats", nil, "storage nodes, nats://HOST:PORT,… (default: a JetStream of its own in the folder)")
	f.IntVar(&s.replicas, "nats-replicas", 3, "copies that the storage nodes keep")
	f.StringVar(&s.ca, "nats-ca", "", "CA of the storage nodes' certificates in PEM; turns TLS on")
	f.StringVar(&s.cert, "nats-cert", "", "this gateway's certificate for the storage nodes in PEM")
	f.StringVar(&s.key, "nats-key", "", "its private key in PEM")
	f.StringVar(&s.credentials, "nats-creds", "", "NATS credentials file")
	f.DurationVar(&s.wait, "nats-wait", time.Minute, "how long to wait for the storage nodes to elect their leaders")
	f.BoolVar(&s.chunksInNodes, "nats-chunks", false, "keep chunks in the storage nodes too, so that gateways need no disk in common")
}

// open opens the stores that the flags name.
func (s *storeFlags) open(ctx context.Context, dir string) (*store.Stores, error) {
	if len(s.nats) == 0 {
		if s.chunksInNodes || s.ca != "" || s.credentials != "" {
			return nil, errors.New("the flags of storage nodes need --nats")
		}
		return store.Open(ctx, dir)
	}
	c, err := s.cluster()
	if err != nil {
		return nil, err
	}
	return store.OpenCluster(ctx, dir, c)
}

// cluster says where the storage nodes are.
func (s *storeFlags) cluster() (c store.Cluster, err error) {
	c = store.Cluster{URLs: s.nats, Replicas: s.replicas, Credentials: s.credentials, Chunks: s.chunksInNodes, Wait: s.wait}
	if s.ca == "" {
		return c, allLoopback(s.nats)
	}
	c.TLS, err = mutualTLS(s.ca, s.cert, s.key)
	return c, err
}

// witnesses returns what the gateways last saw of every station: in the
// folder, or in the cluster.
func (s *storeFlags) witnesses(ctx context.Context, dir string) (all []gateway.Witness, err error) {
	if len(s.nats) == 0 {
		d, err := gateway.OpenWitnesses(filepath.Join(dir, "witnesses"))
		if err != nil {
			return nil, err
		}
		return d.All()
	}
	c, err := s.cluster()
	if err != nil {
		return nil, err
	}
	j, err := store.Connect(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	w, err := j.OpenWitnesses(ctx)
	if err != nil {
		return nil, err
	}
	return w.All(ctx)
}

// mutualTLS is both sides' configuration among gateways and storage nodes: who
// has a certificate of the CA is one of them.
func mutualTLS(ca, cert, key string) (*tls.Config, error) {
	raw, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", ca)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the certificate for the storage nodes: %w", err)
	}
	return &tls.Config{
		RootCAs: roots, ClientCAs: roots, ClientAuth: tls.RequireAndVerifyClientCert,
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13,
	}, nil
}

// allLoopback refuses plain connections to other machines.
func allLoopback(addresses []string) error {
	for _, a := range addresses {
		host := strings.TrimPrefix(a, "nats://")
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return fmt.Errorf("%s is another machine: name the CA and the certificate", a)
		}
	}
	return nil
}

func newStoreCommand(dir *string) *cobra.Command {
	var n store.Node
	var ca, cert, key string
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Run one storage node; three of them keep the ledger of several gateways",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			n.Dir, n.Log = *dir, slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), nil))
			if ca != "" {
				if n.TLS, err = mutualTLS(ca, cert, key); err != nil {
					return err
				}
			} else if err := allLoopback([]string{n.Listen, n.Cluster}); err != nil {
				return err
			}
			return runNode(cmd, n)
		},
	}
	f := cmd.Flags()
	f.StringVar(&n.Name, "name", "", "the node's name, one in the cluster")
	f.StringVar(&n.Listen, "listen", "127.0.0.1:4222", "address for gateways")
	f.StringVar(&n.Cluster, "cluster", "127.0.0.1:6222", "address for the other nodes")
	f.StringSliceVar(&n.Routes, "routes", nil, "the nodes' cluster addresses, HOST:PORT,…; the own one may be among them")
	f.StringVar(&ca, "ca", "", "CA of nodes and gateways in PEM; needed beyond this machine")
	f.StringVar(&cert, "cert", "", "this node's certificate in PEM")
	f.StringVar(&key, "key", "", "its private key in PEM")
	f.BoolVar(&n.NoSync, "no-sync", false, "do not sync each record: loses what it acknowledged in a power cut (for tests)")
	_ = f.MarkHidden("no-sync")
	_ = cmd.MarkFlagRequired("name")
	return cmd
}

// runNode serves until the context ends; the first line on stdout says that
// the node takes connections.
func runNode(cmd *cobra.Command, n store.Node) error {
	stop, err := n.Start()
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(cmd.OutOrStdout(), "storage node %s serves on %s\n", n.Name, n.Listen)
	<-cmd.Context().Done()
	return nil
}
