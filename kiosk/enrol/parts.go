package enrol

import (
	"context"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
)

// SlotChip is the Chip in a card slot.
type SlotChip struct {
	Slot   apdu.Slot
	Reader reader.Reader // OnProgress is set for each read
}

// Read waits for a card in the slot and reads it.
func (c *SlotChip) Read(ctx context.Context, keys []access.Key, on func(reader.Progress)) (*reader.Report, error) {
	r := c.Reader
	r.OnProgress = on
	return r.Read(ctx, c.Slot, keys)
}

// Virtual reports whether the slot can hold no physical chip.
func (c *SlotChip) Virtual() bool { return c.Slot.Virtual() }

// SlotName names the slot.
func (c *SlotChip) SlotName() string { return c.Slot.Name() }

// FacePortraiter takes portraits with the face package.
type FacePortraiter struct{ Finder face.Finder }

// Capture runs one session of the face package.
func (p FacePortraiter) Capture(ctx context.Context, cam biometrics.Camera, manual <-chan struct{}, on func(Guidance)) (*Portrait, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pressed := make(chan struct{}, 1) // a press is a value there, not a close
	go func() {
		select {
		case <-manual:
			pressed <- struct{}{}
		case <-ctx.Done():
		}
	}()
	session := face.Session{Camera: cam, Finder: p.Finder, Manual: pressed, On: func(v face.Preview) {
		on(Guidance{JPEG: v.JPEG, OK: v.Result.OK, Words: v.Result.Message, Measures: v.Result.Measures})
	}}
	f, err := session.Run(ctx)
	if err != nil {
		return nil, err
	}
	return &Portrait{JPEG: f.JPEG, Original: f.Original, Width: f.W, Height: f.H, Measures: f.Measures,
		Device: f.Device, Model: f.Model, Tries: f.Tries, Manual: f.Manual}, nil
}
