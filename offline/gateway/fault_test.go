package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

// A chunk that rotted in the store is asked for again before a receipt.
func TestRottenChunk(t *testing.T) {
	w := newWorld(t)
	s := w.seal(w.draft())
	w.parts(s)
	for d := range s.Chunks.(envelope.Chunks) {
		path := filepath.Join(w.dir, "chunks-staged", d.String()[:2], d.String())
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		raw[0] ^= 1
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		break
	}
	p := w.problem(w.do("PUT", "/dossiers/"+s.ID.String(), s.Manifest), http.StatusFailedDependency, uplink.CodePartsMissing)
	if len(p.Missing) != 1 {
		t.Fatalf("missing %v", p.Missing)
	}
	body, err := json.Marshal(uplink.MissingRequest{Parts: p.Missing})
	if err != nil {
		t.Fatal(err)
	}
	if a := w.do("POST", "/parts/missing", body); !strings.Contains(string(a.body), p.Missing[0].String()) {
		t.Errorf("the rotten chunk is not asked for: %s", a.body)
	}
	if a := w.deliver(s); a.status != http.StatusOK {
		t.Errorf("after sending it again: %d %s", a.status, a.body)
	}
}

// fullDisk is a ChunkStore without room.
type fullDisk struct{ gateway.ChunkStore }

func (fullDisk) Size(envelope.Digest) (int64, error) { return 0, envelope.ErrNoChunk }
func (fullDisk) Put(envelope.Chunks) error           { return errors.Join(blob.ErrFull, syscall.ENOSPC) }

// brokenLedger stores nothing and says so.
type brokenLedger struct{ gateway.Ledger }

func (brokenLedger) Get(context.Context, uuid.UUID) (gateway.Record, error) {
	return gateway.Record{}, gateway.ErrNoRecord
}

func (brokenLedger) Create(context.Context, uuid.UUID, []byte, gateway.Mark) (gateway.Record, error) {
	return gateway.Record{}, errors.New("disk gone")
}

func (brokenLedger) Close() error { return nil }

func TestOwnFaultsComeWithRetryAfter(t *testing.T) {
	w := newWorld(t)
	s := w.seal(w.draft())
	cfg := w.cfg
	cfg.Chunks = fullDisk{}
	g, err := store.NewGateway(t.Context(), t.TempDir(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close() }()
	full := &world{t: t, cfg: cfg, gw: g}
	a := full.do("PUT", "/parts/"+envelope.Sum([]byte("a")).String(), []byte("a"))
	full.problem(a, http.StatusInsufficientStorage, uplink.CodeInternal)
	if a.header.Get("Retry-After") == "" {
		t.Error("a full gateway names no time to come back")
	}

	w.parts(s)
	w.cfg.Ledger = brokenLedger{}
	w.restart()
	a = w.do("PUT", "/dossiers/"+s.ID.String(), s.Manifest)
	w.problem(a, http.StatusServiceUnavailable, uplink.CodeInternal)
	if a.header.Get("Retry-After") == "" {
		t.Error("a broken ledger names no time to come back")
	}
}

// stuck is a ChunkStore that answers when it may.
type stuck struct {
	gateway.ChunkStore
	leave chan struct{}
}

func (s stuck) Size(envelope.Digest) (int64, error) {
	<-s.leave
	return 0, envelope.ErrNoChunk
}

func TestBusy(t *testing.T) {
	w := newWorld(t)
	if err := w.stores.Close(); err != nil {
		t.Fatal(err)
	}
	leave := make(chan struct{})
	w.cfg.InFlight, w.cfg.Chunks = 1, stuck{leave: leave}
	w.start()
	ask := func() answer {
		return w.do("POST", "/parts/missing", []byte(`{"parts":["`+envelope.Sum(nil).String()+`"]}`))
	}
	answers := make(chan answer, 4)
	for range 4 { // one works, two wait, and one is too many
		go func() { answers <- ask() }()
	}
	a := <-answers
	w.problem(a, http.StatusServiceUnavailable, uplink.CodeBusy)
	if a.header.Get("Retry-After") == "" {
		t.Error("a busy gateway names no time to come back")
	}
	if a := w.do("GET", "/health", nil); a.status != http.StatusOK {
		t.Errorf("health of a busy gateway: %d", a.status)
	}
	close(leave)
	for range 3 {
		if a := <-answers; a.status != http.StatusOK {
			t.Errorf("one that waited for its turn: %d %s", a.status, a.body)
		}
	}
	if a := ask(); a.status != http.StatusOK {
		t.Errorf("control, idle again: %d", a.status)
	}
}

func TestLocked(t *testing.T) {
	w := newWorld(t)
	if _, err := store.NewGateway(t.Context(), w.dir, w.cfg); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a second gateway on the folder: %v", err)
	}
	w.restart()
}

