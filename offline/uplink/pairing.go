package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/tram-station/tram/offline/envelope"
)

const maxPairingFile = 64 << 10

// Pairing is what a station must know of its gateway: one JSON file, written
// by tram-gateway, carried to the station by hand. It holds public keys only,
// but whoever changes it reads the dossiers: carry it over a way you trust.
type Pairing struct {
	URL        string              `json:"url"`
	Recipient  *envelope.Recipient `json:"recipient"`   // dossiers are sealed to it
	ReceiptKey *envelope.PublicKey `json:"receipt_key"` // receipts verify under it
}

// Station is what a gateway must know of a station.
type Station struct {
	ID  string              `json:"station"`
	Key *envelope.PublicKey `json:"key"`
}

// ErrPairing says that a pairing or station file is not usable.
var ErrPairing = errors.New("uplink: not a usable pairing file: fetch it anew from the gateway")

// Check returns ErrPairing when something is missing.
func (p Pairing) Check() error {
	u, err := url.Parse(p.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%w: the URL is not http or https", ErrPairing)
	}
	if p.Recipient == nil || p.ReceiptKey == nil {
		return fmt.Errorf("%w: a key is missing", ErrPairing)
	}
	return nil
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
