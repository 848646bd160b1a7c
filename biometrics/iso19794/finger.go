package iso19794

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// MaxViews bounds the images, or the sets of minutiae, of one record.
const MaxViews = 64

// Magic and versions of a finger image record.
const (
	fingerFormat  = "FIR\x00"
	finger2005    = "010\x00"
	finger2011    = "020\x00"
	header2005    = 32 // bytes
	view2005      = 14
	header2011    = 16
	prefixLength  = 8 // format and version
	inchPerCentim = 2.54
)

// ErrFinger says that bytes are no finger image record, or that an image does
// not fit into one.
var ErrFinger = errors.New("no finger image record of ISO/IEC 19794-4")

// Compression is how a finger image is coded, by the numbers of 2011.
type Compression byte

// Codes of [Compression]. The edition of 2005 does not tell lossless JPEG 2000
// from other; its number for PNG is 5.
const (
	Raw              Compression = iota // a pixel a byte or two
	Packed                              // bits one after another, a row begins a byte
	WSQ                                 // FBI's, IAFIS-IC-0110
	JPEGImage                           // ISO/IEC 10918
	JPEG2000Image                       // ISO/IEC 15444, lossy
	JPEG2000Lossless                    // ISO/IEC 15444
	PNG
)

// png2005 is PNG in the edition of 2005.
const png2005 = 5

// Units of a density.
const (
	PerInch       = 1
	PerCentimetre = 2
)

// Density is a number of dots across and down.
type Density struct{ X, Y uint16 }

// FingerRecord is a finger image record: fingers of one person.
type FingerRecord struct {
	Edition Edition // as read; Marshal takes the one to write
	Views   []FingerView
	// Positions is how many different fingers the record claims to have.
	Positions byte
	// Certified says that each view lists certificates of its sensor (2011).
	Certified bool
	// SensorModel, Level and Reserved are of 2005: the device as its maker counts
	// it, the image acquisition level (31 is 500 dots an inch, 8 bits).
	SensorModel, Level, Reserved uint16
}

// FingerView is one image of a record.
type FingerView struct {
	Position   byte // 0 unknown, 1 right thumb … 10 left little, 13 to 15 slaps
	Impression byte // 0 live plain, 1 live rolled, … (table 7; 29 unknown)
	Number     byte // which view of this finger
	Views      byte // of how many (2005)
	// Qualities are the scores. The edition of 2005 has one at most, without its
	// origin.
	Qualities []Quality

	Units         byte    // of the densities: PerInch or PerCentimetre
	Scan, Dots    Density // of the sensor, of the image
	Depth         byte    // bits a pixel
	Compression   Compression
	Width, Height int    // pixels, at most 65,535
	Image         []byte // ParseFinger does not copy it
	Reserved      byte   // 2005

	// What follows is of 2011.
	Captured     Moment
	Sensor       Sensor
	Certificates []Certificate
	Extended     []byte // see [Extensions]; nil without
}

// DPI is the density of the image across, in dots an inch; 0 where it is not
// stated.
func (v *FingerView) DPI() int {
	if v.Units == PerCentimetre {
		return int(math.Round(float64(v.Dots.X) * inchPerCentim))
	}
	return int(v.Dots.X)
}

// Quality is the first score that is one, and false where there is none.
func (v *FingerView) Quality() (Quality, bool) {
	for _, q := range v.Qualities {
		if q.Known() {
			return q, true
		}
	}
	return Quality{}, false
}

// ParseFinger reads a finger image record of either edition. Nothing may follow
// it. Errors are [ErrFinger].
func ParseFinger(b []byte) (*FingerRecord, error) {
	if len(b) < prefixLength || string(b[:4]) != fingerFormat {
		return nil, ErrFinger
	}
	if len(b) > MaxRecord {
		return nil, fmt.Errorf("%w: %d bytes", ErrFinger, len(b))
	}
	switch v := string(b[4:8]); v {
	case finger2005:
		return parseFinger2005(b)
	case finger2011:
		return parseFinger2011(b)
	default:
		return nil, fmt.Errorf("%w: version %q", ErrFinger, v)
	}
}

// Marshal writes the record in an edition. It fails with [ErrFinger] where a
// number does not fit into its field, or the edition can not say something:
// that of 2005 has one density, depth and compression for all of its images.
func (r *FingerRecord) Marshal(e Edition) ([]byte, error) {
	if len(r.Views) == 0 || len(r.Views) > MaxViews {
		return nil, fmt.Errorf("%w: of %d images", ErrFinger, len(r.Views))
	}
	size := 0
	for i := range r.Views {
		if err := r.Views[i].fits(e); err != nil {
			return nil, err
		}
		size += len(r.Views[i].Image)
	}
	var out []byte
	var err error
	switch e {
	case Edition2005:
		out, err = r.marshal2005(make([]byte, 0, size+header2005+len(r.Views)*view2005))
	case Edition2011:
		out, err = r.marshal2011(make([]byte, 0, size+header2011+len(r.Views)*64))
	default:
		return nil, fmt.Errorf("%w: edition %d", ErrFinger, e)
	}
	if err != nil {
		return nil, err
	}
	if len(out) > MaxRecord {
		return nil, fmt.Errorf("%w: of %d bytes", ErrFinger, len(out))
	}
	return out, nil
}

// fits says whether every number fits into its field, and the pixels into their
// rows.
func (v *FingerView) fits(e Edition) error {
	small := func(n int) bool { return n >= 0 && n <= math.MaxUint16 }
	if !small(v.Width) || !small(v.Height) {
		return fmt.Errorf("%w: a size does not fit", ErrFinger)
	}
	if len(v.Image) == 0 || len(v.Image) > MaxRecord || len(v.Extended) > MaxRecord {
		return fmt.Errorf("%w: an image of %d bytes", ErrFinger, len(v.Image))
	}
	if e == Edition2005 && (len(v.Qualities) > 1 || v.Compression == JPEG2000Lossless || len(v.Extended) > 0 || len(v.Certificates) > 0) {
		return fmt.Errorf("%w: the edition of 2005 can not say that", ErrFinger)
	}
	return v.rows()
}

// rows compares bare pixels with the size.
func (v *FingerView) rows() error {
	row := v.Width
	switch {
	case v.Compression != Raw && v.Compression != Packed:
		return nil
	case v.Compression == Packed:
		row = (v.Width*int(v.Depth) + 7) / 8
	case v.Depth > 8:
		row *= 2
	}
	if row*v.Height != len(v.Image) {
		return fmt.Errorf("%w: %d × %d pixels in %d bytes", ErrFinger, v.Width, v.Height, len(v.Image))
	}
	return nil
}

// be is the order of all numbers.
var be = binary.BigEndian
