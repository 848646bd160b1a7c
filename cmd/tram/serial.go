package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/serial"
)

// scannerPort reads PORT or PORT@BAUD.
func scannerPort(flag string) (*serial.Port, error) {
	name, speed, given := strings.Cut(flag, "@")
	p := &serial.Port{Name: name}
	if given {
		baud, err := strconv.Atoi(speed)
		if err != nil || baud < 300 || baud > 4_000_000 {
			return nil, coded(exitUsage, fmt.Errorf("%q is no speed of a serial port: write %s or %s@115200", speed, name, name))
		}
		p.Baud = baud
	}
	if name == "" {
		return nil, coded(exitUsage, errors.New("the scanner's port has no name: write /dev/ttyACM0, or COM3"))
	}
	return p, nil
}

// scans is what a serial scanner reads, as a stream of lines.
type scans struct {
	ctx  context.Context
	port *serial.Port
	rest []byte
}

func (s *scans) Read(b []byte) (int, error) {
	if len(s.rest) == 0 {
		scan, err := s.port.Next(s.ctx)
		if err != nil {
			return 0, err
		}
		s.rest = append(append(s.rest[:0], scan...), '\n')
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// eachScan hands on each text that the scanner reads, a zone in one piece, or
// serial.ErrTooLong for what was no scan, until take has enough or the context
// ends, whose error it returns.
func eachScan(ctx context.Context, port *serial.Port, take func(text string, err error) (more bool)) error {
	lines := &scans{ctx: ctx, port: port}
	stream := mrz.NewStream(lines)
	for {
		text, err := stream.Next()
		switch {
		case errors.Is(err, mrz.ErrTooLong):
			err = serial.ErrTooLong
		case errors.Is(err, serial.ErrTooLong):
			stream = mrz.NewStream(lines) // an error of its reader ends a stream
		case err != nil:
			return err
		}
		if !take(text, err) {
			return nil
		}
	}
}

// takeScans gives the enrolment what the serial scanner reads, as if the
// officer had typed it, until the context ends. A refusal is shown to the
// officer by the enrolment itself, and a scan outside its step means nothing.
func (s *station) takeScans(ctx context.Context, port *serial.Port) error {
	port.Changed = func(err error) {
		if err != nil {
			s.log.Warn("no QR scanner at its port, it is waited for", "err", err)
			return
		}
		s.log.Info("the QR scanner is at its port")
	}
	defer closed(port)
	err := eachScan(ctx, port, func(text string, err error) bool {
		if err == nil {
			err = s.enrol.Scan(ctx, text)
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("a scan was not taken", "err", err)
		}
		return true
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// qrScanner looks for the serial scanner that the station is to use.
func (d doctor) qrScanner() finding {
	f := finding{Name: "qr-scanner", State: "missing", Detail: "no scanner at " + d.port}
	p, err := scannerPort(d.port)
	if err == nil {
		p, err = serial.Open(context.Background(), p.Name, p.Baud)
	}
	switch {
	case errors.Is(err, serial.ErrBusy):
		f.State, f.Detail = "ok", d.port+" is in use, by tram run if that is running"
	case err != nil:
		f.Next = err.Error()
	default:
		closed(p)
		f.State, f.Detail = "ok", d.port
	}
	return f
}
