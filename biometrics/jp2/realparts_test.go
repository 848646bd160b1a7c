//go:build realparts

package jp2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/testdata"
)

// codings are the ways to code a portrait that are tried, as OpenJPEG's own
// program takes them; each as a file in colour and as a bare grey codestream.
var codings = []string{
	"", // 5/3, reversible
	"-r 20",
	"-I -r 20",
	"-I -r 60",
	"-I -q 30,40",
	"-n 1",
	"-n 3 -I -r 15",
	"-n 8",
	"-t 128,128",
	"-t 100,70 -I -r 15",
	"-t 256,256 -d 31,17 -T 5,3",
	"-p RLCP -r 40,20,10",
	"-p RPCL -r 40,20,10 -t 200,200",
	"-p PCRL -I -r 40,20",
	"-p CPRL -r 30,1 -c [64,64],[32,32]",
	"-b 16,16",
	"-b 4,256 -I -r 20",
	"-c [128,128],[64,64] -n 4",
	"-SOP -EPH -r 20",
	"-PLT -TLM -t 240,160 -TP R",
	"-mct 0 -I -r 20",
	"-M 1 -r 10",
	"-M 63",
	"-M 38 -I -r 20 -SOP",
}

// runTool runs one of OpenJPEG's programs.
func runTool(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// writePNG writes an image as the programs read it.
func writePNG(t testing.TB, path string, img image.Image) {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// same compares two images to the sample.
func same(a, b image.Image) error {
	switch a := a.(type) {
	case *image.Gray:
		if b, ok := b.(*image.Gray); ok && a.Rect == b.Rect && bytes.Equal(a.Pix, b.Pix) {
			return nil
		}
	case *image.RGBA:
		if b, ok := b.(*image.RGBA); ok && a.Rect == b.Rect && bytes.Equal(a.Pix, b.Pix) {
			return nil
		}
	}
	var differ, most int
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			p, q := color.RGBAModel.Convert(a.At(x, y)).(color.RGBA), color.RGBAModel.Convert(b.At(x, y)).(color.RGBA)
			d := max(abs(p.R, q.R), abs(p.G, q.G), abs(p.B, q.B))
			if most = max(most, d); d > 0 {
				differ++
			}
		}
	}
	return fmt.Errorf("%T of %v and %T of %v differ in %d pixels, by %d at most", a, a.Bounds(), b, b.Bounds(), differ, most)
}

func abs(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }

