// Package tfjs turns the weights of two networks of face-api, which are
// published for TensorFlow.js, into ONNX models. What comes out depends on
// what goes in alone, byte for byte.
//
// Both models take one picture by planes, 1×3×N×N, red, green, blue, from 0 to
// 255: normalising is part of the model.
package tfjs

import "errors"

// ErrWeights says that the files are not the weights of the network.
var ErrWeights = errors.New("not the weights of this network")

// pixelMean is the mean colour that both networks were trained against.
var pixelMean = []float32{122.782, 117.001, 104.298}

// Landmarks68 makes the network of 68 landmarks: input 1×3×112×112, output
// "landmarks" 1×136: x and y of each point in turn, in the iBUG 300-W order,
// as parts of the picture's side. manifest is face-api's
// face_landmark_68_model-weights_manifest.json, weights the .bin beside it.
func Landmarks68(manifest, weights []byte) ([]byte, error) {
	return convert(manifest, weights, landmarks)
}

// Recognition makes dlib's residual network for comparing faces: input
// 1×3×150×150, output "embedding" 1×128, not normalised. manifest is
// face-api's face_recognition_model-weights_manifest.json, weights the .bin
// beside it.
func Recognition(manifest, weights []byte) ([]byte, error) {
	return convert(manifest, weights, recognition)
}

// convert reads the weights and lets network build the model out of them. It
// must use them all: weights that are left over belong to another network.
func convert(manifest, weights []byte, network func(*builder)) ([]byte, error) {
	w, err := readWeights(manifest, weights)
	if err != nil {
		return nil, err
	}
	b := &builder{weights: w, used: map[string]bool{}}
	network(b)
	return b.model()
}
