//go:build libfprint

package libfprint

/*
#cgo pkg-config: libfprint-2
#cgo CFLAGS: -Wall -Wextra
#include <stdlib.h>
#include "loop.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"image"
	"runtime/cgo"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/tram-station/tram/biometrics"
)

// Config says which reader is opened and how.
type Config struct {
	// Reader is the driver or the device, as libfprint names it; "" is the first
	// reader that gives images.
	Reader string
	// DPI is the density of the reader, pixels an inch; 0 is what is known of
	// the driver.
	DPI int
	// Patience is how long Capture waits for the finger; 0 means 20 s.
	Patience time.Duration
	// Now is the clock of the prints; nil means time.Now.
	Now func() time.Time
}

// Patience with the person and with the reader.
const (
	defaultPatience = 20 * time.Second
	openWait        = 5 * time.Second
	endWait         = 3 * time.Second // for a cancelled call to end
)

// maxPixels bounds an image; a slap scanner's is smaller.
const maxPixels = 4 << 20

// Reader is one opened reader. One goroutine captures with it; any may close it.
type Reader struct {
	config  Config
	c       *C.tram_reader
	device  biometrics.Device
	dpi     int
	stop    func()        // cancels the call that runs
	endWait time.Duration // how long a cancelled call may take to end

	ending context.Context // done when Close was called
	end    context.CancelFunc
	mu     sync.Mutex // held by the capture that runs, and by Close
	lost   error      // the reader has to be opened anew
	closed bool
}

// outcome is how a call to libfprint ended.
type outcome struct {
	how              C.int
	message          string
	driver, name, id string
	image            *image.Gray
	touched          bool // a finger lay there when the call was cancelled
}

// tramDone brings a result out of the loop's thread.
//
//export tramDone
func tramDone(handle C.uintptr_t, r *C.tram_result) {
	h := cgo.Handle(handle)
	to := h.Value().(chan outcome)
	h.Delete()
	o := outcome{
		how: r.how, message: C.GoString(r.message),
		driver: C.GoString(r.driver), name: C.GoString(r.name), id: C.GoString(r.id),
	}
	w, height := int(r.width), int(r.height)
	if r.pixels != nil && w > 0 && height > 0 && w <= maxPixels/height && int(r.size) >= w*height {
		o.image = image.NewGray(image.Rect(0, 0, w, height))
		copy(o.image.Pix, unsafe.Slice((*byte)(r.pixels), w*height))
	}
	to <- o // it has room for the one
}

// errHangs says that libfprint does not come back.
var errHangs = fmt.Errorf("the driver hangs, unplug the reader and plug it in again: %w", biometrics.ErrNoDevice)

// call does one call and waits for its end. When ctx ends it is cancelled; the
// error is errHangs when it goes on all the same.
func (r *Reader) call(ctx context.Context, begin func(C.uintptr_t)) (outcome, error) {
	done := make(chan outcome, 1)
	begin(C.uintptr_t(cgo.NewHandle(done)))
	select {
	case o := <-done:
		return o, nil
	case <-ctx.Done():
	}
	touched := C.tram_touched(r.c) != 0
	r.stop()
	o, err := within(done, r.endWait)
	o.touched = touched
	return o, err
}

// within waits for the end of a call.
func within(done <-chan outcome, wait time.Duration) (outcome, error) {
	select {
	case o := <-done:
		return o, nil
	case <-time.After(wait):
		return outcome{}, errHangs
	}
}

// Open opens a reader. While there is none it fails at once with
// [biometrics.ErrNoDevice]; it fails with [ErrDensity] where the density is
// neither known nor stated.
func Open(ctx context.Context, cfg Config) (*Reader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	own, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	r := &Reader{config: cfg, c: C.tram_new(), endWait: endWait}
	r.stop = func() { C.tram_cancel(r.c) }
	r.ending, r.end = context.WithCancel(context.Background())
	which := C.CString(cfg.Reader)
	defer C.free(unsafe.Pointer(which))
	o, err := r.call(own, func(h C.uintptr_t) { C.tram_open(r.c, which, h) })
	if err != nil {
		return nil, err // what hangs can not be closed
	}
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case o.how == C.TRAM_NONE:
		err = fmt.Errorf("no reader of libfprint that gives images: %w", biometrics.ErrNoDevice)
	case o.how != C.TRAM_GOOD:
		err = fmt.Errorf("open the reader: %s: %w", o.message, biometrics.ErrNoDevice)
	default:
		r.dpi, err = densityOf(o.driver, cfg.DPI)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	r.device = biometrics.Device{
		Name: o.name, Driver: "libfprint/" + o.driver, Virtual: strings.HasPrefix(o.driver, "virtual_"),
	}
	return r, nil
}

// Device names the reader and libfprint's driver.
func (r *Reader) Device() biometrics.Device { return r.device }

// Takes reports whether one plain finger is asked for.
func (r *Reader) Takes(req biometrics.Request) bool {
	return !req.Finger.Slap() && req.Impression == biometrics.Plain
}

// Capture waits for a finger, takes one image and calls preview with it; it
// returns when the finger is lifted again, as libfprint does. Errors:
// [biometrics.ErrNotTaken] for a slap or a rolled finger;
// [biometrics.ErrNoFinger] when no finger came within Config.Patience;
// [biometrics.ErrBadImage] when there was no usable image or the finger stays;
// [biometrics.ErrNoDevice] when the reader is unplugged or does not answer, it
// must then be closed and opened again.
func (r *Reader) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	if !r.Takes(req) {
		return nil, biometrics.ErrNotTaken
	}
	img, err := r.capture(ctx)
	if err != nil {
		return nil, err
	}
	if preview != nil {
		preview(img)
	}
	now := time.Now
	if r.config.Now != nil {
		now = r.config.Now
	}
	return biometrics.One(req, img, r.dpi, r.device, now()), nil
}

// errClosed says that the reader is no longer open.
var errClosed = fmt.Errorf("the reader is closed: %w", biometrics.ErrNoDevice)

func (r *Reader) capture(ctx context.Context) (*image.Gray, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending.Err() != nil {
		return nil, errClosed
	}
	if r.lost != nil {
		return nil, r.lost
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	patience := r.config.Patience
	if patience == 0 {
		patience = defaultPatience
	}
	own, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer context.AfterFunc(r.ending, cancel)()
	o, err := r.call(own, func(h C.uintptr_t) { C.tram_capture(r.c, h) })
	if err == nil {
		err = o.fault()
	} else {
		r.lost = err // also where ctx ended: the call still has what Close would free
	}
	switch {
	case err == nil:
		return o.image, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case r.ending.Err() != nil:
		err = errClosed
	case errors.Is(err, errCancelled) && o.touched:
		err = fmt.Errorf("a finger still lies on the reader: %w", biometrics.ErrBadImage)
	case errors.Is(err, errCancelled):
		err = biometrics.ErrNoFinger
	case errors.Is(err, biometrics.ErrNoDevice):
		r.lost = err
	}
	return nil, err
}

// errCancelled says that a call ended because it was told to.
var errCancelled = errors.New("cancelled")

// fault says why there is no image.
func (o outcome) fault() error {
	switch o.how {
	case C.TRAM_GOOD:
		if o.image == nil {
			return fmt.Errorf("an image of no size: %w", biometrics.ErrBadImage)
		}
		return nil
	case C.TRAM_CANCELLED:
		return errCancelled
	case C.TRAM_AGAIN:
		return biometrics.ErrBadImage
	case C.TRAM_TOO_SHORT:
		return fmt.Errorf("the finger was drawn over too short a way: %w", biometrics.ErrBadImage)
	case C.TRAM_OFF_CENTRE:
		return fmt.Errorf("the finger lay off the centre: %w", biometrics.ErrBadImage)
	case C.TRAM_LIFT:
		return fmt.Errorf("the finger has to be lifted first: %w", biometrics.ErrBadImage)
	case C.TRAM_REMOVED:
		return fmt.Errorf("the reader was unplugged: %w", biometrics.ErrNoDevice)
	default:
		return fmt.Errorf("the reader fails: %s: %w", o.message, biometrics.ErrNoDevice)
	}
}

// Close switches the reader off and gives it back; a capture that runs ends. A
// reader that is gone is closed without an error; a second call does nothing.
func (r *Reader) Close() error {
	r.end()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || errors.Is(r.lost, errHangs) { // what hangs can not be closed
		return nil
	}
	done := make(chan outcome, 1)
	C.tram_close(r.c, C.uintptr_t(cgo.NewHandle(done)))
	o, err := within(done, openWait)
	r.closed = o.how != C.TRAM_BUSY
	switch {
	case err != nil:
		return nil // it hangs: nothing is left to give back
	case o.how == C.TRAM_BUSY, o.how == C.TRAM_FAILED && r.lost == nil:
		return fmt.Errorf("close the reader: %s", o.message)
	}
	return nil
}