// asProgram decodes a file by OpenJPEG's own program.
func asProgram(t testing.TB, path string, args ...string) image.Image {
	t.Helper()
	runTool(t, append([]string{"opj_decompress", "-quiet", "-i", path, "-o", path + ".png"}, args...)...)
	img, err := png.Decode(bytes.NewReader(read(t, path+".png")))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func grey(img image.Image) *image.Gray {
	out := image.NewGray(img.Bounds())
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	return out
}

// TestCodings: 48 ways of coding, each decoded to the very samples of
// OpenJPEG's own program, and cut, which is an error.
func TestCodings(t *testing.T) {
	d := load(t)
	dir := t.TempDir()
	drawn := virtual.Portrait(7, 480, 640)
	writePNG(t, filepath.Join(dir, "jp2.png"), drawn)
	writePNG(t, filepath.Join(dir, "j2k.png"), grey(drawn))
	exact := 0
	pictures := map[string]image.Image{}
	for i, coding := range codings {
		for _, kind := range []string{"jp2", "j2k"} { // colour in a file, grey without
			args := coding
			if kind == "j2k" && strings.Contains(coding, "-mct") {
				args = "-I -r 25,8 -b 32,32" // grey has no components to mix
			}
			path := filepath.Join(dir, fmt.Sprintf("%d.%s", i, kind))
			runTool(t, append([]string{"opj_compress", "-i", filepath.Join(dir, kind+".png"), "-o", path}, strings.Fields(args)...)...)
			b := read(t, path)
			got, err := d.Decode(context.Background(), b)
			if err != nil {
				t.Errorf("%s %q: %v", kind, args, err)
				continue
			}
			if err := same(got, asProgram(t, path)); err != nil {
				t.Errorf("%s %q: %v", kind, args, err)
				continue
			}
			exact++
			pictures[kind+args] = got
			for _, n := range []int{len(b) - 1, len(b) * 3 / 4, len(b) / 10} {
				if _, err := d.Decode(context.Background(), b[:n]); !errors.Is(err, ErrCorrupt) {
					t.Errorf("%s %q cut to %d of %d bytes: %v", kind, args, n, len(b), err)
				}
			}
		}
	}
	t.Logf("%d of %d coding variants pixel-exact", exact, 2*len(codings))
	if t.Failed() {
		return
	}
	// The comparison must see what differs, or all of this proves nothing.
	if err := same(pictures["jp2"], drawn); err != nil {
		t.Errorf("reversible, yet not the picture that was coded: %v", err)
	}
	if same(pictures["jp2"], pictures["jp2-r 20"]) == nil || same(pictures["j2k"], pictures["j2k-I -r 60"]) == nil {
		t.Error("pictures that lost something compare as the same")
	}
}

// TestPhotographs decodes the pictures that are coded as chips hold them.
func TestPhotographs(t *testing.T) {
	d := load(t)
	files, err := filepath.Glob(testdata.Shared(t, "data", "faces", "chip", "*.j[p2][2k]"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		b := read(t, file)
		path := filepath.Join(t.TempDir(), filepath.Base(file))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := d.Decode(context.Background(), b)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		if err := same(got, asProgram(t, path)); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

// planes writes n planes of a drawn face as raw samples of some bits, the
// further ones subsampled.
func planes(t testing.TB, path string, w, h, n, bits, dx, dy int) {
	t.Helper()
	drawn := virtual.Portrait(5, w, h)
	var out []byte
	for c := range n {
		stepX, stepY := dx, dy
		if c == 0 {
			stepX, stepY = 1, 1
		}
		for y := 0; y < h; y += stepY {
			for x := 0; x < w; x += stepX {
				v := int(drawn.Pix[drawn.PixOffset(x, y)+c]) * (1<<bits - 1) / 255
				if bits > 8 {
					out = append(out, byte(v>>8))
				}
				out = append(out, byte(v))
			}
		}
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestKinds: colours and depths that are not the usual ones are decoded as
// OpenJPEG's own program does, or refused by name.
func TestKinds(t *testing.T) {
	d := load(t)
	dir := t.TempDir()
	for name, k := range map[string]struct {
		n, bits, dx, dy int
		w, h            int
		args            string
		space           byte // written into the file
		want            error
	}{
		"1 bit":                 {n: 1, bits: 1, dx: 1, dy: 1},
		"4 bits":                {n: 3, bits: 4, dx: 1, dy: 1},
		"7 bits":                {n: 1, bits: 7, dx: 1, dy: 1},
		"10 bits":               {n: 1, bits: 10, dx: 1, dy: 1},
		"12 bits":               {n: 3, bits: 12, dx: 1, dy: 1, args: "-I -r 10"},
		"16 bits":               {n: 3, bits: 16, dx: 1, dy: 1},
		"16 bits, grey":         {n: 1, bits: 16, dx: 1, dy: 1},
		"sYCC":                  {n: 3, bits: 8, dx: 1, dy: 1, space: spaceSYCC},
		"sYCC 4:2:2":            {n: 3, bits: 8, dx: 2, dy: 1, space: spaceSYCC},
		"sYCC 4:2:0":            {n: 3, bits: 8, dx: 2, dy: 2, space: spaceSYCC},
		"sRGB 4:2:0":            {n: 3, bits: 8, dx: 2, dy: 2, space: spaceSRGB},
		"sYCC 4:2:0, odd":       {n: 3, bits: 8, dx: 2, dy: 2, w: 121, h: 163, space: spaceSYCC},
		"sYCC 4:2:2, odd":       {n: 3, bits: 8, dx: 2, dy: 1, w: 121, h: 163, space: spaceSYCC},
		"sYCC 4:2:0, 10 bits":   {n: 3, bits: 10, dx: 2, dy: 2, space: spaceSYCC},
		"sYCC 4:2:0, apart":     {n: 3, bits: 8, dx: 2, dy: 2, space: spaceSYCC, args: "-d 3,5"},
		"sYCC 4:2:2, apart":     {n: 3, bits: 8, dx: 2, dy: 1, space: spaceSYCC, args: "-d 3,5"},
		"colours every 4th":     {n: 3, bits: 8, dx: 4, dy: 4, want: ErrUnsupported},
		"colours every 2nd row": {n: 3, bits: 8, dx: 1, dy: 2, want: ErrUnsupported},
		"with transparency":     {n: 4, bits: 8, dx: 1, dy: 1, want: ErrUnsupported},
		"two planes":            {n: 2, bits: 8, dx: 1, dy: 1, want: ErrUnsupported},
		"e-sYCC":                {n: 3, bits: 8, dx: 1, dy: 1, space: 24, want: ErrUnsupported},
	} {
		if k.w == 0 {
			k.w, k.h = 120, 160
		}
		raw, path := filepath.Join(dir, "in.raw"), filepath.Join(dir, "out.jp2")
		planes(t, raw, k.w, k.h, k.n, k.bits, k.dx, k.dy)
		form := fmt.Sprintf("%d,%d,%d,%d,u@1x1%s", k.w, k.h, k.n, k.bits, strings.Repeat(fmt.Sprintf(":%dx%d", k.dx, k.dy), k.n-1))
		runTool(t, append([]string{"opj_compress", "-i", raw, "-o", path, "-F", form, "-mct", "0"}, strings.Fields(k.args)...)...)
		b := read(t, path)
		if k.space != 0 {
			b = put(t, b, "colr", 7, 0, 0, 0, k.space)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := d.Decode(context.Background(), b)
		if !errors.Is(err, k.want) || (err == nil) != (k.want == nil) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err == nil {
			if err := same(got, asProgram(t, path, "-p", "8S")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// BenchmarkDecode decodes a drawn portrait of 480 × 640 as chips hold it, 9/7
// in about 15 kB, beside a process of OpenJPEG's own program, which starts anew
// each time and writes a file.
func BenchmarkDecode(b *testing.B) {
	d := load(b)
	dir := b.TempDir()
	path := filepath.Join(dir, "portrait.jp2")
	writePNG(b, path+".png", virtual.Portrait(7, 480, 640))
	runTool(b, "opj_compress", "-i", path+".png", "-o", path, "-I", "-r", "60")
	picture := read(b, path)
	b.Run("sandbox", func(b *testing.B) {
		b.ReportAllocs()
		best(b, func() {
			if _, err := d.Decode(context.Background(), picture); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("program", func(b *testing.B) {
		best(b, func() {
			runTool(b, "opj_decompress", "-quiet", "-i", path, "-o", filepath.Join(dir, "out.ppm"))
		})
	})
}

// best runs do and reports the shortest time too, which a busy machine does not
// blur.
func best(b *testing.B, do func()) {
	least := time.Hour
	for b.Loop() {
		start := time.Now()
		do()
		least = min(least, time.Since(start))
	}
	b.ReportMetric(float64(least.Microseconds())/1000, "best-ms")
}
