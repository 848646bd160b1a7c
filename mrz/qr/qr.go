// Package qr finds and decodes QR codes in still images and in the frames of a
// camera. The detector is gozxing's; this package tries it on several readings
// of the image and hands out the bytes of the code, so that Vietnamese text
// never passes through a guessed character set.
package qr

import (
	"errors"
	"image"

	"github.com/tram-station/tram/mrz/gray"
)

// largeImage is the number of pixels above which the image is read at half its
// size first: large pictures of a card show modules of many pixels, and noise.
const largeImage = 4 << 20

// ErrNoCode says that no code could be read.
var ErrNoCode = errors.New("no readable QR code: hold the card flat, without glare, and fill more of the picture with the code")

// Code is one decoded code.
type Code struct {
	Text    string         // valid UTF-8
	Bytes   []byte         // as they stand in the code
	Corners [4]image.Point // the symbol's own top left, top right, bottom right, bottom left
}

// Decode returns the codes in a still image, in the order in which they were
// found. It tries several binarisations and sizes and ends with the first that
// yields a code; the error is ErrNoCode or gray.ErrTooLarge. A code that is clean
// and upright can still be missed, about one in fifty: take another picture.
func Decode(img image.Image) ([]Code, error) {
	size := img.Bounds()
	if err := gray.CheckSize(size.Dx(), size.Dy()); err != nil {
		return nil, err
	}
	views := newViews(gray.From(img))
	for _, r := range stillReadings(size.Dx() * size.Dy()) {
		if codes, _ := views.read(r, true); len(codes) > 0 {
			return offset(codes, size.Min), nil
		}
	}
	return nil, ErrNoCode
}

// stillReadings is the order of trying for an image of that many pixels.
func stillReadings(pixels int) []reading {
	if pixels > largeImage {
		return []reading{{half, hybrid}, {full, hybrid}, {half, global}, {full, global}, {quarter, hybrid}}
	}
	return []reading{
		{full, hybrid}, {full, global}, {half, hybrid}, {double, hybrid}, {half, global},
		{double, global}, {full, local}, {double, local}, {half, local},
	}
}

// offset moves corners from the image's pixels to its coordinates.
func offset(codes []Code, by image.Point) []Code {
	for i := range codes {
		for j := range codes[i].Corners {
			codes[i].Corners[j] = codes[i].Corners[j].Add(by)
		}
	}
	return codes
}
