// Package iso19794 reads and writes the records that biometric pictures travel
// in: the facial record of ISO/IEC 19794-5:2005, as in DG2 of a chip and in the
// station's own portrait; finger images of ISO/IEC 19794-4 and minutiae of
// 19794-2, both of 2005 and 2011, the latter also of ANSI INCITS 378. It keeps
// what a record says, right or wrong; only lengths that do not hold are errors.
// [Face.Check] judges the rest.
package iso19794

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Limits of a facial record. A chip's DG2 is far smaller.
const (
	MaxRecord = 8 << 20 // bytes
	MaxFaces  = 16
)

// Lengths of a facial record's parts (§5.4 to §5.7), in bytes.
const (
	recordHeader = 14 // format, version, length u32, number of faces u16
	information  = 20 // block length u32, number of points u16, …
	pointLength  = 8
	imageHeader  = 12
)

const (
	faceFormat  = "FAC\x00"
	faceVersion = "010\x00"
)

// ErrFace says that bytes are no facial record, or that a face does not fit
// into one.
var ErrFace = errors.New("no facial record of ISO/IEC 19794-5:2005")

// FaceRecord is a facial record: one face or more of one person.
type FaceRecord struct{ Faces []Face }

// Face is one picture of a record with what is said of it: the facial
// information block (§5.5), feature points (§5.6), and image information (§5.7).
type Face struct {
	Gender          Gender
	Eyes            EyeColour
	Hair            HairColour
	Features        Features
	Expression      Expression
	Pose            [3]Angle // yaw, pitch, roll
	PoseUncertainty [3]byte  // as the record holds it; 0: unspecified
	Points          []FacePoint

	Kind          FaceKind
	Coding        Coding
	Width, Height int // pixels, at most 65,535
	Colour        ColourSpace
	Source        Source
	DeviceType    uint16 // of the maker of the record
	Quality       uint16 // 0: unspecified, as the edition of 2005 wants it
	Image         []byte // the JPEG or JPEG 2000 file; ParseFace does not copy it
}

// FacePoint is a landmark in pixels of the image (§5.6).
type FacePoint struct {
	Type     byte // MPEG4 for the codes below
	Code     byte // of MPEG-4: the major number in the high four bits, the minor in the low ones
	X, Y     int  // at most 65,535
	Reserved uint16
}

// ParseFace reads a facial record. Nothing may follow it. Errors are [ErrFace].
func ParseFace(b []byte) (*FaceRecord, error) {
	if len(b) < recordHeader || string(b[:4]) != faceFormat {
		return nil, ErrFace
	}
	if v := string(b[4:8]); v != faceVersion {
		return nil, fmt.Errorf("%w: version %q", ErrFace, v)
	}
	if n := binary.BigEndian.Uint32(b[8:]); len(b) > MaxRecord || uint64(n) != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", ErrFace, n, len(b))
	}
	count := int(binary.BigEndian.Uint16(b[12:]))
	if count == 0 || count > MaxFaces {
		return nil, fmt.Errorf("%w: it claims %d faces", ErrFace, count)
	}
	r := &FaceRecord{Faces: make([]Face, 0, count)}
	b = b[recordHeader:]
	for range count {
		f, size, err := parseOne(b)
		if err != nil {
			return nil, err
		}
		r.Faces, b = append(r.Faces, f), b[size:]
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes follow the last face", ErrFace, len(b))
	}
	return r, nil
}

// parseOne reads the face at the start of b and returns its length.
func parseOne(b []byte) (f Face, size int, err error) {
	if len(b) < information+imageHeader {
		return Face{}, 0, fmt.Errorf("%w: it ends inside a face", ErrFace)
	}
	length := uint64(binary.BigEndian.Uint32(b))
	points := int(binary.BigEndian.Uint16(b[4:]))
	start := information + points*pointLength + imageHeader
	if length > uint64(len(b)) || uint64(start) >= length {
		return Face{}, 0, fmt.Errorf("%w: lengths go past its end", ErrFace)
	}
	size = int(length)
	info := b[start-imageHeader : start]
	return Face{
		Gender: Gender(b[6]), Eyes: EyeColour(b[7]), Hair: HairColour(b[8]),
		Features:   Features(b[9])<<16 | Features(b[10])<<8 | Features(b[11]),
		Expression: Expression(binary.BigEndian.Uint16(b[12:])),
		Pose:       [3]Angle{Angle(b[14]), Angle(b[15]), Angle(b[16])}, PoseUncertainty: [3]byte(b[17:20]),
		Points: parsePoints(b[information:], points),

		Kind: FaceKind(info[0]), Coding: Coding(info[1]),
		Width: int(binary.BigEndian.Uint16(info[2:])), Height: int(binary.BigEndian.Uint16(info[4:])),
		Colour: ColourSpace(info[6]), Source: Source(info[7]),
		DeviceType: binary.BigEndian.Uint16(info[8:]), Quality: binary.BigEndian.Uint16(info[10:]),
		Image: b[start:size:size],
	}, size, nil
}

