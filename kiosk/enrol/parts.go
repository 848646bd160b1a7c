package enrol

import (
	"context"

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
