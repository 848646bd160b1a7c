package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/mrz/qr"
	"github.com/tram-station/tram/mrz/serial"
)

func newQRScanCommand(a *app) *cobra.Command {
	var source, port string
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Hold the card before the camera, or a serial scanner, and read its QR code",
		Long: "Scan films through tram-camera until a frame shows a QR code, and prints it\n" +
			"as decode does. A frame that shows none is no failure: the next one is the retry.\n" +
			"With --serial it prints what a scanner at that port reads.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if port != "" {
				return runSerialScan(cmd.Context(), a, port, wait)
			}
			return runQRScan(cmd.Context(), a, source, wait)
		},
	}
	cmd.Flags().StringVar(&source, "camera", firstCamera, "camera: a device, a video file or a folder of pictures")
	cmd.Flags().StringVar(&port, "serial", "", "port of a serial scanner, PORT or PORT@BAUD")
	cmd.Flags().DurationVar(&wait, "wait", 30*time.Second, "how long to look")
	cmd.MarkFlagsMutuallyExclusive("camera", "serial")
	return cmd
}

func runQRScan(ctx context.Context, a *app, source string, wait time.Duration) error {
	return withCamera(ctx, a, source, wait, func(ctx context.Context, cam biometrics.Camera) (any, error) {
		begin := time.Now()
		codes, frames, err := scanFrames(ctx, cam)
		return struct {
			Codes  []qrCode `json:"codes"`
			Frames int      `json:"frames"`
			MS     float64  `json:"ms"`
		}{shown(codes), frames, milliseconds(begin)}, err
	})
}

// withCamera opens a camera for as long as scan needs, at most for wait, and prints
// what it found.
func withCamera(ctx context.Context, a *app, source string, wait time.Duration, scan func(context.Context, biometrics.Camera) (any, error)) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	cam, err := openCamera(source, slog.New(slog.NewTextHandler(a.stderr, nil)))(ctx)
	if err != nil {
		return err
	}
	defer closed(cam)
	found, err := scan(ctx, cam)
	if err != nil {
		return err
	}
	return a.printJSON(found)
}

// qrScan is what a serial scanner read: it says no more than the text.
type qrScan struct {
	Text  string `json:"text"`
	Bytes []byte `json:"bytes,omitempty"` // only where they are not UTF-8
}

// runSerialScan prints the first text that a scanner reads.
func runSerialScan(ctx context.Context, a *app, flag string, wait time.Duration) error {
	port, err := scannerPort(flag)
	if err != nil {
		return err
	}
	if port, err = serial.Open(ctx, port.Name, port.Baud); err != nil {
		return coded(exitNoDevice, err)
	}
	defer closed(port)
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	begin := time.Now()
	var scan qrScan
	var noScan error
	err = eachScan(ctx, port, func(text string, err error) bool {
		scan.Text, noScan = text, err
		if !utf8.ValidString(text) {
			scan = qrScan{strings.ToValidUTF8(text, "\ufffd"), []byte(text)}
		}
		return false
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return coded(exitInvalid, fmt.Errorf("the scanner read nothing in %v: scan the card, and see that the scanner is in serial mode", wait))
	}
	if err != nil {
		return err
	}
	if noScan != nil {
		return coded(exitInvalid, noScan)
	}
	return a.printJSON(struct {
		Codes []qrScan `json:"codes"`
		MS    float64  `json:"ms"`
	}{[]qrScan{scan}, milliseconds(begin)})
}

// scanFrames looks at one frame after the other until a code is read. When the
// time is over before that, the error says what was seen last.
func scanFrames(ctx context.Context, cam biometrics.Camera) (codes []qr.Code, frames int, err error) {
	var scanner qr.Scanner
	last := qr.ErrNoCode
	for {
		var sight qr.Sight
		frame, err := cam.Frame(ctx)
		if err == nil {
			frames++
			sight, err = scanner.Scan(ctx, frame.Image)
		}
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return nil, frames, coded(exitInvalid, fmt.Errorf("no QR code in %d frames: %w", frames, last))
		case err != nil || len(sight.Codes) > 0:
			return sight.Codes, frames, err
		case len(sight.Seen) > 0:
			last = &qr.UnreadError{Seen: sight.Seen}
		}
	}
}
