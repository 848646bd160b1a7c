package store_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
)

// benchWriters is how many dossiers come at the same time.
const benchWriters = 128

// manifestBytes is a manifest of twenty parts.
const manifestBytes = 1192

// benchCreate measures records acknowledged and read back, over the
// connections of several gateways.
func benchCreate(b *testing.B, gateways []*store.JetStream) {
	b.Helper()
	manifest := make([]byte, manifestBytes)
	var next atomic.Int64
	b.SetParallelism(benchWriters)
	b.ResetTimer()
	begun := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		j := gateways[int(next.Add(1))%len(gateways)]
		for pb.Next() {
			if _, err := j.Create(b.Context(), uuid.Must(uuid.NewV7()), manifest, gateway.Mark{}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "manifests/s")
}

func BenchmarkEmbedded(b *testing.B) {
	benchCreate(b, []*store.JetStream{embedded(b, b.TempDir())})
}

// BenchmarkChunks measures chunks put, kept and read back.
func BenchmarkChunks(b *testing.B) {
	for name, open := range map[string]func() gateway.ChunkStore{
		"files": func() gateway.ChunkStore {
			f, err := store.OpenFiles(b.TempDir() + "/chunks")
			must(b, err)
			return f
		},
		"jetstream": func() gateway.ChunkStore {
			c, err := embedded(b, b.TempDir()).OpenChunks(b.Context())
			must(b, err)
			return c
		},
	} {
		b.Run(name, func(b *testing.B) {
			c := open()
			b.SetBytes(envelope.ChunkSize)
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					id := uuid.New()
					d, bytes := chunk(id.String(), envelope.ChunkSize)
					if err := c.Put(envelope.Chunks{d: bytes}); err != nil {
						b.Error(err)
					}
					if err := c.Keep(d); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
