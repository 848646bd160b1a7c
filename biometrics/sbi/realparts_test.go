//go:build realparts

package sbi_test

import (
	"context"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/jp2"
	"github.com/tram-station/tram/biometrics/sbi/sbitest"
	"github.com/tram-station/tram/testdata"
)

// TestJPEG2000 takes what registrations are to be sent: JPEG 2000 without loss,
// here coded by OpenJPEG's own program.
func TestJPEG2000(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	pack := func(img *image.Gray) []byte {
		mu.Lock()
		defer mu.Unlock()
		from, to := filepath.Join(dir, "print.png"), filepath.Join(dir, "print.jp2")
		f, err := os.Create(from)
		if err != nil {
			t.Error(err)
			return nil
		}
		if err := png.Encode(f, img); err != nil {
			t.Error(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if out, err := exec.Command("opj_compress", "-i", from, "-o", to).CombinedOutput(); err != nil {
			t.Errorf("opj_compress: %v\n%s", err, out)
		}
		b, err := os.ReadFile(to)
		if err != nil {
			t.Error(err)
		}
		return b
	}
	decoder, err := jp2.Load(t.Context(), testdata.Asset(t, jp2.Asset))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = decoder.Close() })
	cfg := configOf(serve(t, sbitest.Options{Score: 73, Coding: 5, Pack: pack}))
	cfg.Decode = func(ctx context.Context, _ string, b []byte) (image.Image, error) { return decoder.Decode(ctx, b) }
	good(t, open(t, cfg), biometrics.Request{Finger: biometrics.RightSlap})
}
