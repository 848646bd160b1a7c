package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

const keyStation = "tram-thu-001"

func openTestKeys(t *testing.T, o keyOptions, create bool) *stationKeys {
	t.Helper()
	k, err := openKeys(o, keyStation, create)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

// tramKeys runs the program and returns its output and exit code.
func tramKeys(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"keys", "--tpm", tpmNone}, args...), strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), code
}

// TestKeyFiles: without a TPM the secrets are files, made once, and nothing
// that only looks makes any.
func TestKeyFiles(t *testing.T) {
	o := keyOptions{data: filepath.Join(t.TempDir(), "data"), tpm: tpmNone}
	if _, err := openKeys(o, keyStation, false); !errors.Is(err, errNoKeys) || exitCode(err) != exitQueue {
		t.Errorf("looking at nothing: %v", err)
	}
	if exists(o.data) {
		t.Error("looking made the folder")
	}
	a, b := openTestKeys(t, o, true), openTestKeys(t, o, true)
	look := openTestKeys(t, o, false)
	if a.signer.ID() != b.signer.ID() || look.signer.ID() != a.signer.ID() || !bytes.Equal(a.journal, look.journal) || len(a.journal) != 32 {
		t.Error("other keys at the second time")
	}
	if a.counter != nil || a.index != nil || a.whereSigner != "file station.key" || a.whereJournal != "file journal.key" {
		t.Errorf("%+v", a)
	}
	public, err := uplink.LoadStation(filepath.Join(o.data, stationFile))
	if err != nil || public.ID != keyStation || public.Key.ID() != a.signer.ID() {
		t.Error(public, err)
	}
	if err := os.Chmod(filepath.Join(o.data, keyFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openKeys(o, keyStation, true); !errors.Is(err, envelope.ErrKeyReadable) || exitCode(err) != exitQueue {
		t.Errorf("a key that others read: %v", err)
	}
}

// TestCredentials: what the service manager holds is used before the files, and
// is not written down anywhere.
func TestCredentials(t *testing.T) {
	o, manager := keyOptions{data: t.TempDir(), tpm: tpmNone}, t.TempDir()
	files := openTestKeys(t, o, true)
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := envelope.SaveKey(filepath.Join(manager, keyFile), key); err != nil {
		t.Fatal(err)
	}
	journal := newSecret()
	if err := os.WriteFile(filepath.Join(manager, journalFile), journal, 0o400); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", manager)
	for _, data := range []string{o.data, t.TempDir()} {
		k := openTestKeys(t, keyOptions{data: data, tpm: tpmNone}, true)
		if k.signer.ID() != key.ID() || !bytes.Equal(k.journal, journal) || !strings.Contains(k.whereSigner, "service manager") {
			t.Errorf("%s: %s %s", data, k.whereSigner, k.whereJournal)
		}
		if data != o.data && (exists(filepath.Join(data, keyFile)) || exists(filepath.Join(data, journalFile))) {
			t.Error("a credential was copied, or a key made beside it")
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if k := openTestKeys(t, o, true); k.signer.ID() != files.signer.ID() || !bytes.Equal(k.journal, files.journal) {
		t.Error("the control: without credentials the files")
	}
}

// certifier is a gateway that lets new keys in on the word of the known one.
type certifier struct {
	t     *testing.T
	state uplink.RequestState
	known *envelope.PublicKey
	asked []envelope.KeyID
}

func (c *certifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/stations/requests" {
		return // doctor asks how it is
	}
	body, _ := io.ReadAll(r.Body)
	csr, err := x509.ParseCertificateRequest(body)
	if err != nil || csr.CheckSignature() != nil || csr.Subject.CommonName != keyStation {
		c.t.Errorf("request: %v", err)
		return
	}
	word, _ := base64.StdEncoding.DecodeString(r.Header.Get(uplink.HeaderRotation))
	rotation, err := envelope.VerifyRotation(c.known, word)
	key, _ := envelope.NewPublicKey(csr.PublicKey)
	if err != nil || rotation.New.ID() != key.ID() || rotation.Station != keyStation {
		c.t.Errorf("the old key's word: %v", err)
		return
	}
	c.asked = append(c.asked, key.ID())
	reply := uplink.RequestReply{Key: key.ID(), State: c.state}
	if c.state == uplink.RequestApproved {
		ca, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, csr.PublicKey, ca)
		if err != nil {
			c.t.Error(err)
		}
		reply.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		c.known = key
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply)
}

// pairedWith writes the pairing of a data folder.
func pairedWith(t *testing.T, data, url string) {
	t.Helper()
	receipts, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	central, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	p := uplink.Pairing{URL: url, Recipient: central.Recipient(), ReceiptKey: receipts.Public()}
	if err := p.Save(filepath.Join(data, "pairing.json")); err != nil {
		t.Fatal(err)
	}
}

// TestRotate goes through what the central may answer. Until it has approved,
// the old key stays in use.
func TestRotate(t *testing.T) {
	o := keyOptions{data: t.TempDir(), tpm: tpmNone}
	first := openTestKeys(t, o, true)
	central := &certifier{t: t, state: uplink.RequestPending, known: first.signer.Public()}
	server := httptest.NewServer(central)
	defer server.Close()
	if _, errs, code := tramKeys(t, "rotate", "--data", o.data); code != exitUsage || !strings.Contains(errs, "pairing") {
		t.Errorf("not paired: %d %s", code, errs)
	}
	pairedWith(t, o.data, server.URL)
	inUse := func(want envelope.KeyID) {
		t.Helper()
		if k := openTestKeys(t, o, true); k.signer.ID() != want || !bytes.Equal(k.journal, first.journal) {
			t.Errorf("key %s is in use, want %s", k.signer.ID(), want)
		}
	}
	for range 2 { // asked twice for the same key
		if out, errs, code := tramKeys(t, "rotate", "--data", o.data); code != exitGood || !strings.Contains(out, "decides") {
			t.Errorf("pending: %d %s %s", code, out, errs)
		}
		inUse(first.signer.ID())
	}
	if len(central.asked) != 2 || central.asked[0] != central.asked[1] {
		t.Errorf("asked for %v", central.asked)
	}
	central.state = uplink.RequestRefused
	if _, errs, code := tramKeys(t, "rotate", "--data", o.data); code != exitRefused {
		t.Errorf("refused: %d %s", code, errs)
	}
	inUse(first.signer.ID())
	central.state = uplink.RequestApproved
	if _, errs, code := tramKeys(t, "rotate", "--data", o.data); code != exitGood {
		t.Fatalf("approved: %d %s", code, errs)
	}
	second := central.known.ID()
	if second == first.signer.ID() || second == central.asked[0] {
		t.Errorf("key %s is an old or a refused one", second)
	}
	inUse(second)
	if exists(filepath.Join(o.data, keyFile)) {
		t.Error("the old secret is still there")
	}
	k := openTestKeys(t, o, false)
	if len(k.ring.Former) != 1 || k.ring.Former[0].ID() != first.signer.ID() {
		t.Errorf("former keys %v", k.ring.Former)
	}
	if r, err := envelope.VerifyRotation(first.signer.Public(), k.ring.Rotation); err != nil || r.New.ID() != second {
		t.Error(err)
	}
	if out, errs, code := tramKeys(t, "rotate", "--json", "--data", o.data); code != exitGood || !strings.Contains(out, central.known.ID().String()) {
		t.Fatalf("a second time: %d %s %s", code, out, errs)
	}
	inUse(central.known.ID())
	out, _, code := tramKeys(t, "show", "--json", "--data", o.data)
	var shown keysReport
	if err := json.Unmarshal([]byte(out), &shown); err != nil || code != exitGood ||
		shown.Key != central.known.ID() || len(shown.Former) != 2 || shown.Where != "file station-3.key" {
		t.Errorf("%d %s", code, out)
	}
	server.Close()
	if _, errs, code := tramKeys(t, "rotate", "--data", o.data); code != exitOther || !strings.Contains(errs, "old key stays") {
		t.Errorf("no gateway: %d %s", code, errs)
	}
	inUse(central.known.ID())
}

// TestRotateAtGateway does it with the gateway itself: a key that nobody vouches
// for waits for a person, one of an enrolled station does not, and the old key
// stays listed.
func TestRotateAtGateway(t *testing.T) {
	dir, o := t.TempDir(), keyOptions{data: t.TempDir(), tpm: tpmNone}
	first := openTestKeys(t, o, true)
	authority, err := gateway.OpenAuthority(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	receipts, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	stations := gateway.StationDir(filepath.Join(dir, "stations"))
	g, err := store.NewGateway(t.Context(), filepath.Join(dir, "store"), gateway.Config{
		Key: receipts, Stations: stations, Enrolment: stations, Authority: authority,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	server := httptest.NewServer(g)
	defer server.Close()
	pairedWith(t, o.data, server.URL)
	rotate := func(want string) *stationKeys {
		t.Helper()
		if out, errs, code := tramKeys(t, "rotate", "--data", o.data); code != exitGood || !strings.Contains(out, want) {
			t.Fatalf("%d %s %s", code, out, errs)
		}
		return openTestKeys(t, o, false)
	}
	if k := rotate("decides"); k.signer.ID() != first.signer.ID() {
		t.Error("a key is in use that nobody let in")
	}
	if err := stations.Add(uplink.Station{ID: keyStation, Key: first.signer.Public()}); err != nil {
		t.Fatal(err)
	}
	second := rotate("is used from the next start")
	third := rotate("is used from the next start")
	for _, k := range []*stationKeys{first, second, third} {
		if s, err := stations.Station(k.signer.ID()); err != nil || s.ID != keyStation || !s.Revoked.IsZero() {
			t.Errorf("key %s at the gateway: %+v %v", k.signer.ID(), s, err)
		}
	}
	if second.signer.ID() == first.signer.ID() || third.signer.ID() == second.signer.ID() {
		t.Error("the key did not change")
	}
}

// A list of keys that was tampered with opens nothing outside the folder.
func TestRingOutside(t *testing.T) {
	o := keyOptions{data: t.TempDir(), tpm: tpmNone}
	openTestKeys(t, o, true)
	for name, ring := range map[string]string{
		"up": `{"current":"../other.key"}`, "hidden": `{"current":".station.key"}`, "torn": `{"current":"stat`,
	} {
		if err := os.WriteFile(filepath.Join(o.data, ringFile), []byte(ring), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openKeys(o, keyStation, true); exitCode(err) != exitQueue {
			t.Errorf("%s: %v", name, err)
		}
	}
}
