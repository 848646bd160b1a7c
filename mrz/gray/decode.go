package gray

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
)

// maxFile is the size of an image file beyond which it is not read.
const maxFile = 64 << 20

// Errors of an image file.
var (
	ErrNotImage = errors.New("not a PNG or JPEG image: save the picture as one of these")
	ErrDamaged  = errors.New("the image is damaged: take or copy it again")
)

// Decode returns the grey values of a PNG or JPEG file of at most maxPixels
// (MaxPixels where that is 0 or more). The errors are those of Picture.
func Decode(r io.ReadSeeker, maxPixels int) (*image.Gray, error) {
	img, err := Picture(r, maxPixels)
	if err != nil {
		return nil, err
	}
	return From(img), nil
}

// Picture decodes a PNG or JPEG file of at most maxPixels (MaxPixels where that
// is 0 or more) with its colours. It looks at the size before it decodes, so
// that a small file can not ask for a large image. The error is ErrNotImage,
// ErrTooLarge, ErrDamaged, or that of r.
func Picture(r io.ReadSeeker, maxPixels int) (image.Image, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read the image: %w", err)
	}
	decode, config := jpeg.Decode, jpeg.DecodeConfig
	switch {
	case bytes.Equal(head[:], []byte("\x89PNG\r\n\x1a\n")):
		decode, config = png.Decode, png.DecodeConfig
	case !bytes.HasPrefix(head[:], []byte("\xff\xd8\xff")):
		return nil, ErrNotImage
	}
	rewound := func() (io.Reader, error) {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("read the image: %w", err)
		}
		return io.LimitReader(r, maxFile), nil
	}
	file, err := rewound()
	if err != nil {
		return nil, err
	}
	size, err := config(file)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	if err := CheckSize(size.Width, size.Height); err != nil {
		return nil, err
	}
	if maxPixels > 0 && size.Width*size.Height > maxPixels {
		return nil, fmt.Errorf("%w (%d × %d, here at most %d pixels)", ErrTooLarge, size.Width, size.Height, maxPixels)
	}
	if file, err = rewound(); err != nil {
		return nil, err
	}
	img, err := decode(file)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	return img, nil
}
