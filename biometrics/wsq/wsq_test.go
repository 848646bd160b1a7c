package wsq

import (
	"bytes"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestEncodeRefuses(t *testing.T) {
	gray := func(w, h int) *image.Gray { return &image.Gray{Rect: image.Rect(0, 0, w, h)} }
	long := strings.Repeat("x", maxComment+1)
	for name, c := range map[string]struct {
		img *image.Gray
		o   Options
		err error
	}{
		"narrow":             {gray(255, 256), Options{}, ErrSmall},
		"low":                {gray(256, 255), Options{}, ErrSmall},
		"none":               {gray(0, 0), Options{}, ErrSmall},
		"huge":               {gray(4097, 4096), Options{}, ErrTooLarge},
		"below no bits":      {gray(256, 256), Options{Bitrate: -1}, ErrBitrate},
		"no number":          {gray(256, 256), Options{Bitrate: math.NaN()}, ErrBitrate},
		"too many bits":      {gray(256, 256), Options{Bitrate: 8.1}, ErrBitrate},
		"large coefficients": {drawn(256, 256, 1), Options{Bitrate: 8}, ErrBitrate},
		"too many comments":  {gray(256, 256), Options{Comments: make([]string, maxComments+1)}, ErrComment},
		"a long comment":     {image.NewGray(image.Rect(0, 0, 256, 256)), Options{Comments: []string{long}}, ErrComment},
	} {
		if b, err := Encode(c.img, c.o); !errors.Is(err, c.err) || b != nil {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
	}
}

// What is said of an image comes back, and any part of an image is one.
func TestSaidOfTheImage(t *testing.T) {
	whole := drawn(400, 420, 9)
	part := whole.SubImage(image.Rect(31, 40, 331, 380)).(*image.Gray)
	comments := []string{"vân tay thử", "", strings.Repeat("y", maxComment)}
	b, err := Encode(part, Options{DPI: 512, Bitrate: 2.25, Comments: comments})
	if err != nil {
		t.Fatal(err)
	}
	img, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if img.DPI != 512 || img.Bitrate != 2.25 || !slices.Equal(img.Comments, comments) {
		t.Error(img.DPI, img.Bitrate, len(img.Comments))
	}
	if p := PSNR(part, img.Gray); p < 30 || p > 60 {
		t.Errorf("%.1f dB", p)
	}
	for _, want := range []string{"NIST_COM 9\n", "PIX_WIDTH 300\n", "PIX_HEIGHT 340\n", "PIX_DEPTH 8\n", "PPI 512\n",
		"LOSSY 1\n", "COLORSPACE GRAY\n", "COMPRESSION WSQ\n", "WSQ_BITRATE 2.250000"} {
		if !bytes.Contains(b[:200], []byte(want)) {
			t.Errorf("the file does not say %q", want)
		}
	}
}

func TestNISTComment(t *testing.T) {
	for text, want := range map[string]struct {
		dpi     int
		bitrate float64
	}{
		"NIST_COM 3\nPPI 500\nWSQ_BITRATE 0.750000":  {500, 0.75},
		"NIST_COM 3\r\nPPI 1000 \r\nWSQ_BITRATE .75": {1000, 0.75},
		"NIST_COM 3\nPPI -1\nWSQ_BITRATE -1.000000":  {0, 0},
		"NIST_COM 2\nPPI 99999999999999999999":       {0, 0},
		"NIST_COM 2\nPPI 10001\nWSQ_BITRATE NaN":     {0, 0},
		"NIST_COM 3\nPPI 500\nPPI 300":               {500, 0},
		"NIST_COM 1":                                 {0, 0},
	} {
		n, ok := parseNISTComment(text)
		if !ok || n.dpi() != want.dpi || n.bitrate() != want.bitrate {
			t.Errorf("%q: %d, %v", text, n.dpi(), n.bitrate())
		}
	}
	if _, ok := parseNISTComment("NIST_COMMENT\nPPI 500"); ok {
		t.Error("another comment is taken for NIST's")
	}
}

// An image of one grey has no coefficient at all, and comes back as it was.
func TestPlain(t *testing.T) {
	for _, v := range []byte{0, 1, 99, 255} {
		img := image.NewGray(image.Rect(0, 0, 256, 300))
		for i := range img.Pix {
			img.Pix[i] = v
		}
		b, err := Encode(img, Options{})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(b)
		if err != nil || !bytes.Equal(back.Gray.Pix, img.Pix) || back.DPI != 0 {
			t.Errorf("grey %d: %v", v, err)
		}
	}
}

// Coefficients of every kind, and runs of every length, come back.
func TestCoding(t *testing.T) {
	coefs := []int16{0, 0, 3, -3, 74, 75, 255, 256, 32767, -73, -74, -255, -256, -32767, -32768}
	for _, run := range []int{1, 100, 101, 255, 256, 65535, 65536, 200000} {
		coefs = append(append(coefs, make([]int16, run)...), 1)
	}
	coefs = append(coefs, make([]int16, 77)...)
	var counts [symbols + 1]int
	eachSymbol(coefs, func(s byte, _ uint32, _ uint) { counts[s]++ })
	table := newCodes(&counts)
	codes := table.encoding()
	w := bitWriter{b: []byte{0, 3, 0}}
	eachSymbol(coefs, func(s byte, number uint32, extra uint) { w.put(codes[s].bits<<extra|number, codes[s].size+extra) })
	w.flush()
	d := decoder{b: append(w.b, 0xff, 0xa1)}
	d.codes[0] = table
	got := make([]int16, len(coefs))
	n, err := d.block(got, 0)
	if err != nil || n != len(coefs) || !slices.Equal(got, coefs) {
		t.Fatalf("%d of %d: %v", n, len(coefs), err)
	}
	d.pos = 0
	if _, err := d.block(got[:len(got)-1], 0); !errors.Is(err, ErrFormat) {
		t.Errorf("one coefficient too many: %v", err)
	}
}

// No code is longer than 16 bits or all ones, however uneven the counts; and
// where none had to be shortened, none is longer than a rarer symbol's.
func TestNewCodes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for try := range 200 {
		var counts, kept [symbols + 1]int
		a, b := 1, 1
		for i := range 1 + r.IntN(symbols) {
			switch try % 3 {
			case 0:
				counts[i] = r.IntN(1000)
			case 1: // the deepest tree there is
				if a < 1<<40 {
					counts[i] = a
					a, b = b, a+b
				}
			default:
				counts[i] = 1 << r.IntN(30)
			}
		}
		kept = counts
		table := newCodes(&counts)
		if err := table.check(); err != nil {
			t.Fatal(err)
		}
		codes := table.encoding()
		room := 0.0
		for s, c := range codes {
			if (c.size > 0) != (kept[s] > 0) {
				t.Fatalf("try %d: symbol %d, used %d times, has %d bits", try, s, kept[s], c.size)
			}
			if c.size == 0 {
				continue
			}
			room += math.Ldexp(1, -int(c.size))
			if c.size > codeBits || c.bits == 1<<c.size-1 {
				t.Fatalf("try %d: code %b of %d bits", try, c.bits, c.size)
			}
			for s2, c2 := range codes {
				if try%3 == 0 && kept[s2] > kept[s] && c2.size > c.size {
					t.Fatalf("try %d: %d is used more than %d and has the longer code", try, s2, s)
				}
			}
		}
		if room >= 1 {
			t.Fatalf("try %d: no code is left for the end", try)
		}
	}
}

func TestLogarithm(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 10000 {
		v, e := math.Exp(r.Float64()*40-20), r.Float64()*40-20
		if got, want := ln(v), math.Log(v); math.Abs(got-want) > 1e-14*max(1, math.Abs(want)) {
			t.Fatalf("ln %v: %v, want %v", v, got, want)
		}
		if got, want := power(v, e/20), math.Pow(v, e/20); math.Abs(got-want) > 1e-13*want {
			t.Fatalf("%v to the %v: %v, want %v", v, e/20, got, want)
		}
	}
}

func TestIs(t *testing.T) {
	b, err := Encode(drawn(256, 256, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !Is(b) || Is(b[1:]) || Is(b[:3]) || Is([]byte{0xff, 0xd8, 0xff, 0xe0}) {
		t.Error("a WSQ image is not told from others")
	}
}

func TestPSNR(t *testing.T) {
	a, b := drawn(40, 30, 1), drawn(40, 30, 1)
	if p := PSNR(a, b); !math.IsInf(p, 1) {
		t.Error(p)
	}
	for i := range b.Pix {
		b.Pix[i] ^= 1 // off by one everywhere
	}
	if p := PSNR(a, b); math.Abs(p-48.1308) > 1e-4 {
		t.Error(p)
	}
	if !math.IsNaN(PSNR(a, drawn(30, 40, 1))) || !math.IsNaN(PSNR(&image.Gray{}, &image.Gray{})) {
		t.Error("images that can not be compared have a ratio")
	}
}
