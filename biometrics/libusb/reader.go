package libusb

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// pipe carries the transfers of one claimed reader. Every transfer ends: at the
// latest when its context does, for Control after a fixed time. An error that
// says that the reader is gone wraps [biometrics.ErrNoDevice].
type pipe interface {
	// Control does one vendor request on the device and returns the number
	// of bytes transferred; the direction is in bit 7 of kind.
	Control(kind, request uint8, value uint16, data []byte) (int, error)
	// Interrupt reads from endpoint 0x81. It runs beside the other calls.
	Interrupt(ctx context.Context, b []byte) (int, error)
	// Bulk reads from endpoint 0x82. Control is called while it runs.
	Bulk(ctx context.Context, b []byte) (int, error)
	io.Closer
}

// Codes of the interrupts: the first two bytes, big-endian.
const (
	codePower  = 0x56aa
	codeOn     = 0x0101 // a finger was laid down
	codeOff    = 0x0200 // the finger was lifted
	codeFaulty = 0x0800 // the next image will be no good
)

const interruptSize = 64

// Values of the mode register.
const (
	modeAwaitOn  = 0x10
	modeAwaitOff = 0x12
	modeCapture  = 0x20
	modeOff      = 0x70
)

// Patience with the person and with the reader.
const (
	defaultPatience = 20 * time.Second
	liftWait        = 5 * time.Second
	lookWait        = 300 * time.Millisecond // for the reader to tell of a finger that lies there
	imageWait       = 3 * time.Second        // recorded: 130 ms
)

// errQuiet says that an interrupt did not come in time.
var errQuiet = errors.New("no interrupt in time")

// Reader is one powered reader. One goroutine captures with it; any may close it.
type Reader struct {
	// Patience is how long Capture waits for the finger; 0 means 20 s.
	Patience time.Duration
	// Turned says that the sensor is built in upside down. It is preset by the
	// USB identity; change it for a reader that differs from its siblings.
	Turned bool
	// Now is the clock of the prints; nil means time.Now.
	Now func() time.Time
	// Rand seeds the exchange of scramble keys; nil means crypto/rand.
	Rand io.Reader

	pipe    pipe
	model   model
	device  biometrics.Device
	codes   chan uint16        // of the listener, which closes it
	quit    context.CancelFunc // ends the listener
	heard   error              // why the listener ended; read it after codes is closed
	session *session
	lift    time.Duration // how long Capture waits for the old finger to be lifted
	pressed bool          // a finger was captured and has not been lifted
	faulty  bool          // the reader said that the next image will be no good
}

// start powers a claimed reader up. It owns the pipe from here on, also where
// it fails.
func start(ctx context.Context, p pipe, m model, serial string) (*Reader, error) {
	listening, quit := context.WithCancel(context.WithoutCancel(ctx))
	r := &Reader{pipe: p, model: m, Turned: m.turned, codes: make(chan uint16, 16), quit: quit, session: newSession(), lift: liftWait}
	go r.listen(listening)
	about, err := r.powerUp(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("power up: %w", err), r.Close())
	}
	r.device = biometrics.Device{
		Name: m.name + " " + about.versions(), Serial: serial, Driver: "libusb/uru4000",
	}
	return r, nil
}

// listen keeps one interrupt read pending until the reader is closed or gone.
func (r *Reader) listen(ctx context.Context) {
	defer close(r.codes)
	b := make([]byte, interruptSize)
	for {
		n, err := r.pipe.Interrupt(ctx, b)
		if err != nil {
			r.heard = err
			return
		}
		if n < 2 {
			continue
		}
		select {
		case r.codes <- binary.BigEndian.Uint16(b):
		case <-ctx.Done():
			r.heard = ctx.Err()
			return
		}
	}
}

// Device names the reader.
func (r *Reader) Device() biometrics.Device { return r.device }

// Takes reports whether one plain finger is asked for: the sensor has room for
// one, and does not follow one that rolls.
func (r *Reader) Takes(req biometrics.Request) bool {
	return plainFinger(req)
}

// Capture waits for a finger, takes one image and calls preview with it. A
// finger that was captured before has to be lifted first. Errors:
// [biometrics.ErrNotTaken] for a slap or a rolled finger;
// [biometrics.ErrNoFinger] when no finger came within Patience;
// [biometrics.ErrBadImage] when the image was short, empty or announced as bad
// or the old finger is not lifted; [biometrics.ErrNoDevice] when the reader is
// unplugged or does not answer, it must then be closed and opened again.
func (r *Reader) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	return r.session.one(ctx, req, preview, r.Now, dpi, r.device, r.finger)
}

// finger waits for a finger and takes its image.
func (r *Reader) finger(ctx context.Context) (*image.Gray, error) {
	if err := r.awaitLift(ctx); err != nil {
		return nil, err
	}
	if err := r.awaitFinger(ctx); err != nil {
		return nil, err
	}
	r.pressed = true
	img, err := r.image(ctx)
	if errors.Is(err, biometrics.ErrNoDevice) {
		return nil, err
	}
	if off := r.write(regMode, []byte{modeAwaitOff}); off != nil {
		return nil, off
	}
	return img, err
}

