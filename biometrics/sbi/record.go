package sbi

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/mrz/gray"
)

// Limits of a finger's image.
const (
	maxPixels = 16 << 20
	minDPI    = 250
	maxDPI    = 2000
)

// image takes the image of one finger out of its record of ISO/IEC 19794-4:2011.
func (x *exchange) image(ctx context.Context, record []byte, f biometrics.Finger) (*image.Gray, int, error) {
	v, err := parseView(record)
	if err != nil {
		return nil, 0, err
	}
	if v.finger != f {
		return nil, 0, badImage("the scanner's record is of another finger than its name")
	}
	if (v.impression == biometrics.Rolled) != (x.req.Impression == biometrics.Rolled) {
		return nil, 0, badImage("the finger was rolled where it should be plain, or plain where it should be rolled")
	}
	img, err := v.decode(ctx, x.scanner.cfg)
	if err != nil {
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		return nil, 0, err
	}
	if img.Rect.Dx() != v.width || img.Rect.Dy() != v.height {
		return nil, 0, badImage("the image has another size than its record says")
	}
	return img, v.dpi, nil
}

// Compressions of table 11 of ISO/IEC 19794-4:2011 that are decoded.
const (
	codingRaw  = 0
	codingWSQ  = 2
	codingJPEG = 3
	codingJP2  = 4 // lossy
	codingJP2L = 5 // lossless
	codingPNG  = 6
)

// decode decodes the image. No text of a decoder gets out: it may quote bytes.
func (v *view) decode(ctx context.Context, cfg Config) (*image.Gray, error) {
	broken := badImage("the scanner's image can not be decoded")
	var img image.Image
	var err error
	switch v.coding {
	case codingRaw:
		if len(v.data) != v.width*v.height {
			return nil, broken
		}
		// A copy: the pixels are the caller's.
		return &image.Gray{Pix: bytes.Clone(v.data), Stride: v.width, Rect: image.Rect(0, 0, v.width, v.height)}, nil
	case codingWSQ:
		w, h, err := wsq.DecodeConfig(v.data)
		if err != nil || !v.fits(w, h) {
			return nil, broken
		}
		decoded, err := wsq.Decode(v.data)
		if err != nil {
			return nil, broken
		}
		return decoded.Gray, nil
	case codingPNG:
		if c, err := png.DecodeConfig(bytes.NewReader(v.data)); err != nil || !v.fits(c.Width, c.Height) {
			return nil, broken
		}
		img, err = png.Decode(bytes.NewReader(v.data))
	case codingJPEG:
		if c, err := jpeg.DecodeConfig(bytes.NewReader(v.data)); err != nil || !v.fits(c.Width, c.Height) {
			return nil, broken
		}
		img, err = jpeg.Decode(bytes.NewReader(v.data))
	case codingJP2, codingJP2L:
		if cfg.Decode == nil {
			return nil, badImage("the scanner sends JPEG 2000 and the station has no decoder for it")
		}
		img, err = cfg.Decode(ctx, "image/jp2", v.data)
	default:
		return nil, badImage("the scanner sends images in a form that is not known")
	}
	if err != nil || img == nil {
		return nil, broken
	}
	return gray.From(img), nil
}

func (v *view) fits(width, height int) bool { return width == v.width && height == v.height }

// view is the one finger of a record.
type view struct {
	finger        biometrics.Finger
	impression    biometrics.Impression
	dpi           int // of the image
	coding        byte
	width, height int
	data          []byte
}

// Lengths of a record's parts (ISO/IEC 19794-4:2011 §8), in bytes.
const (
	recordHeader = 16
	viewHeader   = 4 + 9 + 1 + 2 + 2 + 1 // length, time, technology, vendor, type, number of quality blocks
	qualityBlock = 5
	imageHeader  = 22
	headFormat   = "FIR\x00020\x00"
)

// parseView reads a record with a single finger.
func parseView(b []byte) (*view, error) {
	be := binary.BigEndian
	broken := badImage("the scanner returned no record of one finger (ISO/IEC 19794-4:2011)")
	if len(b) < recordHeader+viewHeader || string(b[:8]) != headFormat || uint64(be.Uint32(b[8:])) != uint64(len(b)) ||
		be.Uint16(b[12:]) != 1 || b[14] != 0 || uint64(be.Uint32(b[16:])) != uint64(len(b)-recordHeader) {
		return nil, broken
	}
	b = b[recordHeader:]
	at := viewHeader + int(b[viewHeader-1])*qualityBlock
	if len(b) < at+imageHeader {
		return nil, broken
	}
	h := b[at:]
	v := &view{
		finger: biometrics.Finger(h[0]), impression: biometrics.Impression(h[13]), coding: h[12],
		width: int(be.Uint16(h[14:])), height: int(be.Uint16(h[16:])), dpi: int(be.Uint16(h[7:])),
		data: h[imageHeader:],
	}
	if h[2] == 2 { // pixels a centimetre
		v.dpi = (v.dpi*254 + 50) / 100
	}
	if uint64(be.Uint32(h[18:])) != uint64(len(v.data)) || h[11] != 8 || v.width == 0 || v.height == 0 || v.width*v.height > maxPixels ||
		v.dpi < minDPI || v.dpi > maxDPI || be.Uint16(h[7:]) != be.Uint16(h[9:]) {
		return nil, broken
	}
	return v, nil
}
