package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tram-station/tram/offline/audit"
)

// TestStationOverItsAPI goes to a whole station, with its journal, its audit log
// and its sandbox, as other counter software does.
func TestStationOverItsAPI(t *testing.T) {
	h := newHandedOut(t)
	h.start("", func(s *station) {
		c := &apiClient{t: t, s: s, data: h.data}
		c.token = c.posted("/api/login", `{"officer":"officer-1","pin":"`+s.pins.Officer.Reveal()+`"}`)["token"].(string)
		c.posted("/api/do", `{"id":"1","name":"begin"}`)
		c.posted("/api/do", `{"id":"2","name":"notice"}`)
		c.uploads()
		c.looksOnly()
	})
}

type apiClient struct {
	t     *testing.T
	s     *station
	token string
	data  string
}

func (c *apiClient) ask(method, path, kind string, body []byte) *httptest.ResponseRecorder {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	if path == "/api/events" { // a stream ends with its caller
		ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
	}
	r := httptest.NewRequestWithContext(ctx, method, c.s.url+path, bytes.NewReader(body))
	r.Header.Set("X-Tram-Token", c.token)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w := httptest.NewRecorder()
	c.s.server.ServeHTTP(w, r)
	return w
}

func (c *apiClient) posted(path, body string) (answer map[string]any) {
	c.t.Helper()
	w := c.ask(http.MethodPost, path, "application/json", []byte(body))
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		c.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return answer
}

// uploads: a photograph with metadata becomes a clean page of the enrolment, and
// what is no picture does not.
func (c *apiClient) uploads() {
	c.t.Helper()
	photo := withExif(encoded(c.t, drawn(c.t, 1200, 800), "jpeg"), 6)
	w := c.ask(http.MethodPost, "/api/upload?for=document", "image/jpeg", photo)
	if want := `{"name":"page-1","width":800,"height":1200,`; !strings.HasPrefix(w.Body.String(), want) {
		c.t.Fatalf("%d %s, want %s", w.Code, w.Body, want)
	}
	page := c.ask(http.MethodGet, "/api/image/page-1", "", nil).Body.Bytes()
	if size, err := jpeg.DecodeConfig(bytes.NewReader(page)); err != nil || size.Height != 1200 || bytes.Contains(page, []byte("GPS")) {
		c.t.Errorf("the page: %v, %v", size, err)
	}
	for _, bad := range [][]byte{nil, []byte("<svg/>"), photo[:len(photo)/3]} {
		if w := c.ask(http.MethodPost, "/api/upload?for=document", "image/jpeg", bad); w.Code != http.StatusUnprocessableEntity {
			c.t.Errorf("%.10q: %d", bad, w.Code)
		}
	}
	if w := c.ask(http.MethodPost, "/api/qr", "image/jpeg", photo); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "no-qr") {
		c.t.Errorf("no code in it: %d %s", w.Code, w.Body)
	}
}

// looksOnly: no GET writes into the journal or the audit log.
func (c *apiClient) looksOnly() {
	c.t.Helper()
	raw := c.ask(http.MethodGet, "/api/openapi.yaml", "", nil).Body.Bytes()
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		c.t.Fatal(err)
	}
	before := c.kept()
	for path, item := range doc.Paths.Map() {
		path = strings.Replace(path, "{name}", "page-1", 1)
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if w := c.ask(method, path, "", nil); item.Get != nil && w.Code >= 500 {
				c.t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
	if after := c.kept(); after != before {
		c.t.Errorf("before %s, after %s", before, after)
	}
	c.posted("/api/do", `{"id":"3","name":"cancel"}`) // the control
	if c.kept() == before {
		c.t.Error("a cancelled enrolment left no trace")
	}
}

// kept is what stands in the journal and in the audit log.
func (c *apiClient) kept() string {
	c.t.Helper()
	all := sha256.New()
	files, err := filepath.Glob(filepath.Join(c.data, "journal", "*"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			c.t.Fatal(err)
		}
		all.Write(b)
	}
	err = c.s.outbox.Acts(0, func(_ uint64, a audit.Act) error {
		b, err := json.Marshal(a)
		all.Write(b)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return hex.EncodeToString(all.Sum(nil))
}
