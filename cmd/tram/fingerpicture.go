package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"math"

	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/mrz/specimen"
)

// defaultDPI is the density that fingerprint images have where nothing else is
// said.
const defaultDPI = 500

// openPrint reads the picture of a print: WSQ, PNG, JPEG, JPEG 2000 or a grey
// PGM. dpi is the density that the file says, 0 where it says none that a
// reader of fingers has: many programs write 72.
func (p *pictures) openPrint(ctx context.Context, file string) (img *image.Gray, dpi int, err error) {
	b, err := readPicture(file)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case wsq.Is(b):
		w, err := wsq.Decode(b)
		if err != nil {
			return nil, 0, err
		}
		img, dpi = w.Gray, w.DPI
	case bytes.HasPrefix(b, []byte("P5")):
		if img, err = specimen.ReadPGM(file); err != nil {
			return nil, 0, err
		}
	default:
		decoded, err := p.decode(ctx, b)
		if err != nil {
			return nil, 0, err
		}
		img, dpi = gray.From(decoded), saidDPI(b)
	}
	if dpi < minutiae.MinDPI || dpi > minutiae.MaxDPI {
		dpi = 0
	}
	return img, dpi, nil
}

const metresPerInch = 0.0254

// saidDPI is the density that a PNG (chunk pHYs) or a JPEG (JFIF) says, 0
// without, and where the two directions differ.
func saidDPI(b []byte) int {
	const pngHeader, chunkHeader, chunkRest = 8, 8, 4
	if bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) {
		for at := pngHeader; at+chunkHeader <= len(b); {
			size, kind := binary.BigEndian.Uint32(b[at:]), string(b[at+4:at+chunkHeader])
			data := b[at+chunkHeader:]
			if uint64(size) > uint64(len(data)) || kind == "IDAT" {
				return 0
			}
			n := int(size)
			if kind == "pHYs" && n == 9 && data[8] == 1 && bytes.Equal(data[:4], data[4:8]) {
				return int(math.Round(float64(binary.BigEndian.Uint32(data)) * metresPerInch))
			}
			at += chunkHeader + n + chunkRest
		}
		return 0
	}
	const jfif = 18 // bytes up to both densities
	if len(b) < jfif || !bytes.Equal(b[:4], []byte{0xff, 0xd8, 0xff, 0xe0}) || string(b[6:11]) != "JFIF\x00" || !bytes.Equal(b[14:16], b[16:18]) {
		return 0
	}
	switch density := int(binary.BigEndian.Uint16(b[14:])); b[13] {
	case 1: // dots an inch
		return density
	case 2: // a centimetre
		return int(math.Round(float64(density) * 100 * metresPerInch))
	}
	return 0
}
