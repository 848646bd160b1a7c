package gateway

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Terms of certificates. What a station may do is decided by its key in the
// list of stations and not by its certificate, which says only that the central
// approved the key once. So a station's certificate lasts long, and revoking
// needs no list of revoked certificates.
const (
	authorityTerm = 20 * 365 * 24 * time.Hour
	stationTerm   = 2 * 365 * 24 * time.Hour
	serverTerm    = 2 * 365 * 24 * time.Hour
	// backdate lets a certificate count at a station whose clock is slow.
	backdate   = 24 * time.Hour
	serialBits = 128
)

// Authority is the gateway's own small certificate authority: it signs the
// certificates of stations and, where the gateway has no other, its own.
type Authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
	Now  func() time.Time
}

// OpenAuthority loads ca.key and ca.pem of the folder, or makes them when there
// are none. Whoever has ca.key may add stations: it is for its owner alone.
func OpenAuthority(dir string, now func() time.Time) (*Authority, error) {
	keyFile, certFile := filepath.Join(dir, "ca.key"), filepath.Join(dir, "ca.pem")
	signer, err := envelope.OpenKey(keyFile)
	if err != nil {
		return nil, fmt.Errorf("gateway: authority: %w", err)
	}
	key, ok := signer.TLS(nil).PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("gateway: authority: %w", envelope.ErrKeyType)
	}
	a := &Authority{key: key, Now: now}
	raw, err := os.ReadFile(certFile)
	if errors.Is(err, fs.ErrNotExist) {
		if raw, err = a.root(); err == nil {
			err = envelope.SaveFile(certFile, raw, 0o644)
		}
	}
	if err == nil {
		a.cert, err = parseCertificate(raw)
	}
	if err == nil && !key.PublicKey.Equal(a.cert.PublicKey) {
		err = errors.New("ca.pem is not of ca.key: restore both from one backup")
	}
	if err != nil {
		return nil, fmt.Errorf("gateway: authority: %w", err)
	}
	a.pool = x509.NewCertPool()
	a.pool.AddCert(a.cert)
	return a, nil
}

func (a *Authority) root() ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, err
	}
	now := a.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Trạm gateway " + serial.Text(36)[:8]},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(authorityTerm),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// PEM is the authority's certificate, for the pairing file.
func (a *Authority) PEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// Pool holds the authority alone.
func (a *Authority) Pool() *x509.CertPool { return a.pool }

// Certify makes the certificate of an approved station's key, in PEM.
func (a *Authority) Certify(s uplink.Station) (string, error) {
	spki, err := base64.StdEncoding.DecodeString(s.Key.String())
	if err != nil {
		return "", fmt.Errorf("gateway: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return "", fmt.Errorf("gateway: %w", err)
	}
	subject := pkix.Name{CommonName: s.ID}
	if s.Province != "" {
		subject.OrganizationalUnit = []string{s.Province}
	}
	der, err := a.sign(&x509.Certificate{
		Subject: subject, NotAfter: a.Now().Add(stationTerm), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}

// Server makes a certificate for the gateway itself, with a key that lives no
// longer than the process. Hosts are names or addresses.
func (a *Authority) Server(hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("gateway: %w", err)
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "tram-gateway"}, NotAfter: a.Now().Add(serverTerm),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := a.sign(template, key.Public())
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}, nil
}

func (a *Authority) sign(template *x509.Certificate, key any) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	template.SerialNumber = serial
	template.NotBefore = a.Now().Add(-backdate)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.BasicConstraintsValid = true
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("gateway: sign certificate: %w", err)
	}
	return der, nil
}

func parseCertificate(raw []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("no certificate in PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}
