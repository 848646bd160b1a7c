package lds

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Layout of a facial record (ISO/IEC 19794-5:2005 §5.4–5.7), in bytes.
const (
	recordHeader = 14 // "FAC\0", version, length u32, number of faces u16
	faceHeader   = 20 // block length u32, feature points u16, …
	featurePoint = 8
	imageHeader  = 12 // type, coding, width u16, height u16, …
)

// maxFaces bounds the faces of one facial record.
const maxFaces = 16

// errFace says that DG2 holds no facial record this reader knows.
var errFace = errors.New("no facial record of ISO/IEC 19794-5 or 39794-5")

// Face is a portrait of DG2 (ISO/IEC 19794-5:2005 or 39794-5) and what its
// record says of it. Words are "" where nothing is stated.
type Face struct {
	MediaType     string // MediaJPEG, MediaJP2 or MediaJ2C, by the image's first bytes
	Image         []byte
	Width, Height int // as the record states; 0 when it does not

	Kind    string // "basic", "full-frontal", "token-frontal"; "mrtd", "general-purpose"
	Colour  string // "rgb24", "rgb48", "yuv422", "grey8", "grey16", "other"
	Source  string // "photo", "camera", "scanner", "video"; "" in ISO/IEC 39794-5
	Gender  string // "male", "female", "other", "unknown"
	Eyes    string // "black", "blue", "brown", "grey", "green", "multi-coloured", "pink", "hazel", "other"
	Hair    string // "bald", "black", "blonde", "brown", "grey", "white", "red", "green", "blue", …
	Quality int    // 1 … 100; 0 when not stated

	// Features, Expression, Pose (yaw, pitch, roll) and PoseUncertainty are the
	// codes of ISO/IEC 19794-5:2005 §5.5.4–5.5.8; 0 is "not stated", as always
	// in ISO/IEC 39794-5.
	Features              uint32
	Expression            uint16
	Pose, PoseUncertainty [3]byte
	Points                []FeaturePoint
	Captured              Date // ISO/IEC 39794-5 only

	Template Template
	// Others are the further portraits of DG2, in their order; without Others
	// of their own.
	Others []Face
}

// FeaturePoint is a landmark in pixels of the image. Type and Code are those
// of ISO/IEC 19794-5:2005 §5.6 (type 1 is an MPEG-4 point, whose code holds the
// major and the minor number in four bits each); 0 in ISO/IEC 39794-5.
type FeaturePoint struct {
	Type, Code byte
	X, Y       int
}

// Words for the codes of ISO/IEC 19794-5:2005 §5.5 and §5.7.
var (
	faceKinds   = []string{"basic", "full-frontal", "token-frontal"}
	faceColours = []string{"", "rgb24", "yuv422", "grey8", "other"}
	faceSources = []string{"", "photo", "camera", "scanner", "video", "video", "video"}
	faceGenders = []string{"", "male", "female"}
	faceEyes    = []string{"", "black", "blue", "brown", "grey", "green", "multi-coloured", "pink"}
	faceHairs   = []string{"", "bald", "black", "blonde", "brown", "grey", "white", "red", "green", "blue"}
)

// codeOther says in a facial record that none of the words fits.
const codeOther = 0xFF

// ParseDG2 decodes DG2, header included, and returns its first portrait, in
// the encoding of ISO/IEC 19794-5:2005 or of ISO/IEC 39794-5; further ones
// stand in its Others.
func ParseDG2(b []byte) (*Face, error) {
	blocks, err := templates(b, EFDG2)
	if err != nil {
		return nil, fmt.Errorf("DG2: %w", err)
	}
	var faces []Face
	for _, bl := range blocks {
		parse := parseFaceRecord
		if isBlock(bl.data, tagFaceBlock) {
			parse = parseFaceBlock
		}
		more, err := parse(bl.data)
		if err != nil {
			return nil, fmt.Errorf("DG2: %w", err)
		}
		for i := range more {
			more[i].Template = bl.Template
		}
		faces = append(faces, more...)
	}
	if len(faces) == 0 {
		return nil, fmt.Errorf("DG2: %w", errNoTemplate)
	}
	first := faces[0]
	first.Others = faces[1:]
	return &first, nil
}

