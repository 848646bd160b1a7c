// Package gateway is the central end of the wire: it takes parts and manifests
// from stations, keeps each dossier once, and answers with a signed receipt.
// The receipt is always rebuilt from the stored record, so that a replay a
// year later gives the same bytes.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Limits of a gateway.
const (
	// DefaultInFlight is how many requests work on the stores at a time.
	DefaultInFlight = 512
	// bodyFactor is how many bodies may be under way for each of those: they
	// come over slow lines and hold at most one chunk each, 512 MiB in all.
	bodyFactor = 4
	// downloadPart of InFlight is how many documents may be under way, doorPart
	// how many bodies of callers that may be anyone.
	downloadPart = 4
	doorPart     = 8
	// stagedFor is how long a part waits for the manifest that names it.
	stagedFor  = 7 * 24 * time.Hour
	sweepEvery = 6 * time.Hour
)

// Config is what a Gateway needs. Key, Stations, Ledger, Chain, States and
// Chunks are required.
type Config struct {
	Key          *envelope.Signer // signs receipts, notices and the catalogue
	Stations     Stations
	Enrolment    Enrolment        // nil: certificates are not handed out here
	Authority    *Authority       // whose certificates count; nil: none do
	Witnesses    Witnesses        // nil: reports are not compared with earlier ones
	Documents    *DocumentDir     // nil: none
	Registry     http.Handler     // under /registry/, /messages/ and /exceptions; nil: none
	Recipients   []envelope.KeyID // keys the central can open; empty takes any
	AllowVirtual bool             // take dossiers captured on virtual devices
	InFlight     int              // requests at work at a time, 0 for DefaultInFlight
	Weights      map[string]int   // of provinces in admission, 1 where none is named
	Ledger       Ledger
	Chain        Chain
	States       States
	Chunks       ChunkStore
	Ready        func() error     // why the stores take nothing now, for health and metrics; nil: they always do
	Log          *slog.Logger     // nil for none
	Now          func() time.Time // nil for the system's clock
}

// Gateway is an http.Handler. It is safe for concurrent use and holds no
// state of its own beside ledger and store.
type Gateway struct {
	cfg     Config
	ledger  Ledger
	chunks  ChunkStore
	mux     *http.ServeMux
	metrics *metrics
	// A request passes bodies while its body comes and then work while the
	// stores are used, so that slow lines do not hold those up.
	// Bodies of those who need no certificate have a gate of their own, door.
	bodies, door, work, downloads *gate
	polls                         pollers
	drained                       chan struct{} // closed when none may wait any more
	drain                         sync.Once
	grace                         time.Duration // of a body, then
	rate                          int           // bytes a second
	writeGrace                    time.Duration // of each piece of an answer
}

// New makes a gateway over its stores, which stay the caller's to close.
func New(cfg Config) (*Gateway, error) {
	if cfg.Key == nil || cfg.Stations == nil || cfg.Ledger == nil || cfg.Chain == nil || cfg.States == nil || cfg.Chunks == nil {
		return nil, errors.New("gateway: a receipt key, the stations' keys, and stores for manifests, chains, states and chunks are needed")
	}
	if cfg.InFlight <= 0 {
		cfg.InFlight = DefaultInFlight
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	g := &Gateway{
		cfg: cfg, ledger: cfg.Ledger, chunks: cfg.Chunks, mux: http.NewServeMux(),
		bodies:    newGate(bodyFactor*cfg.InFlight, cfg.Weights, cfg.Now),
		door:      newGate(max(1, cfg.InFlight/doorPart), cfg.Weights, cfg.Now),
		work:      newGate(cfg.InFlight, cfg.Weights, cfg.Now),
		downloads: newGate(max(1, cfg.InFlight/downloadPart), cfg.Weights, cfg.Now),
		drained:   make(chan struct{}),
		grace:     bodyGrace, rate: bodyRate, writeGrace: writeGrace,
	}
	g.metrics = newMetrics(g)
	for _, rt := range g.routes() {
		g.mux.HandleFunc(rt.pattern, g.serve(rt))
	}
	return g, nil
}

// route is one line of the contract.
type route struct {
	pattern string
	who     access
	limit   int64 // of the body in bytes, 0 where there is none
	gate    *gate // the stores are used behind it; nil: the handler sees to that
	serve   func(w http.ResponseWriter, r *http.Request, c Caller, body []byte)
}

// routes lists the contract; openapi.yaml says the same in words.
func (g *Gateway) routes() []route {
	list := []route{
		{"POST /parts/missing", custody, maxMissingBody, g.work, g.missing},
		{"PUT /parts/{digest}", custody, envelope.ChunkSize, g.work, g.putPart},
		{"PUT /dossiers/{id}", custody, envelope.MaxManifest, g.work, g.putDossier},
		{"GET /dossiers/{id}", custody, 0, g.work, g.getReceipt},
		{"GET /feed", member, 0, nil, g.feed},
		{"POST /reports", custody, envelope.MaxManifest, g.work, g.report},
		{"POST /reports/sets", custody, maxSetBody, g.work, g.compareSet},
		{"POST /stations/requests", anyone, maxRequestBody, g.work, g.request},
		{"GET /stations/requests/{key}", anyone, 0, g.work, g.certificate},
		{"GET /catalogue", member, 0, g.work, g.catalogue},
		{"GET /documents/{digest}", member, 0, g.downloads, g.document},
		{"GET /openapi.yaml", anyone, 0, nil, g.describe},
		{"GET /health", anyone, 0, nil, g.health},
		{"GET /metrics", local, 0, nil, g.serveMetrics},
	}
	if g.cfg.Registry != nil {
		list = append(list,
			route{"/registry/", member, maxRegistryBody, g.work, g.registry},
			route{"/messages/", member, maxRegistryBody, g.work, g.registry},
			route{"POST /exceptions", member, maxRegistryBody, g.work, g.registry},
			route{"GET /exceptions/{id}", member, 0, nil, g.hold})
	}
	return list
}

// serve is what every request passes: who calls, admission of the body, the
// body, admission to the stores, the handler.
func (g *Gateway) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w, done := g.metrics.watch(w, rt.pattern)
		defer done()
		c, err := g.caller(r)
		if err == nil {
			err = rt.who.admits(c, r)
		}
		if err != nil {
			g.stranger(w, r, err)
			return
		}
		var body []byte
		if rt.limit > 0 {
			bodies := g.bodies
			if rt.who == anyone {
				bodies = g.door
			}
			leave, ok := g.enter(w, r, bodies, c)
			if !ok {
				return
			}
			body, ok = g.body(w, r, rt.limit)
			// It stays until the end, or slow stores would pile up bodies.
			defer leave()
			if !ok {
				return
			}
		}
		if rt.gate != nil {
			leave, ok := g.enter(w, r, rt.gate, c)
			if !ok {
				return
			}
			defer leave()
		}
		rt.serve(w, r, c, body)
	}
}

