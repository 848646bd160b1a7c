package main

import (
	"testing"
	"time"
)

// The model gives the published times of the published traffic (120 commands
// with 2441 and 23978 bytes; 26 with 679 and 22022), within a millisecond.
func TestRadioTime(t *testing.T) {
	for _, tt := range []struct {
		commands, up, down int
		rate               int
		want               float64 // ms
	}{
		{120, 2441, 23978, 424_000, 598}, {120, 2441, 23978, 848_000, 310},
		{26, 679, 22022, 424_000, 514}, {26, 679, 22022, 848_000, 266},
	} {
		all := make([]exchange, tt.commands)
		for i := range all {
			all[i] = exchange{tt.up / tt.commands, tt.down / tt.commands}
		}
		all[0].up += tt.up % tt.commands
		all[1].down += tt.down % tt.commands
		got := float64(radioTime(all, tt.rate)) / float64(time.Millisecond)
		if got < tt.want-1 || got > tt.want+1 {
			t.Errorf("%d commands at %d bit/s: %.1f ms, want %.0f", tt.commands, tt.rate, got, tt.want)
		}
	}
	if radioTime(nil, 424_000) != 0 {
		t.Error("no traffic takes time")
	}
}
