package iso19794

import (
	"errors"
	"fmt"
	"math"
)

// Magic and versions of a finger minutiae record. ANSI INCITS 378 uses the same
// ones for other layouts.
const (
	minutiaeFormat  = "FMR\x00"
	minutiae2005    = " 20\x00" // and ANSI INCITS 378-2004
	minutiae2011    = "030\x00" // and ANSI INCITS 378-2007
	maxCoordinate   = 1<<14 - 1
	maxMinutiae     = 255
	minutiaWhole    = 6 // bytes, with a quality
	minutiaBare     = 5
	maxMinutiaeData = 1 << 16 // bytes of one view's extended data
)

// ErrMinutiae says that bytes are no finger minutiae record, or that minutiae do
// not fit into one.
var ErrMinutiae = errors.New("no finger minutiae record of ISO/IEC 19794-2 or ANSI INCITS 378")

// MinutiaKind is the type of a minutia.
type MinutiaKind byte

// Codes of [MinutiaKind].
const (
	OtherMinutia MinutiaKind = iota
	RidgeEnding
	RidgeBifurcation
)

// MinutiaeRecord is a finger minutiae record: fingers of one person.
type MinutiaeRecord struct {
	Edition Edition // as read; Marshal takes the one to write
	Views   []MinutiaeView
	// Certified says that each view lists certificates of its sensor (ISO 2011).
	Certified bool
	// Equipment is four bits of compliance and twelve of the device's number
	// (all but ISO 2011); Owner and Product name who wrote the record (ANSI).
	Equipment, Owner, Product uint16
	Reserved                  byte // all but ISO 2011
}

// MinutiaeView holds the minutiae of one image.
type MinutiaeView struct {
	Position   byte // as in [FingerView]
	Impression byte
	Number     byte
	// Qualities are the scores; all but ISO 2011 have one at most, and only ANSI
	// of 2007 says its origin.
	Qualities     []Quality
	Width, Height int     // of the image, pixels
	Dots          Density // of the image, dots a centimetre
	Minutiae      []MinutiaPoint
	Extended      []byte // see [Extensions]; nil without
	// Stated is the length of Extended by the record itself where that is wrong:
	// programs exist that miscount the last view's. 0: it is right.
	Stated uint16

	// What follows is of ISO 2011.
	Captured     Moment
	Sensor       Sensor
	Certificates []Certificate
	// EndingType is how endings were placed: 0 where valleys fork, 1 where the
	// ridge's skeleton ends.
	EndingType byte
	// Bare minutiae have no quality.
	Bare bool
}

// MinutiaPoint is one minutia of a record.
type MinutiaPoint struct {
	Kind     MinutiaKind
	X, Y     int  // pixels, at most 16,383
	Angle    byte // in units of [Edition.Degrees], anticlockwise from the x axis
	Quality  byte // 0 unknown in 2005, 1 to 100, 254 unreported in 2011
	Reserved byte // two bits
}

// Degrees is a minutia's angle: ISO counts 256 to a turn, ANSI 180.
func (e Edition) Degrees(angle byte) float64 {
	if e == ANSI2004 || e == ANSI2007 {
		return 2 * float64(angle)
	}
	return float64(angle) * 360 / 256
}

// Angle is the nearest angle of a record to one in degrees.
func (e Edition) Angle(degrees float64) byte {
	turn := math.Mod(math.Mod(degrees, 360)+360, 360) / 360
	if e == ANSI2004 || e == ANSI2007 {
		return byte(int(math.Round(turn*180)) % 180)
	}
	return byte(int(math.Round(turn*256)) % 256)
}

// DPI is the density of the view's image across, in dots an inch.
func (v *MinutiaeView) DPI() int { return int(math.Round(float64(v.Dots.X) * inchPerCentim)) }

// ParseMinutiae reads a finger minutiae record of ISO/IEC 19794-2:2005 or :2011
// or of ANSI INCITS 378-2004 or -2007, told apart by where their lengths agree.
// Nothing may follow it. Errors are [ErrMinutiae].
func ParseMinutiae(b []byte) (*MinutiaeRecord, error) {
	if len(b) < prefixLength || len(b) > MaxRecord || string(b[:4]) != minutiaeFormat {
		return nil, ErrMinutiae
	}
	var parsers []func([]byte) (*MinutiaeRecord, error)
	switch v := string(b[4:8]); v {
	case minutiae2005:
		parsers = []func([]byte) (*MinutiaeRecord, error){parseMinutiae2005, parseANSI2004}
	case minutiae2011:
		parsers = []func([]byte) (*MinutiaeRecord, error){parseMinutiae2011, parseANSI2007}
	default:
		return nil, fmt.Errorf("%w: version %q", ErrMinutiae, v)
	}
	r, err := parsers[0](b)
	if err == nil {
		return r, nil
	}
	if r, ansi := parsers[1](b); ansi == nil {
		return r, nil
	}
	return nil, err
}

