package iso19794

import (
	"fmt"
	"math"
)

// parseFinger2005 reads a record of ISO/IEC 19794-4:2005 §7: one header, then
// the images. The count in the header is of fingers; the record's length bounds
// the images.
func parseFinger2005(b []byte) (*FingerRecord, error) {
	o := &octets{b: b[prefixLength:]}
	high, low := o.u16(), o.u32()
	if n := uint64(high)<<32 | uint64(low); len(b) < header2005 || n != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", ErrFinger, n, len(b))
	}
	r := &FingerRecord{Edition: Edition2005, SensorModel: o.u16(), Level: o.u16(), Positions: o.u8()}
	common := FingerView{Units: o.u8(), Scan: o.density(), Dots: o.density(), Depth: o.u8(), Captured: NoMoment}
	switch code := o.u8(); code {
	case png2005:
		common.Compression = PNG
	case byte(PNG): // has no meaning in this edition
		return nil, fmt.Errorf("%w: compression %d", ErrFinger, code)
	default:
		common.Compression = Compression(code)
	}
	r.Reserved = o.u16()
	for len(o.b) > 0 {
		if len(r.Views) == MaxViews {
			return nil, fmt.Errorf("%w: more than %d images", ErrFinger, MaxViews)
		}
		v := common
		size := o.size()
		v.Position, v.Views, v.Number = o.u8(), o.u8(), o.u8()
		v.Qualities = []Quality{{Score: o.u8()}}
		v.Impression = o.u8()
		v.Width, v.Height, v.Reserved = int(o.u16()), int(o.u16()), o.u8()
		v.Image = o.take(size - view2005)
		if o.bad || len(v.Image) == 0 {
			return nil, fmt.Errorf("%w: an image of %d bytes goes past its end", ErrFinger, size)
		}
		if err := v.rows(); err != nil {
			return nil, err
		}
		r.Views = append(r.Views, v)
	}
	if len(r.Views) < int(r.Positions) || len(r.Views) == 0 {
		return nil, fmt.Errorf("%w: it claims %d fingers and has %d images", ErrFinger, r.Positions, len(r.Views))
	}
	return r, nil
}

func (o *octets) density() Density { return Density{X: o.u16(), Y: o.u16()} }

func (d Density) append(out []byte) []byte { return be.AppendUint16(be.AppendUint16(out, d.X), d.Y) }

// marshal2005 writes the record behind out.
func (r *FingerRecord) marshal2005(out []byte) ([]byte, error) {
	first := &r.Views[0]
	out = append(out, fingerFormat+finger2005...)
	out = append(out, 0, 0, 0, 0, 0, 0) // the length, below
	out = append(be.AppendUint16(be.AppendUint16(out, r.SensorModel), r.Level), r.Positions, first.Units)
	out = append(first.Dots.append(first.Scan.append(out)), first.Depth, code2005(first.Compression))
	out = be.AppendUint16(out, r.Reserved)
	for i := range r.Views {
		v := &r.Views[i]
		if v.Units != first.Units || v.Scan != first.Scan || v.Dots != first.Dots || v.Depth != first.Depth || v.Compression != first.Compression {
			return nil, fmt.Errorf("%w: the edition of 2005 has one density and one compression", ErrFinger)
		}
		score := byte(QualityUnset)
		if len(v.Qualities) > 0 {
			score = v.Qualities[0].Score
		}
		out = be.AppendUint32(out, uint32(view2005+len(v.Image)))
		out = append(out, v.Position, v.Views, v.Number, score, v.Impression)
		out = append(be.AppendUint16(be.AppendUint16(out, uint16(v.Width)), uint16(v.Height)), v.Reserved)
		out = append(out, v.Image...)
	}
	if len(out) > math.MaxUint32 || len(r.Views) < int(r.Positions) {
		return nil, fmt.Errorf("%w: %d fingers in %d images", ErrFinger, r.Positions, len(r.Views))
	}
	be.PutUint32(out[10:], uint32(len(out)))
	return out, nil
}

func code2005(c Compression) byte {
	if c == PNG {
		return png2005
	}
	return byte(c)
}
