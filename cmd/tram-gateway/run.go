package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/central"
	"github.com/tram-station/tram/offline/uplink"
)

// Time limits of the server. The gateway itself sees to bodies and answers.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second
	maxHeader     = 16 << 10
)

// runOptions are the flags of `tram-gateway run`.
type runOptions struct {
	dir, listen, metrics, url, cert, key string
	register                             string
	hosts                                []string
	tls, allowVirtual, untilEOF          bool
	inFlight                             int
	weights                              map[string]int
	recipients                           []string
	store                                storeFlags
}

// secure says whether stations are served over TLS.
func (o runOptions) secure() bool { return o.tls || o.cert != "" }

func newRunCommand(dir *string) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve until stopped; the first line on stdout is JSON and says that it is ready",
		Args: func(cmd *cobra.Command, args []string) error {
			if (o.cert == "") != (o.key == "") {
				return errors.New("--tls-cert and --tls-key go together")
			}
			if o.tls && o.cert != "" {
				return errors.New("--tls makes a certificate of its own: leave out --tls-cert")
			}
			return cobra.NoArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.dir = *dir
			ctx := cmd.Context()
			if o.untilEOF {
				ctx = untilEOF(ctx, cmd.InOrStdin())
			}
			return serve(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8430", "address to serve on")
	f.StringVar(&o.url, "url", "", "address that stations use, for the pairing file (default: the one served on)")
	f.StringVar(&o.metrics, "metrics", "", "address to serve metrics on as well, over plain HTTP (default: /metrics for this machine only)")
	f.BoolVar(&o.tls, "tls", false, "serve over TLS with a certificate of the gateway's own authority, which the pairing file names")
	f.StringSliceVar(&o.hosts, "host", nil, "further names and addresses for that certificate")
	f.StringVar(&o.cert, "tls-cert", "", "certificate chain in PEM; needed beyond this machine")
	f.StringVar(&o.key, "tls-key", "", "private key of the certificate in PEM")
	f.BoolVar(&o.allowVirtual, "allow-virtual", false, "take dossiers captured on virtual devices (tests and demos)")
	f.StringVar(&o.register, "register", "", "folder of the reference register of invented citizens; their messages go to its folder messages")
	f.IntVar(&o.inFlight, "in-flight", gateway.DefaultInFlight, "requests that work on the stores at a time")
	f.StringToIntVar(&o.weights, "weight", nil, "share of a province in a full gateway, as province=number (default 1 each)")
	f.StringSliceVar(&o.recipients, "recipient", nil, "file with a recipient to seal to (tram-gateway identity), the newest first; its identity stays elsewhere")
	o.store.add(f)
	f.BoolVar(&o.untilEOF, "until-eof", false, "stop when standard input ends, for a program that starts the gateway")
	return cmd
}

// untilEOF returns a context that ends with the input.
func untilEOF(ctx context.Context, in io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, in)
	}()
	return ctx
}

// ready is the one line that says that the gateway serves.
type ready struct {
	URL        string              `json:"url"`
	Recipient  *envelope.Recipient `json:"recipient"`
	ReceiptKey *envelope.PublicKey `json:"receipt_key"`
	Pairing    string              `json:"pairing"` // path of the file with the three above
}

