package iso19794

import "fmt"

// Lengths of the general headers, in bytes.
const (
	minutiaeHeader2011 = 15
	ansiHeader2007     = 20
)

// parseMinutiae2011 reads a record of ISO/IEC 19794-2:2011 §8.
func parseMinutiae2011(b []byte) (*MinutiaeRecord, error) {
	o := &octets{b: b[prefixLength:]}
	if n := o.u32(); len(b) < minutiaeHeader2011 || uint64(n) != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", ErrMinutiae, n, len(b))
	}
	count, flag := int(o.u16()), o.u8()
	if count == 0 || count > MaxViews || flag > 1 {
		return nil, fmt.Errorf("%w: it claims %d views, certification %d", ErrMinutiae, count, flag)
	}
	r := &MinutiaeRecord{Edition: Edition2011, Certified: flag == 1}
	for range count {
		const lengthField = 4
		part := &octets{b: o.take(o.size() - lengthField)}
		v, ok := part.minutiaeView2011(r.Certified)
		if !ok || o.bad || part.bad || len(part.b) > 0 {
			return nil, fmt.Errorf("%w: lengths do not agree", ErrMinutiae)
		}
		r.Views = append(r.Views, v)
	}
	if len(o.b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes follow the last view", ErrMinutiae, len(o.b))
	}
	return r, nil
}

// minutiaeView2011 reads one representation behind its length, and false where
// its minutiae have another length than the standard's.
func (o *octets) minutiaeView2011(certified bool) (MinutiaeView, bool) {
	c := o.readCaptured(certified)
	v := MinutiaeView{
		Captured: c.at, Sensor: c.sensor, Qualities: c.qualities, Certificates: c.certificates,
		Position: o.u8(), Number: o.u8(), Dots: o.density(), Impression: o.u8(),
		Width: int(o.u16()), Height: int(o.u16()),
	}
	kind := o.u8()
	v.EndingType, v.Bare = kind&15, kind>>4 == minutiaBare
	v.Minutiae = o.minutiae(o.u8(), v.Bare)
	o.extend(&v, true)
	return v, v.Bare || kind>>4 == minutiaWhole
}

// marshal2011 writes ISO of 2011.
func (r *MinutiaeRecord) marshal2011() ([]byte, error) {
	out := be.AppendUint32([]byte(minutiaeFormat+minutiae2011), 0) // the length, below
	out = be.AppendUint16(out, uint16(len(r.Views)))
	flag := byte(0)
	if r.Certified {
		flag = 1
	}
	out = append(out, flag)
	for i := range r.Views {
		v := &r.Views[i]
		c := captured{v.Captured, v.Sensor, v.Qualities, v.Certificates}
		if !c.fits(r.Certified) || v.EndingType > 15 {
			return nil, fmt.Errorf("%w: too many scores or certificates, or these without their mark", ErrMinutiae)
		}
		length := byte(minutiaWhole)
		if v.Bare {
			length = minutiaBare
		}
		start := len(out)
		out = c.append(be.AppendUint32(out, 0), r.Certified)
		out = append(v.Dots.append(append(out, v.Position, v.Number)), v.Impression)
		out = be.AppendUint16(be.AppendUint16(out, uint16(v.Width)), uint16(v.Height))
		out = append(out, length<<4|v.EndingType, byte(len(v.Minutiae)))
		out = v.appendMinutiae(out, v.Bare)
		be.PutUint32(out[start:], uint32(len(out)-start))
	}
	be.PutUint32(out[8:], uint32(len(out)))
	return out, nil
}

// parseANSI2007 reads a record of ANSI INCITS 378-2007 or -2009: each view says
// its size, and whose its score is.
func parseANSI2007(b []byte) (*MinutiaeRecord, error) {
	o := &octets{b: b[prefixLength:]}
	if n := o.u32(); len(b) < ansiHeader2007 || uint64(n) != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", ErrMinutiae, n, len(b))
	}
	r := &MinutiaeRecord{Edition: ANSI2007, Owner: o.u16(), Product: o.u16(), Equipment: o.u16()}
	count := o.u8()
	r.Reserved = o.u8()
	if count == 0 || count > MaxViews {
		return nil, fmt.Errorf("%w: of %d views", ErrMinutiae, count)
	}
	for i := range int(count) {
		v := MinutiaeView{Position: o.u8(), Number: o.u8(), Impression: o.u8(), Captured: NoMoment}
		v.Qualities = []Quality{{Score: o.u8(), Vendor: o.u16(), Algorithm: o.u16()}}
		v.Width, v.Height, v.Dots = int(o.u16()), int(o.u16()), o.density()
		v.Minutiae = o.minutiae(o.u8(), false)
		o.extend(&v, i+1 == int(count))
		r.Views = append(r.Views, v)
	}
	if o.bad || len(o.b) > 0 {
		return nil, fmt.Errorf("%w: %d views do not end where it ends", ErrMinutiae, count)
	}
	return r, nil
}

// marshalANSI2007 writes ANSI of 2007.
func (r *MinutiaeRecord) marshalANSI2007() []byte {
	out := be.AppendUint32([]byte(minutiaeFormat+minutiae2011), 0) // the length, below
	out = be.AppendUint16(be.AppendUint16(out, r.Owner), r.Product)
	out = append(be.AppendUint16(out, r.Equipment), byte(len(r.Views)), r.Reserved)
	for i := range r.Views {
		v := &r.Views[i]
		q := v.score()
		out = append(out, v.Position, v.Number, v.Impression, q.Score)
		out = be.AppendUint16(be.AppendUint16(out, q.Vendor), q.Algorithm)
		out = be.AppendUint16(be.AppendUint16(out, uint16(v.Width)), uint16(v.Height))
		out = v.appendMinutiae(append(v.Dots.append(out), byte(len(v.Minutiae))), false)
	}
	be.PutUint32(out[8:], uint32(len(out)))
	return out
}
