package lds

import (
	"errors"
	"fmt"

	"github.com/tram-station/tram/biometrics/iso19794"
)

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

// parseFaceRecord reads the faces of a facial record.
func parseFaceRecord(b []byte) ([]Face, error) {
	r, err := iso19794.ParseFace(b)
	if err != nil {
		return nil, err
	}
	faces := make([]Face, 0, len(r.Faces))
	for i := range r.Faces {
		f := recorded(&r.Faces[i])
		if err := f.setMedia(); err != nil {
			return nil, err
		}
		faces = append(faces, f)
	}
	return faces, nil
}

// recorded puts what a facial record says into words.
func recorded(r *iso19794.Face) Face {
	f := Face{
		Image: r.Image, Width: r.Width, Height: r.Height,
		Kind: word(faceKinds, int(r.Kind)), Colour: word(faceColours, int(r.Colour)), Source: word(faceSources, int(r.Source)),
		Gender: worded(faceGenders, byte(r.Gender), "unknown"),
		Eyes:   worded(faceEyes, byte(r.Eyes), "other"), Hair: worded(faceHairs, byte(r.Hair), "other"),
		Features: uint32(r.Features), Expression: uint16(r.Expression),
		PoseUncertainty: r.PoseUncertainty,
	}
	for i, a := range r.Pose {
		f.Pose[i] = byte(a)
	}
	if r.Quality <= 100 {
		f.Quality = int(r.Quality)
	}
	for _, p := range r.Points {
		f.Points = append(f.Points, FeaturePoint{Type: p.Type, Code: p.Code, X: p.X, Y: p.Y})
	}
	return f
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
