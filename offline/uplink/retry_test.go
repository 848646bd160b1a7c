package uplink

import (
	"net/http"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

func TestRetryAfter(t *testing.T) {
	date := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                                0,
		"12":                              12 * time.Second,
		"-5":                              0,
		"999999999999":                    maxRetryAfter,
		"soon":                            0,
		"Thu, 02 Jan 2031 03:05:05 GMT":   time.Minute,
		"Thu, 02 Jan 2031 03:00:00 GMT":   0,
		"Wed, 02 Jan 2041 03:05:05 GMT":   maxRetryAfter,
		"99999999999999999999999999999":   0,
		"Thu, 02 Jan 2031 03:05:05 +0700": 0,
	} {
		h := http.Header{"Retry-After": {value}, "Date": {date.Format(http.TimeFormat)}}
		if got := retryAfter(h); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestPace(t *testing.T) {
	var p pace
	if p.get() != 1 {
		t.Errorf("starts at %d", p.get())
	}
	succeed := func(n int, took time.Duration) {
		for range n {
			p.succeeded(envelope.ChunkSize, took)
		}
	}
	succeed(1+2+3, 0)
	if p.get() != maxParallel {
		t.Errorf("grew to %d, want %d", p.get(), maxParallel)
	}
	p.failed()
	if p.get() != maxParallel/2 {
		t.Errorf("fell to %d, want half", p.get())
	}
	p.failed()
	p.failed()
	if p.get() != 1 {
		t.Errorf("fell to %d, want 1", p.get())
	}
	succeed(careful-1, 0)
	if p.get() != 1 {
		t.Errorf("grew to %d at once after a fault", p.get())
	}
	succeed(1, 0)
	if p.get() != 2 {
		t.Errorf("never grew again: %d", p.get())
	}
	succeed(1000, slowPart+1)
	if p.get() != 1 {
		t.Errorf("%d at a time on a line that is full", p.get())
	}
}
