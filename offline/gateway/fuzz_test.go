package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// memory is a Ledger, a Chain and a ChunkStore without disk: the fuzzer needs
// code that runs the same way each time, which JetStream's timers are not.
type memory struct {
	mu      sync.Mutex
	records map[uuid.UUID]gateway.Record
	links   map[uint64]gateway.Link
	chunks  envelope.Chunks
}

func newMemory() *memory {
	return &memory{records: map[uuid.UUID]gateway.Record{}, links: map[uint64]gateway.Link{}, chunks: envelope.Chunks{}}
}

func (m *memory) Link(_ context.Context, _ string, sequence uint64, l gateway.Link) (gateway.Link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if there, ok := m.links[sequence]; ok {
		return there, nil
	}
	m.links[sequence] = l
	return l, nil
}

func (m *memory) Gaps(context.Context, string, int) ([][2]uint64, uint64, error) {
	return [][2]uint64{{1, 2}}, 3, nil
}

func (m *memory) Day(context.Context, string, string) ([]uuid.UUID, error) {
	return []uuid.UUID{{1}}, nil
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
	store := newMemory()
	w.cfg.Ledger, w.cfg.Chunks, w.cfg.Chain = store, store, store
	stations := gateway.StationDir(filepath.Join(w.dir, "stations"))
	var err1, err2, err3 error
	w.cfg.Enrolment = stations
	w.cfg.Authority, err1 = gateway.OpenAuthority(w.dir, time.Now)
	w.cfg.Witnesses, err2 = gateway.OpenWitnesses(filepath.Join(w.dir, "witnesses"))
	w.cfg.Documents, err3 = gateway.OpenDocuments(filepath.Join(w.dir, "documents"), w.cfg.Key, time.Now)
	if err := errors.Join(err1, err2, err3); err != nil {
		f.Fatal(err)
	}
	w.start()
	s := w.seal(w.draft())
	w.parts(s)
	f.Add("PUT", "/dossiers/"+s.ID.String(), s.Manifest)
	f.Add("GET", "/dossiers/"+s.ID.String(), []byte{})
	f.Add("POST", "/parts/missing", []byte(`{"parts":["`+envelope.Sum(nil).String()+`"]}`))
	f.Add("PUT", "/parts/"+envelope.Sum([]byte("a")).String(), []byte("a"))
	f.Add("GET", "/health", []byte{})
	f.Add("GET", "/feed?after=18446744073709551615&wait=0", []byte{})
	f.Add("GET", "/catalogue", []byte{})
	f.Add("GET", "/documents/"+envelope.Sum([]byte("a")).String(), []byte{})
	f.Add("POST", "/reports/sets", []byte(`{"day":"2026-11-22","ids":["`+s.ID.String()+`"]}`))
	f.Add("GET", "/stations/requests/"+w.station.ID().String(), []byte{})
	csr, err := envelope.NewRequest(w.station, "tram-thu-001", "79")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("POST", "/stations/requests", csr)
	report, err := envelope.SignReport(w.station, envelope.Report{Station: "tram-thu-001", Number: 1, Audit: envelope.Head{Size: 2},
		Sets: []envelope.DaySet{{Day: "2026-11-22"}}, Events: []envelope.SecurityEvent{{Code: "lockout", Count: 1}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("POST", "/reports", report)
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		req, err := http.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
		if err != nil || !strings.HasPrefix(path, "/") {
			return
		}
		req.RemoteAddr = "127.0.0.1:4711"
		req.Header.Set(uplink.HeaderStation, "tram-thu-001")
		rec := httptest.NewRecorder()
		w.gw.ServeHTTP(rec, req)
		if rec.Code >= http.StatusInternalServerError {
			t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
		if rec.Header().Get("Content-Type") != uplink.TypeCOSE || !strings.HasPrefix(req.URL.Path, "/dossiers/") {
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

// FuzzPath: whatever a query or a path says, the answer is one that is
// described: JSON, or what was asked for.
func FuzzPath(f *testing.F) {
	w := newWorld(f)
	f.Add("/feed?after=1&wait=-1")
	f.Add("/dossiers/00000000-0000-0000-0000-000000000000")
	f.Add("/stations/requests/ZZ")
	f.Add("/documents/..%2f..%2freceipt.key")
	f.Fuzz(func(t *testing.T, path string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://gateway/"+strings.TrimPrefix(path, "/"), http.NoBody)
		if err != nil || strings.Contains(path, "wait=") {
			return // a fuzzer has no time to wait
		}
		req.RemoteAddr = "127.0.0.1:4711"
		req.Header.Set(uplink.HeaderStation, "tram-thu-001")
		rec := httptest.NewRecorder()
		w.gw.ServeHTTP(rec, req)
		if rec.Code >= http.StatusInternalServerError || bytes.Contains(rec.Body.Bytes(), []byte("PRIVATE KEY")) {
			t.Fatalf("GET %s: %d %s", path, rec.Code, rec.Body)
		}
	})
}
