package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/uplink"
)

// outboxConfig is the outbox of a data folder, not yet paired.
func outboxConfig(data, station string, keys *stationKeys) offline.Config {
	c := offline.Config{
		Dir: filepath.Join(data, "queue"), StationID: station, Version: version,
		Signer: keys.signer, Former: keys.ring.Former, Rotation: keys.ring.Rotation, IndexKey: keys.index,
		Documents: filepath.Join(data, "documents"),
	}
	if keys.counter != nil { // a nil one must not become an interface that is not nil
		c.Counter = keys.counter
	}
	if public, err := uplink.LoadStation(filepath.Join(data, stationFile)); err == nil {
		c.Province = public.Province
	}
	return c
}

// withOutbox opens the station's outbox for one command.
func withOutbox(o queueOptions, do func(*offline.Outbox) error) (err error) {
	keys, station, err := openStationKeys(keyOptions{o.data, o.tpm})
	if err != nil {
		return err
	}
	defer closed(keys)
	book, err := newRulebook(nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	cfg := outboxConfig(o.data, station.ID, keys)
	cfg.Policy = book.policy
	path := o.pairing
	if path == "" {
		path = filepath.Join(o.data, "pairing.json")
	}
	pairing, err := uplink.LoadPairing(path)
	if err == nil {
		err = cfg.Pair(pairing)
	}
	// Without a pairing the queue can still be looked at.
	if err != nil && (o.pairing != "" || !errors.Is(err, fs.ErrNotExist)) {
		return coded(exitUsage, err)
	}
	b, err := offline.Open(cfg)
	if err != nil {
		return coded(exitQueue, err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	book.from = b
	book.look()
	return do(b)
}
