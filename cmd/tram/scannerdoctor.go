package main

import (
	"context"
	"errors"
	"sync"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/verdict"
)

// scannerWatch opens readers and knows which one is open: who asks how the
// reader is neither takes it from who captures nor calls it missing meanwhile.
type scannerWatch struct {
	open scannerOpener

	mu   sync.Mutex         // held while a reader is opened; guards used
	used *biometrics.Device // nil while none is open
}

// Open opens a reader for captures.
func (w *scannerWatch) Open(ctx context.Context) (biometrics.Scanner, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, err := w.open(ctx)
	if err != nil {
		return nil, err
	}
	d := s.Device()
	w.used = &d
	watched := &watchedScanner{s, w}
	if v, ok := s.(enrol.Voucher); ok {
		return vouchedScanner{watched, v}, nil
	}
	return watched, nil
}

// Device names the reader that is open or, opening it for a moment, the one
// that would be.
func (w *scannerWatch) Device(ctx context.Context) (biometrics.Device, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.used != nil {
		return *w.used, nil
	}
	s, err := w.open(ctx)
	if err != nil {
		return biometrics.Device{}, err
	}
	return s.Device(), s.Close()
}

// watchedScanner is a reader that a scannerWatch opened.
type watchedScanner struct {
	biometrics.Scanner
	watch *scannerWatch
}

// vouchedScanner is one that says how far it is known to be genuine.
type vouchedScanner struct {
	*watchedScanner
	enrol.Voucher
}

// Close gives the reader back.
func (s *watchedScanner) Close() error {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	s.watch.used = nil
	return s.Scanner.Close()
}

// scanner says how the reader is that the station uses.
func (d doctor) scanner() finding {
	f := finding{Name: "scanner", Needed: true}
	ctx, cancel := context.WithTimeout(context.Background(), attachTimeout)
	defer cancel()
	ask := d.reading
	if ask == nil {
		open, err := scannerNamed(d.prints, d.vouch)
		if err != nil {
			f.State, f.Detail, f.Next = "missing", "no such fingerprint reader", err.Error()
			return f
		}
		ask = (&scannerWatch{open: open}).Device
	}
	device, err := ask(ctx)
	if err != nil {
		f.State, f.Detail, f.Next = "missing", "no fingerprint reader", err.Error()
		f.words = verdict.Words{VI: "Chưa kết nối máy quét vân tay", EN: "Fingerprint reader disconnected"}
		return f
	}
	f.State, f.Detail = "ok", device.Name+" ("+device.Driver+")"
	f.words = verdict.Words{VI: device.Name, EN: device.Name}
	if device.Virtual {
		f.State, f.words = "virtual", verdict.Words{VI: "Máy quét vân tay ảo", EN: device.Name}
	}
	return f
}

// scannerKinds says of each kind of reader whether this build has it, and what
// answers.
func (d doctor) scannerKinds(ctx context.Context) []finding {
	var found []finding
	for _, s := range scannerSources() {
		found = append(found, d.scannerKind(ctx, s))
	}
	return found
}

func (d doctor) scannerKind(ctx context.Context, s scannerSource) finding {
	f := finding{Name: "scanner/" + s.name, State: "missing", Detail: "not in this build: " + s.what}
	if s.open == nil {
		f.Next = "build with cgo and -tags " + s.tag
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, attachTimeout)
	defer cancel()
	device, err := (&scannerWatch{open: func(ctx context.Context) (biometrics.Scanner, error) { return s.open(ctx, scannerWish{trust: d.vouch}) }}).Device(ctx)
	switch {
	case err == nil && device.Virtual:
		f.State, f.Detail = "virtual", device.Name+", only where it is asked for"
	case err == nil && s.skipped(d.vouch):
		f.State, f.Detail = "ok", device.Name+", only where it is asked for: nobody vouches for it"
	case err == nil:
		f.State, f.Detail = "ok", device.Name
	case errors.Is(err, biometrics.ErrNoDevice):
		f.State, f.Detail, f.Next = "waiting", "nothing answers: "+s.what, short(err)
	default:
		f.State, f.Detail, f.Next = "waiting", "nothing usable: "+s.what, err.Error()
	}
	return f
}
