// Package wsq reads and writes fingerprint images in the FBI's Wavelet Scalar
// Quantization (IAFIS-IC-0110, version 3.1): the image is split by a wavelet
// into sixty subbands, each is quantized by a step of its own, and the numbers
// go into three blocks of Huffman codes.
//
// The decoder gives the very pixels, and the encoder the very bytes, of NIST's
// reference software (NBIS 5), whatever machine it runs on: see wavelet.go for
// what that asks of the arithmetic.
package wsq

import (
	"errors"
	"image"
	"math"
)

// Errors that callers decide on.
var (
	// ErrFormat means that the bytes are no WSQ image, or a damaged one.
	ErrFormat = errors.New("not a WSQ image, or a damaged one: capture the finger again or ask for the file again")
	// ErrSmall means an image with a side below MinSide: see [Pad].
	ErrSmall = errors.New("the image is below 256 pixels a side: pad it first")
	// ErrTooLarge means more than MaxPixels pixels.
	ErrTooLarge = errors.New("the image is larger than any fingerprint: scan at 500 or 1000 dpi")
	// ErrBitrate means a bitrate outside (0, MaxBitrate], or one that asks for
	// larger coefficients or wider steps than a file holds.
	ErrBitrate = errors.New("the bitrate is not above 0, or too low or too high for this image: 0.75 and 2.25 bits a pixel are usual")
	// ErrComment means more or longer comments than a file holds.
	ErrComment = errors.New("too many or too long comments: at most 64, each up to 65,533 bytes")
)

// Limits of what is read and written.
const (
	// MinSide is the least width and height that Encode takes, in pixels: the
	// standard's wavelet needs it.
	MinSide = 256
	// MaxPixels bounds width times height: ten prints at 1000 dpi have less.
	MaxPixels = 1 << 24
	// MaxBitrate bounds the wanted bits a pixel.
	MaxBitrate = 8
	// DefaultBitrate is what the FBI and NIST use: about 15 to 1.
	DefaultBitrate = 0.75

	minDecodedSide = 96    // below it the filters are longer than the smallest subbands, which no two decoders treat alike
	maxComments    = 64    // comment segments in a file
	maxComment     = 65533 // bytes: a segment's length is 16 bits and counts itself
	maxSegments    = 512   // segments in a file, comments included
	maxBlocks      = 64    // blocks of Huffman codes; the standard has 3
	maxTables      = 8     // Huffman tables that a block may choose from
	maxTaps        = 32    // of a wavelet filter; the standard's have 9 and 7
	// maxUnusual bounds the pixels under other filters than the standard's: they
	// cost several times as much, and no writer of large images has any.
	maxUnusual = 1 << 20
)

// Markers, 16 bits (IAFIS-IC-0110 v3.1, table of marker codes).
const (
	markSOI = 0xffa0 // start of image
	markEOI = 0xffa1 // end of image
	markSOF = 0xffa2 // frame header
	markSOB = 0xffa3 // block header
	markDTT = 0xffa4 // wavelet filters
	markDQT = 0xffa5 // quantization
	markDHT = 0xffa6 // Huffman tables
	markCOM = 0xffa8 // comment
)

// Image is a decoded file.
type Image struct {
	Gray     *image.Gray
	DPI      int      // pixels an inch as the NIST comment says it; 0: not said
	Bitrate  float64  // bits a pixel that the encoder aimed at; 0: not said
	Comments []string // the comments beside the NIST comment, in order
}

// Options say how to encode.
type Options struct {
	Bitrate  float64 // bits a pixel to aim at; 0: DefaultBitrate
	DPI      int     // pixels an inch, written into the NIST comment; 0: not known
	Comments []string
}

// PSNR compares two images of one size by their peak signal-to-noise ratio, in
// dB: +Inf for the same pixels, NaN for images of different size or none.
func PSNR(a, b *image.Gray) float64 {
	if a.Rect.Size() != b.Rect.Size() || a.Rect.Empty() {
		return math.NaN()
	}
	var sum int64
	w, h := a.Rect.Dx(), a.Rect.Dy()
	for y := range h {
		p, q := row(a, y), row(b, y)
		for x := range w {
			d := int64(p[x]) - int64(q[x])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255*float64(w)*float64(h)/float64(sum))
}

// row returns row y of an image, counted from its top.
func row(img *image.Gray, y int) []byte {
	i := y * img.Stride
	return img.Pix[i : i+img.Rect.Dx()]
}
