package gateway

import (
	"context"
	_ "embed"
	"net/http"

	"github.com/tram-station/tram/offline/uplink"
)

const (
	maxRegistryBody = 1 << 20
	typeYAML        = "application/yaml"
)

// description is the contract in OpenAPI 3.0: all that another client needs.
//
//go:embed openapi.yaml
var description []byte

func (g *Gateway) describe(w http.ResponseWriter, _ *http.Request, _ Caller, _ []byte) {
	w.Header().Set("Content-Type", typeYAML)
	_, _ = w.Write(description) // a line that breaks here is the reader's to retry
}

// hold hands on a question that may be held open: it has a place among the
// feeds that wait and no slot. Where there is none, and when the gateway stops,
// it is answered as things are.
func (g *Gateway) hold(w http.ResponseWriter, r *http.Request, c Caller, _ []byte) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	leave, ok := g.polls.enter(c.Station)
	if ok {
		defer leave()
	} else {
		cancel()
	}
	go func() {
		select {
		case <-g.drained:
			cancel()
		case <-ctx.Done():
		}
	}()
	g.registry(w, r.WithContext(ctx), c, nil)
}

// registry hands a request on to the handler of what is behind the gateway,
// with the caller as it was found in the header.
func (g *Gateway) registry(w http.ResponseWriter, r *http.Request, c Caller, body []byte) {
	r = r.Clone(r.Context())
	r.Header.Set(uplink.HeaderStation, c.Station)
	r.Body = readAgain(body)
	g.cfg.Registry.ServeHTTP(w, r)
}

// MountedCaller is, for a handler that is mounted as Config.Registry, the
// station that calls.
func MountedCaller(r *http.Request) (station string, ok bool) {
	station = r.Header.Get(uplink.HeaderStation)
	return station, station != ""
}