// One station with too much under way hears so, and the others do not.
func TestTooMany(t *testing.T) {
	w := prepare(t)
	leave := make(chan struct{})
	w.cfg.InFlight, w.cfg.Chunks = 16, stuck{leave: leave}
	w.start()
	ask := func(station string) answer {
		r := localRequest("POST", "/parts/missing", strings.NewReader(`{"parts":["`+envelope.Sum(nil).String()+`"]}`))
		r.Header.Set(uplink.HeaderStation, station)
		rec := httptest.NewRecorder()
		w.gw.ServeHTTP(rec, r)
		return answer{rec.Code, rec.Body.Bytes(), rec.Header()}
	}
	answers := make(chan answer, 10)
	for range 9 {
		go func() { answers <- ask("tram-thu-001") }()
	}
	a := <-answers
	w.problem(a, http.StatusTooManyRequests, uplink.CodeTooMany)
	if a.header.Get("Retry-After") == "" {
		t.Error("no time to come back is named")
	}
	go func() { answers <- ask("tram-thu-002") }()
	close(leave)
	for range 9 {
		if a := <-answers; a.status != http.StatusOK {
			t.Errorf("eight of one station and one of another: %d %s", a.status, a.body)
		}
	}
}

// Parts that no manifest names are dropped after a week; those of a dossier
// stay.
func TestSweep(t *testing.T) {
	w := newWorld(t)
	kept := w.seal(w.draft())
	if a := w.deliver(kept); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	lost := []byte("a part without a manifest")
	if a := w.do("PUT", "/parts/"+envelope.Sum(lost).String(), lost); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	sweep := func(days int) (here bool) {
		t.Helper()
		cfg := w.cfg
		cfg.Now = func() time.Time { return time.Now().AddDate(0, 0, days) }
		g, err := gateway.New(w.stores.Into(cfg))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // once
		g.Sweep(ctx)
		for d := range kept.Chunks.(envelope.Chunks) {
			if _, err := w.stores.Chunks.Chunk(d); err != nil {
				t.Fatalf("a dossier lost a part: %v", err)
			}
		}
		_, err = w.stores.Chunks.Size(envelope.Sum(lost))
		return err == nil
	}
	if !sweep(6) {
		t.Error("control: dropped before its time")
	}
	if sweep(8) {
		t.Error("still there after eight days")
	}
}

// torn is a ChunkStore that breaks, with what it was given.
type torn struct{ gateway.ChunkStore }

func (torn) Put(chunks envelope.Chunks) error { panic(chunks) }

// A fault of the gateway itself is in its log, without what was sent.
func TestFaultIsLogged(t *testing.T) {
	w := newWorld(t)
	var log bytes.Buffer
	cfg := w.cfg
	cfg.Chunks, cfg.Log = torn{}, slog.New(slog.NewTextHandler(&log, nil))
	g, err := store.NewGateway(t.Context(), t.TempDir(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close() }()
	const sent = "nguyen-van-thu"
	r := httptest.NewRequest(http.MethodPut, "/parts/"+envelope.Sum([]byte(sent)).String(), strings.NewReader(sent))
	r.RemoteAddr = "127.0.0.1:1"
	func() {
		defer func() {
			v := recover()
			if err, _ := v.(error); !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("the handler ends with %v", v)
			}
		}()
		g.ServeHTTP(httptest.NewRecorder(), r)
	}()
	if !strings.Contains(log.String(), "torn") || strings.Contains(log.String(), sent) {
		t.Errorf("the log: %s", log.String())
	}
}
