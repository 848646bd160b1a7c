package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/biometrics/finger/nfiq2"
)

// nfiq2Variable names the folder of NFIQ 2 for all commands.
const nfiq2Variable = "TRAM_NFIQ2"

// fingerCheckOptions are the flags of `tram finger check`.
type fingerCheckOptions struct {
	dpi    int // 0: what the file says, else defaultDPI
	nfiq2  string
	platen bool
}

func newFingerCheckCommand(a *app) *cobra.Command {
	var o fingerCheckOptions
	check := &cobra.Command{
		Use:   "check IMAGE...",
		Short: "Judge images of one finger",
		Long: "Check scores each image, 0 to 100, and says why it is weak. It reads WSQ, PNG, JPEG,\n" +
			"JPEG 2000 and grey PGM. With --json it prints one line an image: file, width, height,\n" +
			"dpi, quality (score, algorithm, measures, minutiae, causes), nfiq2, ms, or file\n" +
			"and error. It exits with 7 when a file is no image. The score is this program's own,\n" +
			"made of the measures of ISO/IEC 29794-4. Where NFIQ 2 and its model are installed,\n" +
			"--nfiq2 has it judge the images too.\n\n" +
			"With --platen the images are of the reader without a finger: it says whether the\n" +
			"glass wants wiping, in JSON as dirty.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("dpi") && o.dpi <= 0 {
				return coded(exitUsage, fmt.Errorf("%d dpi is no density", o.dpi))
			}
			return runFingerCheck(cmd.Context(), a, args, o)
		},
	}
	check.Flags().IntVar(&o.dpi, "dpi", 0, fmt.Sprintf("density of the images, pixels an inch (without: what the file says, else %d)", defaultDPI))
	check.Flags().StringVar(&o.nfiq2, "nfiq2", os.Getenv(nfiq2Variable), "the `FOLDER` of the program nfiq2 and its model ($"+nfiq2Variable+")")
	check.Flags().BoolVar(&o.platen, "platen", false, "the images show the reader without a finger: is it clean?")
	return check
}

// showQuality prints a judgement for people.
func (a *app) showQuality(q biometrics.PrintQuality) {
	fmt.Fprintf(a.stdout, "  %-24s %9s  %3d of 100\n", q.Algorithm, "", q.Score)
	for _, m := range q.Measures {
		remark := ""
		if m.Advisory {
			remark = "  (does not count)"
		}
		fmt.Fprintf(a.stdout, "  %-24s %9.3f  %3d%s\n", m.Name, m.Native, m.Score, remark)
	}
	for _, c := range q.Causes {
		w := finger.Cause(c).Words()
		fmt.Fprintf(a.stdout, "  %s: %s / %s\n", c, w.VI, w.EN)
	}
}

// fingerLine is the judgement of one file as check prints it.
type fingerLine struct {
	File   string `json:"file"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	DPI    int    `json:"dpi"`
	// Quality is the print's; Dirty instead says whether there is residue on a
	// bare platen.
	Quality *biometrics.PrintQuality `json:"quality,omitempty"`
	Dirty   *bool                    `json:"dirty,omitempty"`
	// NFIQ2 is what NFIQ 2 says, or why it says nothing; both absent where it
	// was not asked.
	NFIQ2      *nfiq2.Result `json:"nfiq2,omitempty"`
	NFIQ2Error string        `json:"nfiq2_error,omitempty"`
	MS         float64       `json:"ms"` // of this program's judgement
}

// fingerChecker judges files.
type fingerChecker struct {
	pictures
	dpi    int
	platen bool           // the files show the reader without a finger
	nfiq2  *nfiq2.Program // nil: not installed
	broken error          // the last fault of NFIQ 2 that is not the picture's
}

func runFingerCheck(ctx context.Context, a *app, files []string, o fingerCheckOptions) error {
	c := &fingerChecker{dpi: o.dpi, platen: o.platen}
	defer closed(&c.pictures)
	if o.nfiq2 != "" {
		var err error
		if c.nfiq2, err = nfiq2.Find(o.nfiq2); errors.Is(err, nfiq2.ErrModel) {
			return coded(exitVerification, err)
		} else if err != nil {
			return coded(exitUsage, err)
		}
	}
	failed := false
	for _, file := range files {
		line, err := c.check(ctx, file)
		if ctx.Err() != nil {
			return ctx.Err()
		}
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
			a.showFinger(line)
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return coded(exitInvalid, errShown)
	}
	return c.broken
}

// platenWords say for people whether the bare platen is dirty.
var platenWords = map[bool]string{
	false: "Mặt kính sạch / the platen is clean",
	true:  "Mặt kính bẩn: lau bằng khăn mềm khô / the platen is dirty: wipe it with a soft dry cloth",
}

// showFinger prints the judgement of a file for people.
func (a *app) showFinger(l *fingerLine) {
	fmt.Fprintf(a.stdout, "%s: %d×%d at %d dpi\n", l.File, l.Width, l.Height, l.DPI)
	if l.Dirty != nil {
		fmt.Fprintf(a.stdout, "  %s\n", platenWords[*l.Dirty])
		return
	}
	a.showQuality(*l.Quality)
	switch {
	case l.NFIQ2 != nil:
		fmt.Fprintf(a.stdout, "  %-24s %9s  %3d of 100\n", l.NFIQ2.Algorithm, "", l.NFIQ2.Score)
	case l.NFIQ2Error != "":
		fmt.Fprintf(a.stdout, "  %s\n", l.NFIQ2Error)
	}
}

// check judges one file.
func (c *fingerChecker) check(ctx context.Context, file string) (*fingerLine, error) {
	img, dpi, err := c.openPrint(ctx, file)
	if err != nil {
		return nil, err
	}
	if c.dpi > 0 {
		dpi = c.dpi
	}
	if dpi == 0 {
		dpi = defaultDPI
	}
	begun := time.Now()
	line := &fingerLine{File: file, Width: img.Rect.Dx(), Height: img.Rect.Dy(), DPI: dpi}
	if c.platen {
		dirty := finger.Dirty(img, dpi)
		line.Dirty = &dirty
	} else {
		q := finger.Judge(img, dpi)
		line.Quality = &q
	}
	line.MS = float64(time.Since(begun).Microseconds()) / 1000
	if c.nfiq2 == nil || c.platen {
		return line, nil
	}
	if line.NFIQ2, err = c.nfiq2.Score(ctx, img, dpi); err != nil {
		line.NFIQ2Error = err.Error()
		if !errors.Is(err, nfiq2.ErrRefused) {
			c.broken = err
		}
	}
	return line, nil
}
