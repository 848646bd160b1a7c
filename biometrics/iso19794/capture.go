package iso19794

import (
	"encoding/binary"
	"errors"
	"time"
)

// Edition is the edition of a record's layout.
type Edition byte

// The editions. ANSI INCITS 378 is what ISO/IEC 19794-2 grew out of; it has
// minutiae only.
const (
	Edition2005 Edition = iota + 1 // ISO/IEC 19794:2005
	Edition2011                    // ISO/IEC 19794:2011
	ANSI2004                       // ANSI INCITS 378-2004
	ANSI2007                       // ANSI INCITS 378-2007 and -2009
)

// Scores that are none.
const (
	QualityUnset  = 254 // edition of 2005: nobody judged it
	QualityFailed = 255 // edition of 2011: the judgement failed
)

// Quality is a score of 0 to 100 and whose it is. In the edition of 2005 it
// says nothing of its origin.
type Quality struct {
	Score             byte
	Vendor, Algorithm uint16 // as registered with the IBIA; 0: unknown
}

// Known reports whether the score is one.
func (q Quality) Known() bool { return q.Score <= 100 }

// Certificate names a scheme by which a device is certified (2011).
type Certificate struct {
	Authority uint16
	Scheme    byte
}

// Sensor is the device that captured (2011).
type Sensor struct {
	Technology byte // 0 unknown, 1–3 white light, 4–6 one colour, 7–9 infrared, …
	Vendor     uint16
	Model      uint16
}

// momentLength is that of a date and time, in bytes.
const momentLength = 9

// Moment is a capture date and time as ISO/IEC 19794-1:2011 §12.3.4 lays it
// out: year, month, day, hour, minute, second and millisecond, in UTC.
type Moment [momentLength]byte

// NoMoment says that the time is not known.
var NoMoment = Moment{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}

// NewMoment returns the moment of t.
func NewMoment(t time.Time) Moment {
	if t.IsZero() {
		return NoMoment
	}
	t = t.UTC()
	var m Moment
	binary.BigEndian.PutUint16(m[:], uint16(t.Year()))
	m[2], m[3], m[4], m[5], m[6] = byte(t.Month()), byte(t.Day()), byte(t.Hour()), byte(t.Minute()), byte(t.Second())
	binary.BigEndian.PutUint16(m[7:], uint16(t.Nanosecond()/int(time.Millisecond)))
	return m
}

// Time returns the time, and false where it is not known or none.
func (m Moment) Time() (time.Time, bool) {
	year, milli := int(binary.BigEndian.Uint16(m[:])), int(binary.BigEndian.Uint16(m[7:]))
	t := time.Date(year, time.Month(m[2]), int(m[3]), int(m[4]), int(m[5]), int(m[6]), milli*int(time.Millisecond), time.UTC)
	if year == 0 || NewMoment(t) != m {
		return time.Time{}, false
	}
	return t, true
}

// Extension is one block of a representation's extended data: for a finger
// image of 2011 segmentation is 1, annotation 2, comment 3; for minutiae ridge
// counts are 1, cores and deltas 2, zones of quality 3.
type Extension struct {
	Type uint16
	Data []byte
}

// extensionHeader is the type and the length of a block, which counts itself.
const extensionHeader = 4

// ErrExtension says that extended data are no blocks.
var ErrExtension = errors.New("extended data that are no blocks")

// Extensions splits extended data into its blocks, without copying them.
func Extensions(b []byte) ([]Extension, error) {
	var out []Extension
	for len(b) > 0 {
		if len(b) < extensionHeader {
			return nil, ErrExtension
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < extensionHeader || n > len(b) {
			return nil, ErrExtension
		}
		out = append(out, Extension{Type: binary.BigEndian.Uint16(b), Data: b[extensionHeader:n:n]})
		b = b[n:]
	}
	return out, nil
}

// captured is what a representation of 2011 says before its finger.
type captured struct {
	at           Moment
	sensor       Sensor
	qualities    []Quality
	certificates []Certificate
}

// readCaptured reads it; certified says that certificates stand in it.
func (o *octets) readCaptured(certified bool) captured {
	var c captured
	copy(c.at[:], o.take(momentLength))
	c.sensor = Sensor{Technology: o.u8(), Vendor: o.u16(), Model: o.u16()}
	for range o.u8() {
		c.qualities = append(c.qualities, Quality{Score: o.u8(), Vendor: o.u16(), Algorithm: o.u16()})
	}
	if certified {
		for range o.u8() {
			c.certificates = append(c.certificates, Certificate{Authority: o.u16(), Scheme: o.u8()})
		}
	}
	return c
}

// append writes it behind out; there are at most 255 of each list.
func (c captured) append(out []byte, certified bool) []byte {
	be := binary.BigEndian
	out = append(append(out, c.at[:]...), c.sensor.Technology)
	out = be.AppendUint16(be.AppendUint16(out, c.sensor.Vendor), c.sensor.Model)
	out = append(out, byte(len(c.qualities)))
	for _, q := range c.qualities {
		out = be.AppendUint16(be.AppendUint16(append(out, q.Score), q.Vendor), q.Algorithm)
	}
	if certified {
		out = append(out, byte(len(c.certificates)))
		for _, v := range c.certificates {
			out = append(be.AppendUint16(out, v.Authority), v.Scheme)
		}
	}
	return out
}

// fits says whether its lists fit.
func (c captured) fits(certified bool) bool {
	return len(c.qualities) <= 255 && len(c.certificates) <= 255 && (certified || len(c.certificates) == 0)
}
