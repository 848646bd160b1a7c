package uplink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

func TestCatalogue(t *testing.T) {
	key, next := newKey(t), newKey(t)
	sign := func(s *envelope.Signer) []byte {
		raw, err := envelope.SignCatalogue(s, envelope.Catalogue{Number: 3, At: time.UnixMilli(1e11), Items: []envelope.Item{
			{Kind: "rules", Name: "vn", Version: "7", Size: 3, Digest: envelope.Sum([]byte("abc"))},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, c := range map[string]struct {
		raw  []byte
		good bool
	}{
		"the central's": {sign(key), true}, "the new key's": {sign(next), true}, "another's": {sign(newKey(t)), false},
		"a notice": {notice(t, key, stationID, 1), false}, "cut": {sign(key)[:40], false},
	} {
		client := says(t, http.StatusOK, c.raw)
		client.Key, client.Keys, client.Clock = key.Public(), []*envelope.PublicKey{next.Public()}, &Clock{}
		got, raw, err := client.Catalogue(t.Context())
		if c.good != (err == nil) || c.good && (got.Number != 3 || !bytes.Equal(raw, c.raw) || client.Clock.Floor().IsZero()) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if !c.good && (!errors.Is(err, ErrAnswer) || got != nil || !client.Clock.Floor().IsZero()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func item(doc []byte) envelope.Item {
	return envelope.Item{Kind: "models", Name: "face", Version: "2", Size: uint64(len(doc)), Digest: envelope.Sum(doc)}
}

func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

// A download goes on where the line broke, also after a restart.
func TestDocumentResumes(t *testing.T) {
	doc := noise(900 << 10)
	var sent atomic.Int64
	var whole200 atomic.Bool // no ranges
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if whole200.Load() {
			r.Header.Del("Range")
		}
		http.ServeContent(&breaking{ResponseWriter: w, left: 200 << 10, sent: &sent}, r, "", time.Time{}, bytes.NewReader(doc))
	}))
	defer srv.Close()
	c := &Client{URL: srv.URL}
	var whole bytes.Buffer
	if err := c.Document(t.Context(), item(doc), &whole); err != nil || !bytes.Equal(whole.Bytes(), doc) {
		t.Errorf("%d bytes, %v", whole.Len(), err)
	}
	if sent.Load() > int64(len(doc))*5/4 {
		t.Errorf("%d bytes came for %d", sent.Load(), len(doc))
	}
	path := filepath.Join(t.TempDir(), "doc")
	if err := os.WriteFile(path, doc[:500<<10], 0o600); err != nil {
		t.Fatal(err)
	}
	fetch := func() error {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		return c.Document(t.Context(), item(doc), f)
	}
	sent.Store(0)
	if err := fetch(); err != nil || sent.Load() > 450<<10 {
		t.Errorf("after a restart: %v, %d bytes came for the %d that were missing", err, sent.Load(), len(doc)-500<<10)
	}
	sent.Store(0)
	if err := fetch(); err != nil || sent.Load() != 0 {
		t.Errorf("it was there: %v, %d bytes came", err, sent.Load())
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, doc) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for name, held := range map[string][]byte{"other bytes": noise(300 << 10)[1:], "too many": append(bytes.Clone(doc), 0)} {
		if err := os.WriteFile(path, held, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := fetch(); !errors.Is(err, ErrDocument) {
			t.Errorf("the file held %s: %v", name, err)
		}
	}
	// A gateway without ranges sends all again, and what is there is passed over.
	whole200.Store(true)
	if err := os.WriteFile(path, doc[:100<<10], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := fetch(); !errors.Is(err, ErrUnreachable) {
		t.Errorf("without ranges, and never to the end: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() <= 100<<10 {
		t.Errorf("without ranges: %d bytes, %v", info.Size(), err)
	}
}

// breaking cuts the connection after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
	sent *atomic.Int64
}

func (b *breaking) Write(p []byte) (int, error) {
	if b.left <= 0 {
		panic(http.ErrAbortHandler)
	}
	n, err := b.ResponseWriter.Write(p[:min(len(p), b.left)])
	b.left -= n
	b.sent.Add(int64(n))
	if err == nil && n < len(p) {
		_ = http.NewResponseController(b.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

func TestHostileDocument(t *testing.T) {
	doc := noise(1000)
	it := item(doc)
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		want   error // nil: any
	}{
		"other bytes":   {func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 1000)) }, ErrDocument},
		"too long":      {func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(noise(1001)) }, ErrDocument},
		"too short":     {func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(noise(999)) }, ErrDocument},
		"endless":       {endless, ErrDocument},
		"nothing":       {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }, ErrAnswer},
		"another range": {ranged("bytes 1-999/1000", noise(999)), ErrAnswer},
		"another size":  {ranged("bytes 0-999/2000", doc), ErrAnswer},
		"no range":      {ranged("", doc), ErrAnswer},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		}, nil},
		"not there": {http.NotFound, nil},
		"squeezed": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(noise(50))
		}, ErrDocument},
		"control: whole": {func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(doc) }, nil},
	} {
		srv := httptest.NewServer(http.HandlerFunc(c.answer))
		var got bytes.Buffer
		err := (&Client{URL: srv.URL}).Document(t.Context(), it, &got)
		srv.Close()
		if control := strings.HasPrefix(name, "control"); control != (err == nil) || c.want != nil && !errors.Is(err, c.want) || got.Len() > 1000 {
			t.Errorf("%s: %v, %d bytes", name, err, got.Len())
		}
	}
	c := says(t, http.StatusOK, doc)
	if err := c.Document(t.Context(), it, full{}); err == nil || errors.Is(err, ErrUnreachable) {
		t.Errorf("a full disk: %v", err)
	}
	it.Size = envelope.MaxDocument + 1
	if err := c.Document(t.Context(), it, io.Discard); !errors.Is(err, ErrDocument) {
		t.Errorf("a document of %d bytes: %v", it.Size, err)
	}
}

func endless(w http.ResponseWriter, _ *http.Request) {
	for range 1000 {
		if _, err := w.Write(noise(1000)); err != nil {
			return
		}
	}
}

func ranged(header string, body []byte) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", header)
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(body)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left") }
