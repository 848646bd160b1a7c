// Package qr finds and decodes QR codes in still images and in the frames of a
// camera. It hands out the bytes of a code as they stand in it, so that
// Vietnamese text never passes through a guessed character set, and says of a
// code that it saw and could not read why that is.
package qr

import (
	"errors"
	"fmt"
	"image"

	"github.com/tram-station/tram/mrz/gray"
)

// ErrNoCode says that no code could be read.
var ErrNoCode = errors.New("no readable QR code: hold the card flat, without glare, and fill more of the picture with the code")

// Code is one decoded code.
type Code struct {
	Text    string         // valid UTF-8
	Bytes   []byte         // as they stand in the code
	Corners [4]image.Point // the symbol's own top left, top right, bottom right, bottom left

	Version  int  // 1 to 40; the code has 17 + 4·Version modules a side
	Level    byte // of error correction: 'L', 'M', 'Q' or 'H'
	Mirrored bool // seen from behind, or through a mirror
	Inverted bool // light modules on a dark ground
	// ECI is the last assignment of a character set that the code makes, as
	// AIM ITS/04-023 numbers them (26 is UTF-8); -1 where it makes none.
	ECI int
	// Append says which part of a larger message this code is; nil for the
	// usual code that stands alone.
	Append *Append
}

// Append is the place of a code in a message that several codes share
// (structured append, ISO/IEC 18004 §8).
type Append struct {
	Index, Total int  // Index from 0, below Total; Total at most 16
	Parity       byte // exclusive or of the message's bytes, the same in all its codes
}

// Seen is what looks like a code and was not read.
type Seen struct {
	Corners [4]image.Point // as of Code
	Module  float64        // pixels a module
	Cause   Cause          // why it was not read
}

// UnreadError says that codes were seen in a still picture and none was read.
// It is ErrNoCode to errors.Is.
type UnreadError struct {
	Seen []Seen // best first, never empty
}

func (e *UnreadError) Error() string {
	return fmt.Sprintf("a QR code was seen but not read (%s): %s", e.Seen[0].Cause, e.Seen[0].Cause.advice())
}

// Unwrap returns ErrNoCode.
func (e *UnreadError) Unwrap() error { return ErrNoCode }

// Decode returns the codes in a still image, from its top left to its bottom
// right. It tries many ways of looking and ends with the first that yields a
// code; the error is ErrNoCode, as an *UnreadError where something looks like a
// code, or gray.ErrTooLarge.
func Decode(img image.Image) ([]Code, error) {
	size := img.Bounds()
	if err := gray.CheckSize(size.Dx(), size.Dy()); err != nil {
		return nil, err
	}
	g := gray.From(img)
	codes, unread := new(engine).still(g)
	sight := sightOf(g, size.Min, codes, unread)
	switch {
	case len(sight.Codes) > 0:
		return sight.Codes, nil
	case len(sight.Seen) > 0:
		return nil, &UnreadError{Seen: sight.Seen}
	}
	return nil, ErrNoCode
}
