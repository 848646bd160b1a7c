package libusb

import (
	"encoding/binary"
	"fmt"
	"image"

	"github.com/tram-station/tram/biometrics"
)

// The image that a reader sends: a header, then the lines that are present.
const (
	headerSize = 64
	width      = 384
	height     = 290
	imageSize  = headerSize + width*height // what a read asks for; readers send less

	// dpi is the density that the vendor names. It goes into every record, as
	// the images are not resampled.
	dpi = 512

	// minLines is how much of the sensor has to be there: half a finger is no
	// print.
	minLines = height / 2

	maxRuns = 15 // entries of the list of runs
)

// Places in the header.
const (
	atLines = 4 // little-endian, two bytes
	atKey   = 6
	atRuns  = 16 // pairs of flags and lines
)

// Flags of a run of lines.
const (
	runAbsent    = 0x01 // not among the data: shown by repeating what follows
	runScrambled = 0x02
	runHolds     = 0x04 // the generator stands still
	runNewKey    = 0x80 // the next key begins here
)

// run is a number of successive lines that were treated alike.
type run struct {
	flags byte
	lines int
}

// rawImage is an image as sent, taken apart.
type rawImage struct {
	key   byte  // number of the first key
	runs  []run // together at most height lines
	lines int   // lines present
	data  []byte
}

// parseImage takes what a bulk read delivered apart. The data are not copied.
// Errors wrap [biometrics.ErrBadImage].
func parseImage(b []byte) (*rawImage, error) {
	if len(b) < headerSize {
		return nil, fmt.Errorf("%d bytes of image, no header: %w", len(b), biometrics.ErrBadImage)
	}
	img := &rawImage{key: b[atKey], lines: int(binary.LittleEndian.Uint16(b[atLines:]))}
	if img.lines < minLines || img.lines >= height {
		return nil, fmt.Errorf("image of %d lines: %w", img.lines, biometrics.ErrBadImage)
	}
	if need := headerSize + width*img.lines; len(b) < need {
		return nil, fmt.Errorf("%d of %d bytes of image: %w", len(b), need, biometrics.ErrBadImage)
	}
	img.data = b[headerSize : headerSize+width*img.lines]
	total, present := 0, 0
	for i := range maxRuns {
		r := run{flags: b[atRuns+2*i], lines: int(b[atRuns+2*i+1])}
		if r.lines == 0 {
			break
		}
		img.runs = append(img.runs, r)
		total += r.lines
		if r.flags&runAbsent == 0 {
			present += r.lines
		}
	}
	if total > height || present < minLines {
		return nil, fmt.Errorf("%d lines listed, %d present: %w", total, present, biometrics.ErrBadImage)
	}
	return img, nil
}

// maxPlainVariance tells plain from scrambled: the header does not.
const maxPlainVariance = 5000

// scrambled reports whether the pixels are: the sums of the first two lines
// vary from column to column far more than two lines of a finger's edge do.
func (img *rawImage) scrambled() bool {
	var sum, squares int
	for x := range width {
		v := int(img.data[x]) + int(img.data[width+x])
		sum += v
		squares += v * v
	}
	return squares/width-(sum/width)*(sum/width) >= maxPlainVariance
}

// unscramble clears the data in place. key is asked for each key by its number.
func (img *rawImage) unscramble(key func(number byte) (uint32, error)) error {
	number := img.key
	k, err := key(number)
	if err != nil {
		return err
	}
	g := generator(k)
	rest := img.data
	for _, r := range img.runs {
		if r.flags&runNewKey != 0 {
			number++
			if k, err = key(number); err != nil {
				return err
			}
			g = generator(k)
		}
		var block []byte
		if r.flags&runAbsent == 0 {
			n := min(r.lines*width, len(rest))
			block, rest = rest[:n], rest[n:]
		}
		switch {
		case r.flags&runHolds != 0:
		case r.flags&runScrambled != 0 && block != nil:
			g = g.clear(block)
		default:
			g = g.skip(r.lines * width)
		}
	}
	return nil
}

// picture lays the runs out over the sensor, dark ridges on a light ground and
// upright.
func (img *rawImage) picture(turned bool) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, width, height))
	to, rest := out.Pix, img.data
	for _, r := range img.runs {
		n := copy(to[:r.lines*width], rest)
		to = to[r.lines*width:]
		if r.flags&runAbsent == 0 {
			rest = rest[n:]
		}
	}
	for i, v := range out.Pix {
		out.Pix[i] = 255 - v // sent light on dark
	}
	if turned {
		for i, j := 0, len(out.Pix)-1; i < j; i, j = i+1, j-1 {
			out.Pix[i], out.Pix[j] = out.Pix[j], out.Pix[i]
		}
	}
	return out
}
