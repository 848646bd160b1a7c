package net

import "github.com/tram-station/tram/biometrics/face"

// The kinds of models that this program understands: how a picture is to be
// laid out for them, and what their numbers mean. A pack names a kind for each
// of its models.

// detectors: there is one so far, whose layout is in its code.
var detectors = map[string]struct{}{"ultraface-320": {}}

var layouts = map[string]layout{
	// FaceLandmark68Net of face-api, RGB of 0 to 255: the network takes its mean
	// colour off itself. Its points lie 1.1 pixels too far left and up, alike in
	// the eyes and the chin, upright and turned: fitted on ten people of the Face
	// Research Lab London Set, tried on the ten others.
	"face-api-68": {
		side: 112, norm: norm{scale: 1},
		boxSide: 1.1, boxDown: 0.05, faceSide: 1.8, eyes: 0.27, shift: 1.1,
	},
}

var poses = map[string]pose{
	// The recogniser of faceplugin, RGB, on the usual five points of ArcFace.
	"faceplugin-512": {
		side: 112, length: 512, norm: norm{mean: [3]float32{127, 127, 127}, scale: 1.0 / 128},
		points: [5]face.Point{{X: 38.2946, Y: 51.6963}, {X: 73.5318, Y: 51.5014}, {X: 56.0252, Y: 71.7366}, {X: 41.5493, Y: 92.3655}, {X: 70.7299, Y: 92.2041}},
	},
	// dlib's ResNet in face-api's form, RGB of 0 to 255, on the same points of
	// dlib's mean face with a margin of a quarter.
	"dlib-128": {
		side: 150, length: 128, norm: norm{scale: 1},
		points: [5]face.Point{{X: 47.42, Y: 46.19}, {X: 100.61, Y: 46.19}, {X: 74.01, Y: 76.56}, {X: 52.23, Y: 103.25}, {X: 95.80, Y: 103.25}},
	},
}
