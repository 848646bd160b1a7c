package gateway_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// crowd is how many clients call at a time.
const crowd = 64

// flock sends the requests 0…n-1, made by fn, from a crowd of clients.
func flock(b *testing.B, url string, want int, fn func(i int) (path string, body []byte)) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: crowd}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range crowd {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
				path, body := fn(i)
				req, err := http.NewRequestWithContext(b.Context(), http.MethodPut, url+path, bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				resp, err := client.Do(req)
				if err != nil {
					b.Error(err)
					return
				}
				text, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != want {
					b.Errorf("%s: %d %s", path, resp.StatusCode, text)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
}

// BenchmarkManifests: manifests that become durable, read-back records in the
// embedded JetStream, chain included, over HTTP. Their parts are in memory.
func BenchmarkManifests(b *testing.B) {
	w := newWorld(b)
	parts := newMemory()
	w.cfg.Chunks = parts
	stations := gateway.StationDir(w.dir + "/stations")
	const fleet = 50
	var keys [fleet]*envelope.Signer
	for i := range keys {
		keys[i] = newKey(b)
		if err := stations.Add(uplink.Station{ID: fmt.Sprintf("tram-%d", i), Key: keys[i].Public()}); err != nil {
			b.Fatal(err)
		}
	}
	w.restart()
	sealed := make([]*envelope.Sealed, b.N)
	for i := range sealed {
		d := envelope.Draft{ID: uuid.Must(uuid.NewV7()), Station: fmt.Sprintf("tram-%d", i%fleet), Sequence: uint64(i/fleet + 1),
			Parts: []envelope.Part{{Name: "a", Bytes: []byte("a")}}}
		if d.Sequence > 1 {
			d.Previous = envelope.Sum([]byte("before"))
		}
		var err error
		if sealed[i], err = envelope.Seal(keys[i%fleet], []*envelope.Recipient{w.identity.Recipient()}, d); err != nil {
			b.Fatal(err)
		}
		if err := parts.Put(sealed[i].Chunks.(envelope.Chunks)); err != nil {
			b.Fatal(err)
		}
	}
	server := httptest.NewServer(w.gw)
	defer server.Close()
	flock(b, server.URL, http.StatusOK, func(i int) (string, []byte) {
		return "/dossiers/" + sealed[i].ID.String(), sealed[i].Manifest
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "manifests/s")
}

// BenchmarkParts: parts of 256 KiB that become durable files, over HTTP.
func BenchmarkParts(b *testing.B) {
	w := newWorld(b)
	server := httptest.NewServer(w.gw)
	defer server.Close()
	seed := make([]byte, envelope.ChunkSize)
	if _, err := rand.Read(seed); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(envelope.ChunkSize)
	flock(b, server.URL, http.StatusNoContent, func(i int) (string, []byte) {
		part := bytes.Clone(seed)
		copy(part, fmt.Sprintf("%016d", i))
		return "/parts/" + envelope.Sum(part).String(), part
	})
}
