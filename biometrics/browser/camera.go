package browser

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// Device names the page's camera.
func (f *filming) Device() biometrics.Device {
	f.source.mu.Lock()
	defer f.source.mu.Unlock()
	return biometrics.Device{Name: f.name, Driver: "browser"}
}

// Frame returns the newest frame that it has not returned yet, and waits for
// it. After the source's patience without one it is [biometrics.ErrNoDevice];
// when the page films again, so does the camera.
func (f *filming) Frame(ctx context.Context) (biometrics.Frame, error) {
	for {
		p, err := f.wait(ctx)
		if err != nil {
			return biometrics.Frame{}, err
		}
		// A frame that is broken behind its header is passed over: the next
		// comes in a moment.
		if img, err := jpeg.Decode(bytes.NewReader(p.jpeg)); err == nil {
			return biometrics.Frame{Image: img, JPEG: p.jpeg, Seq: p.seq, Time: p.time}, nil
		}
	}
}

func (f *filming) wait(ctx context.Context) (posted, error) {
	select { // what has ended wins over a frame that is left
	case <-f.done:
		return posted{}, fmt.Errorf("camera closed: %w", biometrics.ErrNoDevice)
	case <-ctx.Done():
		return posted{}, ctx.Err()
	default:
	}
	patience := time.NewTimer(f.source.patience())
	defer patience.Stop()
	select {
	case p := <-f.fresh:
		return p, nil
	case <-f.done:
		return posted{}, fmt.Errorf("camera closed: %w", biometrics.ErrNoDevice)
	case <-patience.C:
		return posted{}, fmt.Errorf("the page posts no frames: %w", biometrics.ErrNoDevice)
	case <-ctx.Done():
		return posted{}, ctx.Err()
	}
}

// Close ends the filming: the page turns its camera off.
func (f *filming) Close() error {
	f.end.Do(func() {
		close(f.done)
		f.source.mu.Lock()
		defer f.source.mu.Unlock()
		if f.source.cam == f {
			f.source.cam = nil
		}
	})
	return nil
}
