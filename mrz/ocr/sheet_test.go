//go:build realparts

package ocr

import (
	"bytes"
	"flag"
	"image"
	"image/draw"
	"image/png"
	"os"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// fontFile belongs to Debian's fonts-ocr-b (Matthew Skala, public domain, after
// Norbert Schwarz's METAFONT sources, free to use, modify and distribute). The
// variant with sharp ends is the one of which golang.org/x/image/font/sfnt
// knows every operator; at the sheet's size the ends are the same.
const fontFile = "/usr/share/fonts/opentype/ocr-b/OCRBS.otf"

var update = flag.Bool("update", false, "write ocrb.png anew")

// TestSheet draws the sheet from the font and compares it with the committed
// one: go generate writes it.
func TestSheet(t *testing.T) {
	drawn := drawSheet(t)
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&file, drawn); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("ocrb.png", file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	img, err := png.Decode(bytes.NewReader(sheetFile))
	if err != nil {
		t.Fatal(err)
	}
	if sheet, ok := img.(*image.Gray); !ok || !bytes.Equal(sheet.Pix, drawn.Pix) {
		t.Error("ocrb.png is not what the font draws: run go generate ./mrz/ocr")
	}
}

// drawSheet renders each character eight times as large as its cell and
// averages.
func drawSheet(t *testing.T) *image.Gray {
	t.Helper()
	b, err := os.ReadFile(fontFile)
	if err != nil {
		t.Fatalf("%v: install fonts-ocr-b (deploy/setup.sh test)", err)
	}
	parsed, err := opentype.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	const over = 8
	const advance, middle = 0.723, 0.380 // of the em: the pitch; from the base line to the middle of a cell
	size := cellWidth * over / advance
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewGray(image.Rect(0, 0, cellWidth*len(alphabet), cellHeight))
	for i := range len(alphabet) {
		large := image.NewGray(image.Rect(0, 0, cellWidth*over, cellHeight*over))
		draw.Draw(large, large.Rect, image.White, image.Point{}, draw.Src)
		d := font.Drawer{Dst: large, Src: image.Black, Face: face,
			Dot: fixed.Point26_6{Y: fixed.Int26_6(64 * (cellHeight*over/2 + middle*size))}}
		d.DrawString(alphabet[i : i+1])
		for y := range cellHeight {
			for x := range cellWidth {
				sum := 0
				for k := range over * over {
					sum += int(large.GrayAt(x*over+k%over, y*over+k/over).Y)
				}
				out.Pix[y*out.Stride+i*cellWidth+x] = uint8(sum / (over * over))
			}
		}
	}
	return out
}
