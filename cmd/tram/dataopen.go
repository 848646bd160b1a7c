package main

import "github.com/tram-station/tram/kiosk/places"

// openPlaces loads the newest list of provinces and communes. One that can not
// be used is named; the next older one is used instead.
func openPlaces(cfg stationConfig) (*places.List, error) {
	list, bad, err := places.Open(placesDir(cfg.data))
	for _, b := range bad {
		cfg.log.Error("a list of provinces and communes is not used: see `tram data ls`", "err", b)
	}
	if err != nil {
		return nil, coded(exitInvalid, err)
	}
	provinces, communes := list.Count()
	cfg.log.Info("provinces and communes", "version", list.Version(), "provinces", provinces, "communes", communes)
	return list, nil
}
