package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/tram-station/tram/offline/courier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// byCourier is noted of a dossier that came by hand.
const byCourier = "courier"

// centralName stands in a bundle of receipts where a station's name would.
const centralName = "central"

// putAtOnce is how many of a carried dossier's chunks are stored together.
const putAtOnce = 16

// sealed answers with a dossier's manifest and its station.
func (g *Gateway) sealed(w http.ResponseWriter, r *http.Request) {
	id, ok := g.id(w, r)
	if !ok {
		return
	}
	s, station, err := g.Dossier(r.Context(), id)
	switch {
	case errors.Is(err, ErrNoRecord):
		g.refuse(w, r, http.StatusNotFound, uplink.Problem{Code: uplink.CodeNotFound, Message: "no such dossier"})
	case err != nil:
		g.fail(w, r, err)
	default:
		g.reply(w, http.StatusOK, SealedReply{Station: station, Manifest: s.Manifest})
	}
}

// sealedPart answers with one part's bytes.
func (g *Gateway) sealedPart(w http.ResponseWriter, r *http.Request) {
	d, ok := g.digest(w, r)
	if !ok {
		return
	}
	b, err := g.chunks.Chunk(d)
	switch {
	case errors.Is(err, envelope.ErrNoChunk):
		g.refuse(w, r, http.StatusNotFound, uplink.Problem{Code: uplink.CodeNotFound, Message: "no such part"})
	case errors.Is(err, envelope.ErrDigest):
		g.refuse(w, r, http.StatusUnprocessableEntity, uplink.Problem{
			Code: uplink.CodeDigest, Message: "the stored part is damaged: restore it from the other copy",
		})
	case err != nil:
		g.fail(w, r, err)
	default:
		w.Header().Set("Content-Type", uplink.TypeChunk)
		_, _ = w.Write(b) // a line that breaks here is the caller's to see
	}
}

// ImportReply is what became of a courier's bundle, and the receipts for the
// way back.
type ImportReply struct {
	Outcome  courier.Outcome `json:"outcome"`
	Receipts []byte          `json:"receipts"` // a bundle of them
	// Error says why the bundle was not read to its end, "" when it was.
	Error string `json:"error,omitempty"`
}

// importBundle takes a courier's bundle. What it took before an error stays
// and has its receipts.
func (g *Gateway) importBundle(w http.ResponseWriter, r *http.Request) {
	var reply ImportReply
	var err error
	back := courier.Load{Station: centralName, At: g.cfg.Now()}
	reply.Outcome, err = courier.Read(r.Context(), r.Body, courier.Taker{
		Dossier: func(ctx context.Context, s *envelope.Sealed, _ *envelope.SignedManifest) error {
			receipt, known, err := g.carried(ctx, s)
			if err != nil {
				return err
			}
			back.Receipts = append(back.Receipts, courier.Receipt{ID: s.ID, Signed: receipt})
			if known {
				return courier.ErrKnown
			}
			return nil
		},
	})
	if err != nil {
		reply.Error = err.Error()
	}
	var bundle bytes.Buffer
	if err := courier.Write(&bundle, g.cfg.Key, back); err != nil {
		g.fail(w, r, err)
		return
	}
	reply.Receipts = bundle.Bytes()
	g.cfg.Log.Info("bundle imported", "station", reply.Outcome.Station, "taken", reply.Outcome.Dossiers, "known", reply.Outcome.Known,
		"refused", len(reply.Outcome.Refused), "whole", err == nil)
	g.reply(w, http.StatusOK, reply)
}

// carried takes a dossier that a courier brought, on the terms of one that came
// by line, and returns its receipt.
func (g *Gateway) carried(ctx context.Context, s *envelope.Sealed) (receipt []byte, known bool, err error) {
	m, station, _, problem := g.judge(s.ID, s.Manifest)
	if problem != nil {
		return nil, false, fmt.Errorf("%w: %s", courier.ErrRefused, problem.Message)
	}
	record, err := g.ledger.Get(ctx, s.ID)
	known = err == nil
	if errors.Is(err, ErrNoRecord) {
		if err = g.putCarried(s, m); err == nil {
			record, err = g.commit(ctx, m, station, Caller{Station: byCourier}, s.Manifest)
		}
	}
	if err != nil {
		return nil, false, err
	}
	if envelope.Sum(record.Manifest) != m.Digest {
		return nil, false, fmt.Errorf("%w: this dossier ID is stored with another manifest", courier.ErrRefused)
	}
	g.metrics.stored(record.Mark, !known)
	receipt, err = g.sign(record, m)
	return receipt, known, err
}

// putCarried stores the chunks of a carried dossier and reads them back.
func (g *Gateway) putCarried(s *envelope.Sealed, m *envelope.SignedManifest) error {
	digests, _ := m.Chunks()
	for len(digests) > 0 {
		n := min(putAtOnce, len(digests))
		some := make(envelope.Chunks, n)
		for _, d := range digests[:n] {
			b, err := s.Chunks.Chunk(d)
			if err != nil {
				return err
			}
			some[d] = b
		}
		if err := g.chunks.Put(some); err != nil {
			return err
		}
		digests = digests[n:]
	}
	absent, err := g.absent(m)
	if errors.Is(err, envelope.ErrManifest) {
		return fmt.Errorf("%w: %w", courier.ErrRefused, err)
	}
	if err == nil && len(absent) > 0 {
		err = fmt.Errorf("gateway: %d parts were not there when read back: import the bundle again", len(absent))
	}
	return err
}
