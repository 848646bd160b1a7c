package main

import (
	"fmt"
	"image"
	"image/draw"
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
			"one line an image: file, width, height, dpi, quality, ms, or file and error. It exits\n" +
			"with 7 when a file is no image. The score is this program's own, not NFIQ 2.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runFingerCheck(a, args, density) },
	}
	check.Flags().IntVar(&density, "dpi", density, "density of the images, pixels an inch")
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
	q := finger.Judge(gray, density)
	return &fingerLine{
		File: file, Width: b.Dx(), Height: b.Dy(), DPI: density, Quality: q,
		MS: float64(time.Since(begun).Microseconds()) / 1000,
	}, nil
}
