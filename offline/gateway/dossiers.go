package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Codes of quarantine: the dossier is in custody, but a person has to look
// before it is worked on.
const (
	QuarantineRevoked = "revoked" // the station's key was revoked
	QuarantineFork    = "fork"    // another manifest has the same place in the station's chain
)

// putDossier commits a dossier whose parts are all there.
func (g *Gateway) putDossier(w http.ResponseWriter, r *http.Request, c Caller, body []byte) {
	id, ok := g.id(w, r)
	if !ok {
		return
	}
	m, station, status, problem := g.judge(id, body)
	if problem != nil {
		g.cfg.Log.Warn("dossier refused", "dossier", id, "code", problem.Code)
		g.refuse(w, r, status, *problem)
		return
	}
	// A stored dossier needs no parts any more: the receipt is replayed.
	record, err := g.ledger.Get(r.Context(), id)
	fresh := errors.Is(err, ErrNoRecord)
	if fresh {
		absent, aerr := g.absent(m)
		if errors.Is(aerr, envelope.ErrManifest) {
			g.cfg.Log.Warn("dossier refused", "dossier", id, "code", uplink.CodeManifest)
			g.refuse(w, r, http.StatusUnprocessableEntity, uplink.Problem{Code: uplink.CodeManifest, Message: aerr.Error()})
			return
		}
		if aerr != nil {
			g.fail(w, r, aerr)
			return
		}
		if len(absent) > 0 {
			g.refuse(w, r, http.StatusFailedDependency, uplink.Problem{
				Code: uplink.CodePartsMissing, Message: "parts are missing: send them first", Missing: absent,
			})
			return
		}
		record, err = g.commit(r.Context(), m, station, c, body)
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	if have := envelope.Sum(record.Manifest); have != m.Digest {
		g.refuse(w, r, http.StatusConflict, uplink.Problem{
			Code:    uplink.CodeConflict,
			Message: "this dossier ID is stored with another manifest: a correction needs a new ID",
			Have:    &have, Sent: &m.Digest,
		})
		return
	}
	g.metrics.stored(record.Mark, fresh)
	g.receipt(w, r, record, m)
}

// judge says whether a manifest may be stored at all. A revoked station is no
// reason against it: what it enrolled before must not be lost.
func (g *Gateway) judge(id uuid.UUID, raw []byte) (*envelope.SignedManifest, uplink.Station, int, *uplink.Problem) {
	no := func(status int, code uplink.Code, words string) (*envelope.SignedManifest, uplink.Station, int, *uplink.Problem) {
		return nil, uplink.Station{}, status, &uplink.Problem{Code: code, Message: words}
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
	return m, station, 0, nil
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

// errLength says that a manifest lies about a part. The part may be another
// dossier's, so it stays.
var errLength = fmt.Errorf("%w: a part is not as long as the manifest says", envelope.ErrManifest)

// absent reads every part once more before the receipt: one that is damaged is
// removed, so that the station sends it again. The error is errLength when a
// part is whole and the manifest wrong.
func (g *Gateway) absent(m *envelope.SignedManifest) ([]envelope.Digest, error) {
	var absent []envelope.Digest
	digests, lengths := m.Chunks()
	for i, d := range digests {
		b, err := g.chunks.Chunk(d)
		switch {
		case err == nil && len(b) != lengths[i]:
			return nil, errLength
		case err == nil:
		case errors.Is(err, envelope.ErrNoChunk):
			absent = append(absent, d)
		case errors.Is(err, envelope.ErrDigest):
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

// commit makes the parts permanent, enters the manifest in the station's chain
// and then in the ledger. What breaks off in between is done again when the
// station sends the manifest again, which it does until it has a receipt.
func (g *Gateway) commit(ctx context.Context, m *envelope.SignedManifest, s uplink.Station, c Caller, raw []byte) (Record, error) {
	digests, _ := m.Chunks()
	if err := g.chunks.Keep(digests...); err != nil {
		return Record{}, err
	}
	mark, err := g.mark(ctx, m, s, c)
	if err != nil {
		return Record{}, err
	}
	record, err := g.ledger.Create(ctx, m.Dossier, raw, mark)
	if err != nil {
		return Record{}, err
	}
	g.cfg.Log.Info("dossier stored", "dossier", m.Dossier, "station", m.Station, "sequence", m.Sequence, "position", record.Position,
		"bytes", m.Size(), "virtual", m.Virtual, "quarantine", record.Mark.Quarantine, "carried_by", record.Mark.CarriedBy)
	return record, nil
}

// mark says what is to be noted of a dossier that is taken.
func (g *Gateway) mark(ctx context.Context, m *envelope.SignedManifest, s uplink.Station, c Caller) (Mark, error) {
	mark := Mark{}
	if c.Station != "" && c.Station != m.Station {
		mark.CarriedBy = c.Station
	}
	if !s.Revoked.IsZero() {
		mark.Quarantine = QuarantineRevoked
	}
	own := Link{Dossier: m.Dossier, Manifest: m.Digest}
	there, err := g.cfg.Chain.Link(ctx, m.Station, m.Sequence, own)
	if err != nil {
		return Mark{}, err
	}
	if there != own {
		mark.Quarantine = QuarantineFork
		g.security(m.Station, EventSequenceFork, "sequence", m.Sequence, "dossier", m.Dossier, "other", there.Dossier)
	}
	return mark, nil
}
