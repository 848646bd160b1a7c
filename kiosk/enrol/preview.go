package enrol

import (
	"context"
	"sync"
)

// preview is the latest picture of a device, for the page alone.
type preview struct {
	mu     sync.Mutex // guards what follows
	jpeg   []byte     // nil: there is none
	number uint64     // of the picture; grows with each
	next   chan struct{}
}

// show makes a picture the latest, and wakes those who wait for one.
func (p *preview) show(jpeg []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jpeg = jpeg
	p.number++
	if p.next != nil {
		close(p.next)
		p.next = nil
	}
}

// drop leaves no picture.
func (p *preview) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jpeg = nil
}

// other returns the latest picture if it is not the one of the number, or else
// what to wait for.
func (p *preview) other(than uint64) (jpeg []byte, number uint64, next <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.jpeg != nil && p.number != than {
		return p.jpeg, p.number, nil
	}
	if p.next == nil {
		p.next = make(chan struct{})
	}
	return nil, 0, p.next
}

// Preview returns the latest picture of the camera or the fingerprint reader,
// JPEG, and its number; 0 where there is none. Where after is the number of a
// picture that the caller has, it waits for another one until ctx ends; after 0
// never waits. The picture is nobody's to keep: it is gone with the enrolment.
func (s *Station) Preview(ctx context.Context, after uint64) (jpeg []byte, number uint64) {
	for {
		s.watched.Store(s.cfg.Now().UnixNano())
		jpeg, number, next := s.preview.other(after)
		if number != 0 || after == 0 {
			return jpeg, number
		}
		select {
		case <-next:
		case <-ctx.Done():
			return nil, 0
		case <-s.ctx.Done():
			return nil, 0
		}
	}
}
