package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/kiosk/enrol"
)

// fingerOptions are the flags of `tram finger capture`.
type fingerOptions struct {
	device  string
	trust   string
	finger  int
	rolled  bool
	missing []int
	out     string
	wait    time.Duration
}

func newFingerCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "finger", Short: "Capture and judge fingerprints"}
	var o fingerOptions
	capture := &cobra.Command{
		Use:   "capture",
		Short: "Capture a finger or a slap from the connected reader",
		Long: "Capture waits for a finger, or for fingers laid down together, on the connected\n" +
			"reader and judges each print. It prints one JSON object with --json: device, request,\n" +
			"prints (finger, width, height, dpi, quality, files), slap, ms.\n" +
			"Readers of this build: " + builtInScanners() + ".",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			open, err := scannerNamed(o.device, o.trust)
			if err != nil {
				return err
			}
			return runFingerCapture(cmd.Context(), a, open, o)
		},
	}
	f := capture.Flags()
	f.StringVar(&o.device, "device", anyScanner, "the reader: "+scannerUsage())
	f.StringVar(&o.trust, "scanner-trust", "", "folder with the certificates of makers of SBI scanners; auto opens such a scanner only with it")
	f.IntVar(&o.finger, "finger", int(biometrics.RightIndex), "position after ISO/IEC 19794-4: 1 right thumb … 10 left little finger,\n"+
		"13 four right fingers, 14 four left fingers, 15 both thumbs")
	f.BoolVar(&o.rolled, "rolled", false, "the finger is rolled from nail to nail")
	f.IntSliceVar(&o.missing, "missing", nil, "fingers of the slap that the person does not have: 3,4")
	f.StringVar(&o.out, "out", "", "write the prints to this new folder, readable by its owner alone")
	f.DurationVar(&o.wait, "wait", 0, "how long to wait for a reader to be connected")
	cmd.AddCommand(capture, newFingerCheckCommand(a), newFingerWSQCommand(a))
	return cmd
}

// request is what the flags ask the reader for.
func (o fingerOptions) request() (biometrics.Request, error) {
	req := biometrics.Request{Finger: biometrics.Finger(o.finger)}
	if o.finger < 0 || o.finger > int(biometrics.Thumbs) || !req.Finger.Single() && !req.Finger.Slap() {
		return req, coded(exitUsage, fmt.Errorf("there is no finger %d: positions go from 1 to 10, slaps are 13, 14 and 15", o.finger))
	}
	if o.rolled {
		req.Impression = biometrics.Rolled
	}
	for _, m := range o.missing {
		f := biometrics.Finger(m)
		if m < 0 || m > int(biometrics.LeftLittle) || !f.Single() {
			return req, coded(exitUsage, fmt.Errorf("there is no finger %d that could be missing", m))
		}
		req.Missing = append(req.Missing, f)
	}
	if len(req.Wanted()) == 0 {
		return req, coded(exitUsage, errors.New("every finger is missing: there is nothing to capture"))
	}
	return req, nil
}

// captured is a capture as the command reports it.
type captured struct {
	Device  biometrics.Device `json:"device"`
	Request capturedRequest   `json:"request"`
	Prints  []capturedPrint   `json:"prints"`
	Slap    *capturedSlap     `json:"slap,omitempty"`
	// Records are the files of what the device signed.
	Records []string `json:"records,omitempty"`
	// Checks say whether the device is known to be genuine, where it signs.
	Checks []cardCheck `json:"checks,omitempty"`
	MS     int64       `json:"ms"` // from the prompt until the reader gave the prints
}

type capturedRequest struct {
	Finger  biometrics.Finger `json:"finger"`
	Rolled  bool              `json:"rolled"`
	Missing []int             `json:"missing,omitempty"` // not fingers: JSON would take them for bytes
}

type capturedPrint struct {
	Finger  biometrics.Finger       `json:"finger"`
	Width   int                     `json:"width"`
	Height  int                     `json:"height"`
	DPI     int                     `json:"dpi"`
	Quality biometrics.PrintQuality `json:"quality"`
	Said    *biometrics.Said        `json:"said,omitempty"` // the device's own judgement
	Files   []string                `json:"files,omitempty"`
}

// capturedSlap is the picture of fingers that were laid down together.
type capturedSlap struct {
	Width  int    `json:"width"`
	Height int    `json:"height"`
	DPI    int    `json:"dpi"`
	File   string `json:"file,omitempty"`
}

