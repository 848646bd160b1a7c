package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// dossierBytes is the size of the dossier in the offline figures.
const dossierBytes = 2 << 20

func offlineFigures() []figure {
	return []figure{
		{"offline", "seal a 2 MiB dossier", benchSeal},
		{"offline", "enqueue a 2 MiB dossier (sealed, synced to disk)", func(b *testing.B) { benchOutbox(b, false) }},
		{"offline", "enqueue and sync a 2 MiB dossier to its receipt", func(b *testing.B) { benchOutbox(b, true) }},
	}
}

func benchSeal(b *testing.B) {
	signer, err := envelope.GenerateKey()
	if err != nil {
		b.Fatal(err)
	}
	id, err := envelope.GenerateIdentity()
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, dossierBytes)
	b.SetBytes(dossierBytes)
	for b.Loop() {
		_, err := envelope.Seal(signer, []*envelope.Recipient{id.Recipient()}, envelope.Draft{
			ID: uuid.Must(uuid.NewV7()), Station: demoStation, Sequence: 1,
			Parts: []envelope.Part{{Name: "evidence", MediaType: "application/octet-stream", Bytes: body}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// benchOutbox submits dossiers to a real outbox, and with sync waits for each
// receipt of a gateway process.
func benchOutbox(b *testing.B, sync bool) {
	dir, err := os.MkdirTemp("", "tram-bench-")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	g, err := startGateway(ctx, filepath.Join(dir, "gateway"))
	if err != nil {
		b.Fatal(err)
	}
	defer g.stop()
	box, err := benchBox(ctx, dir, g)
	if err != nil {
		b.Fatal(err)
	}
	ran := make(chan error, 1)
	if sync {
		go func() { ran <- box.Run(ctx) }()
	}
	changes := box.Watch(ctx)
	body := make([]byte, dossierBytes)
	b.SetBytes(dossierBytes)
	for b.Loop() {
		_, _ = rand.Read(body[:64]) // no two dossiers alike: equal parts are not sent again
		d := &dossier.Dossier{
			ID: uuid.Must(uuid.NewV7()), Kind: "bench", Station: demoStation, Begun: time.Now(), Sealed: time.Now(),
			Virtual: true, Sections: []dossier.Section{{Name: "evidence", MediaType: "application/octet-stream", Bytes: body}},
		}
		if err := box.Submit(ctx, d); err != nil {
			b.Fatal(err)
		}
		for sync {
			if s := <-changes; s.ID == d.ID && s.State == offline.Custody {
				break
			}
		}
	}
	cancel()
	if sync {
		err = <-ran
	}
	if err := errors.Join(err, box.Close()); err != nil && !errors.Is(err, context.Canceled) {
		b.Fatal(err)
	}
}

func benchBox(ctx context.Context, dir string, g *gatewayProcess) (*offline.Outbox, error) {
	pairing, err := uplink.LoadPairing(g.pairing)
	if err != nil {
		return nil, err
	}
	signer, err := offline.OpenKey(filepath.Join(dir, "station"), demoStation)
	if err != nil {
		return nil, err
	}
	cfg := offline.Config{
		Dir: filepath.Join(dir, "queue"), StationID: demoStation, Signer: signer,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	err = errors.Join(cfg.Pair(pairing), g.enrol(ctx, filepath.Join(dir, "station", "station.json")))
	if err != nil {
		return nil, err
	}
	return offline.Open(cfg)
}
