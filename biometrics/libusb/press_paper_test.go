package libusb

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"sync"

	"github.com/tram-station/tram/biometrics"
)

// pressPaper is an NB-1010-U that exists in this process alone.
type pressPaper struct {
	mu     sync.Mutex // guards all below
	ground *image.Gray
	finger bool
	fault  string // of the next image or, for "mute" and "babble", answer
	gone   bool
	closed int
	looks  int // how often it was asked for a finger
	queue  [][]byte
	wake   chan struct{} // closed and made anew when the queue grows
}

func newPressPaper(ground *image.Gray) *pressPaper {
	return &pressPaper{ground: ground, finger: true, wake: make(chan struct{})}
}

// pressPicture is a picture of the sensor's size without much in it.
func pressPicture() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 256, 180))
	for i := range img.Pix {
		img.Pix[i] = 245
		if x, y := i%256, i/256; y > 24 && y < 156 && x > 24 && x < 232 && (y+x/16)%7 < 4 {
			img.Pix[i] = byte(30 + x/8)
		}
	}
	return img
}

func (p *pressPaper) Send(ctx context.Context, b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case p.gone:
		return fmt.Errorf("no such device: %w", biometrics.ErrNoDevice)
	case len(b) < 8 || b[0] != 0x80 || int(binary.LittleEndian.Uint16(b[4:])) != len(b):
		return fmt.Errorf("not a command: % x", b)
	}
	if p.fault == "mute" {
		return nil
	}
	answer := make([]byte, 16)
	answer[0], answer[2], answer[4] = 0x80, b[2], 16
	switch b[1] {
	case 0x38:
		p.looks++
		answer[1], answer[12] = 0x37, 0x05
		if p.finger {
			answer[12] = 0xf7
		}
	case 0x0d:
		answer[1] = 0x20
	case 0x12:
		answer[1] = 0x20
		p.queue = append(p.queue, answer)
		p.scan()
		answer = nil
	}
	if p.fault == "babble" {
		answer[1], p.fault = 0x55, ""
	}
	if answer != nil {
		p.queue = append(p.queue, answer)
	}
	close(p.wake)
	p.wake = make(chan struct{})
	return nil
}

// scan queues an image, with the fault in its middle, once.
func (p *pressPaper) scan() {
	fault := p.fault
	p.fault = ""
	for line := 0; line < 180; line += 2 {
		b := make([]byte, 540)
		copy(b, []byte{0x80, 0x21, 0, 0, 540 & 0xff, 540 >> 8})
		if line < 178 {
			b[12] = 1
		}
		b[16] = byte(line + 1)
		copy(b[25:], p.ground.Pix[line*256:][:512])
		if line == 90 {
			switch fault {
			case "short":
				b = b[:300]
			case "empty":
				b = nil
			case "lost":
				continue
			case "other":
				b[1] = 0x20
			case "length":
				b[4]++
			case "early":
				b[12] = 0
			case "flip":
				b[25+7] ^= 1
			case "vanish":
				p.gone = true
				return
			case "stops":
				p.queue = append(p.queue, b)
				return
			}
		}
		p.queue = append(p.queue, b)
	}
}

func (p *pressPaper) Receive(ctx context.Context, b []byte) (int, error) {
	for {
		p.mu.Lock()
		wake := p.wake
		if len(p.queue) > 0 {
			n := copy(b, p.queue[0])
			p.queue = p.queue[1:]
			p.mu.Unlock()
			return n, nil
		}
		gone := p.gone
		p.mu.Unlock()
		if gone {
			return 0, fmt.Errorf("no such device: %w", biometrics.ErrNoDevice)
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (p *pressPaper) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed++; p.closed > 1 {
		return errors.New("closed twice")
	}
	return nil
}

// set changes the reader under its lock.
func (p *pressPaper) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	close(p.wake)
	p.wake = make(chan struct{})
}

// same wants the pixels that lie on the reader.
func (p *pressPaper) same(img *image.Gray) bool { return bytes.Equal(img.Pix, p.ground.Pix) }
