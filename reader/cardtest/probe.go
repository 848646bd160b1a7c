package cardtest

import (
	"encoding/binary"
	"sync"
)

// Instructions of the probe, class 80.
const (
	insEcho   = 0x10 // the body comes back
	insOpen   = 0x12 // sets what a reset must clear
	insAsk    = 0x14 // tells it
	insDie    = 0x16 // answers no bytes from now on, until it is put again
	insVanish = 0x18 // is pulled in the middle of this command
)

// probe is a chip that shows how its slot treats it.
type probe struct {
	mu         sync.Mutex
	open, dead bool
}

// Reset forgets the state; a dead chip stays dead until it is powered anew,
// which for a virtual one is the same.
func (p *probe) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open, p.dead = false, false
}

// ATR is the answer to reset of a contactless chip without historical bytes.
func (p *probe) ATR() []byte {
	return []byte{0x3B, 0x88, 0x80, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0x09}
}

// Process answers one command.
func (p *probe) Process(c []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return []byte{}
	}
	if len(c) < 4 || c[0] != 0x80 {
		if len(c) > 1 && c[1] == 0xA4 {
			return []byte{0x6A, 0x82}
		}
		return []byte{0x90, 0x00}
	}
	switch c[1] {
	case insEcho:
		return append(body(c), 0x90, 0x00)
	case insOpen:
		p.open = true
		return []byte{0x90, 0x00}
	case insAsk:
		if p.open {
			return []byte{1, 0x90, 0x00}
		}
		return []byte{0, 0x90, 0x00}
	case insDie:
		p.dead = true
		return []byte{}
	case insVanish:
		return nil
	}
	return []byte{0x6D, 0x00}
}

// echo is the command that brings its body back: short while that holds it,
// else extended (ISO/IEC 7816-4 §5.1).
func echo(body []byte) []byte {
	c := []byte{0x80, insEcho, 0x00, 0x00}
	if n := len(body); n <= 255 {
		c = append(c, byte(n))
		return append(append(c, body...), 0)
	}
	c = append(c, 0)
	c = binary.BigEndian.AppendUint16(c, uint16(len(body)))
	return append(append(c, body...), 0, 0)
}

// body is the inverse of echo.
func body(c []byte) []byte {
	switch {
	case len(c) > 7 && c[4] == 0:
		n := int(binary.BigEndian.Uint16(c[5:]))
		if len(c) == 7+n+2 {
			return append([]byte(nil), c[7:7+n]...)
		}
	case len(c) > 5 && len(c) == 5+int(c[4])+1:
		return append([]byte(nil), c[5:5+int(c[4])]...)
	}
	return nil
}
