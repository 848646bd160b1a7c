package uplink

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	maxPairingFile = 64 << 10
	maxPairingKeys = 8
)

// Pairing is what a station must know of its gateway: one JSON file, written
// by tram-gateway, carried to the station by hand. It holds public keys only,
// but whoever changes it reads the dossiers: carry it over a way you trust.
//
// Keys are rotated with overlap: the file names the old and the new one for a
// while. Recipient and ReceiptKey are those that the first files had alone.
type Pairing struct {
	URL         string                `json:"url"`
	Recipient   *envelope.Recipient   `json:"recipient,omitempty"`    // dossiers are sealed to it
	Recipients  []*envelope.Recipient `json:"recipients,omitempty"`   // and to these
	ReceiptKey  *envelope.PublicKey   `json:"receipt_key,omitempty"`  // receipts verify under it
	ReceiptKeys []*envelope.PublicKey `json:"receipt_keys,omitempty"` // or one of these
	CA          string                `json:"ca,omitempty"`           // PEM; the gateway's certificate chains to it. Empty: to the system's roots
}

// To returns whom dossiers are sealed to: all of them, each once.
func (p Pairing) To() []*envelope.Recipient {
	var to []*envelope.Recipient
	for _, r := range append([]*envelope.Recipient{p.Recipient}, p.Recipients...) {
		if r != nil && !slices.ContainsFunc(to, func(t *envelope.Recipient) bool { return t.ID() == r.ID() }) {
			to = append(to, r)
		}
	}
	return to
}

// Keys returns the keys that receipts may verify under, each once.
func (p Pairing) Keys() []*envelope.PublicKey {
	var keys []*envelope.PublicKey
	for _, k := range append([]*envelope.PublicKey{p.ReceiptKey}, p.ReceiptKeys...) {
		if k != nil && !slices.ContainsFunc(keys, func(t *envelope.PublicKey) bool { return t.ID() == k.ID() }) {
			keys = append(keys, k)
		}
	}
	return keys
}

// Roots returns the pool of CA for Transport, nil for the system's.
func (p Pairing) Roots() (*x509.CertPool, error) {
	if p.CA == "" {
		return nil, nil
	}
	certs, err := parseCertificates(p.CA)
	if err != nil {
		return nil, fmt.Errorf("%w: CA: %w", ErrPairing, err)
	}
	pool := x509.NewCertPool()
	for _, c := range certs {
		if !c.IsCA {
			return nil, fmt.Errorf("%w: CA holds a certificate that is none", ErrPairing)
		}
		pool.AddCert(c)
	}
	return pool, nil
}

// Station is what a gateway must know of a station.
type Station struct {
	ID          string              `json:"station"`
	Key         *envelope.PublicKey `json:"key"`
	Province    string              `json:"province,omitempty"`
	Revoked     time.Time           `json:"revoked,omitzero"`      // its dossiers go to quarantine from then on; they are still taken
	Certificate string              `json:"certificate,omitempty"` // PEM
}

// ErrPairing says that a pairing or station file is not usable.
var ErrPairing = errors.New("uplink: not a usable pairing file: fetch it anew from the gateway")

// Check returns ErrPairing when something is missing.
func (p Pairing) Check() error {
	u, err := url.Parse(p.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%w: the URL is not http or https", ErrPairing)
	}
	if u.User != nil {
		return fmt.Errorf("%w: the URL names a user", ErrPairing)
	}
	if len(p.To()) == 0 || len(p.Keys()) == 0 {
		return fmt.Errorf("%w: a key is missing", ErrPairing)
	}
	if len(p.Recipients) > maxPairingKeys || len(p.ReceiptKeys) > maxPairingKeys {
		return fmt.Errorf("%w: more than %d keys", ErrPairing, maxPairingKeys)
	}
	_, err = p.Roots()
	return err
}

// Save writes the file.
func (p Pairing) Save(path string) error {
	if err := p.Check(); err != nil {
		return err
	}
	return saveJSON(path, p)
}

// LoadPairing reads what Save wrote.
func LoadPairing(path string) (Pairing, error) {
	var p Pairing
	if err := loadJSON(path, &p); err != nil {
		return Pairing{}, err
	}
	return p, p.Check()
}

// Save writes the file.
func (s Station) Save(path string) error { return saveJSON(path, s) }

// LoadStation reads what Save wrote.
func LoadStation(path string) (Station, error) {
	var s Station
	if err := loadJSON(path, &s); err != nil {
		return Station{}, err
	}
	if s.ID == "" || s.Key == nil {
		return Station{}, fmt.Errorf("%w: %s names no station or no key", ErrPairing, path)
	}
	return s, nil
}

func saveJSON(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return envelope.SaveFile(path, append(raw, '\n'), 0o644)
}

func loadJSON(path string, v any) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("uplink: %w", err)
	}
	if info.Size() > maxPairingFile {
		return fmt.Errorf("%w: %s has %d bytes", ErrPairing, path, info.Size())
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("uplink: %w", err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrPairing, path, err)
	}
	return nil
}
