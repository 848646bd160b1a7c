package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/testdata"
)

// handedOut is a station whose gateway hands out documents.
type handedOut struct {
	*testing.T
	data      string
	documents *gateway.DocumentDir
}

func newHandedOut(t *testing.T) handedOut {
	t.Helper()
	t.Setenv("TRAM_ASSETS", testdata.Assets(t))
	data, _, gw, reopen := queueStation(t)
	documents, err := gateway.OpenDocuments(t.TempDir(), gw.Key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	gw.Documents, gw.AllowVirtual = documents, true
	reopen()
	return handedOut{t, data, documents}
}

// give adds a document as `tram-gateway documents add` does, and lets the
// station fetch it from the gateway.
func (h handedOut) give(kind, name, version string, body []byte) string {
	h.Helper()
	item, err := h.documents.Add(kind, name, version, time.Time{}, bytes.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	if out, code := typed(h.T, h.data, "", "retry", "--tpm", tpmNone); code != exitGood {
		h.Fatalf("retry: %d %s", code, out)
	}
	return item.Digest.String()
}

// start opens the station as `tram run` does, and returns what it logged.
func (h handedOut) start(own string, look func(s *station)) (log []map[string]any) {
	h.Helper()
	var lines bytes.Buffer
	cfg := stationConfig{
		id: "tram-thu-001", data: h.data, listen: "127.0.0.1:0", pairing: filepath.Join(h.data, "pairing.json"), trust: own, tpm: tpmNone,
		log: slog.New(slog.NewJSONHandler(&lines, nil)),
		devices: devices{
			slot:    func() (apdu.Slot, error) { return nil, apdu.ErrNoReader },
			camera:  func(context.Context) (biometrics.Camera, error) { return nil, biometrics.ErrNoDevice },
			scanner: func(context.Context) (biometrics.Scanner, error) { return nil, biometrics.ErrNoDevice },
		},
	}
	s, err := openStation(cfg)
	if err != nil {
		h.Fatal(err)
	}
	look(s)
	_ = s.socket.Close() // nobody serves it
	if err := s.close(); err != nil {
		h.Fatal(err)
	}
	for line := range strings.Lines(lines.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			h.Fatal(err)
		}
		log = append(log, v)
	}
	return log
}

// logged reports whether one line has all of these.
func logged(log []map[string]any, want map[string]string) bool {
	for _, line := range log {
		all := true
		for k, v := range want {
			got, _ := line[k].(string)
			all = all && strings.Contains(got, v)
		}
		if all {
			return true
		}
	}
	return false
}

// has reports which of the authorities the station trusts.
func (h handedOut) has(s *station, own string, all map[string]authority) (names string) {
	h.Helper()
	t, err := s.openTrust(stationConfig{trust: own, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		h.Fatal(err)
	}
	for _, name := range []string{"own", "first", "third"} {
		for _, a := range t.Anchors() {
			if a.SHA256 == sha(all[name].CSCA()) {
				names += name + " "
			}
		}
	}
	return names
}

// TestTrustOfCentral: the central's list counts beside the operator's own
// folder; a broken one is named and takes nobody's place, over restarts; the
// next good one does.
func TestTrustOfCentral(t *testing.T) {
	h := newHandedOut(t)
	all := map[string]authority{}
	for _, name := range []string{"own", "first", "third"} {
		all[name] = newAuthority(t, chip.IssuerOptions{})
	}
	own := filepath.Dir(all["own"].csca())
	doctor := doctor{data: h.data, trust: own}
	trusted := func(want string) (log []map[string]any) {
		t.Helper()
		return h.start(own, func(s *station) {
			if got := h.has(s, own, all); got != want {
				t.Errorf("trusts %q, want %q", got, want)
			}
		})
	}
	if log := trusted("own "); logged(log, map[string]string{"msg": "document in use"}) { // the control
		t.Errorf("nothing was handed out: %v", log)
	}
	if f := doctor.documents(); f.State != "waiting" {
		t.Errorf("doctor: %+v", f)
	}
	digest := h.give(offline.DocumentTrust, "csca.cer", "2026-11", all["first"].CSCA())
	inUse := map[string]string{"msg": "document in use", "kind": "trust", "name": "csca.cer", "version": "2026-11", "digest": digest}
	if log := trusted("own first "); !logged(log, inUse) {
		t.Errorf("log %v", log)
	}
	h.give(offline.DocumentTrust, "csca.cer", "2026-12", []byte("no certificate"))
	refused := map[string]string{"level": "ERROR", "kind": "trust", "version": "2026-12", "in use": "2026-11"}
	for range 2 {
		if log := trusted("own first "); !logged(log, refused) || !logged(log, inUse) {
			t.Errorf("log %v", log)
		}
	}
	if f := doctor.documents(); f.State != "ok" || !strings.Contains(f.Detail, "csca.cer 2026-11") || strings.Contains(f.Detail, "2026-12") {
		t.Errorf("doctor: %+v", f)
	}
	if f := doctor.roots(); f.State != "ok" || !strings.Contains(f.Detail, "2 certificates") || !strings.Contains(f.Detail, "csca.cer 2026-11") {
		t.Errorf("doctor: %+v", f)
	}
	digest = h.give(offline.DocumentTrust, "csca.cer", "2027-01", all["third"].CSCA())
	if log := trusted("own third "); logged(log, refused) {
		t.Errorf("log %v", log)
	}
	// Changed on the disk: not believed, and taken anew from the outbox.
	file := central{data: h.data}.path("trust-" + digest)
	if err := os.WriteFile(file, all["first"].CSCA(), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := doctor.roots(); f.State != "waiting" || !strings.Contains(f.Next, "changed on the disk") {
		t.Errorf("doctor: %+v", f)
	}
	trusted("own third ")
}

// archived is a pack as a .tar.gz.
func archived(t *testing.T, dir string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pack.tar.gz")
	if out, err := exec.Command("tar", "czhf", file, "-C", dir, ".").CombinedOutput(); err != nil {
		t.Fatalf("tar: %v: %s", err, out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestModelsOfCentral: the central's pack is tried, installed and used; one that
// does not run is named, and the former one stays.
func TestModelsOfCentral(t *testing.T) {
	h := newHandedOut(t)
	dir := filepath.Dir(testdata.Asset(t, "models/default/manifest.json"))
	where := func() (dir string, log []map[string]any) {
		log = h.start("", func(s *station) {
			if s.faces.choice.Pack == nil {
				t.Fatalf("no pack is in use: %v", s.faces.lost)
			}
			dir = s.faces.choice.Pack.Dir()
		})
		return dir, log
	}
	if used, log := where(); strings.HasPrefix(used, h.data) || logged(log, map[string]string{"kind": "models"}) { // the control
		t.Fatalf("uses %s: %v", used, log)
	}
	digest := h.give(offline.DocumentModels, "faces.tar.gz", "7", archived(t, dir))
	used, log := where()
	inUse := map[string]string{"msg": "document in use", "kind": "models", "name": "faces.tar.gz", "version": "7", "digest": digest}
	if !strings.HasPrefix(used, h.data) || !logged(log, inUse) {
		t.Errorf("uses %s: %v", used, log)
	}
	h.give(offline.DocumentModels, "faces.tar.gz", "8", archived(t, madeUpPack(t, filepath.Join(t.TempDir(), "pack"), "bo", "9.0.0")))
	again, log := where()
	if again != used || !logged(log, inUse) || !logged(log, map[string]string{"level": "ERROR", "kind": "models", "version": "8", "in use": "7", "err": "do not run here"}) {
		t.Errorf("uses %s: %v", again, log)
	}
	if f := (doctor{data: h.data}).documents(); f.State != "ok" || !strings.Contains(f.Detail, "models faces.tar.gz 7") {
		t.Errorf("doctor: %+v", f)
	}
}

// TestReviewRulesOfCentral: rules that hold dossiers back begin nothing until the
// station has the supervisor's key.
func TestReviewRulesOfCentral(t *testing.T) {
	h := newHandedOut(t)
	raw, err := os.ReadFile(packFile(t, `"review": []`, `"review": ["face-alarm", "finger-exception"]`))
	if err != nil {
		t.Fatal(err)
	}
	begin := enrol.Command{ID: "begin-1", Name: enrol.CmdBegin, Officer: "officer-1"}
	begins := func(want string) (log []map[string]any) {
		t.Helper()
		return h.start("", func(s *station) {
			got := ""
			if _, err := s.enrol.Do(t.Context(), begin); err != nil {
				got = err.Error()
			}
			if (got == "") != (want == "") || !strings.Contains(got, want) {
				t.Errorf("begin: %q, want %q", got, want)
			}
			if got != "" {
				return
			}
			if _, err := s.enrol.Do(t.Context(), enrol.Command{ID: "cancel-1", Name: enrol.CmdCancel, Officer: "officer-1"}); err != nil {
				t.Errorf("cancel: %v", err)
			}
		})
	}
	begins("") // the control: the built-in pack holds nothing back
	digest := h.give(offline.DocumentRules, "rules.json", "5", raw)
	if log := begins("no-supervisor"); !logged(log, map[string]string{"msg": "document in use", "kind": "rules", "version": "5", "digest": digest}) {
		t.Errorf("log %v", log)
	}
	if f := (doctor{data: h.data}).documents(); !strings.Contains(f.Detail, "rules rules.json 5") {
		t.Errorf("doctor: %+v", f)
	}
	if _, errs, code := tramKeys(t, "supervisor", "--data", h.data, filepath.Join(t.TempDir(), "supervisor.age")); code != exitGood {
		t.Fatal(errs)
	}
	begins("")
}
