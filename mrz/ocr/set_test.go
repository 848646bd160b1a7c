package ocr

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestSet measures a labelled set of frames (labels.jsonl and pgm/, as
// ../shared/tools/qrgen/gen_mrz.py writes it) in the folder that TRAM_MRZ_SET
// names. No checked character may be believed that is wrong.
func TestSet(t *testing.T) {
	dir := os.Getenv("TRAM_MRZ_SET")
	if dir == "" {
		t.Skip("TRAM_MRZ_SET names no folder")
	}
	f, err := os.Open(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	frames, right, valid, names := 0, 0, 0, 0
	var times []time.Duration
	for dec := json.NewDecoder(f); ; {
		var label struct {
			File    string
			MRZ     []string
			Corners [4][2]float64
		}
		if err := dec.Decode(&label); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		frames++
		g := readPGM(t, filepath.Join(dir, "pgm", label.File))
		begin := time.Now()
		r, err := Read(g)
		times = append(times, time.Since(begin))
		if err != nil {
			t.Log(label.File, err)
			continue
		}
		checked := slices.Equal(r.checkedLines(), (&Reading{Lines: label.MRZ}).checkedLines())
		switch {
		case slices.Equal(r.Lines, label.MRZ):
			right++
		case r.Valid && !checked:
			t.Error(label.File, "is believed and wrong")
		case r.Valid:
			names++
		}
		if r.Valid {
			valid++
		}
		if !r.Valid || !slices.Equal(r.Lines, label.MRZ) {
			t.Logf("%s: valid %v, confidence %.2f\n%s\n%s", label.File, r.Valid, r.Confidence, r.Lines, label.MRZ)
		}
		corner := math.Hypot(float64(r.Corners[0].X)-label.Corners[0][0], float64(r.Corners[0].Y)-label.Corners[0][1])
		if r.Valid && corner > 25 {
			t.Errorf("%s: corner %v, label %v", label.File, r.Corners[0], label.Corners[0])
		}
	}
	slices.Sort(times)
	t.Logf("%d frames: %d right, %d valid, %d of them with a wrong name; median %v, p95 %v",
		frames, right, valid, names, times[frames/2], times[frames*95/100])
}

// readPGM reads a binary grey map.
func readPGM(t *testing.T, file string) *image.Gray {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	var w, h, white int
	if _, err := fmt.Fscanf(r, "P5\n%d %d\n%d\n", &w, &h, &white); err != nil {
		t.Fatal(err)
	}
	g := image.NewGray(image.Rect(0, 0, w, h))
	if _, err := io.ReadFull(r, g.Pix); err != nil {
		t.Fatal(err)
	}
	return g
}
