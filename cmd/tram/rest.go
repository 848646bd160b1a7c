package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

const (
	restEvery = 10 * time.Second
	restAbove = 24 << 20 // bytes of Go memory that a station at rest may keep
)

// rest gives memory back to the system while nobody is at the counter. The hash
// of a PIN takes 64 MiB and a portrait as much for a moment; left alone, the
// runtime keeps it for minutes, on a PC that also runs a browser.
func (s *station) rest(ctx context.Context) error {
	tick := time.NewTicker(restEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if step := s.enrol.Snapshot().Step; (step == enrol.StepIdle || step == enrol.StepDone) && kept() > restAbove {
				debug.FreeOSMemory()
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// kept is how many bytes of memory the Go runtime has of the system now.
func kept() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}
