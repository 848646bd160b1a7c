package qr

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// label is a line of a set's labels.jsonl: what a picture shows.
type label struct {
	File, Text string
	Hex        string  // the bytes, where Text may not be them
	M          float64 // pixels a module
	Level      int     // severity
}

// rate counts the pictures that were read.
type rate struct{ read, all int }

func (r *rate) String() string {
	return fmt.Sprintf("%d of %d, %.2f %%", r.read, r.all, 100*float64(r.read)/float64(max(r.all, 1)))
}

// TestSet reads a set of labelled pictures (labels.jsonl, pgm/*.pgm) that lies
// outside the repository and prints the rates; nothing is required of them
// here but that what is read is right.
func TestSet(t *testing.T) {
	dir := os.Getenv("TRAM_PRINT_SET")
	if dir == "" {
		t.Skip("TRAM_PRINT_SET names no folder with labels.jsonl and pgm/")
	}
	var all rate
	severities, modules := map[int]*rate{}, map[float64]*rate{}
	var times []time.Duration
	for _, l := range labels(t, dir) {
		g := readPGM(t, filepath.Join(dir, "pgm", l.File))
		begin := time.Now()
		codes, err := Decode(g)
		times = append(times, time.Since(begin))
		right := slices.ContainsFunc(codes, func(c Code) bool {
			return c.Text == l.Text || l.Hex != "" && hex.EncodeToString(c.Bytes) == l.Hex
		})
		if err == nil && !right {
			t.Errorf("%s: read %q, not %q", l.File, codes[0].Text, l.Text)
		} else if !right {
			t.Logf("%s: %v", l.File, err)
		}
		for _, r := range []*rate{&all, at(severities, l.Level), at(modules, l.M)} {
			if r.all++; right {
				r.read++
			}
		}
	}
	slices.Sort(times)
	t.Log("by severity:", severities, "by pixels a module:", modules)
	t.Logf("%v; median %v, p95 %v", &all, times[len(times)/2], times[len(times)*95/100])
}

func at[K comparable](m map[K]*rate, k K) *rate {
	if m[k] == nil {
		m[k] = new(rate)
	}
	return m[k]
}

func labels(t *testing.T, dir string) (out []label) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l label
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	if lines.Err() != nil || len(out) == 0 {
		t.Fatal("no labels:", lines.Err())
	}
	return out
}

// readPGM reads a grey picture (P5, 255 levels).
func readPGM(t *testing.T, name string) *image.Gray {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var w, h, depth int
	if _, err := fmt.Fscanf(bytes.NewReader(b), "P5\n%d %d\n%d", &w, &h, &depth); err != nil || depth != 255 || len(b) < w*h {
		t.Fatal("no PGM:", name, err)
	}
	return &image.Gray{Pix: b[len(b)-w*h:], Stride: w, Rect: image.Rect(0, 0, w, h)}
}
