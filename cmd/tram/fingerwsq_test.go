package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/wsq"
)

// A print goes into WSQ and comes out about the same, with what is said of it.
func TestFingerWSQ(t *testing.T) {
	dir := t.TempDir()
	in, packed, out := savePNG(t, "in.png", ridges(0, 0)), filepath.Join(dir, "p.wsq"), filepath.Join(dir, "out.png")
	code, stdout, stderr := tram("", "finger", "wsq", "encode", "--json", in, "-o", packed, "--bitrate", "2.25", "--dpi", "512")
	v := parsed(t, stdout)
	b, err := os.ReadFile(packed)
	if err != nil || code != exitGood {
		t.Fatal(code, stderr, err)
	}
	if v["file"] != in || v["out"] != packed || v["width"] != 320.0 || v["height"] != 400.0 || v["dpi"] != 512.0 ||
		v["bytes"] != float64(len(b)) || v["bitrate"] != 2.25 || v["psnr"].(float64) < 20 || v["ms"].(float64) <= 0 {
		t.Error(stdout)
	}
	code, stdout, stderr = tram("", "finger", "wsq", "decode", "--json", packed, "--out", out)
	v = parsed(t, stdout)
	if code != exitGood || v["width"] != 320.0 || v["height"] != 400.0 || v["dpi"] != 512.0 || v["bitrate"] != 2.25 || v["psnr"] != nil {
		t.Error(code, stdout, stderr)
	}
	p, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(p))
	want, wsqErr := wsq.Decode(b)
	if err != nil || wsqErr != nil || !bytes.Equal(got.(*image.Gray).Pix, want.Gray.Pix) {
		t.Errorf("another picture was written: %v, %v", err, wsqErr)
	}
	for _, file := range []string{packed, out} {
		if s, err := os.Stat(file); err != nil || s.Mode().Perm()&0o077 != 0 {
			t.Errorf("%v, %v: others may read the print", s.Mode(), err)
		}
	}
	// Packed again or judged, it has the density that the file says.
	for said, args := range map[float64][]string{512: nil, 400: {"--dpi", "400"}} {
		code, stdout, stderr = tram("", append([]string{"finger", "check", "--json", packed}, args...)...)
		if v := parsed(t, stdout); code != exitGood || v["dpi"] != said || v["width"] != 320.0 {
			t.Error(code, stdout, stderr)
		}
	}
	code, stdout, stderr = tram("", "finger", "wsq", "encode", packed, "-o", filepath.Join(dir, "again.wsq"))
	if code != exitGood || !strings.Contains(stdout, "512 dpi") || !strings.Contains(stdout, "dB") {
		t.Error(code, stdout, stderr)
	}
}

// A small image is padded, a plain one loses nothing.
func TestFingerWSQSmall(t *testing.T) {
	dir := t.TempDir()
	in, packed := savePNG(t, "in.png", image.NewGray(image.Rect(0, 0, 100, 300))), filepath.Join(dir, "p.wsq")
	code, stdout, stderr := tram("", "finger", "wsq", "encode", "--json", in, "-o", packed)
	if v := parsed(t, stdout); code != exitGood || v["width"] != 256.0 || v["height"] != 300.0 || v["psnr"] != nil || v["dpi"] != 0.0 {
		t.Error(code, stdout, stderr)
	}
}

func TestFingerWSQFails(t *testing.T) {
	dir := t.TempDir()
	good, text, out := savePNG(t, "good.png", ridges(0, 0)), filepath.Join(dir, "text.png"), filepath.Join(dir, "out")
	if err := os.WriteFile(text, []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		say  string
	}{
		"no image to pack":   {[]string{"encode", text, "-o", out}, exitInvalid, "not a PNG"},
		"no WSQ to unpack":   {[]string{"decode", good, "-o", out}, exitInvalid, "not a WSQ image"},
		"no file":            {[]string{"decode", filepath.Join(dir, "none.wsq"), "-o", out}, exitInvalid, "no such file"},
		"nowhere to write":   {[]string{"encode", good}, exitUsage, "-o OUT.wsq"},
		"nowhere to unpack":  {[]string{"decode", good}, exitUsage, "-o OUT.png"},
		"no bits":            {[]string{"encode", good, "-o", out, "--bitrate", "0"}, exitUsage, "bitrate"},
		"too many bits":      {[]string{"encode", good, "-o", out, "--bitrate", "9"}, exitUsage, "bitrate"},
		"no density":         {[]string{"encode", good, "-o", out, "--dpi", "-1"}, exitUsage, "density"},
		"no folder":          {[]string{"encode", good, "-o", filepath.Join(dir, "no", "p.wsq")}, exitOther, "no such file"},
		"two images to pack": {[]string{"encode", good, good, "-o", out}, exitUsage, "accepts 1 arg"},
	} {
		code, stdout, stderr := tram("", append([]string{"finger", "wsq"}, c.args...)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.say) {
			t.Errorf("%s: exit %d, want %d; %q, %q", name, code, c.code, stdout, stderr)
		}
		if _, err := os.Stat(out); err == nil {
			t.Fatalf("%s: a file was written", name)
		}
	}
}
