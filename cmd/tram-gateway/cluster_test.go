//go:build realparts

package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// pki is a CA of storage nodes and gateways.
type pki struct {
	t    *testing.T
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newPKI(t *testing.T) *pki {
	t.Helper()
	p := &pki{t: t, dir: t.TempDir()}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	p.key, p.cert = p.issue("ca", template)
	return p
}

func (p *pki) path(name string) string { return filepath.Join(p.dir, name+".pem") }

// issue writes NAME.pem and NAME-key.pem.
func (p *pki) issue(name string, template *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := p.cert, p.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		p.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		p.path(name): {Type: "CERTIFICATE", Bytes: der}, p.path(name + "-key"): {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	return key, cert
}

func (p *pki) member(name string) {
	p.issue(name, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// nodes runs three storage nodes behind mutual TLS and returns their addresses.
func nodes(t *testing.T, p *pki) string {
	t.Helper()
	var listen, cluster [3]string
	for i := range 3 {
		listen[i], cluster[i] = freePort(t), freePort(t)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 3)
	for i := range 3 {
		name := fmt.Sprintf("n%d", i)
		p.member(name)
		args := []string{
			"store", "--name", name, "--dir", t.TempDir(), "--listen", listen[i], "--cluster", cluster[i],
			"--routes", strings.Join(cluster[:], ","), "--ca", p.path("ca"), "--cert", p.path(name), "--key", p.path(name + "-key"),
		}
		go func() { ended <- run(ctx, args, io.Discard, io.Discard) }()
	}
	t.Cleanup(func() {
		cancel()
		for range 3 {
			if code := <-ended; code != 0 {
				t.Errorf("a node ended with %d", code)
			}
		}
	})
	return "nats://" + listen[0] + ",nats://" + listen[1] + ",nats://" + listen[2]
}

// send is one request of a station.
func send(t *testing.T, method, url string, body []byte) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(uplink.HeaderStation, "tram-thu-001")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, raw
}

// Two gateways with nothing in common but the storage nodes: parts go to one,
// the manifest to the other, and each gives the same receipt.
func TestGatewaysOnCluster(t *testing.T) {
	p := newPKI(t)
	p.member("gateway")
	where := nodes(t, p)
	e := newEnrolled(t)
	flags := append([]string{
		"--nats", where, "--nats-chunks", "--nats-ca", p.path("ca"), "--nats-cert", p.path("gateway"), "--nats-key", p.path("gateway-key"),
	}, e.run...)
	a, stopA := serveCLI(t, e.dir, flags...)
	defer stopA()
	// The other one signs with the same key and knows the same station.
	other := filepath.Join(t.TempDir(), "g")
	copyFile(t, filepath.Join(e.dir, "receipt.key"), filepath.Join(other, "receipt.key"))
	if err := stationDir(other).Add(uplink.Station{ID: "tram-thu-001", Key: e.station.Public()}); err != nil {
		t.Fatal(err)
	}
	b, stopB := serveCLI(t, other, flags...)
	defer stopB()
	s := e.seal(t)
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	if status, raw := send(t, http.MethodPut, b.URL+"/dossiers/"+s.ID.String(), s.Manifest); status != http.StatusFailedDependency {
		t.Fatalf("control: without its parts: %d %s", status, raw)
	}
	digests, _ := m.Chunks()
	for _, d := range digests {
		raw, err := s.Chunks.Chunk(d)
		if err != nil {
			t.Fatal(err)
		}
		if status, answer := send(t, http.MethodPut, a.URL+"/parts/"+d.String(), raw); status != http.StatusNoContent {
			t.Fatalf("part: %d %s", status, answer)
		}
	}
	status, receipt := send(t, http.MethodPut, b.URL+"/dossiers/"+s.ID.String(), s.Manifest)
	if status != http.StatusOK {
		t.Fatalf("manifest: %d %s", status, receipt)
	}
	if _, err := envelope.VerifyReceipt(a.ReceiptKey, receipt); err != nil {
		t.Fatal(err)
	}
	if status, again := send(t, http.MethodGet, a.URL+"/dossiers/"+s.ID.String(), nil); status != http.StatusOK || !bytes.Equal(again, receipt) {
		t.Errorf("the other gateway's receipt: %d, %d bytes", status, len(again))
	}
	// A decision at one is news at the other.
	if out, code := cli(t, "review", "approve", "--dir", e.dir, s.ID.String()); code != 0 {
		t.Fatal(out)
	}
	if status, feed := send(t, http.MethodGet, b.URL+"/feed?after=0&wait=5", nil); status != http.StatusOK || !bytes.Contains(feed, []byte(`"notices":["`)) {
		t.Errorf("feed: %d %s", status, feed)
	}
	// Control: who has no certificate of the CA is no gateway.
	if out, code := cli(t, "run", "--dir", filepath.Join(t.TempDir(), "g"), "--listen", "127.0.0.1:0", "--nats", where, "--nats-wait", "3s"); code == 0 {
		t.Errorf("a gateway without a certificate: %s", out)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
