package lds

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/tram-station/tram/reader/tlv"
)

// Layout of a finger image record (ISO/IEC 19794-4:2005 §7), in bytes.
const (
	fingerHeader = 32 // "FIR\0", version, length u48, device u16, level u16, fingers u8, …
	viewHeader   = 14 // length u32, position, views, view, quality, impression, width u16, height u16
)

// maxViews bounds the images of one finger image record.
const maxViews = 64

// Codes of a record's compression (ISO/IEC 19794-4:2005 table 3).
const (
	fingerRaw    = 0
	fingerPacked = 1
)

// perInch is how many dots an inch has for one a centimetre.
const perInch = 2.54

// errFinger says that DG3 holds no finger image record this reader knows.
var errFinger = errors.New("no finger image record of ISO/IEC 19794-4 or 39794-4")

// QualityUnknown is the quality of a finger image that nobody judged.
const QualityUnknown = -1

// Finger is one image of DG3 (ISO/IEC 19794-4:2005 or 39794-4).
type Finger struct {
	// Position is 1 … 5 for the right hand from the thumb on, 6 … 10 for the
	// left, 13, 14 and 15 for the plain fingers of the right hand, of the left
	// and for both thumbs; 0 when unknown.
	Position int
	// Impression is 0 plain, 1 rolled, 8 swipe; others as the record's own
	// standard numbers them (latent is 7 in ISO/IEC 19794-4, 4 in 39794-4).
	Impression int
	MediaType  string // by the image's first bytes; "" for bare pixels
	Image      []byte
	// Width and Height in pixels and Depth in bits are the record's; 0 where a
	// block of ISO/IEC 39794-4 leaves them to the image.
	Width, Height, Depth int
	Resolution           int // of the image, in pixels per inch; 0 when not stated
	Quality              int // 0 … 100 or [QualityUnknown]
	View, Views          int // which image of this finger, of how many
	Captured             Date
	Template             Template
}

// ParseDG3 decodes DG3, header included: no fingers where the issuer left it
// empty.
func ParseDG3(b []byte) ([]Finger, error) {
	blocks, err := templates(b, EFDG3)
	if err != nil {
		return nil, fmt.Errorf("DG3: %w", err)
	}
	var fingers []Finger
	for _, bl := range blocks {
		parse := parseFingerRecord
		if isBlock(bl.data, tagFingerBlock) {
			parse = parseFingerBlock
		}
		more, err := parse(bl.data)
		if err != nil {
			return nil, fmt.Errorf("DG3: %w", err)
		}
		for i := range more {
			more[i].Template = bl.Template
		}
		fingers = append(fingers, more...)
	}
	return fingers, nil
}

// parseFingerRecord reads a finger image record: one header, then the images.
// The count in the header is of fingers; the record's length bounds the views.
func parseFingerRecord(b []byte) ([]Finger, error) {
	if len(b) < fingerHeader || string(b[:4]) != "FIR\x00" {
		return nil, errFinger
	}
	if v := string(b[4:8]); v != "010\x00" {
		return nil, fmt.Errorf("%w: version %q", errFinger, v)
	}
	if n := uint64(binary.BigEndian.Uint16(b[8:]))<<32 | uint64(binary.BigEndian.Uint32(b[10:])); n != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", errFinger, n, len(b))
	}
	count, units := int(b[18]), b[19]
	resolution, depth, coding := int(binary.BigEndian.Uint16(b[24:])), int(b[28]), b[29]
	const centimetre = 2
	if units == centimetre {
		resolution = int(math.Round(float64(resolution) * perInch))
	}
	var fingers []Finger
	for b = b[fingerHeader:]; len(b) > 0; {
		if len(fingers) == maxViews {
			return nil, fmt.Errorf("%w: more than %d images", errFinger, maxViews)
		}
		f, size, err := parseView(b, depth, coding)
		if err != nil {
			return nil, err
		}
		f.Resolution, f.Depth = resolution, depth
		fingers, b = append(fingers, f), b[size:]
	}
	if len(fingers) < count || len(fingers) == 0 {
		return nil, fmt.Errorf("%w: it claims %d fingers and has %d images", errFinger, count, len(fingers))
	}
	return fingers, nil
}

// parseView reads the image at the start of b and returns its length.
func parseView(b []byte, depth int, coding byte) (f Finger, size int, err error) {
	if len(b) < viewHeader {
		return Finger{}, 0, fmt.Errorf("%w: it ends inside an image's header", errFinger)
	}
	length := uint64(binary.BigEndian.Uint32(b))
	if length > uint64(len(b)) || length <= viewHeader {
		return Finger{}, 0, fmt.Errorf("%w: an image of %d bytes where %d are left", errFinger, length, len(b))
	}
	size = int(length)
	f = Finger{
		Position: int(b[4]), Views: int(b[5]), View: int(b[6]), Quality: int(b[7]), Impression: int(b[8]),
		Width: int(binary.BigEndian.Uint16(b[9:])), Height: int(binary.BigEndian.Uint16(b[11:])),
		Image: b[viewHeader:size:size],
	}
	if f.Quality > 100 {
		f.Quality = QualityUnknown
	}
	if coding != fingerRaw && coding != fingerPacked {
		if f.MediaType = mediaType(f.Image); f.MediaType == "" {
			return Finger{}, 0, fmt.Errorf("%w: an image in an unknown coding %d", errFinger, coding)
		}
		return f, size, nil
	}
	row := f.Width
	if coding == fingerPacked {
		row = (f.Width*depth + 7) / 8
	} else if depth > 8 {
		row *= 2
	}
	if row*f.Height != len(f.Image) {
		return Finger{}, 0, fmt.Errorf("%w: %d × %d pixels in %d bytes", errFinger, f.Width, f.Height, len(f.Image))
	}
	return f, size, nil
}

// Numbers of a finger representation's elements (ISO/IEC 39794-4 annex A).
const (
	fingerPosition   = 0
	fingerImpression = 1
	fingerImage      = 3
	fingerCaptured   = 4
	fingerQuality    = 6
	fingerSampling   = 7
)

// parseFingerBlock reads the images of a block of ISO/IEC 39794-4.
func parseFingerBlock(data []byte) ([]Finger, error) {
	all, err := representations(data, tagFingerBlock)
	if err != nil {
		return nil, err
	}
	fingers := make([]Finger, 0, len(all))
	for i, r := range all {
		f, err := parseFingerRepresentation(r)
		if err != nil {
			return nil, err
		}
		f.View, f.Views = i+1, len(all)
		fingers = append(fingers, f)
	}
	return fingers, nil
}

func parseFingerRepresentation(r tlv.Elements) (Finger, error) {
	f := Finger{Image: r.Value(tagOf(fingerImage, false)), Quality: QualityUnknown, Captured: day(r, fingerCaptured)}
	if f.MediaType = mediaType(f.Image); f.MediaType == "" {
		return Finger{}, fmt.Errorf("%w: an image in an unknown coding", errFinger)
	}
	f.Position, _ = code(r, fingerPosition)
	f.Impression, _ = code(r, fingerImpression)
	if q, ok := score(r, fingerQuality); ok {
		f.Quality = q
	}
	const centimetre = 1
	sampling := inside(r, fingerSampling)
	f.Resolution = value(sampling, 0)
	if value(sampling, 1) == centimetre {
		f.Resolution = int(math.Round(float64(f.Resolution) * perInch))
	}
	return f, nil
}
