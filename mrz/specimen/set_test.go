package specimen

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/mrz/gray"
)

func TestSet(t *testing.T) {
	for _, k := range []Kind{Codes, Zones, Empty} {
		dir := t.TempDir()
		const n = 2
		err := WriteSet(dir, k, 3, n)
		if errors.Is(err, ErrNoFont) {
			t.Log(err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		labels, err := ReadSet(dir)
		if err != nil || len(labels) != n {
			t.Fatal(len(labels), err)
		}
		for i, l := range labels {
			g, err := ReadPGM(l.Picture(dir))
			if err != nil {
				t.Fatal(err)
			}
			if (l.Text != "") != (k == Codes) || (len(l.Lines) > 0) != (k == Zones) || (len(l.Corners) == 4) != (k != Empty) {
				t.Errorf("%s: %+v", k, l)
			}
			if i > 0 {
				continue // drawing takes its time
			}
			again, _, err := drawn(k, 3, i)
			if err != nil || !bytes.Equal(g.Pix, again.Pix) || g.Rect != again.Rect {
				t.Errorf("%s came back otherwise", k)
			}
		}
	}
}

func TestSetRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadSet(dir); !errors.Is(err, ErrSet) {
		t.Error("an empty folder:", err)
	}
	for _, labels := range []string{`{"file":"../../etc/passwd"}`, `{"file":`, `[]`} {
		if err := os.WriteFile(filepath.Join(dir, "labels.jsonl"), []byte(labels), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSet(dir); !errors.Is(err, ErrSet) {
			t.Error(labels, err)
		}
	}
	for _, picture := range []string{"", "P6\n1 1\n255\n", "P5\n99999 99999\n255\n", "P5\n4 4\n255\nabc", "P5\n4 4\n65535\n"} {
		file := filepath.Join(dir, "x.pgm")
		if err := os.WriteFile(file, []byte(picture), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPGM(file); err == nil {
			t.Errorf("%q was taken for a picture", picture)
		}
	}
}

// What is read is written again as it was, whatever else a file holds.
func FuzzPGM(f *testing.F) {
	f.Add([]byte("P5\n2 2\n255\nabcd"))
	f.Add([]byte("P5\n3 1\n255\nab"))
	f.Add([]byte("P5\n99999 99999\n255\n"))
	f.Add([]byte("P5 2 2 255 abcd"))
	f.Add([]byte("P6\n-1 2\n255\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := decodePGM(bytes.NewReader(b))
		if err != nil {
			if g != nil || !errors.Is(err, ErrPGM) && !errors.Is(err, gray.ErrTooLarge) {
				t.Fatal(g, err)
			}
			return
		}
		var out bytes.Buffer
		if err := encodePGM(&out, g); err != nil {
			t.Fatal(err)
		}
		again, err := decodePGM(&out)
		if err != nil || again.Rect != g.Rect || !bytes.Equal(again.Pix, g.Pix) {
			t.Fatal("written otherwise than read:", err)
		}
	})
}
