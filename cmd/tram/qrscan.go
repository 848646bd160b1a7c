package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/mrz/qr"
)

func newQRScanCommand(a *app) *cobra.Command {
	var source string
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Hold the card before the camera and read its QR code",
		Long: "Scan films through tram-camera until a frame shows a QR code, and prints it\n" +
			"as decode does. A frame that shows none is no failure: the next one is the retry.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runQRScan(cmd.Context(), a, source, wait) },
	}
	cmd.Flags().StringVar(&source, "camera", firstCamera, "camera: a device, a video file or a folder of pictures")
	cmd.Flags().DurationVar(&wait, "wait", 30*time.Second, "how long to look")
	return cmd
}

func runQRScan(ctx context.Context, a *app, source string, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	cam, err := openCamera(source, slog.New(slog.NewTextHandler(a.stderr, nil)))(ctx)
	if err != nil {
		return err
	}
	defer closed(cam)
	begin := time.Now()
	codes, frames, err := scanFrames(ctx, cam)
	if err != nil {
		return err
	}
	return a.printJSON(struct {
		Codes  []qrCode `json:"codes"`
		Frames int      `json:"frames"`
		MS     float64  `json:"ms"`
	}{shown(codes), frames, milliseconds(begin)})
}

// scanFrames looks at one frame after the other until a code is read. When the
// time is over before that, the error says what was seen last.
func scanFrames(ctx context.Context, cam biometrics.Camera) (codes []qr.Code, frames int, err error) {
	var scanner qr.Scanner
	last := qr.ErrNoCode
	for {
		frame, err := cam.Frame(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, frames, coded(exitInvalid, fmt.Errorf("no QR code in %d frames: %w", frames, last))
		}
		if err != nil {
			return nil, frames, err
		}
		frames++
		sight, err := scanner.Scan(ctx, frame.Image)
		if errors.Is(err, context.DeadlineExceeded) {
			continue // the camera says so next
		}
		if err != nil || len(sight.Codes) > 0 {
			return sight.Codes, frames, err
		}
		if len(sight.Seen) > 0 {
			last = &qr.UnreadError{Seen: sight.Seen}
		}
	}
}
