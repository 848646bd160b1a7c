package qr

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tram-station/tram/mrz/gray"
)

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestDecode(t *testing.T) {
	for name, s := range map[string]shot{
		"clean":         {width: 400, height: 300, module: 4},
		"two pixels":    {width: 400, height: 300, module: 2.2},
		"turned":        {width: 640, height: 480, module: 4, turn: 33},
		"upside down":   {width: 400, height: 400, module: 4, turn: 180},
		"blurred":       {width: 640, height: 480, module: 5, blur: 1, turn: 5},
		"noisy":         {width: 640, height: 480, module: 5, noise: 20, turn: -8},
		"uneven light":  {width: 640, height: 480, module: 4, gradient: 150, turn: 3},
		"from a corner": {width: 400, height: 300, module: 4, at: image.Pt(-70, 1000)},
		"five megapixels": {width: 2500, height: 2000, module: 14, blur: 3, noise: 8,
			turn: 11},
	} {
		t.Run(name, func(t *testing.T) {
			img, centres := s.draw(t, newRand(), thu)
			codes, err := Decode(img)
			if err != nil || len(codes) != 1 || codes[0].Text != thu || string(codes[0].Bytes) != thu {
				t.Fatalf("%+v, %v", codes, err)
			}
			checkCorners(t, codes[0].Corners, centres[0], s, len(modules(t, thu)))
		})
	}
}

// checkCorners compares with the truth: the centre, and the length of each side.
func checkCorners(t *testing.T, c [4]image.Point, centre image.Point, s shot, n int) {
	t.Helper()
	tolerance := 2 * s.module
	if d := middle(c).Sub(centre); float64(d.X*d.X+d.Y*d.Y) > tolerance*tolerance {
		t.Errorf("centre %v, want %v", middle(c), centre)
	}
	side := s.module * float64(n)
	for i := range c {
		d := c[(i+1)%4].Sub(c[i])
		if l := float64(d.X*d.X + d.Y*d.Y); l < (side-tolerance)*(side-tolerance) || l > (side+tolerance)*(side+tolerance) {
			t.Errorf("side %d is %v, want length %.0f", i, d, side)
		}
	}
	if s.turn == 180 && (c[0].X <= centre.X || c[0].Y <= centre.Y) {
		t.Errorf("the symbol's top left should be at the bottom right: %v", c)
	}
}

func TestDecodeSeveral(t *testing.T) {
	second := "031315990006||Vũ Ngọc Minh Anh|05092015|Nữ|Số 1/2, Hải Phòng|12082024||Vũ Văn Cha|Nguyễn Thị Mẹ|"
	img, _ := shot{width: 800, height: 400, module: 5}.draw(t, newRand(), thu, second)
	codes, err := Decode(img)
	if err != nil || len(codes) != 2 {
		t.Fatal(codes, err)
	}
	if got := map[string]bool{codes[0].Text: true, codes[1].Text: true}; !got[thu] || !got[second] {
		t.Error(codes)
	}
}

func TestDecodeNothing(t *testing.T) {
	rng := newRand()
	noise := image.NewGray(image.Rect(0, 0, 320, 240))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(rng.IntN(256))
	}
	covered, _ := shot{width: 400, height: 300, module: 4}.draw(t, rng, thu)
	draw.Draw(covered, image.Rect(100, 50, 200, 250), image.NewUniform(color.White), image.Point{}, draw.Src)
	for name, img := range map[string]image.Image{
		"noise":   noise,
		"tiny":    image.NewGray(image.Rect(0, 0, 1, 1)),
		"narrow":  image.NewGray(image.Rect(0, 0, 2000, 20)),
		"covered": covered,
	} {
		if codes, err := Decode(img); !errors.Is(err, ErrNoCode) || codes != nil {
			t.Errorf("%s: %v %v", name, codes, err)
		}
	}
}

