package uplink

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

const stationID = "tram-thu-001"

func newKey(t testing.TB) *envelope.Signer {
	t.Helper()
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRecipient(t testing.TB) *envelope.Recipient {
	t.Helper()
	id, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id.Recipient()
}

// seal makes a dossier with parts of these sizes in bytes.
func seal(t testing.TB, sizes ...int) *envelope.Sealed {
	t.Helper()
	d := envelope.Draft{ID: uuid.Must(uuid.NewV7()), Station: stationID, Sequence: 1}
	for i, n := range sizes {
		d.Parts = append(d.Parts, envelope.Part{Name: string(rune('a' + i)), Bytes: make([]byte, n)})
	}
	s, err := envelope.Seal(newKey(t), []*envelope.Recipient{newRecipient(t)}, d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// central keeps what it is sent, as a gateway does. Other paths go to next.
type central struct {
	key  *envelope.Signer
	at   time.Time // of its receipts
	next http.Handler

	mu       sync.Mutex
	parts    map[string]int64
	order    []string // of the parts that were put
	puts     int
	dossiers map[string][]byte
}

func newCentral(t testing.TB) *central {
	return &central{key: newKey(t), at: time.UnixMilli(1e11), parts: map[string]int64{}, dossiers: map[string][]byte{}}
}

func (c *central) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	kind, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case kind == "parts" && name == "missing":
		var ask MissingRequest
		_ = json.Unmarshal(body, &ask)
		reply := MissingReply{Missing: []envelope.Digest{}}
		for _, d := range ask.Parts {
			if _, ok := c.parts[d.String()]; !ok {
				reply.Missing = append(reply.Missing, d)
			}
		}
		_ = json.NewEncoder(w).Encode(reply)
	case kind == "parts":
		c.puts++
		c.order = append(c.order, name)
		c.parts[name] = int64(len(body))
		w.WriteHeader(http.StatusNoContent)
	case kind == "dossiers":
		c.dossiers[name] = body
		raw, _ := envelope.SignReceipt(c.key, envelope.Receipt{
			ID: uuid.MustParse(name), Manifest: envelope.Sum(body), LogPosition: 1, Time: c.at,
		})
		_, _ = w.Write(raw)
	case c.next != nil:
		c.next.ServeHTTP(w, r)
	default:
		http.NotFound(w, r)
	}
}

// wire is a network in memory: it knows no machine and works in a bubble of
// testing/synctest. rate is what all its connections carry together towards the
// server, in bytes a second; 0 is any.
type wire struct {
	accept chan net.Conn
	closed chan struct{}
	rate   int
	line   chan struct{} // holds what is on the way; a mutex would stop a bubble's time
}

// serve starts a server on a wire and ends it with the test.
func serve(t testing.TB, h http.Handler, rate int) *wire {
	w := &wire{accept: make(chan net.Conn), closed: make(chan struct{}), rate: rate, line: make(chan struct{}, 1)}
	srv := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(w) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	return w
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.accept:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { close(w.closed); return nil }
func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case w.accept <- far:
		return &slow{Conn: near, wire: w}, nil
	case <-w.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// slow is the near end of a wire with a rate.
type slow struct {
	net.Conn
	wire *wire
}

func (s *slow) Write(b []byte) (int, error) {
	if s.wire.rate > 0 {
		s.wire.line <- struct{}{}
		time.Sleep(time.Duration(len(b)) * time.Second / time.Duration(s.wire.rate))
		<-s.wire.line
	}
	return s.Conn.Write(b)
}

func pemOfDER(t testing.TB, der []byte) string {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf(c)
}
