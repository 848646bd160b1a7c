package faults_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/dossier"
)

const stationID = "tram-thu-001"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newDossier is of an invented person and about size bytes.
func newDossier(size int) *dossier.Dossier {
	noise := make([]byte, size)
	id := uuid.Must(uuid.NewV7())
	_, _ = rand.NewChaCha8([32]byte(append(id[:], id[:]...))).Read(noise)
	return &dossier.Dossier{
		ID: id, Kind: "citizen-level2", Station: stationID, Officer: "can-bo-01",
		Begun: time.UnixMilli(1_790_000_000_000).UTC(), Sealed: time.UnixMilli(1_790_000_100_000).UTC(), Virtual: true,
		Masked:   "N.V.T. ••••1234",
		Sections: []dossier.Section{{Name: dossier.EvidenceSection, MediaType: "application/cbor", Bytes: noise}},
	}
}

func parse(t *testing.T, name string) uuid.UUID {
	t.Helper()
	id, err := uuid.Parse(name)
	must(t, err)
	return id
}