func parsePoints(b []byte, n int) []FacePoint {
	if n == 0 {
		return nil
	}
	points := make([]FacePoint, 0, n)
	for ; n > 0; n, b = n-1, b[pointLength:] {
		points = append(points, FacePoint{
			Type: b[0], Code: b[1],
			X: int(binary.BigEndian.Uint16(b[2:])), Y: int(binary.BigEndian.Uint16(b[4:])),
			Reserved: binary.BigEndian.Uint16(b[6:]),
		})
	}
	return points
}

// Marshal writes the record. It fails with [ErrFace] where a number does not
// fit into its field or there is nothing to write.
func (r *FaceRecord) Marshal() ([]byte, error) {
	if len(r.Faces) == 0 || len(r.Faces) > MaxFaces {
		return nil, fmt.Errorf("%w: of %d faces", ErrFace, len(r.Faces))
	}
	be := binary.BigEndian
	out := be.AppendUint32([]byte(faceFormat+faceVersion), 0) // the length, below
	out = be.AppendUint16(out, uint16(len(r.Faces)))
	for i := range r.Faces {
		if err := r.Faces[i].fits(); err != nil {
			return nil, err
		}
		out = r.Faces[i].append(out)
	}
	if len(out) > MaxRecord {
		return nil, fmt.Errorf("%w: of %d bytes", ErrFace, len(out))
	}
	be.PutUint32(out[8:], uint32(len(out)))
	return out, nil
}

// fits says whether every number fits into its field.
func (f *Face) fits() error {
	small := func(v int) bool { return v >= 0 && v <= math.MaxUint16 }
	ok := small(f.Width) && small(f.Height) && small(len(f.Points)) && f.Features < 1<<24
	for _, p := range f.Points {
		ok = ok && small(p.X) && small(p.Y)
	}
	if !ok {
		return fmt.Errorf("%w: a size, a point or the features do not fit", ErrFace)
	}
	if len(f.Image) == 0 || len(f.Image) > MaxRecord {
		return fmt.Errorf("%w: an image of %d bytes", ErrFace, len(f.Image))
	}
	return nil
}

// append writes the face's block behind out.
func (f *Face) append(out []byte) []byte {
	be := binary.BigEndian
	out = be.AppendUint32(out, uint32(information+len(f.Points)*pointLength+imageHeader+len(f.Image)))
	out = be.AppendUint16(out, uint16(len(f.Points)))
	out = append(out, byte(f.Gender), byte(f.Eyes), byte(f.Hair))
	out = append(out, byte(f.Features>>16), byte(f.Features>>8), byte(f.Features))
	out = be.AppendUint16(out, uint16(f.Expression))
	out = append(out, byte(f.Pose[0]), byte(f.Pose[1]), byte(f.Pose[2]))
	out = append(out, f.PoseUncertainty[:]...)
	for _, p := range f.Points {
		out = append(out, p.Type, p.Code)
		out = be.AppendUint16(be.AppendUint16(out, uint16(p.X)), uint16(p.Y))
		out = be.AppendUint16(out, p.Reserved)
	}
	out = append(out, byte(f.Kind), byte(f.Coding))
	out = be.AppendUint16(be.AppendUint16(out, uint16(f.Width)), uint16(f.Height))
	out = append(out, byte(f.Colour), byte(f.Source))
	out = be.AppendUint16(be.AppendUint16(out, f.DeviceType), f.Quality)
	return append(out, f.Image...)
}
