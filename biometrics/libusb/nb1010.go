package libusb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// pressPipe carries the bulk transfers of one claimed NB-1010-U. Every transfer
// ends at the latest when its context does. An error that says that the reader
// is gone wraps [biometrics.ErrNoDevice].
type pressPipe interface {
	Send(ctx context.Context, b []byte) error
	Receive(ctx context.Context, b []byte) (int, error)
	io.Closer
}

// The press sensor. Its density is the figure of the vendor's data sheet, not
// measured: 256 × 180 samples are 17 × 12 mm, enough to verify a finger and too
// little for a dossier.
const (
	pressWidth  = 256
	pressHeight = 180
	pressDPI    = 385
)

// The messages: a fixed byte, what it is, a sequence byte that is echoed,
// nothing, the whole length in two bytes, little-endian.
const (
	pressStart    = 0x80
	saysFinger    = 0x37
	saysDone      = 0x20
	saysLines     = 0x21
	pressAnswer   = 16 // bytes of an answer
	pressPart     = 540
	pressHeader   = 25 // of a part, before its lines
	pressLines    = 2  // lines of a part
	atPressSeq    = 2
	atPressLength = 4
	atPressMore   = 12 // of a part: others follow
	atPressLine   = 16 // of a part: its first line, counted from 1
	atPressTouch  = 12 // of an answer: how much of the sensor is touched
)

// touched is what the answer says at least when a finger is there.
const touched = 0x30

// The commands, as recorded.
var (
	askFinger  = []byte{pressStart, 0x38, 0x01, 0, 8, 0, 0, 0}
	askPrepare = []byte{pressStart, 0x0d, 0x03, 0, 12, 0, 0, 0, 0, 0x04, 0, 0}
	askImage   = append([]byte{pressStart, 0x12, 0x04, 0, 32, 0, 0, 0, 0x02}, append(make([]byte, 19), 0x20, 0, 0, 0)...)
)

// Patience with the reader.
const (
	pressPoll  = 50 * time.Millisecond // between two looks for a finger
	pressWait  = 2 * time.Second       // for one transfer
	pressQuiet = 100 * time.Millisecond
)

// Press is an opened NB-1010-U. One goroutine captures with it; any may close
// it. It has no mode to switch off: it scans only when it is told to.
type Press struct {
	// Patience is how long Capture waits for the finger; 0 means 20 s.
	Patience time.Duration
	// Now is the clock of the prints; nil means time.Now.
	Now func() time.Time

	pipe    pressPipe
	device  biometrics.Device
	session *session
	lift    time.Duration // how long Capture waits for the old finger to be lifted
	// lifted brings how the look-out for the lifting of the captured finger
	// ended; nil: there was no finger. The look-out has the pipe until then.
	lifted chan error
}

// newPress makes a reader of a claimed one.
func newPress(p pressPipe, serial string) *Press {
	return &Press{
		pipe: p, session: newSession(), lift: liftWait,
		device: biometrics.Device{Name: "NEXT Biometrics NB-1010-U", Serial: serial, Driver: "libusb/nb1010"},
	}
}

// Device names the reader.
func (p *Press) Device() biometrics.Device { return p.device }

// Takes reports whether one plain finger is asked for.
func (p *Press) Takes(req biometrics.Request) bool {
	return plainFinger(req)
}

// Capture waits for a finger, takes one image and calls preview with it. A
// finger that was captured before has to be lifted first. Errors are those of
// [Reader.Capture].
func (p *Press) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	return p.session.one(ctx, req, preview, p.Now, pressDPI, p.device, p.finger)
}

// finger waits for a finger and takes its image.
func (p *Press) finger(ctx context.Context) (*image.Gray, error) {
	if err := p.awaitLift(ctx); err != nil {
		return nil, err
	}
	patience := p.Patience
	if patience == 0 {
		patience = defaultPatience
	}
	err := p.await(ctx, true, patience)
	if errors.Is(err, errQuiet) {
		return nil, biometrics.ErrNoFinger
	}
	if err != nil {
		return nil, err
	}
	// The exchange goes to its end also when ctx ends: what was left behind
	// would pass for the next answer.
	img, err := p.image()
	if errors.Is(err, biometrics.ErrNoDevice) {
		return nil, err
	}
	p.lookOut()
	if err != nil {
		return nil, err
	}
	return img, ctx.Err()
}

// lookOut watches until the finger that was captured is lifted. The reader does
// not tell by itself, and the next finger may come before the next capture. It
// goes on as long as the finger lies there, or a verdict would grow old.
func (p *Press) lookOut() {
	lifted := make(chan error, 1)
	p.lifted = lifted
	go func() {
		lifted <- p.await(p.session.ending, false, math.MaxInt64)
		close(lifted)
	}()
}

