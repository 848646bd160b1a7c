package uplink_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// script is a gateway that a test tells what to answer.
type script struct {
	mu     sync.Mutex
	key    *envelope.Signer
	have   map[string]bool
	puts   int
	before func(w http.ResponseWriter, r *http.Request, n int) bool // true when it answered
	n      int
}

func (g *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
	if g.before != nil && g.before(w, r, g.n) {
		return
	}
	switch {
	case r.URL.Path == "/parts/missing":
		var ask uplink.MissingRequest
		_ = json.Unmarshal(body, &ask)
		reply := uplink.MissingReply{Missing: []envelope.Digest{}}
		for _, d := range ask.Parts {
			if !g.have[d.String()] {
				reply.Missing = append(reply.Missing, d)
			}
		}
		_ = json.NewEncoder(w).Encode(reply)
	case strings.HasPrefix(r.URL.Path, "/parts/"):
		g.puts++
		g.have[strings.TrimPrefix(r.URL.Path, "/parts/")] = true
	default:
		id, _ := uuid.Parse(strings.TrimPrefix(r.URL.Path, "/dossiers/"))
		raw, _ := envelope.SignReceipt(g.key, envelope.Receipt{
			ID: id, Manifest: envelope.Sum(body), LogPosition: 1, Time: time.UnixMilli(1),
		})
		_, _ = w.Write(raw)
	}
}

// newScript starts a gateway and returns its URL.
func newScript(t *testing.T) (*script, string) {
	t.Helper()
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	g := &script{key: key, have: map[string]bool{}}
	srv := httptest.NewServer(g)
	t.Cleanup(srv.Close)
	return g, srv.URL
}

func setup(t *testing.T) (*script, *uplink.Client, *envelope.Sealed) {
	t.Helper()
	id, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	g, url := newScript(t)
	sealed, err := envelope.Seal(g.key, []*envelope.Recipient{id.Recipient()}, envelope.Draft{
		ID: uuid.Must(uuid.NewV7()), Station: "tram-thu-001", Sequence: 1,
		Parts: []envelope.Part{{Name: "a", Bytes: make([]byte, 1<<20)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g, &uplink.Client{URL: url + "/", Key: g.key.Public()}, sealed
}

func TestDeliver(t *testing.T) {
	g, c, s := setup(t)
	d, err := c.Deliver(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	n := len(s.Chunks.(envelope.Chunks))
	if g.puts != n || d.Receipt.ID != s.ID || d.Sent < 1<<20 {
		t.Errorf("%d parts sent, want %d; %+v", g.puts, n, d)
	}
	if d, err = c.Deliver(t.Context(), s); err != nil || g.puts != n || d.Sent != int64(len(s.Manifest)) {
		t.Errorf("delivered twice: %d parts, %+v, %v", g.puts, d, err)
	}
}

// While parts arrive, a line that breaks on every third request is used on at
// once; a line that brings nothing is given up.
func TestGoesOnWhilePartsArrive(t *testing.T) {
	g, c, s := setup(t)
	g.before = func(_ http.ResponseWriter, _ *http.Request, n int) bool {
		if n%3 == 0 {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	var err error
	for range 10 { // missing or the manifest may be what breaks
		if _, err = c.Deliver(t.Context(), s); err == nil {
			break
		}
		if !errors.Is(err, uplink.ErrUnreachable) {
			t.Fatal(err)
		}
	}
	if err != nil {
		t.Error(err)
	}
	g.before = func(http.ResponseWriter, *http.Request, int) bool { panic(http.ErrAbortHandler) }
	if _, err := c.Deliver(t.Context(), s); !errors.Is(err, uplink.ErrUnreachable) {
		t.Errorf("control, a dead line: %v", err)
	}
}

func TestDecisions(t *testing.T) {
	problem := func(status int, code uplink.Code) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(uplink.Problem{Code: code, Message: "words for people"})
			return true
		}
	}
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request, int) bool
		is     error
		not    error
	}{
		"virtual":                 {problem(403, uplink.CodeVirtual), uplink.ErrRefused, uplink.ErrNotEnrolled},
		"conflict":                {problem(409, uplink.CodeConflict), uplink.ErrRefused, uplink.ErrNotEnrolled},
		"unknown station":         {problem(403, uplink.CodeUnknownStation), uplink.ErrNotEnrolled, uplink.ErrRefused},
		"part damaged on the way": {problem(422, uplink.CodeDigest), nil, uplink.ErrRefused},
		"busy":                    {problem(503, uplink.CodeBusy), nil, uplink.ErrRefused},
		"a proxy's page": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			http.Error(w, "<html>403 go away</html>", http.StatusForbidden)
			return true
		}, nil, uplink.ErrRefused},
		"a redirect": {func(w http.ResponseWriter, r *http.Request, _ int) bool {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusTemporaryRedirect)
			return true
		}, nil, uplink.ErrRefused},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = w.Write([]byte("login here"))
			return true
		}, nil, uplink.ErrRefused},
		"asks for what is not ours": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_ = json.NewEncoder(w).Encode(uplink.MissingReply{Missing: []envelope.Digest{envelope.Sum([]byte("/etc/passwd"))}})
			return true
		}, nil, uplink.ErrRefused},
	} {
		g, client, s := setup(t)
		g.before = c.answer
		_, err := client.Deliver(t.Context(), s)
		if err == nil || c.is != nil && !errors.Is(err, c.is) || errors.Is(err, c.not) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.HasPrefix(name, "busy") && uplink.RetryAfter(err) != 7*time.Second {
			t.Errorf("Retry-After: %s", uplink.RetryAfter(err))
		}
	}
}

