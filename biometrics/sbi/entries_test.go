package sbi

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

// An answer of many small entries takes no more memory than a few times its
// length before it is refused.
func TestManyEntries(t *testing.T) {
	_, x := session(t)
	entries := strings.Repeat("{},", 2_000_000) + "{}"
	const most = 2 // times the answer
	for name, parse := range map[string]struct {
		answer string
		by     func([]byte) error
	}{
		"capture":       {`{"biometrics":[` + entries + `]}`, func(b []byte) error { _, err := x.capture(t.Context(), b); return err }},
		"capture twice": {`{` + strings.Repeat(`"biometrics":[],`, 400_000) + `"biometrics":[{}]}`, func(b []byte) error { _, err := x.capture(t.Context(), b); return err }},
		"refused":       {`[` + entries + `]`, x.refused},
		"info":          {`[` + entries + `]`, func(b []byte) error { _, err := parseInfo(b, "1", checker{}); return err }},
		"discover":      {`[` + entries + `]`, func(b []byte) error { _, err := list[discovered](b); return err }},
	} {
		b := []byte(parse.answer)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := parse.by(b)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > most*uint64(len(b)) || !errors.Is(err, ErrReply) {
			t.Errorf("%s: %d bytes for %d, %v", name, got, len(b), err)
		}
	}
	// The control: as many as there may be.
	if all, err := list[discovered]([]byte(`[` + strings.Repeat("{},", maxEntries-1) + "{}]")); err != nil || len(all) != maxEntries {
		t.Errorf("%d entries, %v", len(all), err)
	}
	if _, err := list[discovered]([]byte(`[` + strings.Repeat("{},", maxEntries) + "{}]")); !errors.Is(err, ErrReply) {
		t.Errorf("one more: %v", err)
	}
}
