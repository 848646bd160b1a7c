package uplink

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/offline/envelope"
)

// site is a central at an address; wrap may answer instead of it.
func site(t *testing.T, wrap func(g *central, w http.ResponseWriter, r *http.Request) bool) (*central, *Client) {
	t.Helper()
	g := newCentral(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wrap == nil || !wrap(g, w, r) {
			g.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return g, &Client{URL: srv.URL, Key: g.key.Public(), Clock: &Clock{}}
}

func chunksOf(t *testing.T, s *envelope.Sealed) []string {
	t.Helper()
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	digests, _ := m.Chunks()
	names := make([]string, len(digests))
	for i, d := range digests {
		names[i] = d.String()
	}
	return names
}

// Parts go out in the order of the manifest (evidence and portrait first),
// whatever order the gateway asks in.
func TestOrderOfTheManifest(t *testing.T) {
	s := seal(t, 40<<10, 100<<10, 600<<10, 600<<10)
	want := chunksOf(t, s)
	g, c := site(t, func(_ *central, w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/parts/missing" {
			return false
		}
		var reply MissingReply
		m, _ := envelope.ParseManifest(s.Manifest)
		reply.Missing, _ = m.Chunks()
		slices.Reverse(reply.Missing)
		_ = json.NewEncoder(w).Encode(reply)
		return true
	})
	c.pace.failed() // one at a time, so that the order is to be seen
	if _, err := c.Deliver(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(g.order, want) {
		t.Errorf("sent in the order\n%s\nwant\n%s", strings.Join(g.order, "\n"), strings.Join(want, "\n"))
	}
}

// A gateway that takes parts and forgets them is given up before long; one
// that lost a part and says so gets it again.
func TestGatewayForgets(t *testing.T) {
	s := seal(t, 600<<10)
	chunks := len(chunksOf(t, s))
	lying, c := site(t, func(g *central, w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/dossiers/") {
			w.WriteHeader(http.StatusFailedDependency)
			_ = json.NewEncoder(w).Encode(Problem{Code: CodePartsMissing, Message: "parts are missing"})
			g.mu.Lock()
			clear(g.parts)
			g.mu.Unlock()
			return true
		}
		return false
	})
	if _, err := c.Deliver(t.Context(), s); err == nil || lying.puts > 3*chunks {
		t.Errorf("%v after %d parts of %d", err, lying.puts, chunks)
	}
	once := true
	honest, c := site(t, func(g *central, w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/dossiers/") || !once {
			return false
		}
		once = false
		g.mu.Lock()
		delete(g.parts, g.order[0])
		g.mu.Unlock()
		w.WriteHeader(http.StatusFailedDependency)
		_ = json.NewEncoder(w).Encode(Problem{Code: CodePartsMissing})
		return true
	})
	d, err := c.Deliver(t.Context(), s)
	if err != nil || honest.puts != chunks+1 {
		t.Errorf("%v after %d parts, want %d", err, honest.puts, chunks+1)
	}
	if err == nil && (!c.Clock.Floor().Equal(d.Receipt.Time) || d.Receipt.Time.IsZero()) {
		t.Errorf("floor %s, receipt of %s", c.Clock.Floor(), d.Receipt.Time)
	}
}

// A gateway that asks for patience gets it at once: nothing more is sent.
func TestPatience(t *testing.T) {
	s := seal(t, 2<<20)
	asked := 0
	g, c := site(t, func(g *central, w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			asked++
			return false
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.puts < 3 {
			return false
		}
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(Problem{Code: CodeTooMany, Message: "later"})
		return true
	})
	_, err := c.Deliver(t.Context(), s)
	if RetryAfter(err).Seconds() != 30 || g.puts > 3+maxParallel || asked != 1 {
		t.Errorf("%v, %d parts, asked %d times", err, g.puts, asked)
	}
}

// While the central changes its key, receipts of both count; those of others
// do not, and no time of theirs is trusted.
func TestReceiptKeys(t *testing.T) {
	g, c := site(t, nil)
	old := newKey(t)
	c.Key, c.Keys = old.Public(), []*envelope.PublicKey{nil, g.key.Public()}
	if _, err := c.Deliver(t.Context(), seal(t, 10)); err != nil {
		t.Error(err)
	}
	c.Keys, c.Clock = nil, &Clock{}
	if _, err := c.Deliver(t.Context(), seal(t, 10)); !errors.Is(err, ErrReceipt) || !c.Clock.Floor().IsZero() {
		t.Errorf("control: %v, floor %s", err, c.Clock.Floor())
	}
}
