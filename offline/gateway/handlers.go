package gateway

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

const maxMissingBody = 128 << 10 // JSON of envelope.MaxChunks digests, with room

// missing answers which of the named parts are not there.
func (g *Gateway) missing(w http.ResponseWriter, r *http.Request, _ Caller, body []byte) {
	var ask uplink.MissingRequest
	if err := json.Unmarshal(body, &ask); err != nil || len(ask.Parts) > envelope.MaxChunks {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{
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
func (g *Gateway) putPart(w http.ResponseWriter, r *http.Request, _ Caller, body []byte) {
	want, ok := g.digest(w, r)
	if !ok {
		return
	}
	if got := envelope.Sum(body); got != want {
		g.refuse(w, r, http.StatusUnprocessableEntity, uplink.Problem{
			Code: uplink.CodeDigest, Message: "the part does not have its digest: send it again",
			Have: &want, Sent: &got,
		})
		return
	}
	if err := g.chunks.Put(envelope.Chunks{want: body}); err != nil {
		g.fail(w, r, err)
		return
	}
	g.metrics.partBytes.Add(float64(len(body)))
	w.WriteHeader(http.StatusNoContent)
}

// getReceipt replays the receipt of a stored dossier.
func (g *Gateway) getReceipt(w http.ResponseWriter, r *http.Request, _ Caller, _ []byte) {
	id, ok := g.id(w, r)
	if !ok {
		return
	}
	record, err := g.ledger.Get(r.Context(), id)
	if errors.Is(err, ErrNoRecord) {
		g.refuse(w, r, http.StatusNotFound, uplink.Problem{Code: uplink.CodeNotFound, Message: "no such dossier"})
		return
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	m, err := envelope.ParseManifest(record.Manifest)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.receipt(w, r, record, m)
}

// receipt answers with a record's receipt.
func (g *Gateway) receipt(w http.ResponseWriter, r *http.Request, record Record, m *envelope.SignedManifest) {
	raw, err := g.sign(record, m)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.replyCOSE(w, raw)
}

// sign makes the receipt of what the record says, and of nothing else.
func (g *Gateway) sign(record Record, m *envelope.SignedManifest) ([]byte, error) {
	return envelope.SignReceipt(g.cfg.Key, envelope.Receipt{
		ID: record.ID, Manifest: m.Digest, LogPosition: record.Position, Time: record.Time, Audit: m.Audit,
	})
}

func (g *Gateway) health(w http.ResponseWriter, r *http.Request, _ Caller, _ []byte) {
	n, err := g.ledger.Len(r.Context())
	if err == nil && g.cfg.Ready != nil {
		err = g.cfg.Ready() // a full disk is 507
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.reply(w, http.StatusOK, map[string]any{"status": "ok", "dossiers": n, "allow_virtual": g.cfg.AllowVirtual})
}

func (g *Gateway) id(w http.ResponseWriter, r *http.Request) (uuid.UUID, bool) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil || id.String() != r.PathValue("id") {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "the dossier is not named by a UUID in lower case",
		})
		return uuid.Nil, false
	}
	return id, true
}

func (g *Gateway) digest(w http.ResponseWriter, r *http.Request) (envelope.Digest, bool) {
	d, err := envelope.ParseDigest(r.PathValue("digest"))
	if err != nil {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "a part or document is not named by 64 lower-case hexadecimal digits",
		})
		return envelope.Digest{}, false
	}
	return d, true
}
