package sbi

import (
	"bytes"
	"context"
	"image"
	"image/png"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/biometrics/jp2"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/mrz/gray"
)

// maxPixels bounds a finger's image.
const maxPixels = 16 << 20

// image takes the image of one finger out of its record of ISO/IEC 19794-4. The
// pixels are the caller's.
func (x *exchange) image(ctx context.Context, record []byte, f biometrics.Finger) (img *image.Gray, dpi int, err error) {
	r, err := iso19794.ParseFinger(record)
	if err != nil || len(r.Views) != 1 {
		return nil, 0, badImage("the scanner returned no record of one finger (ISO/IEC 19794-4)")
	}
	v := &r.Views[0]
	dpi = v.DPI()
	switch {
	case biometrics.Finger(v.Position) != f:
		return nil, 0, badImage("the scanner's record is of another finger than its name")
	case (biometrics.Impression(v.Impression) == biometrics.Rolled) != (x.req.Impression == biometrics.Rolled):
		return nil, 0, badImage("the finger was rolled where it should be plain, or plain where it should be rolled")
	case v.Depth != 8 || v.Width < 1 || v.Height < 1 || v.Width > maxPixels/v.Height:
		return nil, 0, badImage("the scanner's image is not of 8 bits, or too large")
	case dpi < minutiae.MinDPI || dpi > minutiae.MaxDPI || v.Dots.X != v.Dots.Y:
		return nil, 0, badImage("the scanner's image has no density that can be used")
	}
	img, err = decode(ctx, v, x.scanner.cfg)
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	return img, dpi, err
}

// decode decodes the image. Its size is looked at before it is unpacked, and no
// text of a decoder gets out: it may quote bytes.
func decode(ctx context.Context, v *iso19794.FingerView, cfg Config) (*image.Gray, error) {
	broken := badImage("the scanner's image can not be decoded")
	fits := func(width, height int) bool { return width == v.Width && height == v.Height }
	var img image.Image
	var err error
	switch v.Compression {
	case iso19794.Raw:
		return &image.Gray{Pix: bytes.Clone(v.Image), Stride: v.Width, Rect: image.Rect(0, 0, v.Width, v.Height)}, nil
	case iso19794.WSQ:
		if width, height, err := wsq.DecodeConfig(v.Image); err != nil || !fits(width, height) {
			return nil, broken
		}
		unpacked, err := wsq.Decode(v.Image)
		if err != nil {
			return nil, broken
		}
		return unpacked.Gray, nil
	case iso19794.PNG:
		if c, err := png.DecodeConfig(bytes.NewReader(v.Image)); err != nil || !fits(c.Width, c.Height) {
			return nil, broken
		}
		img, err = png.Decode(bytes.NewReader(v.Image))
	case iso19794.JPEGImage:
		img, err = decodeJPEG(v.Image, fits)
	case iso19794.JPEG2000Image, iso19794.JPEG2000Lossless:
		if cfg.Decode == nil {
			return nil, badImage("the scanner sends JPEG 2000 and the station has no decoder for it")
		}
		if h, err := jp2.ReadHeader(v.Image); err != nil || !fits(h.Width, h.Height) {
			return nil, broken
		}
		img, err = cfg.Decode(ctx, "image/jp2", v.Image)
	default:
		return nil, badImage("the scanner sends images in a form that is not known")
	}
	if err != nil || img == nil || img.Bounds().Size() != image.Pt(v.Width, v.Height) {
		return nil, broken
	}
	return gray.From(img), nil
}
