package iso19794

import "fmt"

// parseFinger2011 reads a record of ISO/IEC 19794-4:2011 §8: a short header,
// then representations that say everything of themselves.
func parseFinger2011(b []byte) (*FingerRecord, error) {
	o := &octets{b: b[prefixLength:]}
	if n := o.u32(); len(b) < header2011 || uint64(n) != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", ErrFinger, n, len(b))
	}
	count, flag := int(o.u16()), o.u8()
	r := &FingerRecord{Edition: Edition2011, Positions: o.u8(), Certified: flag == 1}
	if flag > 1 || count == 0 || count > MaxViews {
		return nil, fmt.Errorf("%w: it claims %d images, certification %d", ErrFinger, count, flag)
	}
	for range count {
		const lengthField = 4
		part := &octets{b: o.take(o.size() - lengthField)}
		v := part.view2011(r.Certified)
		if o.bad || part.bad || len(v.Image) == 0 {
			return nil, fmt.Errorf("%w: lengths go past its end", ErrFinger)
		}
		if err := v.rows(); err != nil {
			return nil, err
		}
		r.Views = append(r.Views, v)
	}
	if len(o.b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes follow the last image", ErrFinger, len(o.b))
	}
	return r, nil
}

// view2011 reads one representation behind its length.
func (o *octets) view2011(certified bool) FingerView {
	c := o.readCaptured(certified)
	v := FingerView{
		Captured: c.at, Sensor: c.sensor, Qualities: c.qualities, Certificates: c.certificates,
		Position: o.u8(), Number: o.u8(), Units: o.u8(), Scan: o.density(), Dots: o.density(),
		Depth: o.u8(), Compression: Compression(o.u8()), Impression: o.u8(),
		Width: int(o.u16()), Height: int(o.u16()),
	}
	v.Image = o.take(o.size())
	if len(o.b) > 0 {
		v.Extended = o.b
	}
	return v
}

// marshal2011 writes the record behind out.
func (r *FingerRecord) marshal2011(out []byte) ([]byte, error) {
	out = be.AppendUint32(append(out, fingerFormat+finger2011...), 0) // the length, below
	out = be.AppendUint16(out, uint16(len(r.Views)))
	flag := byte(0)
	if r.Certified {
		flag = 1
	}
	out = append(out, flag, r.Positions)
	for i := range r.Views {
		v := &r.Views[i]
		c := captured{v.Captured, v.Sensor, v.Qualities, v.Certificates}
		if !c.fits(r.Certified) {
			return nil, fmt.Errorf("%w: too many scores or certificates, or these without their mark", ErrFinger)
		}
		start := len(out)
		out = c.append(be.AppendUint32(out, 0), r.Certified)
		out = v.Dots.append(v.Scan.append(append(out, v.Position, v.Number, v.Units)))
		out = append(out, v.Depth, byte(v.Compression), v.Impression)
		out = be.AppendUint16(be.AppendUint16(out, uint16(v.Width)), uint16(v.Height))
		out = append(be.AppendUint32(out, uint32(len(v.Image))), v.Image...)
		out = append(out, v.Extended...)
		be.PutUint32(out[start:], uint32(len(out)-start))
	}
	be.PutUint32(out[8:], uint32(len(out)))
	return out, nil
}
