// Package gateway is the central end of the wire: it takes parts and manifests
// from stations, keeps each dossier once, and answers with a signed receipt.
// The receipt is always rebuilt from the stored record, so that a replay a
// year later gives the same bytes.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Limits of a gateway.
const (
	maxMissingBody = 128 << 10 // JSON of envelope.MaxChunks digests, with room
	// DefaultInFlight is how many requests are under way at a time; more are
	// told to come back. Each holds at most one chunk: 128 MiB in all, and
	// slow lines do not shut the others out.
	DefaultInFlight = 512
	busyRetryAfter  = "2" // seconds; stations add their own jitter
)

// Config is what a Gateway needs. Key, Stations, Ledger and Chunks are
// required.
type Config struct {
	Key          *envelope.Signer // signs receipts
	Stations     Stations
	Recipients   []envelope.KeyID // keys the central can open; empty takes any
	AllowVirtual bool             // take dossiers captured on virtual devices
	InFlight     int              // requests at a time, 0 for DefaultInFlight
	Ledger       Ledger
	Chain        Chain
	States       States
	Chunks       ChunkStore
	Log          *slog.Logger // nil for none
}

// Gateway is an http.Handler. It is safe for concurrent use and holds no
// state of its own beside ledger and store.
type Gateway struct {
	cfg    Config
	ledger Ledger
	chunks ChunkStore
	mux    *http.ServeMux
	slots  chan struct{}
}

// New makes a gateway over its stores, which stay the caller's to close.
func New(cfg Config) (*Gateway, error) {
	if cfg.Key == nil || cfg.Stations == nil || cfg.Ledger == nil || cfg.Chunks == nil {
		return nil, errors.New("gateway: a receipt key, the stations' keys, a ledger and a chunk store are needed")
	}
	if cfg.InFlight <= 0 {
		cfg.InFlight = DefaultInFlight
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{cfg: cfg, ledger: cfg.Ledger, chunks: cfg.Chunks, slots: make(chan struct{}, cfg.InFlight)}
	g.mux = http.NewServeMux()
	g.mux.HandleFunc("POST /parts/missing", g.limited(g.missing))
	g.mux.HandleFunc("PUT /parts/{digest}", g.limited(g.putPart))
	g.mux.HandleFunc("PUT /dossiers/{id}", g.limited(g.putDossier))
	g.mux.HandleFunc("GET /dossiers/{id}", g.limited(g.getReceipt))
	g.mux.HandleFunc("GET /health", g.health)
	return g, nil
}

// ServeHTTP carries out the contract.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

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
		return nil, uplink.Station{}, err
	}
	return &envelope.Sealed{ID: id, Manifest: record.Manifest, Chunks: g.chunks}, station, nil
}

// limited admits as many requests as there are slots and tells the others
// when to come back.
func (g *Gateway) limited(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case g.slots <- struct{}{}:
			defer func() { <-g.slots }()
			next(w, r)
		default:
			g.refuse(w, http.StatusServiceUnavailable, uplink.Problem{
				Code: uplink.CodeBusy, Message: "the gateway has too much to do: come back after the time it names",
			})
		}
	}
}

// body reads a body of at most limit bytes, or answers and returns false.
func (g *Gateway) body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, bool) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		return raw, true
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		g.refuse(w, http.StatusRequestEntityTooLarge, uplink.Problem{
			Code: uplink.CodeTooLarge, Message: fmt.Sprintf("the body is over %d bytes", limit),
		})
	} else {
		g.refuse(w, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "the body broke off: send it again",
		})
	}
	return nil, false
}
