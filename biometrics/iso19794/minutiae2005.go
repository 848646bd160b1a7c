package iso19794

import "fmt"

// Lengths of the header of ISO/IEC 19794-2:2005 §7.3 and of ANSI INCITS
// 378-2004 §6.4, in bytes.
const (
	minutiaeHeader2005 = 24
	ansiHeader2004     = 26
	shortLength        = 1 << 16 // a longer record of ANSI counts its bytes in six
)

// parseMinutiae2005 reads a record of ISO/IEC 19794-2:2005.
func parseMinutiae2005(b []byte) (*MinutiaeRecord, error) {
	o := &octets{b: b[prefixLength:]}
	if n := o.u32(); len(b) < minutiaeHeader2005 || uint64(n) != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", ErrMinutiae, n, len(b))
	}
	return o.views2005(&MinutiaeRecord{Edition: Edition2005})
}

// parseANSI2004 reads a record of ANSI INCITS 378-2004: its length has two
// bytes, or two of zero and four; then it names who wrote it.
func parseANSI2004(b []byte) (*MinutiaeRecord, error) {
	o := &octets{b: b[prefixLength:]}
	n := uint64(o.u16())
	if n == 0 {
		if n = uint64(o.u32()); n < shortLength {
			return nil, fmt.Errorf("%w: a long length for %d bytes", ErrMinutiae, n)
		}
	}
	if len(b) < ansiHeader2004 || n != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", ErrMinutiae, n, len(b))
	}
	return o.views2005(&MinutiaeRecord{Edition: ANSI2004, Owner: o.u16(), Product: o.u16()})
}

// views2005 reads what both have in common: the device, the image, the views.
func (o *octets) views2005(r *MinutiaeRecord) (*MinutiaeRecord, error) {
	r.Equipment = o.u16()
	common := MinutiaeView{Width: int(o.u16()), Height: int(o.u16()), Dots: o.density(), Captured: NoMoment}
	count := o.u8()
	r.Reserved = o.u8()
	if count == 0 || count > MaxViews {
		return nil, fmt.Errorf("%w: of %d views", ErrMinutiae, count)
	}
	for i := range int(count) {
		v := common
		v.Position = o.u8()
		number := o.u8()
		v.Number, v.Impression = number>>4, number&15
		v.Qualities = []Quality{{Score: o.u8()}}
		v.Minutiae = o.minutiae(o.u8(), false)
		o.extend(&v, i+1 == int(count))
		r.Views = append(r.Views, v)
	}
	if o.bad || len(o.b) > 0 {
		return nil, fmt.Errorf("%w: %d views do not end where it ends", ErrMinutiae, count)
	}
	return r, nil
}

// marshal2005 writes ISO of 2005, or ANSI of 2004.
func (r *MinutiaeRecord) marshal2005(e Edition) ([]byte, error) {
	first := &r.Views[0]
	body := be.AppendUint16(nil, r.Equipment)
	body = be.AppendUint16(be.AppendUint16(body, uint16(first.Width)), uint16(first.Height))
	body = append(first.Dots.append(body), byte(len(r.Views)), r.Reserved)
	for i := range r.Views {
		v := &r.Views[i]
		if v.Width != first.Width || v.Height != first.Height || v.Dots != first.Dots {
			return nil, fmt.Errorf("%w: the edition has one image size and density", ErrMinutiae)
		}
		body = append(body, v.Position, v.Number<<4|v.Impression, v.score().Score, byte(len(v.Minutiae)))
		body = v.appendMinutiae(body, false)
	}
	out := []byte(minutiaeFormat + minutiae2005)
	if e == Edition2005 {
		return append(be.AppendUint32(out, uint32(len(out)+4+len(body))), body...), nil
	}
	const names = 4 // bytes of owner and product
	if n := len(out) + 2 + names + len(body); n < shortLength {
		out = be.AppendUint16(out, uint16(n))
	} else {
		out = be.AppendUint32(append(out, 0, 0), uint32(n+4))
	}
	out = be.AppendUint16(be.AppendUint16(out, r.Owner), r.Product)
	return append(out, body...), nil
}