// enter passes a gate, or answers and returns false.
func (g *Gateway) enter(w http.ResponseWriter, r *http.Request, to *gate, c Caller) (leave func(), ok bool) {
	leave, retry, greedy := to.enter(r.Context(), c)
	if leave != nil {
		return leave, true
	}
	g.turnAway(w, r, retry, greedy)
	return nil, false
}

// ServeHTTP carries out the contract.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer g.broke()
	w = newPaced(w, g.cfg.Now, g.writeGrace)
	if h, pattern := g.mux.Handler(r); pattern == "" {
		g.stray(w, r, h)
		return
	}
	g.mux.ServeHTTP(w, r)
}

// broke notes where a handler broke, but not with which value: that may be what
// a station sent. The connection is then cut, as net/http does.
func (g *Gateway) broke() {
	if v := recover(); v != nil {
		if err, _ := v.(error); !errors.Is(err, http.ErrAbortHandler) {
			g.cfg.Log.Error("a fault of the gateway", "stack", string(debug.Stack()))
		}
		panic(http.ErrAbortHandler)
	}
}

// stray answers what is not in the contract as all else is answered. h is the
// mux's own answer: not found, or another method.
func (g *Gateway) stray(w http.ResponseWriter, r *http.Request, h http.Handler) {
	own := &bare{header: w.Header()}
	h.ServeHTTP(own, r)
	g.refuse(w, r, own.status, uplink.Problem{
		Code: uplink.CodeNotFound, Message: "no such path, or not with this method: GET /openapi.yaml lists them",
	})
}

// bare is an answer without its text.
type bare struct {
	header http.Header
	status int
}

func (b *bare) Header() http.Header            { return b.header }
func (b *bare) Write(text []byte) (int, error) { return len(text), nil }
func (b *bare) WriteHeader(status int)         { b.status = status }

// Drain answers the feeds that wait, so that a server can stop.
func (g *Gateway) Drain() { g.drain.Do(func() { close(g.drained) }) }

// Sweep drops, now and then until the context ends, parts that were put and
// that no manifest names.
func (g *Gateway) Sweep(ctx context.Context) {
	for {
		n, err := g.chunks.Sweep(g.cfg.Now().Add(-stagedFor))
		if err != nil {
			g.cfg.Log.Error("sweep of parts without a manifest", "error", err)
		} else if n > 0 {
			g.cfg.Log.Info("parts without a manifest dropped", "parts", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(sweepEvery):
		}
	}
}

// Dossier is what the ledger and the store keep of one dossier: still sealed.
func (g *Gateway) Dossier(ctx context.Context, id uuid.UUID) (*envelope.Sealed, uplink.Station, error) {
	record, err := g.ledger.Get(ctx, id)
	if err != nil {
		return nil, uplink.Station{}, err
	}
	m, err := envelope.ParseManifest(record.Manifest)
	if err != nil {
		return nil, uplink.Station{}, err
	}
	station, err := g.cfg.Stations.Station(m.Key)
	if err != nil {
		return nil, uplink.Station{}, fmt.Errorf("gateway: dossier %s: %w", id, err)
	}
	return &envelope.Sealed{ID: id, Manifest: record.Manifest, Chunks: g.chunks}, station, nil
}
