package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
)

func newFingerCheckCommand(a *app) *cobra.Command {
	density := defaultDPI
	check := &cobra.Command{
		Use:   "check IMAGE...",
		Short: "Judge images of one finger",
		Long: "Check scores how much of each image is clear ridges, 0 to 100. With --json it prints\n" +
			"one line an image (PNG, JPEG, JPEG 2000, WSQ): file, width, height, dpi, quality, ms, or\n" +
			"file and error. It exits with 7 when a file is no image. The score is this program's\n" +
			"own, not NFIQ 2.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runFingerCheck(cmd.Context(), a, args, density, cmd.Flags().Changed("dpi"))
		},
	}
	check.Flags().IntVar(&density, "dpi", density, "density of the images in pixels an inch, whatever their files say")
	return check
}

// defaultDPI is the density that fingerprint images have where nothing else is
// said.
const defaultDPI = 500

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

// runFingerCheck judges files. density is what their images have where a file
// does not say it, or, when fixed, all of them.
func runFingerCheck(ctx context.Context, a *app, files []string, density int, fixed bool) (err error) {
	if density <= 0 {
		return coded(exitUsage, fmt.Errorf("%d dpi is no density", density))
	}
	var p pictures
	defer func() { err = errors.Join(err, p.Close()) }()
	failed := false
	for _, file := range files {
		line, err := checkFinger(ctx, &p, file, density, fixed)
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

func checkFinger(ctx context.Context, p *pictures, file string, density int, fixed bool) (*fingerLine, error) {
	img, said, err := p.openPrint(ctx, file)
	if err != nil {
		return nil, err
	}
	if said > 0 && !fixed {
		density = said
	}
	begun := time.Now()
	q := finger.Judge(img, density)
	return &fingerLine{
		File: file, Width: img.Rect.Dx(), Height: img.Rect.Dy(), DPI: density, Quality: q,
		MS: float64(time.Since(begun).Microseconds()) / 1000,
	}, nil
}
