package apdu

import (
	"context"
	"sync"
)

// Processor is the chip's side of a link: it answers command APDUs. A nil
// response means that the chip is dead or was pulled.
type Processor interface {
	Process(command []byte) (response []byte)
	// Reset powers the chip off and on: all session state is lost.
	Reset()
}

// VirtualSlot is an in-process [Slot] into which a simulated chip can be put
// and from which it can be pulled, also in the middle of a read. Its zero
// value is an empty slot.
type VirtualSlot struct {
	mu      sync.Mutex
	chip    Processor
	present chan struct{} // closed while a chip is in the slot
	visit   uint64        // counts chips laid in: a handle dies with its visit
	resets  uint64        // counts foreign resets: a handle dies with them, too
	busy    bool          // another program holds the slot
}

// Put lays a chip into the slot and wakes whoever waits for it.
func (s *VirtualSlot) Put(p Processor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.waitLocked()
	if s.chip == nil {
		close(ch)
	}
	s.chip = p
	s.visit++
}

// Pull removes the chip: sessions on it end with [ErrCardLost].
func (s *VirtualSlot) Pull() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chip != nil {
		s.chip, s.present = nil, nil
	}
}

// Disturb resets the chip as another program would: sessions on it end with
// [ErrReset].
func (s *VirtualSlot) Disturb() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resets++
}

// Hold takes the slot as another program would that wants it for itself, or
// lets it go: while it is held, Insert ends with [ErrBusy].
func (s *VirtualSlot) Hold(held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = held
}

func (s *VirtualSlot) waitLocked() chan struct{} {
	if s.present == nil {
		s.present = make(chan struct{})
	}
	return s.present
}

// Insert waits until a chip is in the slot and resets it.
func (s *VirtualSlot) Insert(ctx context.Context) (Card, error) {
	for {
		s.mu.Lock()
		c, ch, busy := virtualCard{slot: s, chip: s.chip, visit: s.visit, resets: s.resets}, s.waitLocked(), s.busy
		s.mu.Unlock()
		switch {
		case c.chip != nil && busy:
			return nil, ErrBusy
		case c.chip != nil:
			c.chip.Reset()
			return &c, nil
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Name returns the slot's name.
func (s *VirtualSlot) Name() string { return "virtual slot" }

// Virtual reports true: no physical chip can be here.
func (s *VirtualSlot) Virtual() bool { return true }

type virtualCard struct {
	slot          *VirtualSlot
	chip          Processor
	visit, resets uint64
}

var _ Described = (*virtualCard)(nil)

// state says what became of the card since Insert.
func (c *virtualCard) state() error {
	c.slot.mu.Lock()
	defer c.slot.mu.Unlock()
	switch {
	case c.slot.chip == nil || c.slot.visit != c.visit:
		return ErrCardLost
	case c.slot.resets != c.resets:
		return ErrReset
	}
	return nil
}

func (c *virtualCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.state(); err != nil {
		return nil, err
	}
	switch r := c.chip.Process(command); {
	case len(r) >= 2:
		return r, nil
	case r != nil:
		return nil, ErrSilent
	}
	return nil, ErrCardLost
}

// ATR is the chip's own where it has one.
func (c *virtualCard) ATR() []byte {
	if p, ok := c.chip.(interface{ ATR() []byte }); ok {
		return p.ATR()
	}
	return nil
}

func (c *virtualCard) Visit() uint64 { return c.visit }

func (c *virtualCard) Close() error { return nil }
