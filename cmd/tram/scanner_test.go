package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

func TestScannerNamed(t *testing.T) {
	for _, spec := range []string{"", "auto", "uru", "nb1010", "sbi", "sbi=http://127.0.0.1:4501", "libfprint", "libfprint=elan@508", "virtual"} {
		if open, err := scannerNamed(spec, ""); err != nil || open == nil {
			t.Errorf("%q: %v", spec, err)
		}
	}
	for _, spec := range []string{"pretty", "uru=1", "virtual=", "URU"} {
		if open, err := scannerNamed(spec, ""); open != nil || exitCode(err) != exitUsage || !strings.Contains(err.Error(), "nb1010") {
			t.Errorf("%q: %v", spec, err)
		}
	}
	open, err := scannerNamed("virtual", "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := open(t.Context())
	if err != nil || !s.Device().Virtual {
		t.Errorf("%v, %v", s, err)
	}
}

// A build says which drivers it has, and one without says what would have it.
func TestSourcesOfThisBuild(t *testing.T) {
	for _, s := range scannerSources() {
		if s.open != nil {
			continue
		}
		if _, err := s.reach(t.Context(), scannerWish{}); !errors.Is(err, biometrics.ErrNoDevice) || !strings.Contains(err.Error(), s.tag) {
			t.Errorf("%s: %v", s.name, err)
		}
		if f := (doctor{}).scannerKind(t.Context(), s); f.State != "missing" || f.Needed || !strings.Contains(f.Next, s.tag) {
			t.Errorf("%s: %+v", s.name, f)
		}
	}
	for _, f := range (doctor{}).scannerKinds(t.Context()) {
		if f.Name == "scanner/virtual" && f.State != "virtual" || f.Needed || f.Detail == "" {
			t.Errorf("%+v", f)
		}
	}
}

// slow is a reader that says when it is opened and closed.
type slow struct {
	virtual.Scanner
	opened *int
}

func (s *slow) Close() error {
	*s.opened--
	return s.Scanner.Close()
}

// TestScannerWatch: asking for the reader neither opens it a second time nor
// misses it while it is in use.
func TestScannerWatch(t *testing.T) {
	opened, most := 0, 0
	there := true
	w := &scannerWatch{open: func(context.Context) (biometrics.Scanner, error) {
		if !there {
			return nil, biometrics.ErrNoDevice
		}
		opened++
		most = max(most, opened)
		return &slow{opened: &opened}, nil
	}}
	ask := func(want string) {
		t.Helper()
		if f := (doctor{reading: w.Device}).scanner(); f.State != want || f.words.VI == "" {
			t.Errorf("%+v, want %s", f, want)
		}
	}
	ask("virtual")
	if opened != 0 {
		t.Error("left open")
	}
	s, err := w.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ask("virtual")
	if opened != 1 || most != 1 {
		t.Errorf("%d open, %d at most", opened, most)
	}
	if err := s.Close(); err != nil || opened != 0 {
		t.Errorf("%v, %d open", err, opened)
	}
	there = false
	ask("missing")
	if f := (doctor{prints: "pretty"}).scanner(); f.State != "missing" {
		t.Errorf("%+v", f)
	}
}

func TestFirstOf(t *testing.T) {
	real := &whole{} // whose device is named nothing, and not virtual
	answers := func(name string, err error) scannerSource {
		return scannerSource{name: name, open: func(ctx context.Context, _ scannerWish) (biometrics.Scanner, error) {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("%s: %w", name, biometrics.ErrNoDevice)
			}
			return real, err
		}}
	}
	invented := answers("invented", nil)
	invented.asked = true
	unreal := scannerSource{name: "unreal", open: openVirtual}
	silent := answers("silent", fmt.Errorf("no such thing: %w", biometrics.ErrNoDevice))
	broken := answers("broken", errors.New("out of order"))

	if s, err := firstOf([]scannerSource{{name: "not built"}, silent, broken, unreal, answers("good", nil)}, scannerWish{})(t.Context()); err != nil || s != real {
		t.Error(err)
	}
	_, err := firstOf([]scannerSource{silent, broken, invented}, scannerWish{})(t.Context())
	if !errors.Is(err, biometrics.ErrNoDevice) || !strings.Contains(err.Error(), "(silent: no such thing; broken: out of order)") {
		t.Error(err)
	}
	if _, err := firstOf([]scannerSource{invented}, scannerWish{})(t.Context()); !errors.Is(err, biometrics.ErrNoDevice) || !strings.Contains(err.Error(), "tag libusb") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := firstOf([]scannerSource{silent}, scannerWish{})(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