func serve(ctx context.Context, stdout, stderr io.Writer, o runOptions) (err error) {
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	k, err := openKeys(o.dir, o.recipients)
	if err != nil {
		return err
	}
	cfg, err := configure(o, k, log)
	if err != nil {
		return err
	}
	stores, err := o.store.open(ctx, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	g, err := gateway.New(stores.Into(cfg))
	if err != nil {
		return err
	}
	stopAdmin, err := serveAdmin(ctx, o.dir, g)
	switch {
	case err == nil:
		defer stopAdmin()
	case errors.Is(err, errSocketPath):
		log.Warn("no back office while the gateway runs", "error", err)
	default:
		return err
	}
	socket, err := listen(ctx, o)
	if err != nil {
		return err
	}
	address := o.address(socket.Addr())
	if socket, err = secured(socket, o, address, cfg.Authority); err != nil {
		return err
	}
	if err := announce(stdout, o, k, address, cfg.Authority); err != nil {
		return errors.Join(err, socket.Close())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { g.Sweep(ctx); return nil })
	group.Go(func() error { return serveOn(ctx, socket, g, g.Drain, log) })
	if o.metrics != "" {
		group.Go(func() error {
			var lc net.ListenConfig
			socket, err := lc.Listen(ctx, "tcp", o.metrics)
			if err != nil {
				return err
			}
			return serveOn(ctx, socket, g.Metrics(), nil, log)
		})
	}
	return group.Wait()
}

// configure opens what lies in the gateway's folder beside its stores.
func configure(o runOptions, k keys, log *slog.Logger) (gateway.Config, error) {
	authority, err1 := gateway.OpenAuthority(o.dir, time.Now)
	witnesses, err2 := gateway.OpenWitnesses(filepath.Join(o.dir, "witnesses"))
	documents, err3 := openDocuments(o.dir, k.receipt)
	if err := errors.Join(err1, err2, err3); err != nil {
		return gateway.Config{}, err
	}
	behind, err := openCentral(o, log)
	if err != nil {
		return gateway.Config{}, err
	}
	stations := stationDir(o.dir)
	if err := stations.Index(); err != nil {
		return gateway.Config{}, err
	}
	return gateway.Config{
		Key: k.receipt, Stations: stations, Enrolment: stations, Authority: authority, Witnesses: witnesses, Documents: documents,
		AllowVirtual: o.allowVirtual, Recipients: keyIDs(k.recipients), Registry: behind,
		InFlight: o.inFlight, Weights: o.weights, Log: log,
	}, nil
}

// openCentral opens what stands behind the gateway: the desk for exceptions
// always, the register and its messages where a folder of them is named.
func openCentral(o runOptions, log *slog.Logger) (http.Handler, error) {
	desk, err := central.OpenDesk(exceptionsDir(o.dir), log)
	if err != nil {
		return nil, err
	}
	h := central.Handler{Desk: desk, Caller: gateway.MountedCaller, Log: log}
	if o.register != "" {
		register, err1 := central.OpenRegister(o.register, log)
		messages, err2 := central.OpenSpool(filepath.Join(o.register, "messages"))
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		h.Registry, h.Messenger = register, messages
	}
	return h.Mux(), nil
}

// listen refuses to serve other machines without TLS: dossiers are sealed in
// any case, but who sends how many, and when, is nobody's business.
func listen(ctx context.Context, o runOptions) (net.Listener, error) {
	var lc net.ListenConfig
	socket, err := lc.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return nil, err
	}
	addr, _ := socket.Addr().(*net.TCPAddr)
	if !o.secure() && (addr == nil || !addr.IP.IsLoopback()) {
		return nil, errors.Join(fmt.Errorf("%s is reachable from other machines: use --tls, or name --tls-cert and --tls-key", o.listen), socket.Close())
	}
	return socket, nil
}

// address is where stations find the gateway.
func (o runOptions) address(addr net.Addr) string {
	switch {
	case o.url != "":
		return o.url
	case o.secure():
		return "https://" + addr.String()
	default:
		return "http://" + addr.String()
	}
}

// secured puts TLS on the socket. A certificate of the caller is asked for and
// not demanded: a station that has none yet asks for one here. The gateway
// itself judges it, and answers in words.
func secured(socket net.Listener, o runOptions, address string, a *gateway.Authority) (net.Listener, error) {
	if !o.secure() {
		return socket, nil
	}
	var cert tls.Certificate
	var err error
	if o.cert != "" {
		cert, err = tls.LoadX509KeyPair(o.cert, o.key)
	} else {
		cert, err = a.Server(o.names(socket.Addr(), address)...)
	}
	if err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return tls.NewListener(socket, &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS13,
		// A station has four requests under way: HTTP/2 brings it nothing, and its
		// streams would be one more thing to bound.
		NextProtos: []string{"http/1.1"},
	}), nil
}

// names are those that the gateway's own certificate is for.
func (o runOptions) names(addr net.Addr, address string) []string {
	names := append([]string{"localhost", "127.0.0.1", "::1"}, o.hosts...)
	if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
		names = append(names, u.Hostname())
	}
	if host, _, err := net.SplitHostPort(addr.String()); err == nil {
		names = append(names, host)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func announce(stdout io.Writer, o runOptions, k keys, address string, a *gateway.Authority) error {
	p := uplink.Pairing{URL: address, Recipient: k.recipients[0], Recipients: k.recipients[1:], ReceiptKey: k.receipt.Public()}
	if o.tls {
		p.CA = a.PEM()
	}
	path := filepath.Join(o.dir, "pairing.json")
	if err := p.Save(path); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(ready{p.URL, p.Recipient, p.ReceiptKey, path})
}

// serveOn serves until the context ends; then it lets what is under way end,
// and drain ends what would wait.
func serveOn(ctx context.Context, socket net.Listener, h http.Handler, drain func(), log *slog.Logger) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), // a port scan is no news
	}
	if drain != nil {
		srv.RegisterOnShutdown(drain)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(socket) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return srv.Shutdown(stop)
}
