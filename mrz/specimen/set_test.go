package specimen

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
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