func runFingerCapture(ctx context.Context, a *app, open scannerOpener, o fingerOptions) error {
	req, err := o.request()
	if err != nil {
		return err
	}
	if err := vacant(o.out); err != nil { // before a finger is asked for in vain
		return err
	}
	c, took, checks, err := captureOnce(ctx, a, open, req, o.wait)
	if err != nil {
		return err
	}
	if err := cutSlap(c); err != nil {
		return coded(exitInvalid, err)
	}
	got := describeCapture(c)
	got.Checks, got.MS = checks, took.Milliseconds()
	if o.out != "" {
		files, err := got.files(c)
		if err != nil {
			return coded(exitInvalid, err)
		}
		if err := writeFolder(o.out, files); err != nil {
			return fmt.Errorf("write the prints: %w", err)
		}
	}
	if a.json {
		return a.printJSON(got)
	}
	a.showCapture(got)
	return nil
}

// captureOnce opens the reader, captures and switches it off. took is the time
// from the prompt on.
func captureOnce(ctx context.Context, a *app, open scannerOpener, req biometrics.Request, wait time.Duration) (c *biometrics.Capture, took time.Duration, checks []cardCheck, err error) {
	s, err := awaitScanner(ctx, open, wait)
	if err != nil {
		return nil, 0, nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if !s.Takes(req) {
		return nil, 0, nil, coded(exitUsage, fmt.Errorf("%s: %w", s.Device().Name, biometrics.ErrNotTaken))
	}
	if !a.json {
		fmt.Fprintln(a.stderr, "Đặt ngón tay lên máy quét / put the finger on the reader:", s.Device().Name)
	}
	begun := time.Now()
	c, err = s.Capture(ctx, req, nil)
	took = time.Since(begun)
	if errors.Is(err, biometrics.ErrBadImage) {
		err = coded(exitInvalid, err)
	}
	if v, ok := s.(enrol.Voucher); ok && err == nil {
		t := v.Trust()
		checks = []cardCheck{{t.Name, t.Outcome, t.Reason.EN, t.Reason.VI, t.Next.EN}}
	}
	return c, took, checks, err
}

// showCapture prints a capture for people.
func (a *app) showCapture(got *captured) {
	if s := got.Slap; s != nil {
		fmt.Fprintf(a.stdout, "%s: %d×%d at %d dpi\n", fingerName(got.Request.Finger), s.Width, s.Height, s.DPI)
	}
	for _, p := range got.Prints {
		fmt.Fprintf(a.stdout, "%s: %d×%d at %d dpi\n", fingerName(p.Finger), p.Width, p.Height, p.DPI)
		a.showQuality(p.Quality)
		if p.Said != nil {
			fmt.Fprintf(a.stdout, "  %-20s %8s  %3d of 100\n", p.Said.Algorithm, "", p.Said.Score)
		}
	}
	for _, c := range got.Checks {
		fmt.Fprintf(a.stdout, "%s: %s: %s\n", c.Check, c.Outcome, c.Reason)
	}
	fmt.Fprintf(a.stdout, "%d ms\n", got.MS)
}

// cutSlap cuts the fingers out of a slap whose scanner does not.
func cutSlap(c *biometrics.Capture) error {
	if c.Slap == nil || len(c.Prints) > 0 {
		return nil
	}
	segments, err := finger.Cut(c.Slap, c.DPI, c.Request)
	if err != nil {
		return err
	}
	for _, s := range segments {
		c.Prints = append(c.Prints, biometrics.Print{
			Finger: s.Finger, Impression: c.Request.Impression, Image: s.Image, DPI: c.DPI, Device: c.Device, Time: c.Time,
		})
	}
	return nil
}

// describeCapture judges the prints.
func describeCapture(c *biometrics.Capture) *captured {
	got := &captured{
		Device:  c.Device,
		Request: capturedRequest{Finger: c.Request.Finger, Rolled: c.Request.Impression == biometrics.Rolled},
		Prints:  []capturedPrint{},
	}
	for _, f := range c.Request.Missing {
		got.Request.Missing = append(got.Request.Missing, int(f))
	}
	if c.Slap != nil {
		b := c.Slap.Bounds()
		got.Slap = &capturedSlap{Width: b.Dx(), Height: b.Dy(), DPI: c.DPI}
	}
	for _, p := range c.Prints {
		b := p.Image.Bounds()
		got.Prints = append(got.Prints, capturedPrint{
			Finger: p.Finger, Width: b.Dx(), Height: b.Dy(), DPI: p.DPI, Quality: finger.Judge(p.Image, p.DPI), Said: p.Said,
		})
	}
	return got
}
