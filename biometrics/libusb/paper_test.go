package libusb

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"image"
	"sync"
)

// paper is a reader that exists in this process alone: a pipe that answers like
// one. It builds without cgo; the fake reader behind the real libusb, in C,
// checks the same things and more.
type paper struct {
	ground    *image.Gray
	block     func(b []byte) []byte // changes the image that is sent
	scanned   func()                // is called when a scan is ordered
	challenge bool                  // wakes only when its challenge is answered
	status    byte
	deaf      int  // power interrupts to lose
	drowsy    int  // reads of the status until it says: alive
	hasty     bool // it was sent to low power before
	stays     bool // the finger is not lifted, or nobody hears that it is
	away      bool // no finger is there
	broken    error

	mu      sync.Mutex
	ints    chan uint16
	scan    chan []byte // images that nobody has fetched
	hold    chan struct{}
	seed    [5]byte
	solved  bool
	closed  bool
	written []byte // values of the mode register
}

func newPaper(ground *image.Gray) *paper {
	return &paper{ground: ground, status: 0x01, ints: make(chan uint16, 100), scan: make(chan []byte, 100)}
}

func (p *paper) Interrupt(ctx context.Context, b []byte) (int, error) {
	select {
	case c := <-p.ints:
		binary.BigEndian.PutUint16(b, c)
		return len(b), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (p *paper) Bulk(ctx context.Context, b []byte) (int, error) {
	if p.hold != nil {
		select {
		case <-p.hold:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	select {
	case img := <-p.scan:
		if p.block != nil {
			img = p.block(img)
		}
		return copy(b, img), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// set changes the reader under its lock.
func (p *paper) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *paper) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("closed twice")
	}
	p.closed = true
	return nil
}

func (p *paper) Control(kind, request uint8, value uint16, data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.broken != nil:
		return 0, p.broken
	case request != 0x04:
		return 0, errors.New("stall")
	case kind == 0xc0:
		return p.read(value, data)
	case kind == 0x40:
		p.write(value, data)
		return len(data), nil
	}
	return 0, errors.New("stall")
}

func (p *paper) read(register uint16, data []byte) (int, error) {
	switch register {
	case 0x07:
		data[0] = p.status
		if p.drowsy > 0 {
			p.drowsy--
			data[0] &^= 0x01
		}
	case 0x34:
		binary.LittleEndian.PutUint32(data, paperKey(p.seed[0])^binary.LittleEndian.Uint32(p.seed[1:]))
	case 0xf0:
		clear(data)
	case 0x2010:
		copy(data, unhex(paperChallenge))
	default:
		return 0, errors.New("stall")
	}
	return len(data), nil
}

func (p *paper) write(register uint16, data []byte) {
	switch register {
	case 0x07:
		stuck, low := p.status&0x84 == 0x84, p.status&0x80 != 0
		p.hasty = p.hasty || data[0]&0x80 != 0 && p.drowsy > 0
		p.status = data[0] | 0x01
		if stuck {
			p.status = 0x01 // the first write only brings it to order
		}
		if p.challenge && !p.solved {
			p.status |= 0x80
		}
		if low && !stuck && p.status&0x80 == 0 {
			if p.deaf > 0 {
				p.deaf--
				return
			}
			p.ints <- 0x56aa
		}
	case 0x33:
		copy(p.seed[:], data)
	case 0x2000:
		p.solved = hex.EncodeToString(data) == paperResponse
	case 0x4e:
		p.written = append(p.written, data[0])
		switch data[0] {
		case 0x10:
			if !p.away {
				p.ints <- 0x0101
			}
		case 0x12:
			if !p.stays {
				p.ints <- 0x0200
			}
		case 0x20:
			p.scan <- imageOf(p.ground, paperKey)
			if p.scanned != nil {
				p.scanned()
			}
		}
	}
}

// What the reader asks and what it wants to hear, worked out apart from the
// driver: openssl enc -aes-128-ecb -nopad -K 79ac91795ca1478e98e00f3c598f5f4b.
const (
	paperChallenge = "00112233445566778899aabbccddeeff"
	paperResponse  = "cb55a09332dd09489a1ac71ecada579c"
)

func paperKey(number byte) uint32 { return 0x13579bdf * (uint32(number) + 1) }

// imageOf builds what a turned reader sends of a picture that lies on it. The
// scrambling is written bit by bit, apart from the driver's.
func imageOf(ground *image.Gray, key func(byte) uint32) []byte {
	b := make([]byte, 64, 64+384*290)
	b[4], b[5], b[6] = 289&0xff, 289>>8, 250
	number := b[6]
	state := bitsOf(key(number))
	line := 0
	for i, r := range fakeRuns {
		b[16+2*i], b[17+2*i] = r.flags, byte(r.lines)
		if r.flags&0x80 != 0 {
			number++
			state = bitsOf(key(number))
		}
		block := make([]byte, 384*r.lines)
		for k := range block {
			pixel := 255 - ground.Pix[384*(290-line)-1-k]
			if r.flags&0x02 == 0 {
				block[k] = pixel
			} else if k+1 < len(block) {
				for j, at := range []int{4, 8, 11, 14, 18, 21, 24, 29} {
					if state[at] {
						pixel ^= 1 << j
					}
				}
				block[k+1] = pixel
			}
			if r.flags&0x04 == 0 {
				odd := false
				for _, at := range []int{0, 2, 3, 6, 10, 12, 19, 22, 25, 28, 31} {
					odd = odd != state[at]
				}
				copy(state[:], state[1:])
				state[31] = odd
			}
		}
		if r.flags&0x01 == 0 {
			b = append(b, block...)
		}
		line += r.lines
	}
	return b
}

// bitsOf spreads a key, bit 0 first.
func bitsOf(key uint32) (state [32]bool) {
	for i := range state {
		state[i] = key>>i&1 != 0
	}
	return state
}