// A receipt counts only under the paired key and for this very manifest.
func TestForgedReceipt(t *testing.T) {
	g, c, s := setup(t)
	other, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	mine := g.key
	g.key = other
	if _, err := c.Deliver(t.Context(), s); !errors.Is(err, uplink.ErrReceipt) {
		t.Errorf("another key: %v", err)
	}
	g.key = mine
	g.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if !strings.HasPrefix(r.URL.Path, "/dossiers/") {
			return false
		}
		raw, _ := envelope.SignReceipt(mine, envelope.Receipt{ID: s.ID, Manifest: envelope.Sum(nil), LogPosition: 1})
		_, _ = w.Write(raw)
		return true
	}
	if _, err := c.Deliver(t.Context(), s); !errors.Is(err, uplink.ErrReceipt) {
		t.Errorf("another manifest: %v", err)
	}
	g.before = nil
	if _, err := c.Deliver(t.Context(), s); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestDamagedCopy(t *testing.T) {
	_, c, s := setup(t)
	chunks := s.Chunks.(envelope.Chunks)
	for d, b := range chunks {
		b[0] ^= 1
		chunks[d] = b
	}
	if _, err := c.Deliver(t.Context(), s); !errors.Is(err, uplink.ErrDamaged) {
		t.Errorf("a damaged chunk: %v", err)
	}
	if _, err := c.Deliver(t.Context(), &envelope.Sealed{Manifest: []byte("x")}); !errors.Is(err, uplink.ErrDamaged) {
		t.Errorf("a damaged manifest: %v", err)
	}
}

func TestCancel(t *testing.T) {
	_, c, s := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Deliver(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestBackoff(t *testing.T) {
	b := uplink.NewBackoff()
	seen := map[time.Duration]bool{}
	for range 200 {
		d := b.Next(nil)
		if d < 0 || d > uplink.MaxWait {
			t.Fatalf("wait of %s", d)
		}
		seen[d] = true
	}
	if len(seen) < 150 {
		t.Errorf("%d different waits of 200: no jitter", len(seen))
	}
	b.Reset()
	for range 20 {
		if d := uplink.NewBackoff().Next(nil); d > uplink.FirstWait {
			t.Errorf("first wait of %s", d)
		}
	}
	asked := &uplink.Refusal{RetryAfter: time.Minute}
	if d := b.Next(asked); d < time.Minute {
		t.Errorf("Retry-After of a minute, wait of %s", d)
	}
}
