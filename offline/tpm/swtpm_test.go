//go:build realparts

package tpm_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/tpm"
)

// TestKeyStays: the key is there after the TPM and the program were switched
// off, and what it signed before is good under what it is now.
func TestKeyStays(t *testing.T) {
	chip, dir := newChip(t), t.TempDir()
	before := signer(t, chip.open(), dir)
	signed := receipt(t, before)
	chip.restart()
	after := signer(t, chip.open(), dir)
	if before.ID() != after.ID() {
		t.Fatal("another key")
	}
	for _, raw := range [][]byte{signed, receipt(t, after), receipt(t, before)} { // also over the old connection
		if _, err := envelope.VerifyReceipt(after.Public(), raw); err != nil {
			t.Error(err)
		}
	}
	if other := signer(t, chip.open(), t.TempDir()); other.ID() == after.ID() {
		t.Error("another folder has the same key: the test showed nothing")
	}
	if err := envelope.SaveKey(filepath.Join(dir, "out.key"), after); err == nil {
		t.Error("the key left the TPM")
	}
}

// TestForeign: a copy of the folder is of no use at another TPM, whether its
// label says so or the TPM itself.
func TestForeign(t *testing.T) {
	one, two, dir := newChip(t), newChip(t), t.TempDir()
	here := one.open()
	signer(t, here, dir)
	if err := here.Seal(dir, "journal", []byte("0123456789abcdef0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
	if _, err := here.OpenCounter(dir); err != nil {
		t.Fatal(err)
	}
	there := two.open()
	tries := map[string]func() error{
		"key":     func() error { _, err := there.Signer(dir); return err },
		"secret":  func() error { _, err := there.Unseal(dir, "journal"); return err },
		"counter": func() error { _, err := there.OpenCounter(dir); return err },
	}
	for name, try := range tries {
		if err := try(); !errors.Is(err, tpm.ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"station.tpm", "journal.tpm", "counter.tpm"} { // a forged label
		file := filepath.Join(dir, name)
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		forged := bytes.ReplaceAll(raw, here.RootName(), there.RootName())
		if bytes.Equal(forged, raw) {
			t.Fatal("no label to forge")
		}
		if err := os.WriteFile(file, forged, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, try := range tries {
		if err := try(); !errors.Is(err, tpm.ErrForeign) {
			t.Errorf("%s with a forged label: %v", name, err)
		}
	}
}

// TestNoDuplicate: the TPM does not give the key to another parent, not even
// with a policy that would let it. The control is the same key not fixed.
func TestNoDuplicate(t *testing.T) {
	chip, dir := newChip(t), t.TempDir()
	open := chip.open()
	signer(t, open, dir)
	public, private := tpm.BlobOf(t, filepath.Join(dir, "station.tpm"))
	link, err := linuxudstpm.Open(chip.socket())
	if err != nil {
		t.Fatal(err)
	}
	duplicate := func(public tpm2.TPM2BPublic, private tpm2.TPM2BPrivate) error {
		root, err := tpm2.ReadPublic{ObjectHandle: tpm2.TPMHandle(0x81000001)}.Execute(link)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := tpm2.Load{
			ParentHandle: tpm2.AuthHandle{Handle: 0x81000001, Name: root.Name, Auth: tpm2.PasswordAuth(nil)},
			InPublic:     public, InPrivate: private,
		}.Execute(link)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _, _ = tpm2.FlushContext{FlushHandle: loaded.ObjectHandle}.Execute(link) }()
		session, end, err := tpm2.PolicySession(link, tpm2.TPMAlgSHA256, 16)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = end() }()
		if _, err := (tpm2.PolicyCommandCode{PolicySession: session.Handle(), Code: tpm2.TPMCCDuplicate}).Execute(link); err != nil {
			t.Fatal(err)
		}
		_, err = tpm2.Duplicate{
			ObjectHandle:    tpm2.AuthHandle{Handle: loaded.ObjectHandle, Name: loaded.Name, Auth: session},
			NewParentHandle: tpm2.TPMRHNull, Symmetric: tpm2.TPMTSymDef{Algorithm: tpm2.TPMAlgNull},
		}.Execute(link)
		return err
	}
	if err := duplicate(public, private); err == nil {
		t.Error("the key was duplicated")
	}
	if err := duplicate(permissive(t, link, true)); !errors.Is(err, tpm2.TPMRCAttributes) {
		t.Errorf("a fixed key with a policy for it: %v", err)
	}
	if err := duplicate(permissive(t, link, false)); err != nil {
		t.Errorf("the control, a key that may be duplicated: %v", err)
	}
}

// permissive makes a key whose policy lets it be given away.
func permissive(t *testing.T, link transport.TPM, fixed bool) (tpm2.TPM2BPublic, tpm2.TPM2BPrivate) {
	t.Helper()
	form := tpm.SigningKey()
	form.ObjectAttributes.FixedTPM, form.ObjectAttributes.FixedParent = fixed, fixed
	// PolicyCommandCode(TPM2_Duplicate), TPM 2.0 Library Part 3 §23.11.
	sum := sha256.Sum256(append(make([]byte, 32), 0, 0, 1, 0x6c, 0, 0, 1, 0x4b))
	form.AuthPolicy = tpm2.TPM2BDigest{Buffer: sum[:]}
	root, err := tpm2.ReadPublic{ObjectHandle: tpm2.TPMHandle(0x81000001)}.Execute(link)
	if err != nil {
		t.Fatal(err)
	}
	made, err := tpm2.Create{
		ParentHandle: tpm2.AuthHandle{Handle: 0x81000001, Name: root.Name, Auth: tpm2.PasswordAuth(nil)},
		InPublic:     tpm2.New2B(form),
	}.Execute(link)
	if err != nil {
		t.Fatal(err)
	}
	return made.OutPublic, made.OutPrivate
}

// TestCounter: it never goes back, over restarts and when it is removed.
func TestCounter(t *testing.T) {
	chip, dir := newChip(t), t.TempDir()
	c, err := chip.open().OpenCounter(dir)
	if err != nil {
		t.Fatal(err)
	}
	last, err := c.Counter()
	if err != nil || last == 0 {
		t.Fatal(last, err)
	}
	for round := range 3 {
		for range 5 {
			n, err := c.Increment()
			if err != nil || n != last+1 {
				t.Fatalf("%d after %d: %v", n, last, err)
			}
			last = n
		}
		chip.restart()
		if c, err = chip.open().OpenCounter(dir); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if n, err := c.Counter(); err != nil || n != last {
			t.Fatalf("%d after a restart, was %d: %v", n, last, err)
		}
	}
	if err := c.Undefine(); err != nil {
		t.Fatal(err)
	}
	if _, err := chip.open().OpenCounter(dir); !errors.Is(err, tpm.ErrForeign) {
		t.Errorf("removed: %v", err)
	}
	anew, err := chip.open().OpenCounter(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := anew.Counter(); err != nil || n <= last {
		t.Errorf("made anew it begins at %d, was %d: %v", n, last, err)
	}
	other, err := chip.open().OpenCounter(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n, _ := anew.Counter()
	if _, err := other.Increment(); err != nil {
		t.Fatal(err)
	}
	if m, err := anew.Counter(); err != nil || m != n {
		t.Errorf("another folder's count moved this one's from %d to %d: %v", n, m, err)
	}
}

func TestSeal(t *testing.T) {
	chip, dir := newChip(t), t.TempDir()
	open := chip.open()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	if err := open.Seal(dir, "journal", secret); err != nil {
		t.Fatal(err)
	}
	if err := open.Seal(dir, "journal", secret); !errors.Is(err, fs.ErrExist) {
		t.Errorf("overwritten: %v", err)
	}
	chip.restart()
	if got, err := chip.open().Unseal(dir, "journal"); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("%x, want %x: %v", got, secret, err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "journal.tpm"))
	if err != nil || bytes.Contains(raw, secret) {
		t.Error("the secret lies open on the disk", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "journal.tpm")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if _, err := open.Unseal(dir, "nothing"); !errors.Is(err, tpm.ErrNotFound) {
		t.Error(err)
	}
	if err := open.Seal(dir, "long", make([]byte, 129)); !errors.Is(err, tpm.ErrTooLong) {
		t.Error(err)
	}
	if err := open.Seal(dir, "../away", secret); err == nil {
		t.Error("a name left the folder")
	}
	// One flipped bit anywhere in the file is found.
	for i := 0; i < len(raw); i += 7 {
		bad := bytes.Clone(raw)
		bad[i] ^= 0x10
		if err := os.WriteFile(filepath.Join(dir, "journal.tpm"), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := chip.open().Unseal(dir, "journal"); err == nil && bytes.Equal(got, secret) {
			t.Errorf("bit of byte %d flipped and nothing said", i)
		}
	}
}

// TestParallel signs, counts and unseals from many sides at once.
func TestParallel(t *testing.T) {
	chip, dir := newChip(t), t.TempDir()
	open := chip.open()
	s := signer(t, open, dir)
	c, err := open.OpenCounter(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := open.Seal(dir, "journal", []byte("secret")); err != nil {
		t.Fatal(err)
	}
	begin, err := c.Counter()
	if err != nil {
		t.Fatal(err)
	}
	const sides, each = 8, 10
	var wg sync.WaitGroup
	for range sides {
		wg.Go(func() {
			for range each {
				if _, err := envelope.VerifyReceipt(s.Public(), receipt(t, s)); err != nil {
					t.Error(err)
				}
				if _, err := c.Increment(); err != nil {
					t.Error(err)
				}
				if got, err := open.Unseal(dir, "journal"); err != nil || string(got) != "secret" {
					t.Error(got, err)
				}
			}
		})
	}
	wg.Wait()
	if n, err := c.Counter(); err != nil || n != begin+sides*each {
		t.Errorf("counted to %d from %d: %v", n, begin, err)
	}
}

// TestLeftovers: processes that were killed left the TPM's three places taken.
func TestLeftovers(t *testing.T) {
	chip, dir := newChip(t), t.TempDir()
	open := chip.open()
	s := signer(t, open, dir)
	link, err := linuxudstpm.Open(chip.socket())
	if err != nil {
		t.Fatal(err)
	}
	full := false
	for range 8 {
		_, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(link)
		full = full || errors.Is(err, tpm2.TPMRCObjectMemory)
	}
	if !full {
		t.Fatal("the TPM was never full: the test showed nothing")
	}
	receipt(t, s)
}

// TestTLS: the key serves for mutual TLS.
func TestTLS(t *testing.T) {
	chip := newChip(t)
	s := signer(t, chip.open(), t.TempDir())
	csr, err := envelope.NewRequest(s, "station-1", "01")
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.ParseCertificateRequest(csr)
	if err != nil || request.CheckSignature() != nil {
		t.Fatal(err, request.CheckSignature())
	}
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(template *x509.Certificate, public crypto.PublicKey) []byte {
		template.NotAfter, template.SerialNumber = time.Now().Add(time.Hour), big.NewInt(1)
		der, err := x509.CreateCertificate(rand.Reader, template, &x509.Certificate{}, public, ca)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	station := s.TLS([][]byte{issue(&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, request.PublicKey)})
	gateway := tls.Certificate{Certificate: [][]byte{issue(&x509.Certificate{DNSNames: []string{"gateway"}}, ca.Public())}, PrivateKey: ca}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		a, b := net.Pipe()
		server := tls.Server(a, &tls.Config{Certificates: []tls.Certificate{gateway}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: version})
		client := tls.Client(b, &tls.Config{Certificates: []tls.Certificate{station}, InsecureSkipVerify: true}) // the station's half is tried
		go func() { _ = client.Handshake(); _, _ = client.Read(make([]byte, 1)) }()
		if err := server.HandshakeContext(t.Context()); err != nil {
			t.Errorf("TLS %x: %v", version, err)
		} else if key, err := envelope.NewPublicKey(server.ConnectionState().PeerCertificates[0].PublicKey); err != nil || key.ID() != s.ID() {
			t.Errorf("TLS %x: another key: %v", version, err)
		}
		_ = a.Close()
	}
	sum := sha512.Sum384(nil)
	if _, err := station.PrivateKey.(crypto.Signer).Sign(nil, sum[:], crypto.SHA384); !errors.Is(err, tpm.ErrHash) {
		t.Error(err)
	}
}

// TestErrors: each says what to do.
func TestErrors(t *testing.T) {
	if _, err := tpm.Open("unix:" + filepath.Join(t.TempDir(), "none.sock")); !errors.Is(err, tpm.ErrNoTPM) {
		t.Errorf("no socket: %v", err)
	}
	if _, err := tpm.Open("/dev/null"); err == nil {
		t.Error("/dev/null is a TPM")
	}
	chip, dir := newChip(t), t.TempDir()
	link, err := linuxudstpm.Open(chip.socket())
	if err != nil {
		t.Fatal(err)
	}
	change := tpm2.HierarchyChangeAuth{AuthHandle: tpm2.TPMRHOwner, NewAuth: tpm2.TPM2BAuth{Buffer: []byte("owned")}}
	if _, err := change.Execute(link); err != nil {
		t.Fatal(err)
	}
	if _, err := tpm.Open("unix:" + chip.socket()); !errors.Is(err, tpm.ErrOwner) {
		t.Errorf("owner with a password: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "station.tpm"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newChip(t).open().Signer(dir); !errors.Is(err, tpm.ErrBlob) || !strings.Contains(err.Error(), "station.tpm") {
		t.Errorf("a damaged file: %v", err)
	}
}