// parseFaceRecord reads a facial record: header, then for each face the facial
// information, feature points, image information and image.
func parseFaceRecord(b []byte) ([]Face, error) {
	if len(b) < recordHeader || string(b[:4]) != "FAC\x00" {
		return nil, errFace
	}
	if v := string(b[4:8]); v != "010\x00" {
		return nil, fmt.Errorf("%w: version %q", errFace, v)
	}
	if n := binary.BigEndian.Uint32(b[8:]); uint64(n) != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", errFace, n, len(b))
	}
	count := int(binary.BigEndian.Uint16(b[12:]))
	if count == 0 || count > maxFaces {
		return nil, fmt.Errorf("%w: it claims %d faces", errFace, count)
	}
	faces := make([]Face, 0, count)
	b = b[recordHeader:]
	for range count {
		f, size, err := parseFace(b)
		if err != nil {
			return nil, err
		}
		faces, b = append(faces, f), b[size:]
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes follow the last face", errFace, len(b))
	}
	return faces, nil
}

// parseFace reads the face at the start of b and returns its length.
func parseFace(b []byte) (f Face, size int, err error) {
	if len(b) < faceHeader+imageHeader {
		return Face{}, 0, fmt.Errorf("%w: it ends inside a face", errFace)
	}
	length := uint64(binary.BigEndian.Uint32(b))
	points := int(binary.BigEndian.Uint16(b[4:]))
	start := faceHeader + points*featurePoint + imageHeader
	if length > uint64(len(b)) || uint64(start) >= length {
		return Face{}, 0, fmt.Errorf("%w: lengths go past its end", errFace)
	}
	size = int(length)
	f = Face{
		Gender: worded(faceGenders, b[6], "unknown"),
		Eyes:   worded(faceEyes, b[7], "other"), Hair: worded(faceHairs, b[8], "other"),
		Features:   uint32(b[9])<<16 | uint32(b[10])<<8 | uint32(b[11]),
		Expression: binary.BigEndian.Uint16(b[12:]),
		Pose:       [3]byte(b[14:17]), PoseUncertainty: [3]byte(b[17:20]),
		Points: parsePoints(b[faceHeader:], points),
	}
	info := b[start-imageHeader : start]
	f.Kind, f.Colour, f.Source = word(faceKinds, int(info[0])), word(faceColours, int(info[6])), word(faceSources, int(info[7]))
	f.Width, f.Height = int(binary.BigEndian.Uint16(info[2:])), int(binary.BigEndian.Uint16(info[4:]))
	if q := int(binary.BigEndian.Uint16(info[10:])); q <= 100 {
		f.Quality = q
	}
	f.Image = b[start:size:size]
	return f, size, f.setMedia()
}

func parsePoints(b []byte, n int) []FeaturePoint {
	if n == 0 {
		return nil
	}
	points := make([]FeaturePoint, 0, n)
	for ; n > 0; n, b = n-1, b[featurePoint:] {
		points = append(points, FeaturePoint{
			Type: b[0], Code: b[1],
			X: int(binary.BigEndian.Uint16(b[2:])), Y: int(binary.BigEndian.Uint16(b[4:])),
		})
	}
	return points
}

// setMedia names the image's coding; a portrait is JPEG or JPEG 2000.
func (f *Face) setMedia() error {
	switch f.MediaType = mediaType(f.Image); f.MediaType {
	case MediaJPEG, MediaJP2, MediaJ2C:
		return nil
	}
	return errors.New("the portrait is neither JPEG nor JPEG 2000")
}

// worded returns the word at a code of a facial record, in which FF stands for
// what no word fits.
func worded(words []string, code byte, other string) string {
	if code == codeOther {
		return other
	}
	return word(words, int(code))
}
