package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk"
)

// misdeeds are what a broken decoder may try. Each says on the standard output
// what came of it.
var misdeeds = map[string]func(at string) error{
	"read": func(at string) error { _, err := os.ReadFile(at); return err },
	"write": func(at string) error {
		return os.WriteFile(at+".new", []byte("x"), 0o600)
	},
	"list":    func(at string) error { _, err := os.ReadDir(filepath.Dir(at)); return err },
	"connect": func(at string) error { return closing(net.Dial("tcp", at)) },
	"listen":  func(string) error { return closing(net.Listen("tcp", "127.0.0.1:0")) },
	"packet":  func(string) error { return closing(net.Dial("udp", "127.0.0.1:9")) },
	"run":     func(string) error { return exec.Command(os.Args[0], "-test.run=^$").Run() },
	"memory": func(string) error {
		var all [][]byte
		for range 24 { // 1.5 GiB
			all = append(all, bytes.Repeat([]byte{1}, 64<<20))
		}
		runtime.KeepAlive(all)
		return nil
	},
	"environment": func(string) error {
		if env := os.Environ(); len(env) == 0 {
			return errors.New("there is none")
		}
		return nil
	},
}

func closing[C interface{ Close() error }](c C, err error) error {
	if err == nil {
		err = c.Close()
	}
	return err
}

// init has the test binary play the child, as the program itself does: it is
// started with the command's name before anything of the tests is looked at.
func init() {
	if len(os.Args) > 2 && os.Args[1] == sandboxCommand {
		os.Exit(childOf(os.Args[2:]))
	}
}

func childOf(args []string) int {
	switch args[0] {
	case kiosk.DecodePage, kiosk.DecodeGray:
		return exitCode(decodeInside(args[0], os.Stdin, os.Stdout))
	case "sleep":
		time.Sleep(time.Minute)
	case "spin":
		for { // a decoder that never ends
			runtime.Gosched()
		}
	case "crash":
		panic("a decoder that breaks")
	case "babble":
		for {
			_, _ = os.Stdout.Write(make([]byte, 1<<20))
		}
	case "lie":
		_, _ = os.Stdout.Write(append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 9), 9), "<script>"...))
	case "confined", "free":
		if args[0] == "confined" {
			if err := confine(); err != nil {
				return sandboxBroken
			}
		}
		if err := misdeeds[args[1]](args[2]); err != nil {
			return exitInvalid
		}
	}
	return exitGood
}

// childDoing is a sandbox whose child does something else than decode.
func childDoing(args ...string) *sandbox {
	return &sandbox{program: os.Args[0], args: append([]string{sandboxCommand}, args...), limit: sandboxLimit}
}

func drawn(t testing.TB, w, h int) *image.RGBA {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{uint8(255 * x / w), uint8(255 * y / h), 40, 255})
		}
	}
	return img
}

