package gateway_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// memory is a Ledger and a ChunkStore without disk: the fuzzer needs code that
// runs the same way each time, which JetStream's timers are not.
type memory struct {
	mu      sync.Mutex
	records map[uuid.UUID]gateway.Record
	chunks  envelope.Chunks
}

func (m *memory) Create(_ context.Context, id uuid.UUID, manifest []byte, _ gateway.Mark) (gateway.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.records[id]; ok {
		return r, nil
	}
	r := gateway.Record{ID: id, Manifest: manifest, Position: uint64(len(m.records) + 1), Time: time.UnixMilli(1)}
	m.records[id] = r
	return r, nil
}

func (m *memory) Get(_ context.Context, id uuid.UUID) (gateway.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.records[id]; ok {
		return r, nil
	}
	return gateway.Record{}, gateway.ErrNoRecord
}

func (m *memory) Len(context.Context) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return uint64(len(m.records)), nil
}

func (m *memory) Close() error { return nil }

func (m *memory) Put(chunks envelope.Chunks) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for d, b := range chunks {
		m.chunks[d] = b
	}
	return nil
}

func (m *memory) Size(d envelope.Digest) (int64, error) {
	b, err := m.Chunk(d)
	return int64(len(b)), err
}

func (m *memory) Chunk(d envelope.Digest) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.chunks.Chunk(d)
}

func (m *memory) Keep(...envelope.Digest) error { return nil }

func (m *memory) Sweep(time.Time) (int, error) { return 0, nil }

func (m *memory) Delete(digests ...envelope.Digest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range digests {
		delete(m.chunks, d)
	}
	return nil
}

// FuzzRequest: whatever comes in, no fault of the gateway's own, and what
// leaves as a receipt verifies and is for a dossier that is stored.
func FuzzRequest(f *testing.F) {
	w := newWorld(f)
	if err := w.stores.Close(); err != nil {
		f.Fatal(err)
	}
	store := &memory{records: map[uuid.UUID]gateway.Record{}, chunks: envelope.Chunks{}}
	w.cfg.Ledger, w.cfg.Chunks = store, store
	w.start()
	s := w.seal(w.draft())
	w.parts(s)
	f.Add("PUT", "/dossiers/"+s.ID.String(), s.Manifest)
	f.Add("GET", "/dossiers/"+s.ID.String(), []byte{})
	f.Add("POST", "/parts/missing", []byte(`{"parts":["`+envelope.Sum(nil).String()+`"]}`))
	f.Add("PUT", "/parts/"+envelope.Sum([]byte("a")).String(), []byte("a"))
	f.Add("GET", "/health", []byte{})
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		req, err := http.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
		if err != nil || !strings.HasPrefix(path, "/") {
			return
		}
		req.RemoteAddr = "127.0.0.1:4711"
		rec := httptest.NewRecorder()
		w.gw.ServeHTTP(rec, req)
		if rec.Code >= http.StatusInternalServerError {
			t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
		if rec.Header().Get("Content-Type") != uplink.TypeCOSE {
			return
		}
		r, err := envelope.VerifyReceipt(w.cfg.Key.Public(), rec.Body.Bytes())
		if err != nil {
			t.Fatalf("a receipt that does not verify: %v", err)
		}
		if _, err := store.Get(t.Context(), r.ID); err != nil {
			t.Fatalf("a receipt for what is not stored: %v", err)
		}
	})
}