func TestTooLarge(t *testing.T) {
	huge := image.NewUniform(color.White) // 2e9 × 2e9 without a pixel in memory
	for _, err := range []error{gray.CheckSize(0, 5), gray.CheckSize(gray.MaxSide+1, 1), gray.CheckSize(gray.MaxSide, gray.MaxSide), second(Decode(huge)),
		second(new(Scanner).Scan(context.Background(), huge))} {
		if !errors.Is(err, gray.ErrTooLarge) {
			t.Error(err)
		}
	}
	if err := gray.CheckSize(8192, 6144); err != nil {
		t.Error("50 megapixels:", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestImageTypes(t *testing.T) {
	gray, _ := shot{width: 300, height: 300, module: 4}.draw(t, newRand(), thu)
	b := gray.Bounds()
	images := map[string]draw.Image{"RGBA": image.NewRGBA(b), "NRGBA": image.NewNRGBA(b), "Gray16": image.NewGray16(b)}
	clear := image.NewNRGBA(b) // black ink on glass
	for y := range b.Dy() {
		for x := range b.Dx() {
			for _, img := range images {
				img.Set(x, y, gray.GrayAt(x, y))
			}
			clear.SetNRGBA(x, y, color.NRGBA{A: 255 - gray.GrayAt(x, y).Y})
		}
	}
	ycc := image.NewYCbCr(b, image.YCbCrSubsampleRatio420)
	copy(ycc.Y, gray.Pix)
	check := func(name string, img image.Image) {
		if codes, err := Decode(img); err != nil || codes[0].Text != thu {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, img := range images {
		check(name, img)
	}
	check("YCbCr", ycc)
	check("transparent", clear)
}

// A picture tiled with finder patterns must not hold the station up, and a code
// beside a few of them is still read.
func TestManyFinderPatterns(t *testing.T) {
	tiles := func(w, h, step int) *image.Gray {
		g := image.NewGray(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				u, v := x%step, y%step
				ring := max(max(u-3, 3-u), max(v-3, 3-v)) // 0–1 centre, 2 white, 3 black
				if ring == 2 || ring > 3 {
					g.Pix[y*g.Stride+x] = 255
				}
			}
		}
		return g
	}
	begin := time.Now()
	if codes, err := Decode(tiles(1200, 900, 9)); !errors.Is(err, ErrNoCode) {
		t.Error(codes, err)
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("13,000 finder patterns took %v", d)
	}
	img, _ := shot{width: 500, height: 400, module: 4}.draw(t, newRand(), thu)
	draw.Draw(img, image.Rect(0, 0, 90, 18), tiles(90, 18, 9), image.Point{}, draw.Src)
	if codes, err := Decode(img); err != nil || codes[0].Text != thu {
		t.Error(codes, err)
	}
}

// TestRate keeps the share of slightly spoilt codes that are read; clean ones
// are TestClean's.
func TestRate(t *testing.T) {
	const count, least = 50, 49
	rng := newRand()
	s := shot{width: 400, height: 400, module: 4.3, turn: 3, blur: 1, noise: 10}
	read := 0
	for range count {
		text := person(rng)
		s.turn += 0.7
		img, _ := s.draw(t, rng, text)
		codes, err := Decode(img)
		if err != nil {
			continue
		}
		read++
		if codes[0].Text != text {
			t.Errorf("read %q, printed %q", codes[0].Text, text)
		}
	}
	if read < least {
		t.Errorf("%d of %d, want %d", read, count, least)
	}
}

func TestScanner(t *testing.T) {
	rng := newRand()
	frame, _ := shot{width: 1280, height: 720, module: 5, turn: 20, noise: 5}.draw(t, rng, thu)
	s := new(Scanner)
	if sight, err := s.Scan(context.Background(), frame); err != nil || len(sight.Codes) != 1 || sight.Codes[0].Text != thu {
		t.Fatal(sight, err)
	}
	empty := image.NewGray(image.Rect(0, 0, 1280, 720))
	if sight, err := s.Scan(context.Background(), empty); err != nil || sight.Codes != nil || sight.Seen != nil {
		t.Error(sight, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Scan(ctx, frame); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A code that shows at one size only is read on a later frame, although each
// frame's time is over at once.
func TestScannerTakesTurns(t *testing.T) {
	small, _ := shot{width: 640, height: 480, module: 2, turn: 20, noise: 12}.draw(t, newRand(), thu)
	var e engine
	over := func() bool { return true }
	if codes, _ := e.frame(small, over); len(codes) > 0 {
		t.Fatal("read on the first frame: the time does nothing")
	}
	if codes, _ := e.frame(small, over); len(codes) != 1 {
		t.Error("the other size did not have its turn")
	}
}

// FuzzDecode: whatever a picture shows, a code has valid text and a version, and
// what is seen has a place, a size and a cause with a next step.
func FuzzDecode(f *testing.F) {
	img, _ := shot{width: 120, height: 120, module: 2}.draw(f, newRand(), thu)
	f.Add(uint8(120), img.Pix)
	small, _ := shot{width: 80, height: 60, module: 2}.draw(f, newRand(), "https://example.org/")
	f.Add(uint8(80), bytes.Clone(small.Pix))
	for i, p := range small.Pix {
		small.Pix[i] = 255 - p
	}
	f.Add(uint8(80), bytes.Clone(small.Pix))
	for y := range 60 {
		slices.Reverse(small.Pix[80*y : 80*(y+1)])
	}
	f.Add(uint8(80), bytes.Clone(small.Pix))
	f.Add(uint8(80), small.Pix[:80*44]) // cut off
	f.Fuzz(func(t *testing.T, width uint8, pix []byte) {
		w := max(int(width), 1)
		h := min(len(pix)/w, 255)
		if h == 0 {
			return
		}
		codes, err := Decode(&image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)})
		if (err == nil) != (len(codes) > 0) {
			t.Fatal(codes, err)
		}
		for _, c := range codes {
			if !utf8.ValidString(c.Text) || c.Version < 1 || c.Version > 40 || !slices.Contains([]byte("LMQH"), c.Level) {
				t.Fatalf("%+v", c)
			}
		}
		var unread *UnreadError
		if !errors.As(err, &unread) {
			return
		}
		for _, s := range unread.Seen {
			if !(s.Module > 0 && s.Module < 1000) || s.Cause == "" || s.Cause.advice() == "" {
				t.Fatalf("%+v", s)
			}
		}
		if len(unread.Seen) == 0 || len(unread.Seen) > maxSeen {
			t.Fatal(unread)
		}
	})
}

func BenchmarkDecodeStill(b *testing.B) {
	img, _ := shot{width: 1280, height: 720, module: 5, turn: 20, noise: 5}.draw(b, newRand(), thu)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(img); err != nil {
			b.Fatal(err)
		}
	}
}
