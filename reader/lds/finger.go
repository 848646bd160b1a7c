package lds

import (
	"errors"
	"fmt"
	"math"

	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/reader/tlv"
)

// perInch is how many dots an inch has for one a centimetre.
const perInch = 2.54

// errFinger says that DG3 holds no finger image record this reader knows.
var errFinger = errors.New("no finger image record of ISO/IEC 19794-4 or 39794-4")

// QualityUnknown is the quality of a finger image that nobody judged.
const QualityUnknown = -1

// Finger is one image of DG3 (ISO/IEC 19794-4 or 39794-4).
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

// parseFingerRecord reads the images of a finger image record.
func parseFingerRecord(b []byte) ([]Finger, error) {
	r, err := iso19794.ParseFinger(b)
	if err != nil {
		return nil, err
	}
	fingers := make([]Finger, 0, len(r.Views))
	for i := range r.Views {
		v := &r.Views[i]
		f := Finger{
			Position: int(v.Position), Impression: int(v.Impression), Image: v.Image,
			Width: v.Width, Height: v.Height, Depth: int(v.Depth), Resolution: v.DPI(),
			Quality: QualityUnknown, View: int(v.Number), Views: int(v.Views),
		}
		if q, ok := v.Quality(); ok {
			f.Quality = int(q.Score)
		}
		if v.Compression != iso19794.Raw && v.Compression != iso19794.Packed {
			if f.MediaType = mediaType(f.Image); f.MediaType == "" {
				return nil, fmt.Errorf("%w: an image in an unknown coding %d", errFinger, v.Compression)
			}
		}
		fingers = append(fingers, f)
	}
	return fingers, nil
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
