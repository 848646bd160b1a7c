package qr

import (
	"errors"
	"image"
	"image/color"
	"os"
	"strconv"
	"testing"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"

	"github.com/tram-station/tram/mrz/specimen"
)

// flat draws a code upright: module pixels each (a part of a pixel gets a part
// of the ink), quiet modules of paper around it.
func flat(code [][]bool, module, quiet float64, ink, paper uint8) *image.Gray {
	side := int((float64(len(code))+2*quiet)*module + 0.999)
	g := image.NewGray(image.Rect(0, 0, side, side))
	const sub = 4
	at := make([]int, side*sub) // the module of each quarter of a pixel
	for i := range at {
		at[i] = int((float64(i)+0.5)/sub/module-quiet+1) - 1
	}
	for y := range side {
		for x := range side {
			dark := 0
			for i := range sub * sub {
				u, v := at[x*sub+i%sub], at[y*sub+i/sub]
				if u >= 0 && v >= 0 && u < len(code) && v < len(code) && code[v][u] {
					dark++
				}
			}
			g.Pix[y*g.Stride+x] = uint8((int(ink)*dark + int(paper)*(sub*sub-dark)) / (sub * sub))
		}
	}
	return g
}

// TestClean: every clean upright code of the sizes that cards have is read, at
// four pixels a module and more, with a clear zone of one module to four. More
// of them by TRAM_CLEAN_CODES.
func TestClean(t *testing.T) {
	count := 150
	if n, err := strconv.Atoi(os.Getenv("TRAM_CLEAN_CODES")); err == nil {
		count = n
	}
	rng := newRand()
	levels := []decoder.ErrorCorrectionLevel{decoder.ErrorCorrectionLevel_L, decoder.ErrorCorrectionLevel_M,
		decoder.ErrorCorrectionLevel_Q, decoder.ErrorCorrectionLevel_H}
	sizes := []float64{4, 5, 4.25, 6, 4.6, 7.5, 8, 4.9}
	papers := [][2]uint8{{0, 255}, {40, 220}, {20, 130}, {90, 200}} // black on white, print, in shade, faded
	read, drawn := 0, 0
	for drawn < count {
		text := specimen.NewPerson(rng).Payload([]int{specimen.Layout2021, specimen.Layout2024}[rng.IntN(2)])
		code, err := encoder.Encoder_encode(text, levels[rng.IntN(4)], nil)
		if err != nil {
			t.Fatal(err)
		}
		if v := code.GetVersion().GetVersionNumber(); v < 6 || v > 11 {
			continue
		}
		paper, module, quiet := papers[rng.IntN(len(papers))], sizes[rng.IntN(len(sizes))], float64(1+rng.IntN(4))
		img := flat(matrixOf(code), module, quiet, paper[0], paper[1])
		drawn++
		codes, unread := Decode(img)
		if unread != nil {
			t.Errorf("%s-%s, %v pixels a module, %v clear: %v", code.GetVersion(), code.GetECLevel(), module, quiet, unread)
			continue
		}
		read++
		if c := codes[0]; len(codes) != 1 || c.Text != text || string(c.Bytes) != text || c.Mirrored || c.Inverted ||
			c.Version != code.GetVersion().GetVersionNumber() || string(c.Level) != code.GetECLevel().String() {
			t.Errorf("%s-%s became %+v", code.GetVersion(), code.GetECLevel(), codes)
		}
	}
	t.Logf("%d of %d", read, drawn)
}

func matrixOf(code *encoder.QRCode) [][]bool {
	m := code.GetMatrix()
	out := make([][]bool, m.GetHeight())
	for y := range out {
		out[y] = make([]bool, m.GetWidth())
		for x := range out[y] {
			out[y][x] = m.Get(x, y) == 1
		}
	}
	return out
}

// Codes on coloured paper, as far as their grey values are apart.
func TestColouredPaper(t *testing.T) {
	shape := flat(modules(t, thu), 5, 4, 0, 255)
	for name, c := range map[string]struct{ ink, paper color.NRGBA }{
		"black on yellow":    {color.NRGBA{A: 255}, color.NRGBA{255, 235, 60, 255}},
		"blue on pink":       {color.NRGBA{20, 30, 120, 255}, color.NRGBA{250, 190, 200, 255}},
		"dark red on green":  {color.NRGBA{110, 0, 20, 255}, color.NRGBA{120, 220, 130, 255}},
		"brown on sky blue":  {color.NRGBA{90, 60, 30, 255}, color.NRGBA{140, 200, 240, 255}},
		"black on a shadow":  {color.NRGBA{10, 10, 10, 255}, color.NRGBA{85, 80, 75, 255}},
		"ink through a film": {color.NRGBA{0, 0, 0, 180}, color.NRGBA{200, 220, 255, 120}},
	} {
		img := image.NewNRGBA(shape.Rect)
		for y := range shape.Rect.Dy() {
			for x := range shape.Rect.Dx() {
				paint := c.paper
				if shape.GrayAt(x, y).Y == 0 {
					paint = c.ink
				}
				img.SetNRGBA(x, y, paint)
			}
		}
		if codes, err := Decode(img); err != nil || codes[0].Text != thu {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The control: ink and paper of the same grey.
	same := flat(modules(t, thu), 5, 4, 128, 128)
	if codes, err := Decode(same); !errors.Is(err, ErrNoCode) {
		t.Error("no ink:", codes)
	}
}
