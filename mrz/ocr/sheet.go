package ocr

import (
	"bytes"
	_ "embed" // the sheet
	"image"
	"image/png"
	"math"
	"sync"
)

// A cell is the place of one character: as wide as the pitch of 2.54 mm (Doc
// 9303-3 §4.1, ten characters an inch), half as high again, in samples of
// 0.21 mm. Its middle lies 0.38 em above the base line.
const (
	cellWidth  = 12
	cellHeight = 18
	samples    = cellWidth * cellHeight
)

// alphabet in the order of the values of the check digit, then the filler.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"

const (
	glyphs = len(alphabet)
	filler = glyphs - 1
)

// sheetFile holds the cells of the alphabet side by side, black on white. It
// is drawn by TestSheet from Debian's fonts-ocr-b: by Matthew Skala, who gave it
// to the public domain, after Norbert Schwarz, who lets anybody use, modify and
// distribute it.
//
//go:generate go test -tags realparts -run ^TestSheet$ -update .
//go:embed ocrb.png
var sheetFile []byte

// blurs are the standard deviations, in samples, of the blurs that templates
// are made for.
var blurs = [...]float64{0.35, 0.7, 1.05, 1.5}

// vector is a cell without its mean and without any slope of the light, of
// length one.
type vector [samples]float32

// templates are the vectors of the alphabet at one blur.
type templates [glyphs]vector

// library returns the templates for each of blurs.
var library = sync.OnceValue(func() *[len(blurs)]templates {
	img, err := png.Decode(bytes.NewReader(sheetFile))
	sheet, ok := img.(*image.Gray)
	if err != nil || !ok || sheet.Rect.Dx() != glyphs*cellWidth || sheet.Rect.Dy() != cellHeight {
		panic("ocr: the sheet of OCR-B is damaged")
	}
	var all [len(blurs)]templates
	for b, sigma := range blurs {
		for i := range glyphs {
			var cell vector
			for y := range cellHeight {
				for x := range cellWidth {
					cell[y*cellWidth+x] = float32(sheet.Pix[y*sheet.Stride+i*cellWidth+x]) - 255
				}
			}
			cell.blur(sigma)
			cell.flatten()
			all[b][i] = cell
		}
	}
	return &all
})

// blur spreads the ink by a Gaussian; beyond the cell is paper.
func (v *vector) blur(sigma float64) {
	radius := int(math.Ceil(3 * sigma))
	kernel := make([]float32, 2*radius+1)
	var sum float32
	for i := range kernel {
		d := float64(i - radius)
		kernel[i] = float32(math.Exp(-d * d / (2 * sigma * sigma)))
		sum += kernel[i]
	}
	var across vector
	for y := range cellHeight {
		for x := range cellWidth {
			for i, k := range kernel {
				if c := x + i - radius; c >= 0 && c < cellWidth {
					across[y*cellWidth+x] += k / sum * v[y*cellWidth+c]
				}
			}
		}
	}
	*v = vector{}
	for y := range cellHeight {
		for i, k := range kernel {
			if r := y + i - radius; r >= 0 && r < cellHeight {
				for x := range cellWidth {
					v[y*cellWidth+x] += k / sum * across[r*cellWidth+x]
				}
			}
		}
	}
}

// flatten takes the mean and the slopes of the light away and makes the length
// one.
func (v *vector) flatten() {
	var mean, slopeX, slopeY float32
	for y := range cellHeight {
		fy := float32(y) - (cellHeight-1)/2.
		for x := range cellWidth {
			g := v[y*cellWidth+x]
			mean += g
			slopeX += g * (float32(x) - (cellWidth-1)/2.)
			slopeY += g * fy
		}
	}
	// The sums of squares of centred positions: n (n² - 1) / 12 a row.
	const squaresX = cellHeight * cellWidth * (cellWidth*cellWidth - 1) / 12.
	const squaresY = cellWidth * cellHeight * (cellHeight*cellHeight - 1) / 12.
	mean, slopeX, slopeY = mean/samples, slopeX/squaresX, slopeY/squaresY
	var power float32
	for y := range cellHeight {
		level := mean + slopeY*(float32(y)-(cellHeight-1)/2.)
		for x := range cellWidth {
			g := v[y*cellWidth+x] - level - slopeX*(float32(x)-(cellWidth-1)/2.)
			v[y*cellWidth+x] = g
			power += g * g
		}
	}
	if power == 0 {
		return
	}
	length := float32(math.Sqrt(float64(power)))
	for i := range v {
		v[i] /= length
	}
}

// dot is the correlation of two flattened cells.
func (v *vector) dot(w *vector) float32 {
	var a, b, c, d float32
	for i := 0; i < samples; i += 4 {
		a += v[i] * w[i]
		b += v[i+1] * w[i+1]
		c += v[i+2] * w[i+2]
		d += v[i+3] * w[i+3]
	}
	return a + b + c + d
}
