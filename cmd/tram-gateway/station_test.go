package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// member is a station that speaks to a gateway that runs with --tls.
type member struct {
	t    *testing.T
	key  *envelope.Signer
	pair uplink.Pairing
	cert *tls.Certificate
}

func newMember(t *testing.T, pairing string) *member {
	t.Helper()
	p, err := uplink.LoadPairing(pairing)
	if err != nil {
		t.Fatal(err)
	}
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return &member{t: t, key: key, pair: p}
}

func (m *member) client() *uplink.Client {
	m.t.Helper()
	roots, err := m.pair.Roots()
	if err != nil {
		m.t.Fatal(err)
	}
	tr := uplink.Transport{Roots: roots, Certificate: func() (*tls.Certificate, error) { return m.cert, nil }}
	return &uplink.Client{URL: m.pair.URL, Station: "tram-thu-001", Key: m.pair.ReceiptKey, HTTP: tr.Client()}
}

// ask sends the request for a certificate, and keeps one that comes.
func (m *member) ask() uplink.RequestState {
	m.t.Helper()
	csr, err := envelope.NewRequest(m.key, "tram-thu-001", "79")
	if err != nil {
		m.t.Fatal(err)
	}
	r, err := m.client().Request(m.t.Context(), csr, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	if r.State == uplink.RequestApproved {
		chain, err := r.Chain()
		if err != nil {
			m.t.Fatal(err)
		}
		cert := m.key.TLS(chain)
		m.cert = &cert
	}
	return r.State
}

func (m *member) deliver(sequence uint64) error {
	m.t.Helper()
	d := envelope.Draft{ID: uuid.Must(uuid.NewV7()), Station: "tram-thu-001", Sequence: sequence, Parts: []envelope.Part{{Name: "a", Bytes: []byte("a")}}}
	if sequence > 1 {
		d.Previous = envelope.Sum([]byte("before"))
	}
	sealed, err := envelope.Seal(m.key, m.pair.To(), d)
	if err != nil {
		m.t.Fatal(err)
	}
	_, err = m.client().Deliver(m.t.Context(), sealed)
	return err
}

// listed reads `enrol ls --json`.
func listed(t *testing.T, dir string) (states []string) {
	t.Helper()
	out, code := cli(t, "enrol", "ls", "--json", "--dir", dir)
	if code != 0 {
		t.Fatalf("%d %s", code, out)
	}
	for line := range strings.Lines(out) {
		var l enrolLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		states = append(states, l.Station+" "+l.Province+" "+l.State)
	}
	return states
}

// A station asks, waits, is let in, delivers, reports, and is revoked: all by
// the command line beside a gateway that runs.
func TestStationOverTLS(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "g")
	line, stop := serveCLI(t, dir, "--tls")
	defer stop()
	m := newMember(t, line.Pairing)
	if state := m.ask(); state != uplink.RequestPending {
		t.Fatalf("a stranger is %s", state)
	}
	if err := m.deliver(1); !errors.Is(err, uplink.ErrNoCertificate) {
		t.Errorf("control: delivery without a certificate: %v", err)
	}
	if got := listed(t, dir); len(got) != 1 || got[0] != "tram-thu-001 79 pending" {
		t.Errorf("ls: %v", got)
	}
	key := m.key.ID().String()
	if out, code := cli(t, "enrol", "approve", "--dir", dir, key); code != 0 || !strings.Contains(out, "tram-thu-001") {
		t.Fatalf("approve: %d %s", code, out)
	}
	if state := m.ask(); state != uplink.RequestApproved {
		t.Fatalf("after the approval: %s", state)
	}
	if err := m.deliver(1); err != nil {
		t.Fatal(err)
	}
	signed, err := envelope.SignReport(m.key, envelope.Report{Station: "tram-thu-001", Number: 1, Sequence: 1,
		Events: []envelope.SecurityEvent{{Code: "lockout", Count: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.client().Report(t.Context(), signed); err != nil {
		t.Fatal(err)
	}
	if out, code := cli(t, "report", "--dir", dir, "--troubled"); code != 0 || !strings.Contains(out, "lockout:3") {
		t.Errorf("report: %d %s", code, out)
	}
	var seen gateway.Witness
	out, code := cli(t, "report", "--dir", dir, "--json", "tram-thu-001")
	if err := json.Unmarshal([]byte(out), &seen); err != nil || code != 0 || seen.Number != 1 {
		t.Errorf("report --json: %d %s, %v", code, out, err)
	}
	if out, code := cli(t, "enrol", "revoke", "--dir", dir, key); code != 0 {
		t.Fatalf("revoke: %d %s", code, out)
	}
	if got := listed(t, dir); len(got) != 1 || got[0] != "tram-thu-001 79 revoked" {
		t.Errorf("ls: %v", got)
	}
	if err := m.deliver(2); err != nil {
		t.Errorf("a revoked station's dossier is not taken: %v", err)
	}
	if _, _, err := m.client().Feed(t.Context(), 0, 0); err == nil {
		t.Error("a revoked station reads on")
	}
	for _, args := range [][]string{{"approve", key}, {"refuse", strings.Repeat("0", 32)}, {"revoke", strings.Repeat("0", 32)}, {"revoke", "nowhere.json"}} {
		if out, code := cli(t, append([]string{"enrol", "--dir", dir}, args...)...); code != exitOther || out == "" {
			t.Errorf("enrol %v: %d %s", args, code, out)
		}
	}
}

func TestDocuments(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "g")
	line, stop := serveCLI(t, dir)
	defer stop()
	p, err := uplink.LoadPairing(line.Pairing)
	if err != nil {
		t.Fatal(err)
	}
	c := &uplink.Client{URL: p.URL, Station: "tram-thu-001", Key: p.ReceiptKey}
	file := filepath.Join(t.TempDir(), "rules.json")
	fetch := func() []byte {
		t.Helper()
		list, _, err := c.Catalogue(t.Context())
		if err != nil || len(list.Items) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		var b bytes.Buffer
		if err := c.Document(t.Context(), list.Items[0], &b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, version := range []string{"1", "2"} {
		if err := os.WriteFile(file, []byte("luật "+version), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, code := cli(t, "documents", "add", "--dir", dir, "--from", "2026-12-01T00:00:00+07:00", "rules", "bo-luat", version, file); code != 0 {
			t.Fatalf("add: %d %s", code, out)
		}
		if got := fetch(); string(got) != "luật "+version {
			t.Errorf("version %s: %q", version, got)
		}
	}
	out, code := cli(t, "documents", "ls", "--dir", dir, "--json")
	var list envelope.Catalogue
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || len(list.Items) != 1 || list.Items[0].Version != "2" ||
		list.Items[0].From != time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC).UnixMilli() {
		t.Errorf("ls: %d %s, %v", code, out, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "documents", "[^.]*")) // but for the lock
	if err != nil || len(files) != 2 {
		t.Errorf("the old version stays behind: %v", files)
	}
	if out, code := cli(t, "documents", "rm", "--dir", dir, "rules", "bo-luat"); code != 0 {
		t.Errorf("rm: %d %s", code, out)
	}
	for name, args := range map[string][]string{
		"twice removed": {"rm", "rules", "bo-luat"}, "a kind of no use": {"add", "songs", "x", "1", file},
		"no such file": {"add", "rules", "x", "1", "nowhere"}, "no time": {"add", "rules", "x", "1", file, "--from", "soon"},
	} {
		if out, code := cli(t, append([]string{"documents", "--dir", dir}, args...)...); code != exitOther || out == "" {
			t.Errorf("%s: %d %s", name, code, out)
		}
	}
}
