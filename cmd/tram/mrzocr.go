package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/mrz/ocr"
)

func newMRZOCRCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "ocr IMAGE...",
		Short: "Find and read the machine-readable zone in images",
		Long: "Ocr prints one JSON line an image, in order: file, lines, valid (every check digit\n" +
			"is right and no checked character is in doubt), format, fields, corners (from the\n" +
			"top left, clockwise), confidence (of the least sure character, 0 to 1), repaired\n" +
			"(what classes and check digits decided against the first look) and ms, or file and\n" +
			"error. Images are PNG or JPEG.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runMRZOCR(a, args) },
	}
}

// zoneRead is a zone as ocr and scan print it.
type zoneRead struct {
	Lines      []string            `json:"lines"`
	Valid      bool                `json:"valid"`
	Format     string              `json:"format"`
	Fields     map[string]mrzField `json:"fields"`
	Corners    [4][2]int           `json:"corners"`
	Confidence float64             `json:"confidence"`
	Repaired   []mrzChange         `json:"repaired"`
}

// zoneLine is the line of an image.
type zoneLine struct {
	File string `json:"file"`
	*zoneRead
	MS    float64 `json:"ms,omitempty"`
	Error string  `json:"error,omitempty"`
}

func runMRZOCR(a *app, files []string) error {
	failed := false
	for _, file := range files {
		line := readZone(file)
		failed = failed || line.zoneRead == nil || !line.Valid
		if err := a.printJSON(line); err != nil {
			return err
		}
	}
	if failed {
		return coded(exitInvalid, errShown)
	}
	return nil
}

func readZone(file string) zoneLine {
	begin := time.Now()
	img, err := openImage(file)
	if err != nil {
		return zoneLine{File: file, Error: err.Error()}
	}
	r, err := ocr.Read(img)
	if err != nil {
		return zoneLine{File: file, Error: err.Error()}
	}
	return zoneLine{File: file, zoneRead: shownZone(r), MS: milliseconds(begin)}
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}

// shownZone is what is printed of a reading.
func shownZone(r *ocr.Reading) *zoneRead {
	out := &zoneRead{
		Lines: r.Lines, Valid: r.Valid, Format: string(r.Zone.Format), Fields: map[string]mrzField{},
		Corners: pairs(r.Corners), Confidence: math.Round(1000*r.Confidence) / 1000,
		Repaired: printedChanges(r.Repaired),
	}
	for _, f := range r.Zone.Fields() {
		out.Fields[f.Name] = mrzField{f.Value, f.Printed, f.Computed, f.OK, f.Line, f.From, f.To, f.Problem}
	}
	return out
}

func newMRZScanCommand(a *app) *cobra.Command {
	var source string
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Hold the card before the camera and read its machine-readable zone",
		Long: "Scan films through tram-camera until frames agree on a valid zone, and prints it\n" +
			"as ocr does, with the number of frames.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runMRZScan(cmd.Context(), a, source, wait) },
	}
	cmd.Flags().StringVar(&source, "camera", firstCamera, "camera: a device, a video file or a folder of pictures")
	cmd.Flags().DurationVar(&wait, "wait", 30*time.Second, "how long to look")
	return cmd
}

func runMRZScan(ctx context.Context, a *app, source string, wait time.Duration) error {
	return withCamera(ctx, a, source, wait, func(ctx context.Context, cam biometrics.Camera) (any, error) {
		begin := time.Now()
		r, frames, err := scanZone(ctx, cam)
		if errors.Is(err, context.DeadlineExceeded) {
			err = coded(exitInvalid, fmt.Errorf("no zone read in %d frames: show the side with the < signs, flat and without glare", frames))
		}
		if err != nil {
			return nil, err
		}
		return struct {
			*zoneRead
			Frames int     `json:"frames"`
			MS     float64 `json:"ms"`
		}{shownZone(r), frames, milliseconds(begin)}, nil
	})
}

// scanZone looks at one frame after the other until a zone is believed.
func scanZone(ctx context.Context, cam biometrics.Camera) (r *ocr.Reading, frames int, err error) {
	var scanner ocr.Scanner
	for {
		frame, err := cam.Frame(ctx)
		if err != nil {
			return nil, frames, err
		}
		frames++
		sight, err := scanner.Scan(ctx, frame.Image)
		if err != nil || sight.Reading != nil {
			return sight.Reading, frames, err
		}
	}
}
