package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/sbi"
	"github.com/tram-station/tram/biometrics/virtual"
)

// scannerOpener opens the fingerprint reader that is connected now. While there
// is none it fails with [biometrics.ErrNoDevice].
type scannerOpener func(context.Context) (biometrics.Scanner, error)

// scannerSource is one kind of fingerprint reader.
type scannerSource struct {
	name string // as --device names it
	what string // for people
	tag  string // the build tag that it needs
	// open opens the first such reader; it is nil where this build does not
	// have the source.
	open func(ctx context.Context, w scannerWish) (biometrics.Scanner, error)
	// arg says what may stand behind "name=", "" for nothing.
	arg string
	// asked sources are opened only where they are asked for by name.
	asked bool
	// signs: any program can be such a reader, with a key of its own. Unless
	// somebody vouches for keys, it is opened only where it is asked for.
	signs bool
}

// skipped reports whether auto leaves the source out because nobody vouches.
func (s scannerSource) skipped(trust string) bool { return s.signs && trust == "" }

// scannerWish is what is wanted of a reader beside its kind.
type scannerWish struct {
	arg   string // what stands behind "name="
	trust string // folder of the certificates that vouch for scanners, "" for none
	// decode decodes the images of scanners that send JPEG 2000.
	decode func(ctx context.Context, mediaType string, b []byte) (image.Image, error)
}

// anyScanner asks the sources in turn for a reader.
const anyScanner = "auto"

// scannerSources lists the kinds of readers in the order in which auto asks
// them.
func scannerSources() []scannerSource {
	return []scannerSource{
		{name: "uru", what: "U.are.U 4000, 4000B, 4500 and Microsoft readers", tag: "libusb", open: openURU},
		{name: "nb1010", what: "NB-1010-U", tag: "libusb", open: openNB1010},
		{name: "sbi", what: "scanners with a MOSIP SBI service on this machine", arg: "URL", open: openSBI, signs: true},
		{name: "libfprint", what: "readers that libfprint drives", tag: "libfprint", arg: "DRIVER@DPI", open: openLibfprint},
		{name: "virtual", what: "an invented person's fingers", open: openVirtual, asked: true},
	}
}

func openVirtual(context.Context, scannerWish) (biometrics.Scanner, error) {
	return &virtual.Scanner{Seed: demoSeed}, nil
}

// openSBI opens a scanner behind a service of the Secure Biometric Interface.
func openSBI(ctx context.Context, w scannerWish) (biometrics.Scanner, error) {
	cfg := sbi.Config{URL: w.arg, Decode: w.decode}
	if w.trust != "" {
		var err error
		if cfg.Roots, err = sbi.LoadRoots(w.trust); err != nil {
			return nil, coded(exitUsage, err)
		}
	}
	return sbi.Open(ctx, cfg)
}

// reach opens a reader of the source, or says which build has it.
func (s scannerSource) reach(ctx context.Context, w scannerWish) (biometrics.Scanner, error) {
	if s.open == nil {
		return nil, fmt.Errorf("this build does not have %s, one with cgo and the tag %s has: %w", s.what, s.tag, biometrics.ErrNoDevice)
	}
	return s.open(ctx, w)
}

// scannerUsage lists what --device and --scanner take.
func scannerUsage() string {
	names := []string{anyScanner}
	for _, s := range scannerSources() {
		name := s.name
		if s.arg != "" {
			name += "[=" + s.arg + "]"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// builtInScanners names the sources of real readers that this build has.
func builtInScanners() string {
	var names []string
	for _, s := range scannerSources() {
		if s.open != nil && !s.asked {
			names = append(names, s.name)
		}
	}
	if names == nil {
		return "none (build with cgo and -tags libusb)"
	}
	return strings.Join(names, ", ")
}

// scannerNamed returns what opens the readers that --device or --scanner names.
// trust is the folder of the certificates that vouch for scanners, "" for none.
func scannerNamed(spec, trust string) (scannerOpener, error) {
	var photographs pictures // its decoder lives as long as the program
	w := scannerWish{trust: trust, decode: func(ctx context.Context, _ string, b []byte) (image.Image, error) {
		return photographs.decode(ctx, b)
	}}
	if spec == "" || spec == anyScanner {
		return firstOf(scannerSources(), w), nil
	}
	name, arg, has := strings.Cut(spec, "=")
	w.arg = arg
	for _, s := range scannerSources() {
		if s.name != name || has && s.arg == "" {
			continue
		}
		return func(ctx context.Context) (biometrics.Scanner, error) { return s.reach(ctx, w) }, nil
	}
	return nil, coded(exitUsage, fmt.Errorf("there is no fingerprint reader %q: name one of %s", spec, scannerUsage()))
}

// firstOf opens the first reader that answers, of the sources that this build
// has. A virtual one is never taken for a reader.
func firstOf(sources []scannerSource, w scannerWish) scannerOpener {
	sources = slices.DeleteFunc(sources, func(s scannerSource) bool { return s.asked || s.open == nil })
	return func(ctx context.Context) (biometrics.Scanner, error) {
		var silent []string
		for _, src := range sources {
			if src.skipped(w.trust) {
				silent = append(silent, src.name+": left out, nobody vouches for it without --scanner-trust")
				continue
			}
			s, err := src.open(ctx, w)
			if err == nil && s.Device().Virtual {
				closed(s)
				err = fmt.Errorf("%s is virtual, it has to be asked for by name", s.Device().Name)
			}
			if err == nil {
				return s, nil
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			silent = append(silent, src.name+": "+short(err))
		}
		if silent == nil {
			return nil, fmt.Errorf("this build has no fingerprint driver, the standard one (tag libusb) has: %w", biometrics.ErrNoDevice)
		}
		return nil, fmt.Errorf("no fingerprint reader (%s): %w", strings.Join(silent, "; "), biometrics.ErrNoDevice)
	}
}

// short leaves out what the whole message says once.
func short(err error) string {
	return strings.ReplaceAll(err.Error(), ": "+biometrics.ErrNoDevice.Error(), "")
}

// scannerPoll is how often awaitScanner looks for a reader.
const scannerPoll = 300 * time.Millisecond

// awaitScanner opens the reader, or waits for one to be connected.
func awaitScanner(ctx context.Context, open scannerOpener, wait time.Duration) (biometrics.Scanner, error) {
	deadline := time.Now().Add(wait)
	for {
		s, err := open(ctx)
		if !errors.Is(err, biometrics.ErrNoDevice) || time.Until(deadline) <= scannerPoll {
			return s, err
		}
		select {
		case <-time.After(scannerPoll):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
