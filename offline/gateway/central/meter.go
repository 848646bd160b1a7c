package central

import (
	"sync"
	"time"
)

// CheckBurst is how many questions a station may ask the register in
// CheckWindow: four times what a busy counter asks. Whoever has stolen a
// station's key does not read the register through it.
const (
	CheckBurst  = 3000
	CheckWindow = time.Hour
)

// meter counts questions by station, a window at a time. It holds one entry a
// station.
type meter struct {
	now func() time.Time

	mu     sync.Mutex
	counts map[string]*count
}

type count struct {
	since time.Time
	n     int
}

// allow counts a question, or says how long to wait.
func (m *meter) allow(station string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	c := m.counts[station]
	if c == nil || now.Sub(c.since) >= CheckWindow {
		c = &count{since: now}
		m.counts[station] = c
	}
	if c.n >= CheckBurst {
		return &RateError{After: c.since.Add(CheckWindow).Sub(now)}
	}
	c.n++
	return nil
}
