//go:build libfprint && realparts

package libfprint

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// late is how long a cancelled call of these tests goes on.
const late = 300 * time.Millisecond

// hanging gives a capture up that does not end yet.
func hanging(t *testing.T) *Reader {
	t.Helper()
	socket(t)
	r := openVirtual(t)
	stop := r.stop
	r.endWait = late / 6
	r.stop = func() { time.AfterFunc(late, stop) }
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(late/3, cancel)
	if _, err := r.Capture(ctx, biometrics.Request{}, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want the context's", err)
	}
	r.stop, r.endWait = stop, endWait
	return r
}

// TestCancelledHangs: what does not end when it is cancelled still has the
// memory that Close would free, and no second capture may run over it.
func TestCancelledHangs(t *testing.T) {
	r := hanging(t)
	if _, err := r.Capture(t.Context(), biometrics.Request{}, nil); !errors.Is(err, errHangs) {
		t.Errorf("%v, want %v", err, errHangs)
	}
	if err := r.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	time.Sleep(2 * late) // the capture ends, in the loop's thread
	h := &hand{t: t, path: socket(t)}
	h.good(openVirtual(t)) // and others are served
}

// TestKeptWhileBusy: libfprint refuses to close a reader with a call that runs;
// nothing is freed then, and it can be closed when the call has ended.
func TestKeptWhileBusy(t *testing.T) {
	r := hanging(t)
	r.lost = nil // as if nobody had noticed
	if err := r.Close(); err == nil {
		t.Error("closed under a capture that runs")
	}
	time.Sleep(2 * late)
	if err := r.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
