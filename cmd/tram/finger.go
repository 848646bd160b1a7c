package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/offline/envelope"
)

// fingerOptions are the flags of `tram finger capture`.
type fingerOptions struct {
	out    string
	finger int
	wait   time.Duration
}

func newFingerCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "finger", Short: "Capture and judge fingerprints"}
	var o fingerOptions
	built := builtInScanner
	if built == "" {
		built = "none (build with cgo and -tags libusb)"
	}
	capture := &cobra.Command{
		Use:   "capture",
		Short: "Capture one finger from the connected reader",
		Long: "Capture waits for a finger on the connected reader and judges the print. It prints\n" +
			"one JSON object with --json: device, finger, width, height, dpi, quality, ms, file.\n" +
			"Driver of this build: " + built + ".",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runFingerCapture(cmd.Context(), a, openScanner, o)
		},
	}
	f := capture.Flags()
	f.StringVar(&o.out, "out", "", "write the print to this PNG file, readable by its owner alone")
	f.IntVar(&o.finger, "finger", int(biometrics.RightIndex), "position after ISO/IEC 19794-4: 1 right thumb … 10 left little finger, 0 unknown")
	f.DurationVar(&o.wait, "wait", 0, "how long to wait for a reader to be connected")
	cmd.AddCommand(capture, newFingerCheckCommand(a))
	return cmd
}

// captured is a print as capture reports it.
type captured struct {
	Device  biometrics.Device       `json:"device"`
	Finger  biometrics.Finger       `json:"finger"`
	Width   int                     `json:"width"`
	Height  int                     `json:"height"`
	DPI     int                     `json:"dpi"`
	Quality biometrics.PrintQuality `json:"quality"`
	MS      int64                   `json:"ms"`
	File    string                  `json:"file,omitempty"`
}

// scannerOpener opens the reader that is connected now.
type scannerOpener func(context.Context) (biometrics.Scanner, error)

func runFingerCapture(ctx context.Context, a *app, open scannerOpener, o fingerOptions) (err error) {
	if o.finger < int(biometrics.UnknownFinger) || o.finger > int(biometrics.LeftLittle) {
		return coded(exitUsage, fmt.Errorf("there is no finger %d: positions go from 0 to 10", o.finger))
	}
	s, err := awaitScanner(ctx, open, o.wait)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if !a.json {
		fmt.Fprintln(a.stderr, "Đặt ngón tay lên máy quét / put the finger on the reader:", s.Device().Name)
	}
	begun := time.Now()
	c, err := s.Capture(ctx, biometrics.Request{Finger: biometrics.Finger(o.finger)}, nil)
	if errors.Is(err, biometrics.ErrBadImage) {
		return coded(exitInvalid, err)
	}
	if err != nil {
		return err
	}
	p := &c.Prints[0]
	b := p.Image.Bounds()
	got := captured{
		Device: p.Device, Finger: p.Finger, Width: b.Dx(), Height: b.Dy(), DPI: p.DPI,
		Quality: finger.Judge(p.Image, p.DPI), MS: time.Since(begun).Milliseconds(), File: o.out,
	}
	if o.out != "" {
		if err := writePrint(o.out, p); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(got)
	}
	fmt.Fprintf(a.stdout, "%d×%d at %d dpi, %d ms\n", got.Width, got.Height, got.DPI, got.MS)
	a.showQuality(got.Quality)
	return nil
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

// writePrint writes the whole file or none.
func writePrint(file string, p *biometrics.Print) error {
	var b bytes.Buffer
	if err := png.Encode(&b, p.Image); err != nil {
		return fmt.Errorf("write the print: %w", err)
	}
	return envelope.SaveFile(file, b.Bytes(), 0o600)
}
