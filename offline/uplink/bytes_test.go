package uplink_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/uplink"
)

const (
	cutEvery  = 1_200_000 // bytes upstream
	mostBytes = 1.12      // upstream for each byte of payload
)

// perConnection is a proxy that cuts each connection by itself after limit
// bytes upstream, as some equipment does; faults.Cutter breaks the whole line.
type perConnection struct {
	net.Listener
	target string
	up     atomic.Int64
	cuts   atomic.Int64
}

func newPerConnection(t *testing.T, target string) *perConnection {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &perConnection{Listener: l, target: target}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.carry(c)
		}
	}()
	return p
}

func (p *perConnection) carry(down net.Conn) {
	defer down.Close()
	up, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer up.Close()
	go func() { _, _ = io.Copy(down, up) }()
	n, _ := io.Copy(up, &counting{io.LimitReader(down, cutEvery), &p.up})
	if n == cutEvery {
		p.cuts.Add(1)
	}
}

type counting struct {
	io.Reader
	n *atomic.Int64
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// sealMany makes dossiers of the sizes that stations make: evidence, portrait,
// ten prints and four scans, 4 MB.
func sealMany(t *testing.T, n int) (all []*envelope.Sealed, payload int64) {
	t.Helper()
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	id, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		sizes := []int{40 << 10, 170 << 10}
		for range 10 {
			sizes = append(sizes, 14<<10)
		}
		for j := range 4 {
			sizes = append(sizes, (600+150*j+37*i%300)<<10)
		}
		d := envelope.Draft{ID: uuid.Must(uuid.NewV7()), Station: "tram-thu-001", Sequence: 1}
		for j, size := range sizes {
			d.Parts = append(d.Parts, envelope.Part{Name: fmt.Sprint(j), Bytes: make([]byte, size)})
		}
		s, err := envelope.Seal(key, []*envelope.Recipient{id.Recipient()}, d)
		if err != nil {
			t.Fatal(err)
		}
		m, err := envelope.ParseManifest(s.Manifest)
		if err != nil {
			t.Fatal(err)
		}
		all, payload = append(all, s), payload+m.Size()
	}
	return all, payload
}

// On a line that breaks every 1.2 MB hardly anything is sent twice. The control
// puts each dossier whole, and needs more than twice the bytes.
func TestUpstreamBytes(t *testing.T) {
	all, payload := sealMany(t, 8)
	deliver := func(t *testing.T, url string, key *envelope.PublicKey) {
		c := &uplink.Client{URL: url, Key: key}
		for i, s := range all {
			for tries := 0; ; tries++ {
				_, err := c.Deliver(t.Context(), s)
				if err == nil {
					break
				}
				if tries > 100 {
					t.Fatalf("dossier %d: %v", i, err)
				}
			}
		}
	}
	check := func(t *testing.T, up, cuts int64) {
		ratio := float64(up) / float64(payload)
		t.Logf("%.1f MB of payload, %d cuts: %.3f bytes upstream for each", float64(payload)/1e6, cuts, ratio)
		if ratio > mostBytes || cuts < 3 {
			t.Errorf("%.3f bytes upstream for each byte of payload with %d cuts, want at most %.2f", ratio, cuts, mostBytes)
		}
	}
	t.Run("line", func(t *testing.T) {
		g, url := newScript(t)
		cutter, err := faults.NewCutter(strings.TrimPrefix(url, "http://"), faults.Line{CutUp: cutEvery})
		if err != nil {
			t.Fatal(err)
		}
		defer cutter.Close()
		deliver(t, cutter.URL(), g.key.Public())
		up, _ := cutter.Carried()
		check(t, up, cutter.Cuts())
	})
	t.Run("connection", func(t *testing.T) {
		g, url := newScript(t)
		p := newPerConnection(t, strings.TrimPrefix(url, "http://"))
		deliver(t, "http://"+p.Addr().String(), g.key.Public())
		check(t, p.up.Load(), p.cuts.Load())
	})
	t.Run("control", func(t *testing.T) {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
		defer srv.Close()
		cutter, err := faults.NewCutter(srv.Listener.Addr().String(), faults.Line{CutUp: cutEvery})
		if err != nil {
			t.Fatal(err)
		}
		defer cutter.Close()
		up := int64(0)
		for _, s := range all {
			var whole []byte
			for _, b := range s.Chunks.(envelope.Chunks) {
				whole = append(whole, b...)
			}
			for up <= 2*payload {
				ok := put(t.Context(), cutter.URL(), whole)
				if up, _ = cutter.Carried(); ok {
					break
				}
			}
		}
		if up <= 2*payload {
			t.Errorf("control: whole dossiers took %.2f bytes upstream for each", float64(up)/float64(payload))
		}
	})
}

// put sends a dossier in one piece.
func put(ctx context.Context, url string, whole []byte) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(whole))
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