// Marshal writes the record in an edition. It fails with [ErrMinutiae] where a
// number does not fit into its field, or the edition can not say something.
func (r *MinutiaeRecord) Marshal(e Edition) ([]byte, error) {
	if len(r.Views) == 0 || len(r.Views) > MaxViews {
		return nil, fmt.Errorf("%w: of %d views", ErrMinutiae, len(r.Views))
	}
	for i := range r.Views {
		if err := r.Views[i].fits(e); err != nil {
			return nil, err
		}
	}
	switch e {
	case Edition2005, ANSI2004:
		return r.marshal2005(e)
	case Edition2011:
		return r.marshal2011()
	case ANSI2007:
		return r.marshalANSI2007(), nil
	}
	return nil, fmt.Errorf("%w: edition %d", ErrMinutiae, e)
}

// fits says whether every number fits into its field.
func (v *MinutiaeView) fits(e Edition) error {
	if v.Width < 0 || v.Height < 0 || v.Width > math.MaxUint16 || v.Height > math.MaxUint16 {
		return fmt.Errorf("%w: a size does not fit", ErrMinutiae)
	}
	if len(v.Minutiae) > maxMinutiae || len(v.Extended) >= maxMinutiaeData {
		return fmt.Errorf("%w: %d minutiae, %d bytes of extended data", ErrMinutiae, len(v.Minutiae), len(v.Extended))
	}
	for _, m := range v.Minutiae {
		if m.X < 0 || m.Y < 0 || m.X > maxCoordinate || m.Y > maxCoordinate || m.Kind > 3 || m.Reserved > 3 {
			return fmt.Errorf("%w: a minutia does not fit", ErrMinutiae)
		}
	}
	alone := len(v.Qualities) <= 1 && len(v.Certificates) == 0 && !v.Bare
	if e != Edition2011 && !alone {
		return fmt.Errorf("%w: the edition can not say that", ErrMinutiae)
	}
	if packed := e == Edition2005 || e == ANSI2004; packed && (v.Number > 15 || v.Impression > 15) {
		return fmt.Errorf("%w: the view or the impression does not fit", ErrMinutiae)
	}
	return nil
}

// minutiae reads n of them.
func (o *octets) minutiae(n byte, bare bool) []MinutiaPoint {
	size := minutiaWhole
	if bare {
		size = minutiaBare
	}
	b := o.take(int(n) * size)
	if len(b) == 0 {
		return nil
	}
	out := make([]MinutiaPoint, 0, n)
	for ; len(b) > 0; b = b[size:] {
		x, y := be.Uint16(b), be.Uint16(b[2:])
		m := MinutiaPoint{Kind: MinutiaKind(x >> 14), X: int(x & maxCoordinate), Reserved: byte(y >> 14), Y: int(y & maxCoordinate), Angle: b[4]}
		if !bare {
			m.Quality = b[5]
		}
		out = append(out, m)
	}
	return out
}

// miscount is how far the length of the last view's extended data may be off.
const miscount = 4 // bytes

// extend reads the length of extended data, and these. Those of the last view
// end where the record ends, even where their length is a little off.
func (o *octets) extend(v *MinutiaeView, last bool) {
	n := o.u16()
	size := int(n)
	if off := len(o.b) - size; last && n > 0 && off >= -miscount && off <= miscount && off != 0 {
		size, v.Stated = len(o.b), n
	}
	if b := o.take(size); len(b) > 0 {
		v.Extended = b
	}
}

// appendMinutiae writes the view's minutiae and extended data behind out.
func (v *MinutiaeView) appendMinutiae(out []byte, bare bool) []byte {
	for _, m := range v.Minutiae {
		out = be.AppendUint16(out, uint16(m.Kind)<<14|uint16(m.X))
		out = append(be.AppendUint16(out, uint16(m.Reserved)<<14|uint16(m.Y)), m.Angle)
		if !bare {
			out = append(out, m.Quality)
		}
	}
	n := uint16(len(v.Extended))
	if v.Stated != 0 {
		n = v.Stated
	}
	return append(be.AppendUint16(out, n), v.Extended...)
}

// score is the one score that most editions have.
func (v *MinutiaeView) score() Quality {
	if len(v.Qualities) == 0 {
		return Quality{}
	}
	return v.Qualities[0]
}
