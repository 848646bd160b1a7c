package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/sbi"
)

func TestSBI(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	code := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		code <- run(ctx, []string{"sbi", "--kind", "Single", "--root", filepath.Join(dir, "root.pem"), "--fault", "hash"}, w, &stderr)
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadBytes('\n')
	if err != nil {
		t.Fatalf("no line: exit %d: %s", <-code, &stderr)
	}
	var said sbiStarted
	if err := json.Unmarshal(line, &said); err != nil {
		t.Fatal(err)
	}
	roots, err := sbi.LoadRoots(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sbi.Open(t.Context(), sbi.Config{Serial: said.Serial, Roots: roots})
	if err != nil {
		t.Fatal(err)
	}
	if d := s.Device(); !d.Virtual || d.Serial != said.Serial {
		t.Errorf("%+v", d)
	}
	req := biometrics.Request{Finger: biometrics.LeftIndex}
	if _, err := s.Capture(t.Context(), req, nil); !errors.Is(err, sbi.ErrUntrusted) {
		t.Errorf("error %v, want the fault", err)
	}
	c, err := s.Capture(t.Context(), req, nil)
	if err != nil || len(c.Prints) != 1 || c.Prints[0].Image.Rect.Dx() < 256 {
		t.Errorf("capture: %v", err)
	}
	stop()
	if c := <-code; c != exitGood {
		t.Errorf("exit %d: %s", c, &stderr)
	}
	if _, err := s.Capture(t.Context(), req, nil); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("error %v after the end", err)
	}
}

func TestSBIUsage(t *testing.T) {
	for _, args := range [][]string{{"--fault", "none"}, {"--kind", "Iris"}, {"--fault", "info:hash"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"sbi"}, args...), &out, &errs); code != exitUsage || out.Len() > 0 || !strings.Contains(errs.String(), "called") {
			t.Errorf("%v: exit %d, %q, %q", args, code, &out, &errs)
		}
	}
}