// errLies says that the finger of the last capture was not lifted: taken again
// it would pass for the next one.
var errLies = fmt.Errorf("a finger still lies on the reader: %w", biometrics.ErrBadImage)

// awaitLift waits until the finger of the last capture is gone.
func (r *Reader) awaitLift(ctx context.Context) error {
	if err := r.drain(); err != nil || !r.pressed {
		return err
	}
	err := r.await(ctx, codeOff, r.lift)
	if errors.Is(err, errQuiet) {
		return r.look(ctx)
	}
	return err
}

// look finds out whether the finger still lies there or only the interrupt of
// its lifting was lost. Told to wait for a finger, the reader tells at once of
// one that lies there, or of none before the next is laid down.
func (r *Reader) look(ctx context.Context) error {
	if err := r.write(regMode, []byte{modeAwaitOn}); err != nil {
		return err
	}
	err := r.await(ctx, codeOn, lookWait)
	if errors.Is(err, errQuiet) {
		r.pressed = false
		return nil
	}
	if err == nil {
		r.pressed, err = true, errLies
	}
	if off := r.write(regMode, []byte{modeAwaitOff}); off != nil {
		return off
	}
	return err
}

func (r *Reader) awaitFinger(ctx context.Context) error {
	patience := r.Patience
	if patience == 0 {
		patience = defaultPatience
	}
	r.faulty = false
	if err := r.write(regMode, []byte{modeAwaitOn}); err != nil {
		return err
	}
	err := r.await(ctx, codeOn, patience)
	if errors.Is(err, errQuiet) {
		return biometrics.ErrNoFinger
	}
	return err
}

// image takes the image of the finger that lies there.
func (r *Reader) image(ctx context.Context) (*image.Gray, error) {
	b, err := r.fetch(ctx)
	if gone := r.drain(); gone != nil {
		return nil, gone
	}
	if r.faulty {
		return nil, fmt.Errorf("the reader announced a bad image: %w", biometrics.ErrBadImage)
	}
	if err != nil {
		return nil, err
	}
	raw, err := parseImage(b)
	if err != nil {
		return nil, err
	}
	if raw.scrambled() {
		if err := raw.unscramble(r.key); err != nil {
			return nil, err
		}
	}
	return raw.picture(r.Turned), nil
}

// fetch has the reader scan and reads what it sends. The read is queued while
// the scan is ordered: either may reach the reader first. It goes on when ctx
// ends: an image that nobody fetched would come as the next finger's.
func (r *Reader) fetch(ctx context.Context) ([]byte, error) {
	reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), imageWait)
	defer cancel()
	type result struct {
		n   int
		err error
	}
	b := make([]byte, imageSize)
	done := make(chan result, 1)
	go func() {
		n, err := r.pipe.Bulk(reading, b)
		done <- result{n, err}
	}()
	if err := r.write(regMode, []byte{modeCapture}); err != nil {
		cancel()
		<-done
		return nil, err
	}
	got := <-done
	if got.err != nil {
		return nil, lost("read image", got.err)
	}
	return b[:got.n], ctx.Err()
}

// key asks the reader for a scramble key.
func (r *Reader) key(number byte) (uint32, error) {
	random := r.Rand
	if random == nil {
		random = rand.Reader
	}
	var b [4]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return 0, fmt.Errorf("choose a seed: %w", err)
	}
	seed := binary.LittleEndian.Uint32(b[:])
	if err := r.write(regScramble, keyRequest(number, seed)); err != nil {
		return 0, err
	}
	if err := r.read(regScrambled, b[:]); err != nil {
		return 0, err
	}
	return keyOf(b[:], seed), nil
}

// await waits for an interrupt. It returns errQuiet when it does not come in
// time.
func (r *Reader) await(ctx context.Context, code uint16, patience time.Duration) error {
	expired := time.NewTimer(patience)
	defer expired.Stop()
	for {
		select {
		case c, ok := <-r.codes:
			if !ok {
				return lost("wait for the reader", r.heard)
			}
			r.note(c)
			if c == code {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-expired.C:
			return errQuiet
		}
	}
}

// drain notes the interrupts that have come meanwhile.
func (r *Reader) drain() error {
	for {
		select {
		case c, ok := <-r.codes:
			if !ok {
				return lost("wait for the reader", r.heard)
			}
			r.note(c)
		default:
			return nil
		}
	}
}

func (r *Reader) note(code uint16) {
	switch code {
	case codeOff:
		r.pressed = false
	case codeFaulty:
		r.faulty = true
	}
}

// Close switches the reader off and gives it back; a capture that runs ends. A
// reader that is gone is closed without an error; a second call does nothing.
func (r *Reader) Close() error {
	return r.session.close(func() error {
		// Without this the reader is found stuck next time. Where it fails, the
		// reader is gone or hangs: nothing is left to switch off.
		_ = r.write(regMode, []byte{modeOff})
		r.quit()
		for range r.codes { // until the listener has ended
		}
		return r.pipe.Close()
	})
}
