package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"golang.org/x/image/draw"

	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/mrz/gray"
)

// maxPageSide is the longer side of a page in pixels: A4 at 170 dpi, on which
// small print can be read.
const maxPageSide = 2000

// pageQualities are tried until the page is small enough.
var pageQualities = [...]int{85, 75, 60, 45, 30}

// page makes a picture of a paper into a JPEG that has nothing of the file that
// came: no metadata, upright, over white, at most maxPageSide and maxPageBytes.
func page(picture []byte) (clean []byte, w, h int, err error) {
	img, err := gray.Picture(bytes.NewReader(picture), kiosk.MaxPixels)
	if err != nil {
		return nil, 0, 0, err
	}
	img = turned(shrunk(img), orientation(picture))
	for _, quality := range pageQualities {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
			return nil, 0, 0, err
		}
		if out.Len() <= maxPageBytes {
			return out.Bytes(), img.Bounds().Dx(), img.Bounds().Dy(), nil
		}
	}
	return nil, 0, 0, fmt.Errorf("%w: no quality makes it small enough", gray.ErrTooLarge)
}

// shrunk is the picture over white, at most maxPageSide on its longer side; grey
// stays grey.
func shrunk(img image.Image) draw.Image {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > maxPageSide {
		w, h = max(1, w*maxPageSide/long), max(1, h*maxPageSide/long)
	}
	var out draw.Image = image.NewRGBA(image.Rect(0, 0, w, h))
	if img.ColorModel() == color.GrayModel {
		out = image.NewGray(out.Bounds())
	}
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.BiLinear.Scale(out, out.Bounds(), img, b, draw.Over, nil)
	return out
}

// turned sets a picture upright that a camera wrote down otherwise (Exif 3.0,
// 4.6.5.1.6, tag Orientation: 1 to 8).
func turned(img draw.Image, orientation int) image.Image {
	if orientation <= 1 || orientation > 8 {
		return img
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	var out draw.Image = image.NewRGBA(size)
	if _, grey := img.(*image.Gray); grey {
		out = image.NewGray(size)
	}
	for y := range h {
		for x := range w {
			i, j := x, y
			switch orientation {
			case 2:
				i = w - 1 - x
			case 3:
				i, j = w-1-x, h-1-y
			case 4:
				j = h - 1 - y
			case 5:
				i, j = y, x
			case 6:
				i, j = h-1-y, x
			case 7:
				i, j = h-1-y, w-1-x
			case 8:
				i, j = y, w-1-x
			}
			out.Set(i, j, img.At(x, y))
		}
	}
	return out
}

// The parts of a JPEG that lead to its orientation.
const (
	markerSOI, markerSOS, markerAPP1 = 0xD8, 0xDA, 0xE1
	tagOrientation                   = 0x0112
	maxTags                          = 256
)

// orientation finds the tag in a JPEG's Exif; 1 (upright) where there is none or
// it is damaged.
func orientation(b []byte) int {
	if len(b) < 2 || b[0] != 0xFF || b[1] != markerSOI {
		return 1
	}
	for b = b[2:]; len(b) >= 4 && b[0] == 0xFF && b[1] != markerSOS; {
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < 2 || n+2 > len(b) {
			return 1
		}
		if exif, ok := bytes.CutPrefix(b[4:n+2], []byte("Exif\x00\x00")); ok && b[1] == markerAPP1 {
			return tiffOrientation(exif)
		}
		b = b[n+2:]
	}
	return 1
}

// tiffOrientation looks into the first directory of a TIFF header.
func tiffOrientation(b []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	switch {
	case bytes.HasPrefix(b, []byte("II*\x00")):
		order = binary.LittleEndian
	case !bytes.HasPrefix(b, []byte("MM\x00*")):
		return 1
	}
	if len(b) < 8 {
		return 1
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	tags := b[at+2:]
	for range min(int(order.Uint16(b[at:])), maxTags) {
		if len(tags) < 12 {
			break
		}
		if v := int(order.Uint16(tags[8:])); order.Uint16(tags) == tagOrientation && v >= 1 && v <= 8 {
			return v
		}
		tags = tags[12:]
	}
	return 1
}
