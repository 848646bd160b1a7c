package sbitest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"time"
)

// signer is a key with its certificate.
type signer struct {
	algorithm string
	key       crypto.Signer
	cert      *x509.Certificate
}

// keys are those of the scanner, and those of the faults.
type keys struct {
	root   *signer // the authority
	device *signer // signs info and captures
	chip   *signer // signs the digital ID (level L1)

	expired *signer // of the authority, for the time before
	second  *signer // of the authority, another scanner's
	foreign *signer // of another authority
}

// validity of the certificates, around now.
const validity = 30 * 24 * time.Hour

func newKeys(algorithm string, now time.Time) (*keys, error) {
	root, err := newAuthority("Invented authority for scanners", now)
	if err != nil {
		return nil, err
	}
	other, err := newAuthority("Another authority for scanners", now)
	if err != nil {
		return nil, err
	}
	k := &keys{root: root}
	for _, c := range []struct {
		to   **signer
		by   *signer
		name string
		from time.Time
	}{
		{&k.device, root, "device key", now.Add(-validity / 2)},
		{&k.chip, root, "chip key", now.Add(-validity / 2)},
		{&k.expired, root, "device key", now.Add(-2 * validity)},
		{&k.second, root, "device key of another", now.Add(-validity / 2)},
		{&k.foreign, other, "device key", now.Add(-validity / 2)},
	} {
		alg := algorithm
		if c.to != &k.device && alg == "RS256" {
			alg = "ES256" // making RSA keys takes long
		}
		if *c.to, err = newSigner(alg, c.name, c.by, c.from); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func newAuthority(name string, now time.Time) (*signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := template(name, now.Add(-10*validity))
	t.NotAfter = now.Add(10 * validity)
	t.IsCA, t.BasicConstraintsValid, t.KeyUsage = true, true, x509.KeyUsageCertSign
	return certify("ES256", key, t, nil)
}

func newSigner(algorithm, name string, by *signer, from time.Time) (*signer, error) {
	var key crypto.Signer
	var err error
	switch algorithm {
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "RS256":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("no algorithm is called %q: ES256, RS256 or EdDSA", algorithm)
	}
	if err != nil {
		return nil, err
	}
	return certify(algorithm, key, template(name, from), by)
}

func template(name string, from time.Time) *x509.Certificate {
	number, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	return &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: name},
		NotBefore: from, NotAfter: from.Add(validity), KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

// certify makes the certificate; by nil makes one that signs itself.
func certify(algorithm string, key crypto.Signer, t *x509.Certificate, by *signer) (*signer, error) {
	parent, with := t, key
	if by != nil {
		parent, with = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), with)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &signer{algorithm, key, cert}, err
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// unsigned is how a digital ID stands in an announcement.
func unsigned(v any) string { return encode(must(json.Marshal(v))) }

// sign makes a JSON Web Signature with the certificate in its header.
func (s *signer) sign(v any) string {
	header := map[string]any{"alg": s.algorithm, "typ": "JWT", "x5c": []string{base64.StdEncoding.EncodeToString(s.cert.Raw)}}
	text := unsigned(header) + "." + unsigned(v)
	return text + "." + encode(s.signature(text))
}

func (s *signer) signature(text string) []byte {
	digest := sha256.Sum256([]byte(text))
	switch key := s.key.(type) {
	case *ecdsa.PrivateKey:
		r, t, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			panic(err)
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		t.FillBytes(out[32:])
		return out
	case ed25519.PrivateKey:
		return ed25519.Sign(key, []byte(text))
	}
	return must(s.key.Sign(rand.Reader, digest[:], crypto.SHA256))
}

// must is for what can fail by our own mistake alone.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// newSerial makes a number as makers print it: twelve digits and more.
func newSerial() string {
	return "TRAM" + rand.Text()[:12]
}
