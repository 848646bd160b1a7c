package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/uplink"
)

// cli runs one command line to its end.
func cli(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, &stdout, &stderr)
	return stdout.String() + stderr.String(), code
}

// serveCLI starts `tram-gateway run` and returns its ready line; stop ends it
// and waits.
func serveCLI(t *testing.T, dir string, args ...string) (line ready, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		code := run(ctx, append([]string{"run", "--dir", dir, "--listen", "127.0.0.1:0"}, args...), w, &stderr)
		_ = w.Close()
		done <- code
	}()
	text, err := bufio.NewReader(r).ReadBytes('\n')
	if err != nil {
		t.Fatalf("no ready line: %v, exit %d: %s", err, <-done, stderr.String())
	}
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatalf("ready line %s: %v", text, err)
	}
	return line, func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("run ended with %d: %s", code, stderr.String())
		}
	}
}

// station makes a station's folder from the gateway's pairing file and submits
// one dossier.
func station(t *testing.T, pairing string) (dir string, o *offline.Outbox, id uuid.UUID) {
	t.Helper()
	dir = t.TempDir()
	signer, err := offline.OpenKey(dir, "tram-thu-001")
	if err != nil {
		t.Fatal(err)
	}
	p, err := uplink.LoadPairing(pairing)
	if err != nil {
		t.Fatal(err)
	}
	cfg := offline.Config{Dir: filepath.Join(dir, "queue"), StationID: "tram-thu-001", Signer: signer}
	if err := cfg.Pair(p); err != nil {
		t.Fatal(err)
	}
	if o, err = offline.Open(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	d := &dossier.Dossier{
		ID: uuid.Must(uuid.NewV7()), Kind: "citizen-level2", Station: "tram-thu-001", Officer: "can-bo-01", Virtual: true,
		Sections: []dossier.Section{
			{Name: "person", MediaType: "application/json", Bytes: []byte("Nguyễn Văn Thử")},
			{Name: "../../escape", Bytes: []byte("x")},
		},
	}
	if err := o.Submit(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return dir, o, d.ID
}

func TestRunEnrolOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gateway")
	line, stop := serveCLI(t, dir, "--allow-virtual")
	stationFolder, o, id := station(t, line.Pairing)
	if err := o.Send(t.Context()); err == nil {
		t.Error("a station that nobody enrolled got a receipt")
	}
	if out, code := cli(t, "enrol", "--dir", dir, filepath.Join(stationFolder, "station.json")); code != 0 || !strings.Contains(out, "tram-thu-001") {
		t.Fatalf("enrol: %d %s", code, out)
	}
	if err := o.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := o.Status(id)
	if err != nil || s.State != offline.Custody {
		t.Fatalf("%+v, %v", s, err)
	}
	if out, code := cli(t, "open", "--dir", dir, id.String()); code != 0 || !strings.Contains(out, `"officer":"can-bo-01"`) {
		t.Errorf("open beside a running gateway: %d %s", code, out)
	}
	stop()
	into := filepath.Join(t.TempDir(), "out")
	out, code := cli(t, "open", "--dir", dir, "--out", into, id.String())
	if code != 0 || !strings.Contains(out, `"officer":"can-bo-01"`) {
		t.Fatalf("open: %d %s", code, out)
	}
	if raw, err := os.ReadFile(filepath.Join(into, "person")); err != nil || string(raw) != "Nguyễn Văn Thử" {
		t.Errorf("person: %q, %v", raw, err)
	}
	if raw, err := os.ReadFile(filepath.Join(into, "section-2")); err != nil || string(raw) != "x" {
		t.Errorf("a section whose name is a path: %q, %v", raw, err)
	}
	// The keys of the first run are the keys of the second.
	again, stop := serveCLI(t, dir)
	stop()
	if again.ReceiptKey.ID() != line.ReceiptKey.ID() || again.Recipient.ID() != line.Recipient.ID() {
		t.Error("the keys changed at the second run")
	}
	for _, name := range []string{"receipt.key", "central.age"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"plain HTTP to other machines": {[]string{"run", "--listen", "0.0.0.0:0"}, exitOther},
		"certificate without a key":    {[]string{"run", "--tls-cert", "x"}, exitUsage},
		"no ID":                        {[]string{"open", "x"}, exitOther},
		"no such station file":         {[]string{"enrol", "nowhere.json"}, exitOther},
		"no command":                   {[]string{"sing"}, exitUsage},
	} {
		if out, code := cli(t, append(c.args, "--dir", filepath.Join(t.TempDir(), "g"))...); code != c.code || out == "" {
			t.Errorf("%s: exit %d, want %d: %s", name, code, c.code, out)
		}
	}
}
