package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

// Time limits of the server. A chunk of 256 KiB on a line of 20 kbit/s takes
// under two minutes.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 3 * time.Minute
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second
	maxHeader     = 16 << 10
)

// runOptions are the flags of `tram-gateway run`.
type runOptions struct {
	dir, listen, url, cert, key string
	allowVirtual, untilEOF      bool
}

func newRunCommand(dir *string) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve until stopped; the first line on stdout is JSON and says that it is ready",
		Args: func(cmd *cobra.Command, args []string) error {
			if (o.cert == "") != (o.key == "") {
				return errors.New("--tls-cert and --tls-key go together")
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
	f.StringVar(&o.cert, "tls-cert", "", "certificate chain in PEM; needed beyond this machine")
	f.StringVar(&o.key, "tls-key", "", "private key of the certificate in PEM")
	f.BoolVar(&o.allowVirtual, "allow-virtual", false, "take dossiers captured on virtual devices (tests and demos)")
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
	k, err := openKeys(o.dir)
	if err != nil {
		return err
	}
	g, err := store.NewGateway(ctx, o.dir, gateway.Config{
		Key: k.receipt, Stations: stationDir(o.dir), AllowVirtual: o.allowVirtual,
		Recipients: []envelope.KeyID{k.identity.Recipient().ID()},
		Log:        slog.New(slog.NewJSONHandler(stderr, nil)),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	socket, err := listen(ctx, o)
	if err != nil {
		return err
	}
	if err := announce(stdout, o, k, socket.Addr()); err != nil {
		return errors.Join(err, socket.Close())
	}
	return serveOn(ctx, socket, g, o)
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
	if o.cert == "" && (addr == nil || !addr.IP.IsLoopback()) {
		return nil, errors.Join(fmt.Errorf("%s is reachable from other machines: name --tls-cert and --tls-key", o.listen), socket.Close())
	}
	return socket, nil
}

func announce(stdout io.Writer, o runOptions, k keys, addr net.Addr) error {
	url := o.url
	if url == "" {
		scheme := "http://"
		if o.cert != "" {
			scheme = "https://"
		}
		url = scheme + addr.String()
	}
	p := uplink.Pairing{URL: url, Recipient: k.identity.Recipient(), ReceiptKey: k.receipt.Public()}
	path := filepath.Join(o.dir, "pairing.json")
	if err := p.Save(path); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(ready{p.URL, p.Recipient, p.ReceiptKey, path})
}

func serveOn(ctx context.Context, socket net.Listener, h http.Handler, o runOptions) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}
	done := make(chan error, 1)
	go func() {
		if o.cert != "" {
			done <- srv.ServeTLS(socket, o.cert, o.key)
		} else {
			done <- srv.Serve(socket)
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return srv.Shutdown(stop)
}
