//go:build realparts && linux

package gateway_test

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/courier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// TestSecondClient: a shell script with curl, which follows the description
// alone, hands in a bundle over mutual TLS and gets the very receipts that the
// station's own client gets. Each of its requests is as described.
func TestSecondClient(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	d := s.draft()
	one := s.seal(d)
	d = s.draft()
	d.Sequence, d.Previous = 2, envelope.Sum(one.Manifest)
	two := s.seal(d)
	dir := t.TempDir()
	bundle, err := os.Create(filepath.Join(dir, "bundle.tar"))
	if err != nil {
		t.Fatal(err)
	}
	err = courier.Write(bundle, s.station, courier.Load{
		Station: "tram-thu-001", At: time.Now(), Dossiers: []*envelope.Sealed{one, two},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := bundle.Close(); err != nil {
		t.Fatal(err)
	}
	tls := s.files(dir)
	run := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "sh", append([]string{"testdata/deliver.sh", s.server.URL, bundle.Name(), filepath.Join(dir, "receipts")}, args...)...).CombinedOutput()
		return string(out), err
	}
	if out, err := run("--cacert", tls["ca.pem"]); err == nil || !strings.Contains(out, "no-certificate") {
		t.Errorf("control: without a certificate: %v\n%s", err, out)
	}
	for range 2 { // the second time brings the same
		out, err := run("--cacert", tls["ca.pem"], "--cert", tls["cert.pem"], "--key", tls["key.pem"])
		if err != nil || strings.Count(out, "\n") != 2 {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, sealed := range []*envelope.Sealed{one, two} {
			raw, err := os.ReadFile(filepath.Join(dir, "receipts", sealed.ID.String()+".cose"))
			if err != nil {
				t.Fatal(err)
			}
			own, err := c.Receipt(t.Context(), sealed.ID, envelope.Sum(sealed.Manifest))
			if err != nil || string(own.Signed) != string(raw) {
				t.Errorf("the two clients hold different receipts: %v", err)
			}
		}
	}
	if n, err := s.stores.Ledger.Len(t.Context()); err != nil || n != 2 {
		t.Errorf("%d dossiers, %v", n, err)
	}
}

// files writes what curl needs for mutual TLS.
func (s *site) files(dir string) map[string]string {
	s.t.Helper()
	csr, err := envelope.NewRequest(s.station, "tram-thu-001", "79")
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := s.client(s.station, "tram-thu-001", nil).Request(s.t.Context(), csr, nil)
	if err != nil || r.State != uplink.RequestApproved {
		s.t.Fatalf("%+v, %v", r, err)
	}
	out := map[string]string{}
	for name, text := range map[string]string{"ca.pem": s.authority.PEM(), "cert.pem": r.Certificate} {
		if block, _ := pem.Decode([]byte(text)); block == nil {
			s.t.Fatalf("%s is no PEM", name)
		}
		out[name] = filepath.Join(dir, name)
		if err := os.WriteFile(out[name], []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	out["key.pem"] = filepath.Join(dir, "key.pem")
	if err := envelope.SaveKey(out["key.pem"], s.station); err != nil {
		s.t.Fatal(err)
	}
	return out
}
