package biometrics

import (
	"context"
	"image"
	"io"
	"slices"
	"time"
)

// Finger is a finger position of ISO/IEC 19794-4 table 7: 1 right thumb …
// 5 right little, 6 left thumb … 10 left little, and the slaps 13 to 15.
type Finger uint8

// The ten fingers.
const (
	UnknownFinger Finger = iota
	RightThumb
	RightIndex
	RightMiddle
	RightRing
	RightLittle
	LeftThumb
	LeftIndex
	LeftMiddle
	LeftRing
	LeftLittle
)

// The slaps: fingers laid down together.
const (
	RightSlap Finger = 13 // the four fingers of the right hand
	LeftSlap  Finger = 14 // the four fingers of the left hand
	Thumbs    Finger = 15 // both thumbs
)

// Single reports whether f is one of the ten fingers.
func (f Finger) Single() bool { return f >= RightThumb && f <= LeftLittle }

// Slap reports whether f is a slap.
func (f Finger) Slap() bool { return f >= RightSlap && f <= Thumbs }

// Fingers lists the fingers of a slap from index to little finger, of both
// thumbs the right one first; of a single finger it lists the finger itself.
func (f Finger) Fingers() []Finger {
	switch f {
	case RightSlap:
		return []Finger{RightIndex, RightMiddle, RightRing, RightLittle}
	case LeftSlap:
		return []Finger{LeftIndex, LeftMiddle, LeftRing, LeftLittle}
	case Thumbs:
		return []Finger{RightThumb, LeftThumb}
	}
	return []Finger{f}
}

// Impression is how a finger was laid down (ISO/IEC 19794-4 table 6).
type Impression uint8

// The live-scan impressions.
const (
	Plain  Impression = 0
	Rolled Impression = 1
)

// Request asks a scanner for a finger or a slap.
type Request struct {
	Finger     Finger
	Impression Impression
	// Missing lists the fingers of a slap that were declared absent: they are
	// not waited for.
	Missing []Finger
	// Threshold is the score that is good enough, 0 to 100, for scanners that
	// judge by themselves.
	Threshold int
}

// Wanted lists the fingers that have to be in the answer.
func (r Request) Wanted() []Finger {
	return slices.DeleteFunc(r.Finger.Fingers(), func(f Finger) bool { return slices.Contains(r.Missing, f) })
}

// Print is one captured finger.
type Print struct {
	Finger     Finger
	Impression Impression
	Image      *image.Gray // dark ridges on a light ground, upright
	DPI        int         // true density, pixels an inch
	Device     Device
	Time       time.Time
	Said       *Said // what the device says of it; nil: nothing
}

// Said is a device's own judgement of a print. It is never compared with
// another algorithm's.
type Said struct {
	Score     int    `json:"score" cbor:"score"` // 0 to 100
	Algorithm string `json:"algorithm" cbor:"algorithm"`
}

// Capture is what a scanner delivers for one request.
type Capture struct {
	Request Request
	// Prints are the fingers in the order of Request.Wanted; none of a slap that
	// the scanner does not cut.
	Prints []Print
	// Slap is the whole slap as the sensor saw it; nil for a single finger, and
	// where the scanner cuts slaps by itself.
	Slap   *image.Gray
	DPI    int // true density, pixels an inch
	Device Device
	Time   time.Time
	// Records are the originals as the device signed them; nil without.
	Records [][]byte
}

// Scanner captures fingerprints. One goroutine owns it.
type Scanner interface {
	// Capture waits for the fingers and returns them. preview, when not nil, is
	// called with images for the screen. Errors: [ErrNoFinger], [ErrBadImage],
	// [ErrNoDevice], after which it has to be closed and opened again, and
	// [ErrNotTaken].
	Capture(ctx context.Context, req Request, preview func(*image.Gray)) (*Capture, error)
	// Takes reports whether this scanner can do the request.
	Takes(req Request) bool
	Device() Device
	io.Closer
}

// PrintQuality is the judgement of one fingerprint image.
type PrintQuality struct {
	Score     int       `json:"score" cbor:"score"` // 0 to 100
	Algorithm string    `json:"algorithm" cbor:"algorithm"`
	Measures  []Measure `json:"measures" cbor:"measures"`
	Minutiae  int       `json:"minutiae" cbor:"minutiae"`
	// Causes are the codes of what spoils the print, the worst first.
	Causes []string `json:"causes,omitempty" cbor:"causes,omitempty"`
}

// One makes the capture of a single finger.
func One(req Request, img *image.Gray, dpi int, d Device, at time.Time) *Capture {
	p := Print{Finger: req.Finger, Impression: req.Impression, Image: img, DPI: dpi, Device: d, Time: at}
	return &Capture{Request: req, Prints: []Print{p}, DPI: dpi, Device: d, Time: at}
}
