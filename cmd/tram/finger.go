package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
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
	density := defaultDPI
	check := &cobra.Command{
		Use:   "check IMAGE...",
		Short: "Judge images of one finger",
		Long: "Check scores how much of each image is clear ridges, 0 to 100. With --json it prints\n" +
			"one line an image: file, width, height, dpi, quality, ms, or file and error. It exits\n" +
			"with 7 when a file is no image. The score is this program's own, not NFIQ 2.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runFingerCheck(a, args, density) },
	}
	check.Flags().IntVar(&density, "dpi", density, "density of the images, pixels an inch")
	cmd.AddCommand(capture, check)
	return cmd
}

// defaultDPI is the density that fingerprint images have where nothing else is
// said.
const defaultDPI = 500

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
	p, err := s.Capture(ctx, biometrics.Request{Finger: biometrics.Finger(o.finger)}, nil)
	if errors.Is(err, biometrics.ErrBadImage) {
		return coded(exitInvalid, err)
	}
	if err != nil {
		return err
	}
	b := p.Image.Bounds()
	got := captured{
		Device: p.Device, Finger: p.Finger, Width: b.Dx(), Height: b.Dy(), DPI: p.DPI,
		Quality: biometrics.JudgePrint(p.Image, p.DPI), MS: time.Since(begun).Milliseconds(), File: o.out,
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

// showQuality prints a judgement for people.
func (a *app) showQuality(q biometrics.PrintQuality) {
	fmt.Fprintf(a.stdout, "  %-20s %8s  %3d of 100\n", q.Algorithm, "", q.Score)
	for _, m := range q.Measures {
		fmt.Fprintf(a.stdout, "  %-20s %8.3f  %3d\n", m.Name, m.Native, m.Score)
	}
}

// fingerLine is the judgement of one file as check prints it.
type fingerLine struct {
	File    string                  `json:"file"`
	Width   int                     `json:"width"`
	Height  int                     `json:"height"`
	DPI     int                     `json:"dpi"`
	Quality biometrics.PrintQuality `json:"quality"`
	MS      float64                 `json:"ms"`
}

func runFingerCheck(a *app, files []string, density int) error {
	if density <= 0 {
		return coded(exitUsage, fmt.Errorf("%d dpi is no density", density))
	}
	failed := false
	for _, file := range files {
		line, err := checkFinger(file, density)
		failed = failed || err != nil
		switch {
		case err != nil && a.json:
			err = a.printJSON(map[string]string{"file": file, "error": err.Error()})
		case err != nil:
			fmt.Fprintf(a.stdout, "%s: %v\n", file, err)
			err = nil
		case a.json:
			err = a.printJSON(line)
		default:
			fmt.Fprintf(a.stdout, "%s: %d×%d at %d dpi\n", file, line.Width, line.Height, line.DPI)
			a.showQuality(line.Quality)
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return coded(exitInvalid, errShown)
	}
	return nil
}

func checkFinger(file string, density int) (*fingerLine, error) {
	img, err := openImage(file)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	b := img.Bounds()
	gray := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(gray, gray.Rect, img, b.Min, draw.Src)
	q := biometrics.JudgePrint(gray, density)
	return &fingerLine{
		File: file, Width: b.Dx(), Height: b.Dy(), DPI: density, Quality: q,
		MS: float64(time.Since(begun).Microseconds()) / 1000,
	}, nil
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
