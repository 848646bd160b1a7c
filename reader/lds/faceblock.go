package lds

import (
	"errors"

	"github.com/tram-station/tram/reader/tlv"
)

// Numbers of a facial representation's elements (ISO/IEC 39794-5 annex A).
const (
	faceImage     = 1
	faceCaptured  = 2
	faceQuality   = 3
	faceIdentity  = 8
	faceLandmarks = 9
)

// Words for the codes of ISO/IEC 39794-5 annex A.
var (
	blockKinds   = []string{"mrtd", "general-purpose"}
	blockColours = []string{"", "other", "rgb24", "rgb48", "yuv422", "grey8", "grey16"}
	blockGenders = []string{"unknown", "other", "male", "female"}
	blockEyes    = []string{"", "other", "black", "blue", "brown", "grey", "green", "hazel", "multi-coloured", "pink"}
	blockHairs   = []string{"", "other", "bald", "black", "blonde", "brown", "grey", "white", "red", "coloured"}
)

// parseFaceBlock reads the portraits of a block of ISO/IEC 39794-5.
func parseFaceBlock(data []byte) ([]Face, error) {
	all, err := representations(data, tagFaceBlock)
	if err != nil {
		return nil, err
	}
	faces := make([]Face, 0, len(all))
	for _, r := range all {
		f, err := parseFaceRepresentation(r)
		if err != nil {
			return nil, err
		}
		faces = append(faces, f)
	}
	return faces, nil
}

func parseFaceRepresentation(r tlv.Elements) (Face, error) {
	// The image is a choice of a base, a choice of one in two dimensions.
	image := path(r, faceImage, 0, 0)
	f := Face{Image: image.Value(tagOf(0, false)), Captured: day(r, faceCaptured)}
	if f.Image == nil {
		return Face{}, errors.New("facial data block without an image")
	}
	if err := f.setMedia(); err != nil {
		return Face{}, err
	}
	const kind, size, colour = 1, 7, 9
	info := inside(image, 1)
	f.Kind, f.Colour = codeWord(info, kind, blockKinds), codeWord(info, colour, blockColours)
	pixels := inside(info, size)
	f.Width, f.Height = value(pixels, 0), value(pixels, 1)

	who := inside(r, faceIdentity)
	f.Gender, f.Eyes, f.Hair = codeWord(who, 0, blockGenders), codeWord(who, 1, blockEyes), codeWord(who, 2, blockHairs)
	f.Quality, _ = score(r, faceQuality)
	f.Points = landmarks(r)
	return f, nil
}

// codeWord returns the word for the code at element n.
func codeWord(parts tlv.Elements, n int, words []string) string {
	c, ok := code(parts, n)
	if !ok {
		return ""
	}
	return word(words, c)
}

// landmarks reads the points that stand in coordinates of two dimensions.
func landmarks(r tlv.Elements) []FeaturePoint {
	list, err := elements(r.Value(tagOf(faceLandmarks, true)), maxLandmarks)
	if err != nil {
		return nil
	}
	var points []FeaturePoint
	for _, l := range list {
		inner, err := elements(l.Value, maxBlockElements)
		if err != nil {
			return nil
		}
		const coordinates = 1
		at := path(inner, coordinates, 0, 0)
		x, okX := integer(at.Value(tagOf(0, false)))
		y, okY := integer(at.Value(tagOf(1, false)))
		if okX && okY {
			points = append(points, FeaturePoint{X: x, Y: y})
		}
	}
	return points
}
