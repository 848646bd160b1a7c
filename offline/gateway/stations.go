package gateway

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// StationDir knows stations from a folder of files named by key. A station
// that is added counts at once, also in a gateway that runs.
type StationDir string

// Add enrols a station's key.
func (dir StationDir) Add(s uplink.Station) error {
	if s.ID == "" || s.Key == nil {
		return fmt.Errorf("gateway: %w", uplink.ErrPairing)
	}
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	return s.Save(dir.path(s.Key.ID()))
}

// Station returns whose key this is.
func (dir StationDir) Station(key envelope.KeyID) (uplink.Station, error) {
	s, err := uplink.LoadStation(dir.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return uplink.Station{}, ErrUnknownStation
	}
	if err != nil {
		return uplink.Station{}, err
	}
	if s.Key.ID() != key {
		return uplink.Station{}, fmt.Errorf("gateway: station file %s holds another key", key)
	}
	return s, nil
}

func (dir StationDir) path(key envelope.KeyID) string {
	return filepath.Join(string(dir), key.String()+".json")
}
