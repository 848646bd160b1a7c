// Package biometrics holds what portrait and fingerprint sources share: the
// devices' interfaces and the images they deliver.
package biometrics

import (
	"context"
	"errors"
	"image"
	"io"
	"time"
)

// Errors every source maps its own onto.
var (
	// ErrNoDevice says that the device is not there or was unplugged.
	ErrNoDevice = errors.New("device not connected: check the cable; the station finds it again by itself")
	// ErrNoFinger says that no finger came before the deadline.
	ErrNoFinger = errors.New("no finger: put the finger flat on the reader")
	// ErrBadImage says that the device delivered a short or broken image.
	ErrBadImage = errors.New("the reader delivered no usable image: lift the finger and try again")
	// ErrNotTaken says that the reader can not do what the request asks.
	ErrNotTaken = errors.New("this reader does not take that: connect one that does, or capture single fingers")
	// ErrNotWanted says that a frame was given while nobody films.
	ErrNotWanted = errors.New("no frame is wanted now: wait until the station films")
)

// Device names a source for the dossier.
type Device struct {
	Name    string `json:"name" cbor:"name"`
	Serial  string `json:"serial,omitempty" cbor:"serial,omitempty"`
	Driver  string `json:"driver" cbor:"driver"`
	Virtual bool   `json:"virtual" cbor:"virtual"`
}

// Frame is one picture of a camera.
type Frame struct {
	Image image.Image // *image.YCbCr or *image.RGBA
	JPEG  []byte      // as the camera compressed it; nil when it did not
	Seq   uint64
	Time  time.Time
}

// Camera delivers frames. One goroutine owns it.
type Camera interface {
	Frame(ctx context.Context) (Frame, error)
	Device() Device
	io.Closer
}

// Measure is one quality measure: its native value and a score of 0 to 100.
type Measure struct {
	Name   string  `json:"name"`
	Native float64 `json:"native"`
	Score  int     `json:"score"`
	OK     bool    `json:"ok"`
	// Advisory measures warn; they never refuse a picture.
	Advisory bool `json:"advisory,omitempty"`
	// Code names the message for people when OK is false.
	Code string `json:"code,omitempty"`
}
