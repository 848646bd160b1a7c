package gateway_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/veraison/go-cose"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// forge signs a manifest that no station's program makes.
func (w *world) forge(m envelope.Manifest) []byte {
	w.t.Helper()
	payload, err := envelope.Encode(m)
	if err != nil {
		w.t.Fatal(err)
	}
	key, _ := w.station.TLS(nil).PrivateKey.(*ecdsa.PrivateKey)
	signer, err := cose.NewSigner(cose.AlgorithmES256, key)
	if err != nil {
		w.t.Fatal(err)
	}
	id := w.station.ID()
	msg := cose.NewSign1Message()
	msg.Headers.Protected.SetAlgorithm(cose.AlgorithmES256)
	msg.Headers.Protected[cose.HeaderLabelKeyID] = id[:]
	msg.Headers.Protected[cose.HeaderLabelContentType] = "application/vnd.tram.manifest+cbor"
	msg.Payload = payload
	if err := msg.Sign(rand.Reader, nil, signer); err != nil {
		w.t.Fatal(err)
	}
	raw, err := msg.MarshalCBOR()
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

// A manifest that names a part of another dossier, with a length that it does
// not have, takes nothing away from the dossier in custody.
func TestLyingManifestTakesNothingAway(t *testing.T) {
	w := newWorld(t)
	s := w.seal(w.draft())
	if a := w.deliver(s); a.status != http.StatusOK {
		t.Fatal(a.status)
	}
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	lie := m.Manifest
	lie.Dossier, lie.Sequence, lie.Previous = uuid.Must(uuid.NewV7()), 2, m.Digest
	put := func() answer { return w.do("PUT", "/dossiers/"+lie.Dossier.String(), w.forge(lie)) }
	for i := range lie.Sections {
		lie.Sections[i].Size--
	}
	w.problem(put(), http.StatusUnprocessableEntity, uplink.CodeManifest)
	digests, _ := m.Chunks()
	for _, d := range digests {
		if _, err := w.stores.Chunks.Chunk(d); err != nil {
			t.Errorf("a part of the dossier in custody: %v", err)
		}
	}
	for i := range lie.Sections {
		lie.Sections[i].Size++
	}
	if a := put(); a.status != http.StatusOK {
		t.Errorf("control, the true lengths: %d %s", a.status, a.body)
	}
}
