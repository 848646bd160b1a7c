package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/mrz/ocr"
	"github.com/tram-station/tram/mrz/specimen"
)

func joined(lines []string) string { return strings.Join(lines, "\n") }

// zoneReader is `tram mrz ocr`, which finds the zone by itself.
type zoneReader struct{}

func (zoneReader) name() string { return "tram, zone found" }

func (zoneReader) read(_ context.Context, p printPicture) (printAnswer, error) {
	begin := time.Now()
	reading, err := ocr.Read(p.img)
	answer := printAnswer{took: time.Since(begin)}
	switch {
	case errors.Is(err, ocr.ErrNoZone):
		return answer, nil
	case err != nil:
		return answer, err
	}
	answer.codes = []printCode{{text: joined(reading.Lines), doubtful: !reading.Valid}}
	return answer, nil
}

// tesseractReader gives tesseract what it lacks: a picture of the zone alone,
// cut out straight by the label, in the size of letters that it reads best. What
// it reads is mended: lines of the right length, classes, check digits. Its
// time is that of a process, as its users start it.
type tesseractReader struct{ program string }

// newTesseract looks for the program and says how long it takes to start, which
// is part of each of its times.
func newTesseract(ctx context.Context, name string, notes io.Writer) (tesseractReader, error) {
	program, err := exec.LookPath(name)
	if err != nil {
		return tesseractReader{}, fmt.Errorf("tesseract is not installed: %w", err)
	}
	r := tesseractReader{program: program}
	const side = 64
	blank := image.NewGray(image.Rect(0, 0, side, side))
	var start time.Duration
	for range 2 { // the second time it is warm
		if _, start, err = r.run(ctx, blank); err != nil {
			return r, err
		}
	}
	fmt.Fprintf(notes, "tesseract: %.0f ms of each time are the start of the process.\n", ms(start))
	return r, nil
}

func (tesseractReader) name() string { return "tesseract, zone given" }

func (r tesseractReader) read(ctx context.Context, p printPicture) (printAnswer, error) {
	crop, err := cutOut(p)
	if err != nil {
		return printAnswer{}, err
	}
	text, took, err := r.run(ctx, crop)
	answer := printAnswer{took: took}
	if code, ok := zoneText(text, len(p.Lines), len(p.Lines[0])); ok {
		answer.codes = []printCode{code}
	}
	return answer, err
}

// run returns what the program reads in a picture, and its time.
func (r tesseractReader) run(ctx context.Context, img *image.Gray) (string, time.Duration, error) {
	dir, err := os.MkdirTemp("", "tram-bench-")
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "zone.pgm")
	if err := specimen.WritePGM(file, img); err != nil {
		return "", 0, err
	}
	cmd := exec.CommandContext(ctx, r.program, file, "-", "--psm", "6", "-l", "eng",
		"-c", "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", "-c", "load_system_dawg=0", "-c", "load_freq_dawg=0")
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	begin := time.Now()
	out, err := cmd.Output()
	if err != nil {
		return "", 0, fmt.Errorf("tesseract: %w", err)
	}
	return string(out), time.Since(begin), nil
}

// tesseractLead is the height, in pixels, from line to line at which tesseract
// read most zones of the generator's (of 24, 36, 48 and 64).
const tesseractLead = 48

// leastLine is how many characters make a line one of a zone: they all have 30
// and more, of which some are lost.
const leastLine = 20

// zoneText makes a zone of rows lines out of the last ones that could be its.
func zoneText(text string, rows, width int) (printCode, bool) {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(strings.TrimSpace(line), " ", "")
		if len(line) >= leastLine {
			lines = append(lines, line)
		}
	}
	if len(lines) < rows {
		return printCode{}, false
	}
	lines = lines[len(lines)-rows:]
	for i, line := range lines { // fillers at the end are lost or doubled
		lines[i] = (line + strings.Repeat("<", width))[:width]
	}
	zone, err := mrz.Parse(joined(lines))
	if err != nil {
		return printCode{text: joined(lines), doubtful: true}, true
	}
	if fixed, _ := mrz.Repair(zone); fixed != nil {
		zone = fixed
	}
	return printCode{text: joined(zone.Lines), doubtful: !zone.Valid}, true
}

// cutOut returns the zone of the picture, straight, with a margin; the whole
// picture where the label does not say where it is.
func cutOut(p printPicture) (*image.Gray, error) {
	const corners = 4
	if len(p.Corners) != corners {
		return p.img, nil
	}
	var to [corners]gray.Point
	for i, c := range p.Corners {
		to[i] = gray.Point{X: c[0], Y: c[1]}
	}
	side := func(a, b gray.Point) float64 { return max(abs(a.X-b.X), abs(a.Y-b.Y)) }
	w, h := side(to[0], to[1]), side(to[0], to[3])
	zoom := tesseractLead * float64(len(p.Lines)) / h
	w, h = w*zoom, h*zoom
	m := h / 5
	from := [corners]gray.Point{{X: m, Y: m}, {X: m + w, Y: m}, {X: m + w, Y: m + h}, {X: m, Y: m + h}}
	view, err := gray.FromPoints(from, to)
	if err != nil {
		return nil, err
	}
	out := image.NewGray(image.Rect(0, 0, int(w+2*m), int(h+2*m)))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			at := view.Apply(gray.Point{X: float64(x) + 0.5, Y: float64(y) + 0.5})
			out.Pix[y*out.Stride+x] = uint8(gray.Bilinear(p.img, at.X, at.Y) + 0.5)
		}
	}
	return out, nil
}

func abs(v float64) float64 { return max(v, -v) }
