// Package jp2 decodes the JPEG 2000 pictures of chips (ISO/IEC 15444-1): own
// code reads the header and the frame of the file, and OpenJPEG, compiled to
// WebAssembly, decodes the samples in a sandbox that begins anew for each
// picture. A chip is hostile input: what is cut, damaged or larger than the
// limits is an error, never a picture.
package jp2

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// Limits for what a chip may ask of the station.
const (
	MaxBytes  = 2 << 20         // of a file
	MaxPixels = 4 << 20         // of a picture
	MaxTime   = 5 * time.Second // of decoding one picture
	MaxMemory = 256 << 20       // of the sandbox

	maxTiles = 1024
	maxDepth = 16 // bits a sample
)

// What can be wrong with a picture. The words around them say where.
var (
	ErrNotJPEG2000 = errors.New("not a JPEG 2000 picture")
	ErrTooLarge    = errors.New("JPEG 2000 picture larger than the station decodes")
	ErrCorrupt     = errors.New("JPEG 2000 picture is cut or damaged: read the card again")
	ErrUnsupported = errors.New("JPEG 2000 picture of a kind that no identity document has")
	ErrTimeout     = errors.New("JPEG 2000 picture took too long to decode")
)

// Colours of a picture, as its file declares them.
const (
	Undeclared = ""     // a bare codestream says nothing: RGB, or YCC where it is subsampled
	Grey       = "grey" // greyscale by the sRGB curve
	SRGB       = "srgb"
	SYCC       = "sycc"
	Profiled   = "icc" // an ICC profile, which is not applied: taken for sRGB or grey
)

// Header is what a picture states of itself.
type Header struct {
	Width, Height int    // pixels
	Components    int    // 1 or 3
	Depth         int    // bits a sample, 1 to 16; Decode scales to 8
	Subsampled    bool   // the colours are coarser than the light
	Colour        string // one of the constants above
	Codestream    bool   // bare, without the file format around it
}

// ReadHeader reads the header of a JP2 file or of a bare codestream, without
// decoding. Errors are [ErrNotJPEG2000], [ErrTooLarge], [ErrUnsupported] and
// [ErrCorrupt].
func ReadHeader(b []byte) (Header, error) {
	s, err := parse(b)
	if err != nil {
		return Header{}, err
	}
	return s.Header, nil
}

// stream is a parsed header and where the codestream lies.
type stream struct {
	Header
	size size
	code []byte // from SOC to the end of what holds it, which may be short of it
	cut  bool   // the file ends before the codestream's box does
}

// parse reads everything in front of the first tile.
func parse(b []byte) (stream, error) {
	bare := hasPrefix(b, markSOC, markSIZ)
	if !bare && !bytes.HasPrefix(b, []byte(signature)) {
		return stream{}, ErrNotJPEG2000
	}
	if len(b) > MaxBytes {
		return stream{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(b))
	}
	s := stream{code: b}
	var err error
	if !bare {
		if s, err = parseFile(b); err != nil {
			return stream{}, err
		}
	}
	s.Codestream = bare
	if s.size, err = parseSize(s.code); err != nil {
		return stream{}, err
	}
	return s, s.settle()
}
