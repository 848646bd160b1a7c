package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

// queueCLI runs one queue command line on a data folder.
func queueCLI(t *testing.T, data string, args ...string) (stdout string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"queue", "--data", data}, args...), nil, &out, &errs)
	return out.String() + errs.String(), code
}

// queueStation makes a station's folder with one dossier, paired with a
// gateway that takes real devices only.
func queueStation(t *testing.T) (data string, id uuid.UUID, gw *gateway.Config, reopen func()) {
	t.Helper()
	dir := t.TempDir()
	data = filepath.Join(dir, "station")
	signer, err := offline.OpenKey(data, "tram-thu-001")
	if err != nil {
		t.Fatal(err)
	}
	identity, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	stations := gateway.StationDir(filepath.Join(dir, "stations"))
	if err := stations.Add(uplink.Station{ID: "tram-thu-001", Key: signer.Public()}); err != nil {
		t.Fatal(err)
	}
	gw = &gateway.Config{Key: receipt, Stations: stations}
	var g *store.Gateway
	reopen = func() {
		if g != nil {
			if err := g.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if g, err = store.NewGateway(t.Context(), filepath.Join(dir, "gateway"), *gw); err != nil {
			t.Fatal(err)
		}
	}
	reopen()
	t.Cleanup(func() { _ = g.Close() })
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	p := uplink.Pairing{URL: srv.URL, Recipient: identity.Recipient(), ReceiptKey: receipt.Public()}
	if err := p.Save(filepath.Join(data, "pairing.json")); err != nil {
		t.Fatal(err)
	}
	cfg := offline.Config{Dir: filepath.Join(data, "queue"), StationID: "tram-thu-001", Signer: signer}
	if err := cfg.Pair(p); err != nil {
		t.Fatal(err)
	}
	b, err := offline.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d := &dossier.Dossier{
		ID: uuid.Must(uuid.NewV7()), Kind: "citizen-level2", Station: "tram-thu-001", Virtual: true, Masked: "N.V.T.",
		Sections: []dossier.Section{{Name: "person", Bytes: []byte("Nguyễn Văn Thử")}},
	}
	if err := b.Submit(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return data, d.ID, gw, reopen
}

func TestQueueCommands(t *testing.T) {
	data, id, gw, reopen := queueStation(t)
	out, code := queueCLI(t, data, "ls", "--json")
	var s offline.Status
	if err := json.Unmarshal([]byte(out), &s); err != nil || code != exitGood || s.ID != id || s.State != offline.Sealed {
		t.Fatalf("ls: %d %s", code, out)
	}
	if out, code := queueCLI(t, data, "verify"); code != exitGood || !strings.Contains(out, "1 waiting") {
		t.Errorf("verify: %d %s", code, out)
	}
	if out, code := queueCLI(t, data, "retry"); code != exitRefused || !strings.Contains(out, "--allow-virtual") {
		t.Errorf("retry at a gateway for real devices: %d %s", code, out)
	}
	gw.AllowVirtual = true
	reopen()
	if out, code := queueCLI(t, data, "retry", id.String()); code != exitGood || !strings.Contains(out, "custody") {
		t.Errorf("retry: %d %s", code, out)
	}
	if out, code := queueCLI(t, data, "show", id.String()); code != exitGood || !strings.Contains(out, "position 1") {
		t.Errorf("show: %d %s", code, out)
	}
	for name, args := range map[string][]string{
		"no such ID":    {"show", uuid.Nil.String()},
		"another place": {"ls", "--data", filepath.Join(data, "nowhere")},
	} {
		if out, code := queueCLI(t, data, args...); code != exitQueue {
			t.Errorf("%s: %d %s", name, code, out)
		}
	}
	if out, code := queueCLI(t, data, "show", "x"); code != exitUsage {
		t.Errorf("no ID: %d %s", code, out)
	}
}

func TestQueueVerifyFindsDamage(t *testing.T) {
	data, id, _, _ := queueStation(t)
	files, err := filepath.Glob(filepath.Join(data, "queue", "blobs", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	raw[3] ^= 0x40
	if err := os.WriteFile(files[0], raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := queueCLI(t, data, "verify"); code != exitQueue || !strings.Contains(out, id.String()) {
		t.Errorf("verify: %d %s", code, out)
	}
}
