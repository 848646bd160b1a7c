// Package serial takes text from a scanner on a serial port: USB CDC (the
// scanner's "serial" or "virtual COM port" mode) or RS-232. Nothing on the way
// knows of keyboards and input methods, so that the letters arrive as the code
// holds them. A scanner that is unplugged is waited for.
package serial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"go.bug.st/serial"
)

// Errors of this package.
var (
	// ErrTooLong says that something else than a scan came in. The port goes on.
	ErrTooLong = errors.New("the scanner sent more than a code can hold: check its settings and the speed of the port, then scan again")
	// ErrNoPort says that no scanner answers under this name.
	ErrNoPort = errors.New("no scanner at this port: connect it, or name another port")
	// ErrAccess says that the system does not let this user open the port.
	ErrAccess = errors.New("the port may not be opened: add the station's user to the group dialout")
	// ErrBusy says that another program has the port.
	ErrBusy = errors.New("another program has the port: end it, or name another port")
)

// Defaults of a Port.
const (
	DefaultBaud  = 9600
	DefaultIdle  = 100 * time.Millisecond // at 9600 baud the silence of 96 characters
	DefaultRetry = time.Second
)

// poll bounds how long a cancelled context is not seen.
const poll = 250 * time.Millisecond

// Port is a scanner's serial port. Set Name; the zero value of everything else
// is ready. It belongs to one goroutine.
type Port struct {
	Name  string        // /dev/ttyACM0, /dev/serial/by-id/…, COM3
	Baud  int           // DefaultBaud where 0; USB CDC does not mind
	Idle  time.Duration // a silence that ends a scan without line end
	Retry time.Duration // how often a port that is gone is looked for
	// Changed is told when the port is lost or cannot be opened, with the
	// reason, and when it is there, with nil. May be nil.
	Changed func(error)

	port  serial.Port
	split splitter
	told  bool  // Changed knows the present state
	state error // what it was told
	buf   [MaxPayload]byte
}

// Open returns the port of that name, opened. The error is ErrNoPort,
// ErrAccess or ErrBusy where it cannot be opened now; a Port of one's own is
// opened by its first Next, and waited for.
func Open(ctx context.Context, name string, baud int) (*Port, error) {
	p := &Port{Name: name, Baud: baud}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := p.open(); err != nil {
		return nil, err
	}
	return p, nil
}

// Next waits for a scan and returns it without its line end. A scanner that is
// not there is waited for; what it had begun to send is dropped. The error is
// ErrTooLong, after which Next may be called again, or the context's.
func (p *Port) Next(ctx context.Context) ([]byte, error) {
	for {
		if r, ok := p.split.next(); ok {
			return r.payload, r.err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := p.listen(); err != nil {
			p.tell(err)
			_ = p.Close() // the device is gone; there is nothing to lose
			if !sleep(ctx, cmp.Or(p.Retry, DefaultRetry)) {
				return nil, ctx.Err()
			}
		}
	}
}

// listen opens the port where it is not, and reads.
func (p *Port) listen() error {
	if p.port == nil {
		if err := p.open(); err != nil {
			return err
		}
	}
	p.tell(nil)
	if err := p.read(); err != nil {
		return fmt.Errorf("%s: %w (%w)", p.Name, ErrNoPort, err)
	}
	return nil
}

// read takes what comes within a moment. Silence ends a scan under way.
func (p *Port) read() error {
	wait := poll
	if p.split.underWay() {
		wait = cmp.Or(p.Idle, DefaultIdle)
	}
	if err := p.port.SetReadTimeout(wait); err != nil {
		return err
	}
	n, err := p.port.Read(p.buf[:])
	if err != nil {
		return err
	}
	if n == 0 {
		p.split.end()
	}
	p.split.feed(p.buf[:n])
	return nil
}

// Close gives the port back. Next would open it again.
func (p *Port) Close() error {
	p.split.drop()
	if p.port == nil {
		return nil
	}
	err := p.port.Close()
	p.port = nil
	return err
}

func (p *Port) open() error {
	port, err := serial.Open(p.Name, &serial.Mode{BaudRate: cmp.Or(p.Baud, DefaultBaud), DataBits: 8})
	if err != nil {
		return fmt.Errorf("%s: %w", p.Name, explained(err))
	}
	p.port = port
	return nil
}

// explained turns the library's errors into those of this package.
func explained(err error) error {
	var known *serial.PortError
	if errors.As(err, &known) {
		switch known.Code() {
		case serial.PortBusy:
			return ErrBusy
		case serial.PermissionDenied:
			return ErrAccess
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return ErrAccess
	}
	return fmt.Errorf("%w (%w)", ErrNoPort, err)
}

// tell passes a change on, once.
func (p *Port) tell(err error) {
	if p.told && (err == nil) == (p.state == nil) {
		return
	}
	p.told, p.state = true, err
	if p.Changed != nil {
		p.Changed(err)
	}
}

// sleep reports whether the time passed before the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
