package ocr

import (
	"context"
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/mrz"
)

// FuzzRead draws a text in OCR-B with the sheet's own cells, puts noise over it
// and bends it: whatever is read has the shape of a zone, lies where Read says,
// and is what Parse makes of its lines.
func FuzzRead(f *testing.F) {
	zone := strings.Join(card, "")
	f.Add(zone, uint8(30), uint16(0), uint8(0), []byte{})
	f.Add(zone, uint8(30), uint16(40), uint8(20), []byte{1, 2, 3})
	f.Add(strings.Repeat("<", 88), uint8(44), uint16(7), uint8(0), []byte{255})
	f.Add(strings.Repeat("MH", 100), uint8(36), uint16(0), uint8(90), []byte{0, 128})
	f.Add("A", uint8(1), uint16(900), uint8(255), []byte("noise"))
	f.Fuzz(func(t *testing.T, text string, width uint8, lean uint16, contrast uint8, noise []byte) {
		img := drawn(text, int(width%64)+1, int(lean%200), contrast, noise)
		r, err := Read(img)
		var s Scanner
		if _, err := s.Scan(context.Background(), img); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		z, err := mrz.Parse(strings.Join(r.Lines, "\n"))
		if err != nil || !slices.Equal(z.Lines, r.Lines) || r.Zone == nil || r.Valid && !z.Valid {
			t.Fatalf("%v: %q", err, r.Lines)
		}
		if r.Confidence < 0 || r.Confidence > 1 {
			t.Fatal(r.Confidence)
		}
		for _, c := range r.Repaired {
			if r.Lines[c.Line][c.Column] != c.To || c.From == c.To {
				t.Fatalf("%+v", c)
			}
		}
	})
}

// drawn puts the characters of the text side by side, width of them in a line,
// each line lean pixels in a thousand further down.
func drawn(text string, width, lean int, contrast uint8, noise []byte) *image.Gray {
	const lead, most = 24, 140
	text = text[:min(len(text), most)]
	rows := min((len(text)+width-1)/width, 6)
	img := image.NewGray(image.Rect(0, 0, 40+width*cellWidth, 90+rows*lead))
	for i := range img.Pix {
		img.Pix[i] = 230
		if len(noise) > 0 {
			img.Pix[i] -= noise[i%len(noise)] / 16
		}
	}
	t := &library()[0]
	for i := range len(text) {
		g := strings.IndexByte(alphabet, text[i])
		if g < 0 {
			continue
		}
		left, top := 20+i%width*cellWidth, 40+i/width*lead
		for k, v := range t[g] {
			x := left + k%cellWidth
			y := top + k/cellWidth + x*lean/1000
			if x < img.Rect.Dx() && y < img.Rect.Dy() && v < 0 {
				p := &img.Pix[y*img.Stride+x]
				*p -= uint8(min(float32(*p), -v*8*(255-float32(contrast))))
			}
		}
	}
	return img
}

// The drawing of FuzzRead is not an empty one.
func TestFuzzSeedIsRead(t *testing.T) {
	lines := valid(t, card)
	r, err := Read(drawn(strings.Join(lines, ""), 30, 0, 0, nil))
	if err != nil || !slices.Equal(r.Lines, lines) || !r.Valid {
		t.Fatal(err, r)
	}
}
