package jp2

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// signature opens a JP2 file (ISO/IEC 15444-1 §I.5.1).
const signature = "\x00\x00\x00\x0CjP  \r\n\x87\n"

// Enumerated colour spaces and methods of a colour specification (§I.5.3.3).
const (
	methodEnumerated = 1
	methodProfile    = 2

	spaceSRGB = 16
	spaceGrey = 17
	spaceSYCC = 18
)

// box is one box of the file format (§I.4).
type box struct {
	kind string
	body []byte
	cut  bool // it claims more than there is
}

// nextBox reads the box at the start of b and returns what follows it.
func nextBox(b []byte) (box, []byte, error) {
	if len(b) < 8 {
		return box{}, nil, fmt.Errorf("%w: it ends in a box's header", ErrCorrupt)
	}
	head, length := 8, uint64(binary.BigEndian.Uint32(b))
	switch length {
	case 0: // to the end
		length = uint64(len(b))
	case 1:
		if len(b) < 16 {
			return box{}, nil, fmt.Errorf("%w: it ends in a box's header", ErrCorrupt)
		}
		head, length = 16, binary.BigEndian.Uint64(b[8:])
	}
	if length < uint64(head) {
		return box{}, nil, fmt.Errorf("%w: a box of %d bytes", ErrCorrupt, length)
	}
	out := box{kind: string(b[4:8]), cut: length > uint64(len(b))}
	end := int(min(length, uint64(len(b))))
	out.body = b[head:end]
	return out, b[end:], nil
}

// parseFile reads the boxes behind a JP2 file's signature up to its first codestream.
func parseFile(b []byte) (stream, error) {
	var s stream
	var ihdr *imageHeader
	for rest, n := b[len(signature):], 0; len(rest) > 0; n++ {
		var bx box
		var err error
		if bx, rest, err = nextBox(rest); err != nil {
			return stream{}, err
		}
		if (n == 0) != (bx.kind == "ftyp") {
			return stream{}, fmt.Errorf("%w: no file type box after the signature, or two", ErrCorrupt)
		}
		if bx.cut && bx.kind != "jp2c" {
			return stream{}, fmt.Errorf("%w: it ends in a box", ErrCorrupt)
		}
		switch bx.kind {
		case "jp2h":
			if ihdr != nil {
				return stream{}, fmt.Errorf("%w: two headers", ErrCorrupt)
			}
			if ihdr, s.Colour, err = parseHeader(bx.body); err != nil {
				return stream{}, err
			}
		case "jp2c":
			if ihdr == nil {
				return stream{}, fmt.Errorf("%w: no header before the codestream", ErrCorrupt)
			}
			s.code, s.cut = bx.body, bx.cut
			s.Width, s.Height, s.Components = ihdr.width, ihdr.height, ihdr.components
			return s, nil
		}
	}
	return stream{}, fmt.Errorf("%w: no codestream", ErrCorrupt)
}

// imageHeader is the box ihdr (§I.5.3.1).
type imageHeader struct{ width, height, components int }

// parseHeader reads the boxes of the super box jp2h (§I.5.3).
func parseHeader(b []byte) (ihdr *imageHeader, colour string, err error) {
	for n := 0; len(b) > 0; n++ {
		var bx box
		if bx, b, err = nextBox(b); err != nil {
			return nil, "", err
		}
		if bx.cut || (n == 0) != (bx.kind == "ihdr") {
			return nil, "", fmt.Errorf("%w: its header does not begin with the image header, or is cut", ErrCorrupt)
		}
		switch bx.kind {
		case "ihdr":
			if len(bx.body) != 14 {
				return nil, "", fmt.Errorf("%w: an image header of %d bytes", ErrCorrupt, len(bx.body))
			}
			ihdr = &imageHeader{
				height:     int(binary.BigEndian.Uint32(bx.body)),
				width:      int(binary.BigEndian.Uint32(bx.body[4:])),
				components: int(binary.BigEndian.Uint16(bx.body[8:])),
			}
		case "colr":
			if colour == "" { // the first that is known counts (§I.5.3.3)
				colour, err = parseColour(bx.body)
			}
		case "cdef":
			err = checkChannels(bx.body)
		case "pclr", "cmap":
			err = fmt.Errorf("%w: it has a palette", ErrUnsupported)
		}
		if err != nil {
			return nil, "", err
		}
	}
	if ihdr == nil {
		return nil, "", fmt.Errorf("%w: its header is empty", ErrCorrupt)
	}
	if colour == "" {
		return nil, "", fmt.Errorf("%w: no colour specification, or none that is known", ErrUnsupported)
	}
	return ihdr, colour, nil
}

// parseColour reads a colour specification (§I.5.3.3); "" is one to pass over.
func parseColour(b []byte) (string, error) {
	if len(b) < 3 {
		return "", fmt.Errorf("%w: a colour specification of %d bytes", ErrCorrupt, len(b))
	}
	switch b[0] {
	case methodProfile:
		return Profiled, nil
	case methodEnumerated:
		if len(b) < 7 {
			return "", fmt.Errorf("%w: a colour specification of %d bytes", ErrCorrupt, len(b))
		}
		switch n := binary.BigEndian.Uint32(b[3:]); n {
		case spaceSRGB:
			return SRGB, nil
		case spaceGrey:
			return Grey, nil
		case spaceSYCC:
			return SYCC, nil
		default:
			return "", fmt.Errorf("%w: colour space %d", ErrUnsupported, n)
		}
	}
	return "", nil // of another part of the standard: as if it were not there
}

// checkChannels allows a channel definition (§I.5.3.6) that says what goes
// without saying: nothing but colours, in their order.
func checkChannels(b []byte) error {
	if len(b) < 2 || len(b) != 2+6*int(binary.BigEndian.Uint16(b)) {
		return fmt.Errorf("%w: a channel definition of %d bytes", ErrCorrupt, len(b))
	}
	for i, rest := uint16(0), b[2:]; len(rest) > 0; i, rest = i+1, rest[6:] {
		var plain []byte
		for _, v := range []uint16{i, 0, i + 1} {
			plain = binary.BigEndian.AppendUint16(plain, v)
		}
		if !slices.Equal(rest[:6], plain) {
			return fmt.Errorf("%w: channels that are transparent or out of order", ErrUnsupported)
		}
	}
	return nil
}
