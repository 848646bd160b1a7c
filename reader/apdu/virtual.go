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
	visit   int           // counts chips laid in: a handle dies with its visit
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
		p, ch, visit := s.chip, s.waitLocked(), s.visit
		s.mu.Unlock()
		if p != nil {
			p.Reset()
			return &virtualCard{slot: s, chip: p, visit: visit}, nil
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
	slot  *VirtualSlot
	chip  Processor
	visit int
}

func (c *virtualCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.slot.mu.Lock()
	here := c.slot.chip != nil && c.slot.visit == c.visit
	c.slot.mu.Unlock()
	if !here {
		return nil, ErrCardLost
	}
	// Some dead chips answer success with no bytes: that too is a lost card.
	r := c.chip.Process(command)
	if len(r) < 2 {
		return nil, ErrCardLost
	}
	return r, nil
}

func (c *virtualCard) Close() error { return nil }