// awaitLift waits until the finger of the last capture is gone.
func (p *Press) awaitLift(ctx context.Context) error {
	if p.lifted == nil {
		return nil
	}
	expired := time.NewTimer(p.lift)
	defer expired.Stop()
	select {
	case err := <-p.lifted:
		p.lifted = nil
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-expired.C:
		return errLies
	}
}

// await polls until a finger is there, or gone. It returns errQuiet when that
// does not come in time.
func (p *Press) await(ctx context.Context, there bool, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		answer, err := p.ask(askFinger, saysFinger)
		if err != nil {
			return err
		}
		if (answer[atPressTouch] > touched) == there {
			return nil
		}
		if time.Now().After(deadline) {
			return errQuiet
		}
		if err := pause(ctx, pressPoll); err != nil {
			return err
		}
	}
}

// ask sends a command and reads its answer. An answer that does not belong to
// the command ends the session: nothing after it could be trusted.
func (p *Press) ask(command []byte, kind byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), pressWait)
	defer cancel()
	if err := p.pipe.Send(ctx, command); err != nil {
		return nil, lost("send a command", err)
	}
	var answer [pressAnswer]byte
	n, err := p.pipe.Receive(ctx, answer[:])
	if err != nil {
		return nil, lost("read an answer", err)
	}
	if n != pressAnswer || answer[0] != pressStart || answer[1] != kind || answer[atPressSeq] != command[atPressSeq] {
		return nil, lost("read an answer", fmt.Errorf("%d bytes of something else", n))
	}
	return answer[:], nil
}

// image has the finger scanned and puts the parts together. Where one is
// broken, the rest is read and thrown away.
func (p *Press) image() (*image.Gray, error) {
	if _, err := p.ask(askPrepare, saysDone); err != nil {
		return nil, err
	}
	if _, err := p.ask(askImage, saysDone); err != nil {
		return nil, err
	}
	out := image.NewGray(image.Rect(0, 0, pressWidth, pressHeight))
	var b [pressPart]byte
	for line := 0; line < pressHeight; line += pressLines {
		n, err := p.part(b[:], pressWait)
		if err != nil {
			return nil, lost("read image", err)
		}
		lines, err := parsePart(b[:n], line)
		if err != nil {
			return nil, errors.Join(err, p.discard())
		}
		copy(out.Pix[line*pressWidth:], lines)
	}
	return out, nil
}

func (p *Press) part(b []byte, wait time.Duration) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	return p.pipe.Receive(ctx, b)
}

// discard reads what the reader still sends.
func (p *Press) discard() error {
	var b [pressPart]byte
	for range pressHeight / pressLines {
		if _, err := p.part(b[:], pressQuiet); err != nil {
			return gone(err)
		}
	}
	return nil
}

// gone leaves of an error whether the reader went; else it was only quiet.
func gone(err error) error {
	if errors.Is(err, biometrics.ErrNoDevice) {
		return err
	}
	return nil
}

// parsePart checks one part of an image and returns its lines, which belong
// at the given line. There is no checksum; the count of the lines shows where
// one was lost. Errors wrap [biometrics.ErrBadImage].
func parsePart(b []byte, line int) ([]byte, error) {
	if len(b) != pressPart {
		return nil, fmt.Errorf("%d of %d bytes of image: %w", len(b), pressPart, biometrics.ErrBadImage)
	}
	last := line+pressLines == pressHeight
	switch {
	case b[0] != pressStart || b[1] != saysLines || int(binary.LittleEndian.Uint16(b[atPressLength:])) != pressPart:
		return nil, fmt.Errorf("no part of an image: %w", biometrics.ErrBadImage)
	case int(binary.LittleEndian.Uint16(b[atPressLine:])) != line+1:
		return nil, fmt.Errorf("another part of the image than line %d: %w", line+1, biometrics.ErrBadImage)
	case (b[atPressMore] == 0) != last:
		return nil, fmt.Errorf("the image ends elsewhere than at line %d: %w", line+1, biometrics.ErrBadImage)
	}
	return b[pressHeader:][:pressLines*pressWidth], nil
}

// Close gives the reader back; a capture that runs ends. A reader that is gone
// is closed without an error; a second call does nothing.
func (p *Press) Close() error {
	return p.session.close(func() error {
		if p.lifted != nil {
			for range p.lifted { // it ends with the session
			}
		}
		return p.pipe.Close()
	})
}
