package kiosk

import (
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// paperCode is a QR code as a drawing: a path over a square of Size modules, the
// quiet zone included.
type paperCode struct {
	Size int    `json:"size"`
	Path string `json:"path"`
}

// quietZone is the white border that ISO/IEC 18004 asks for, in modules.
const quietZone = 4

// codeOf draws a text. Paper is folded and stained: a quarter of it may be lost.
func codeOf(text string) (paperCode, error) {
	hints := map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_MARGIN:           quietZone,
		gozxing.EncodeHintType_ERROR_CORRECTION: "Q",
	}
	// One module a pixel: the page makes it as large as the paper wants it.
	matrix, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 1, 1, hints)
	if err != nil {
		return paperCode{}, fmt.Errorf("draw a code: %w", err)
	}
	var path strings.Builder
	for y := range matrix.GetHeight() {
		for x := 0; x < matrix.GetWidth(); x++ {
			if !matrix.Get(x, y) {
				continue
			}
			from := x
			for x+1 < matrix.GetWidth() && matrix.Get(x+1, y) {
				x++
			}
			n := x - from + 1
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, n, n)
		}
	}
	return paperCode{matrix.GetWidth(), path.String()}, nil
}