func encoded(t testing.TB, img image.Image, as string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if as == "png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 95})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withExif puts metadata with an orientation and a secret into a JPEG.
func withExif(b []byte, orientation byte) []byte {
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00GPS 21.0285 105.8542")
	exif[6+8+2+9] = orientation
	app := append([]byte{0xFF, 0xE1, 0, byte(len(exif) + 2)}, exif...)
	return slices.Concat(b[:2], app, b[2:])
}

// TestSandboxDecodes: what comes out is a clean page, upright.
func TestSandboxDecodes(t *testing.T) {
	s := childDoing()
	for name, file := range map[string][]byte{"png": encoded(t, drawn(t, 300, 200), "png"), "jpeg": encoded(t, drawn(t, 300, 200), "jpeg"), "exif": withExif(encoded(t, drawn(t, 300, 200), "jpeg"), 6)} {
		clean, w, h, err := s.Decode(t.Context(), kiosk.DecodePage, file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		img, err := jpeg.Decode(bytes.NewReader(clean))
		if err != nil || bytes.Contains(clean, []byte("Exif")) || bytes.Contains(clean, []byte("GPS")) {
			t.Errorf("%s: %v", name, err)
		}
		wide, corner := 300, [2]int{2, 2}
		if name == "exif" { // lying on its side
			wide, corner = 200, [2]int{197, 2}
		}
		r, g, _, _ := img.At(corner[0], corner[1]).RGBA()
		if w != wide || h != 500-wide || img.Bounds().Dx() != w || r>>8 > 20 || g>>8 > 20 {
			t.Errorf("%s: %d × %d, corner %d %d", name, w, h, r>>8, g>>8)
		}
	}
	clean, w, h, err := s.Decode(t.Context(), kiosk.DecodeGray, encoded(t, drawn(t, 300, 200), "png"))
	if err != nil || len(clean) != w*h || w != 300 {
		t.Errorf("grey: %d × %d, %v", w, h, err)
	}
	if clean, w, h, err := s.Decode(t.Context(), kiosk.DecodePage, encoded(t, drawn(t, 3000, 1000), "jpeg")); err != nil || w != maxPageSide || h != 666 || len(clean) > maxPageBytes {
		t.Errorf("a large one: %d × %d, %d bytes, %v", w, h, len(clean), err)
	}
}

// TestSandboxRefuses what is no picture, or too much of one.
func TestSandboxRefuses(t *testing.T) {
	s := childDoing()
	good := encoded(t, drawn(t, 60, 40), "png")
	bomb := slices.Clone(good)
	copy(bomb[16:24], []byte{0, 0, 0x3F, 0, 0, 0, 0x3F, 0}) // 16,128 × 16,128
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"text": {[]byte("<svg onload=alert(1)>"), kiosk.ErrPicture}, "nothing": {nil, kiosk.ErrPicture}, "cut off": {good[:len(good)/2], kiosk.ErrPicture},
		"a bomb": {bomb, kiosk.ErrPictureSize}, "large": {make([]byte, kiosk.MaxPicture+1), kiosk.ErrPictureSize}, "good": {good, nil},
	} {
		if _, _, _, err := s.Decode(t.Context(), kiosk.DecodePage, c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestSandboxOutlivesItsChild: one that hangs, spins, breaks, babbles or lies is
// ended, and the next picture is decoded.
func TestSandboxOutlivesItsChild(t *testing.T) {
	for _, how := range []string{"sleep", "spin", "crash", "babble", "lie"} {
		s := childDoing(how)
		s.limit = time.Second
		begun := time.Now()
		_, _, _, err := s.Decode(t.Context(), kiosk.DecodePage, []byte("x"))
		if took := time.Since(begun); !errors.Is(err, kiosk.ErrPicture) || took > 8*time.Second {
			t.Errorf("%s: %v after %v", how, err, took)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, _, _, err := childDoing("sleep").Decode(ctx, kiosk.DecodePage, []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
	nowhere := childDoing()
	nowhere.program = filepath.Join(t.TempDir(), "tram")
	if _, _, _, err := nowhere.Decode(t.Context(), kiosk.DecodePage, []byte("x")); err == nil || errors.Is(err, kiosk.ErrPicture) {
		t.Errorf("no program: %v", err)
	}
	if _, _, _, err := childDoing().Decode(t.Context(), kiosk.DecodePage, encoded(t, drawn(t, 60, 40), "png")); err != nil { // the control
		t.Errorf("the next one: %v", err)
	}
}

// TestChecksBelieveNothing of what a child says.
func TestChecksBelieveNothing(t *testing.T) {
	head := func(w, h uint32) []byte {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	}
	file := encoded(t, drawn(t, 60, 40), "jpeg")
	for name, c := range map[string]struct {
		kind string
		out  []byte
		good bool
	}{
		"page": {kiosk.DecodePage, append(head(60, 40), file...), true}, "grey": {kiosk.DecodeGray, append(head(3, 2), "123456"...), true},
		"other size": {kiosk.DecodePage, append(head(61, 40), file...), false}, "html": {kiosk.DecodePage, append(head(60, 40), "<html>"...), false},
		"nothing": {kiosk.DecodePage, nil, false}, "short": {kiosk.DecodeGray, append(head(3, 2), "12345"...), false},
		"no side": {kiosk.DecodeGray, head(0, 0), false}, "overflow": {kiosk.DecodeGray, head(1<<31, 1<<31), false},
		"too fat": {kiosk.DecodePage, append(head(60, 40), append(slices.Clone(file), make([]byte, maxPageBytes)...)...), false},
	} {
		if clean, _, _, err := checked(c.kind, c.out); (err == nil) != c.good || (clean != nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOrientations(t *testing.T) {
	for o := 1; o <= 8; o++ {
		img := image.NewGray(image.Rect(0, 0, 3, 2))
		img.Pix = []byte{1, 2, 3, 4, 5, 6}
		got := turned(img, o).(*image.Gray)
		want := map[int][]byte{1: {1, 2, 3, 4, 5, 6}, 2: {3, 2, 1, 6, 5, 4}, 3: {6, 5, 4, 3, 2, 1}, 4: {4, 5, 6, 1, 2, 3},
			5: {1, 4, 2, 5, 3, 6}, 6: {4, 1, 5, 2, 6, 3}, 7: {6, 3, 5, 2, 4, 1}, 8: {3, 6, 2, 5, 1, 4}}[o]
		if !bytes.Equal(got.Pix, want) {
			t.Errorf("orientation %d: %v, want %v", o, got.Pix, want)
		}
	}
	little := withExif(encoded(t, drawn(t, 8, 8), "jpeg"), 8)
	if got := orientation(little); got != 8 {
		t.Errorf("found %d", got)
	}
	if got := orientation(encoded(t, drawn(t, 8, 8), "jpeg")); got != 1 {
		t.Errorf("without: %d", got)
	}
}

// FuzzPage: whatever comes, a page is within its bounds, or there is none.
func FuzzPage(f *testing.F) {
	f.Add(encoded(f, drawn(f, 16, 8), "png"))
	f.Add(withExif(encoded(f, drawn(f, 16, 8), "jpeg"), 6))
	f.Add(encoded(f, image.NewGray(image.Rect(0, 0, 9, 9)), "jpeg"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o := orientation(b); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
		size, _, err := image.DecodeConfig(bytes.NewReader(b))
		if err != nil || size.Width*size.Height > 1<<16 {
			return // slow; the limits are tried elsewhere
		}
		clean, w, h, err := page(b)
		if err != nil {
			return
		}
		out := append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h)), clean...)
		if _, _, _, err := checked(kiosk.DecodePage, out); err != nil || strings.Contains(string(clean), "Exif") {
			t.Errorf("%d × %d: %v", w, h, err)
		}
	})
}
