package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/mrz/gray"
)

// fingerBenchOptions say on which prints the fingers are measured and beside
// whom.
type fingerBenchOptions struct {
	prints []string
	nbis   string
	rounds int
}

func (o *fingerBenchOptions) bind(f *pflag.FlagSet) {
	f.StringArrayVar(&o.prints, "print", nil, "finger: measure on the print in `FILE`, 500 dpi, in place of drawn ones; may be repeated")
	f.StringVar(&o.nbis, "nbis", "", "finger: the `FOLDER` of NBIS's programs cwsq, dwsq, mindtct and bozorth3, to measure beside")
	f.IntVar(&o.rounds, "finger-rounds", 60, "finger: how often each step is measured")
}

// benchPrintFile is one print with what was made of it.
type benchPrintFile struct {
	img      *image.Gray
	packed   []byte
	template *minutiae.Template
	raw, wsq string // files, for those who do not share our memory
}

// benchFingers measures the steps of a print, each in turn on every print.
func benchFingers(ctx context.Context, a *app, o fingerBenchOptions) error {
	if o.rounds < 1 {
		return coded(exitUsage, errors.New("bench finger: --finger-rounds starts at 1"))
	}
	dir, err := os.MkdirTemp("", "tram-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	prints, err := benchPrints(o.prints, dir)
	if err != nil {
		return err
	}
	rows := fingerRows(prints)
	if o.nbis != "" {
		others, err := nbisRows(ctx, o.nbis, dir, prints)
		if err != nil {
			return err
		}
		rows = append(rows, others...)
	}
	if err := measure(ctx, rows, o.rounds); err != nil {
		return err
	}
	b := prints[0].img.Rect
	return a.printSteps(fmt.Sprintf("finger: %d rounds, %d prints, the first of %d×%d", rows[0].Runs, len(prints), b.Dx(), b.Dy()), rows)
}

// benchPrints loads the prints, or draws three.
func benchPrints(files []string, dir string) ([]benchPrintFile, error) {
	var images []*image.Gray
	for _, file := range files {
		img, err := openImage(file)
		if err != nil {
			return nil, coded(exitInvalid, fmt.Errorf("%s: %w", file, err))
		}
		images = append(images, wsq.Pad(gray.From(img)))
	}
	for _, f := range []biometrics.Finger{biometrics.RightIndex, biometrics.LeftIndex, biometrics.RightThumb} {
		if len(files) == 0 {
			images = append(images, virtual.Ridges(demoSeed, f))
		}
	}
	var prints []benchPrintFile
	for i, img := range images {
		p := benchPrintFile{img: img, raw: filepath.Join(dir, fmt.Sprintf("p%d.raw", i)), wsq: filepath.Join(dir, fmt.Sprintf("p%d.wsq", i))}
		var err error
		if p.packed, err = wsq.Encode(img, wsq.Options{DPI: defaultDPI}); err != nil {
			return nil, coded(exitInvalid, err)
		}
		if p.template, err = minutiae.Extract(img, defaultDPI); err != nil {
			return nil, coded(exitInvalid, err)
		}
		if err := errors.Join(os.WriteFile(p.raw, img.Pix, 0o600), os.WriteFile(p.wsq, p.packed, 0o600)); err != nil {
			return nil, err
		}
		prints = append(prints, p)
	}
	return prints, nil
}

// fingerRows are the operations of this program.
func fingerRows(prints []benchPrintFile) []*benchStep {
	row := func(figure, peers string, f func(p, next *benchPrintFile) error) *benchStep {
		return ours("finger", figure, peers, func(round int) error {
			return f(&prints[round%len(prints)], &prints[(round+1)%len(prints)])
		})
	}
	return []*benchStep{
		row("WSQ encode, 0.75 bit a pixel", "encode", func(p, _ *benchPrintFile) error {
			_, err := wsq.Encode(p.img, wsq.Options{DPI: defaultDPI})
			return err
		}),
		row("WSQ decode", "decode", func(p, _ *benchPrintFile) error {
			_, err := wsq.Decode(p.packed)
			return err
		}),
		row("minutiae", "minutiae", func(p, _ *benchPrintFile) error {
			_, err := minutiae.Extract(p.img, defaultDPI)
			return err
		}),
		row("match with the next print", "match", func(p, next *benchPrintFile) error {
			minutiae.Match(p.template, next.template)
			return nil
		}),
		row("match, the same print", "", func(p, _ *benchPrintFile) error {
			if minutiae.Match(p.template, p.template) < minutiae.SameFinger {
				return errors.New("a print does not match itself")
			}
			return nil
		}),
		row("judge, minutiae included", "", func(p, _ *benchPrintFile) error {
			if q := finger.Judge(p.img, defaultDPI); q.Algorithm == "" {
				return errors.New("not judged")
			}
			return nil
		}),
	}
}

// nbisRows are NBIS's programs on the same prints, the time of their start
// taken off: that of the same program which is asked nothing.
func nbisRows(ctx context.Context, folder, dir string, prints []benchPrintFile) ([]*benchStep, error) {
	program := func(name string) string { return filepath.Join(folder, name) }
	found := func(p *benchPrintFile) string { return p.wsq[:len(p.wsq)-len(filepath.Ext(p.wsq))] }
	for i := range prints { // what bozorth3 reads
		if out, err := exec.CommandContext(ctx, program("mindtct"), prints[i].wsq, found(&prints[i])).CombinedOutput(); err != nil {
			return nil, coded(exitInvalid, fmt.Errorf("mindtct: %w: %s", err, out))
		}
	}
	row := func(name, note, peers string, arguments func(p, next *benchPrintFile) []string) *benchStep {
		return &benchStep{Group: "finger", Figure: "NBIS " + name + note, peers: peers, peer: true,
			run: func(ctx context.Context, round int) (time.Duration, time.Duration, error) {
				p, next := &prints[round%len(prints)], &prints[(round+1)%len(prints)]
				idle, idleCPU, _ := spent(ctx, program(name)) // it complains, and is to
				wall, cpu, err := spent(ctx, program(name), arguments(p, next)...)
				return max(wall-idle, 0), max(cpu-idleCPU, 0), err
			}}
	}
	return []*benchStep{
		row("cwsq", "", "encode", func(p, _ *benchPrintFile) []string {
			size := fmt.Sprintf("%d,%d,8,%d", p.img.Rect.Dx(), p.img.Rect.Dy(), defaultDPI)
			return []string{"0.75", "nbis", p.raw, "-raw_in", size}
		}),
		row("dwsq", "", "decode", func(p, _ *benchPrintFile) []string { return []string{"out", p.wsq, "-raw_out"} }),
		row("mindtct", ", WSQ decoding included", "minutiae", func(p, _ *benchPrintFile) []string { return []string{p.wsq, filepath.Join(dir, "again")} }),
		row("bozorth3", "", "match", func(p, next *benchPrintFile) []string { return []string{found(p) + ".xyt", found(next) + ".xyt"} }),
	}, nil
}

// spent runs a program to its end.
func spent(ctx context.Context, name string, arguments ...string) (wall, cpu time.Duration, err error) {
	cmd := exec.CommandContext(ctx, name, arguments...)
	begin := time.Now()
	err = cmd.Run()
	if cmd.ProcessState == nil {
		return 0, 0, err
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return time.Since(begin), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), err
}
