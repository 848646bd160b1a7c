package main

import (
	"context"
	"image"
	"log/slog"
	"sync"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/browser"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/cascade"
	"github.com/tram-station/tram/kiosk/checkup"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/passive"
)

// devices are the sources that a station is wired to.
type devices struct {
	slot    func() (apdu.Slot, error)
	camera  func(context.Context) (biometrics.Camera, error)
	page    *browser.Source // what camera opens where the kiosk's page films; nil otherwise
	scanner func(context.Context) (biometrics.Scanner, error)
}

// trials are the devices as the page of the devices tries them.
func (d devices) trials() checkup.Devices {
	return checkup.Devices{Slot: d.slot, Camera: d.camera, Scanner: d.scanner, PageFilms: d.page != nil}
}

// cardReader reads cards for the enrolment. The slot is opened at each read: a
// reader may be plugged in later, or again.
type cardReader struct {
	open     func() (apdu.Slot, error)
	trust    *passive.Trust
	lengths  *reader.Lengths
	attempts reader.Attempts

	mu   sync.Mutex // guards last
	last apdu.Slot
}

// Read opens the slot, waits for a card and reads it.
func (c *cardReader) Read(ctx context.Context, keys []access.Key, on func(reader.Progress)) (*reader.Report, error) {
	slot, err := c.open()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.last = slot
	c.mu.Unlock()
	r := &reader.Reader{Trust: c.trust, OnProgress: on, Extended: c.lengths, Attempts: &c.attempts}
	return r.Read(ctx, slot, keys)
}

// slot returns the slot of the last read, or the one that is there now.
func (c *cardReader) slot() apdu.Slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		if s, err := c.open(); err == nil {
			c.last = s
		}
	}
	return c.last
}

// Virtual reports whether no physical chip can be in the slot.
func (c *cardReader) Virtual() bool {
	s := c.slot()
	return s != nil && s.Virtual()
}

// SlotName names the reader, "" while none is connected.
func (c *cardReader) SlotName() string {
	if s := c.slot(); s != nil {
		return s.Name()
	}
	return ""
}

// portraiter takes and compares portraits with the models, and says in the log
// which they are.
func (m *faceModels) portraiter(log *slog.Logger) enrol.FacePortraiter {
	for _, p := range m.choice.Passed {
		log.Warn("model pack is not used", "folder", p.Dir, "err", p.Err)
	}
	if m.lost != nil {
		log.Warn("not everything is measured in a portrait, or it is not compared", "finder", m.finder.Model(), "why", m.lost)
	} else {
		log.Info("faces", "finder", m.finder.Model(), "matcher", m.matcher.Model(), "why", m.choice.Why)
	}
	var photographs pictures // its decoder lives as long as the program
	return enrol.FacePortraiter{Finder: m.finder, Matcher: m.matcher, Decode: func(ctx context.Context, _ string, b []byte) (image.Image, error) {
		return photographs.decode(ctx, b) // by its own bytes, whatever the chip calls it
	}}
}

// loadFinder loads the cascades from the assets.
func loadFinder() (face.Finder, error) {
	dir, err := cascade.Locate()
	if err != nil {
		return nil, err
	}
	return cascade.Load(dir)
}
