package gateway

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// missing answers which of the named parts are not there.
func (g *Gateway) missing(w http.ResponseWriter, r *http.Request) {
	raw, ok := g.body(w, r, maxMissingBody)
	if !ok {
		return
	}
	var ask uplink.MissingRequest
	if err := json.Unmarshal(raw, &ask); err != nil || len(ask.Parts) > envelope.MaxChunks {
		g.refuse(w, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "the body is no list of at most 1024 part digests",
		})
		return
	}
	reply := uplink.MissingReply{Missing: []envelope.Digest{}}
	for _, d := range ask.Parts {
		switch _, err := g.chunks.Size(d); {
		case errors.Is(err, envelope.ErrNoChunk):
			reply.Missing = append(reply.Missing, d)
		case err != nil:
			g.fail(w, r, err)
			return
		}
	}
	g.reply(w, http.StatusOK, reply)
}

// putPart stores one part; it is durable before the answer.
func (g *Gateway) putPart(w http.ResponseWriter, r *http.Request) {
	want, err := envelope.ParseDigest(r.PathValue("digest"))
	if err != nil {
		g.refuse(w, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "the part is not named by 64 lower-case hexadecimal digits",
		})
		return
	}
	raw, ok := g.body(w, r, envelope.ChunkSize)
	if !ok {
		return
	}
	if got := envelope.Sum(raw); got != want {
		g.refuse(w, http.StatusUnprocessableEntity, uplink.Problem{
			Code: uplink.CodeDigest, Message: "the part does not have its digest: send it again",
			Have: &want, Sent: &got,
		})
		return
	}
	if err := g.chunks.Put(envelope.Chunks{want: raw}); err != nil {
		g.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// putDossier commits a dossier whose parts are all there.
func (g *Gateway) putDossier(w http.ResponseWriter, r *http.Request) {
	id, ok := g.id(w, r)
	if !ok {
		return
	}
	raw, ok := g.body(w, r, envelope.MaxManifest)
	if !ok {
		return
	}
	m, status, problem := g.judge(id, raw)
	if problem != nil {
		g.cfg.Log.Warn("dossier refused", "dossier", id, "code", problem.Code)
		g.refuse(w, status, *problem)
		return
	}
	// A stored dossier needs no parts any more: the receipt is replayed.
	record, err := g.ledger.Get(r.Context(), id)
	if errors.Is(err, ErrNoRecord) {
		absent, err := g.absent(m)
		if err != nil {
			g.fail(w, r, err)
			return
		}
		if len(absent) > 0 {
			g.refuse(w, http.StatusFailedDependency, uplink.Problem{
				Code: uplink.CodePartsMissing, Message: "parts are missing: send them first", Missing: absent,
			})
			return
		}
		digests, _ := m.Chunks()
		if err := g.chunks.Keep(digests...); err != nil {
			g.fail(w, r, err)
			return
		}
		if record, err = g.ledger.Create(r.Context(), id, raw, Mark{}); err != nil {
			g.fail(w, r, err)
			return
		}
		g.cfg.Log.Info("dossier stored", "dossier", id, "station", m.Station, "sequence", m.Sequence,
			"position", record.Position, "bytes", m.Size(), "virtual", m.Virtual)
	} else if err != nil {
		g.fail(w, r, err)
		return
	}
	if have := envelope.Sum(record.Manifest); have != m.Digest {
		g.refuse(w, http.StatusConflict, uplink.Problem{
			Code:    uplink.CodeConflict,
			Message: "this dossier ID is stored with another manifest: a correction needs a new ID",
			Have:    &have, Sent: &m.Digest,
		})
		return
	}
	g.receipt(w, r, record)
}

// judge says whether a manifest may be stored at all.
func (g *Gateway) judge(id uuid.UUID, raw []byte) (*envelope.SignedManifest, int, *uplink.Problem) {
	no := func(status int, code uplink.Code, words string) (*envelope.SignedManifest, int, *uplink.Problem) {
		return nil, status, &uplink.Problem{Code: code, Message: words}
	}
	m, err := envelope.ParseManifest(raw)
	if err != nil {
		return no(http.StatusUnprocessableEntity, uplink.CodeManifest, err.Error())
	}
	if m.Dossier != id {
		return no(http.StatusUnprocessableEntity, uplink.CodeManifest, "the manifest is of another dossier")
	}
	station, err := g.cfg.Stations.Station(m.Key)
	if errors.Is(err, ErrUnknownStation) {
		return no(http.StatusForbidden, uplink.CodeUnknownStation,
			"the central does not know this station's key yet: have it enrolled (tram-gateway enrol)")
	}
	if err != nil {
		return no(http.StatusInternalServerError, uplink.CodeInternal, "the gateway cannot read its list of stations")
	}
	if station.ID != m.Station || m.Verify(station.Key) != nil {
		return no(http.StatusForbidden, uplink.CodeSignature, "the manifest is not signed by the station that it names")
	}
	if m.Virtual && !g.cfg.AllowVirtual {
		return no(http.StatusForbidden, uplink.CodeVirtual,
			"the dossier was captured on virtual devices: this gateway takes real ones only (for a test, start it with --allow-virtual)")
	}
	if !g.opens(m.Recipients) {
		return no(http.StatusUnprocessableEntity, uplink.CodeRecipient,
			"the dossier is sealed to a key that is not the central's: fetch the pairing file anew")
	}
	return m, 0, nil
}

// opens says whether the central has one of the keys.
func (g *Gateway) opens(recipients []envelope.KeyID) bool {
	if len(g.cfg.Recipients) == 0 {
		return true
	}
	for _, ours := range g.cfg.Recipients {
		for _, r := range recipients {
			if r == ours {
				return true
			}
		}
	}
	return false
}

// absent reads every part once more before the receipt: one that is damaged is
// removed, so that the station sends it again.
func (g *Gateway) absent(m *envelope.SignedManifest) ([]envelope.Digest, error) {
	var absent []envelope.Digest
	digests, lengths := m.Chunks()
	for i, d := range digests {
		b, err := g.chunks.Chunk(d)
		switch {
		case err == nil && len(b) == lengths[i]:
		case errors.Is(err, envelope.ErrNoChunk):
			absent = append(absent, d)
		case err == nil, errors.Is(err, envelope.ErrDigest):
			if err := g.chunks.Delete(d); err != nil {
				return nil, err
			}
			absent = append(absent, d)
		default:
			return nil, err
		}
	}
	return absent, nil
}

// getReceipt replays the receipt of a stored dossier.
func (g *Gateway) getReceipt(w http.ResponseWriter, r *http.Request) {
	id, ok := g.id(w, r)
	if !ok {
		return
	}
	record, err := g.ledger.Get(r.Context(), id)
	if errors.Is(err, ErrNoRecord) {
		g.refuse(w, http.StatusNotFound, uplink.Problem{Code: uplink.CodeNotFound, Message: "no such dossier"})
		return
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.receipt(w, r, record)
}

// receipt signs what the record says, and nothing else.
func (g *Gateway) receipt(w http.ResponseWriter, r *http.Request, record Record) {
	m, err := envelope.ParseManifest(record.Manifest)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	raw, err := envelope.SignReceipt(g.cfg.Key, envelope.Receipt{
		ID: record.ID, Manifest: m.Digest, LogPosition: record.Position, Time: record.Time, Audit: m.Audit,
	})
	if err != nil {
		g.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", uplink.TypeCOSE)
	_, _ = w.Write(raw) // a line that breaks here costs a replay
}

func (g *Gateway) health(w http.ResponseWriter, r *http.Request) {
	n, err := g.ledger.Len(r.Context())
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.reply(w, http.StatusOK, map[string]any{"status": "ok", "dossiers": n, "allow_virtual": g.cfg.AllowVirtual})
}

func (g *Gateway) id(w http.ResponseWriter, r *http.Request) (uuid.UUID, bool) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil || id.String() != r.PathValue("id") {
		g.refuse(w, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "the dossier is not named by a UUID in lower case",
		})
		return uuid.Nil, false
	}
	return id, true
}

// fail answers for what is the gateway's own fault: the station comes back.
func (g *Gateway) fail(w http.ResponseWriter, r *http.Request, err error) {
	g.cfg.Log.Error("request failed", "method", r.Method, "error", err)
	status, words := http.StatusServiceUnavailable, "the gateway cannot store at the moment: come back later"
	if errors.Is(err, blob.ErrFull) {
		status, words = http.StatusInsufficientStorage, "the gateway's disk is full: come back later"
	}
	g.refuse(w, status, uplink.Problem{Code: uplink.CodeInternal, Message: words})
}

func (g *Gateway) refuse(w http.ResponseWriter, status int, p uplink.Problem) {
	if status >= http.StatusInternalServerError {
		w.Header().Set("Retry-After", busyRetryAfter)
	}
	g.reply(w, status, p)
}

func (g *Gateway) reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", uplink.TypeJSON)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a line that breaks here is the station's to retry
}
