package sbi

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
)

// maxScans bounds the scans of a JPEG. A few bytes make one, and each has the
// decoder go over the whole picture, which nobody can call off; encoders write
// ten.
const maxScans = 16

var errJPEG = errors.New("no JPEG that is taken")

// scanMarker begins a scan: SOS (ITU-T T.81 §B.1.1.3).
var scanMarker = []byte{0xff, 0xda}

// decodeJPEG decodes a JPEG whose size fits. In coded data no marker can stand,
// so that there are no more scans than marks of one.
func decodeJPEG(packed []byte, fits func(width, height int) bool) (image.Image, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(packed))
	if err != nil || !fits(c.Width, c.Height) || bytes.Count(packed, scanMarker) > maxScans {
		return nil, errJPEG
	}
	return jpeg.Decode(bytes.NewReader(packed))
}
