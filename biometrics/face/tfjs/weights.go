package tfjs

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// Limits of a file of weights, some ten times what the networks have.
const (
	maxManifest = 1 << 20  // bytes
	maxWeights  = 64 << 20 // bytes
	maxTensors  = 1024
	maxRank     = 4
)

// tensor is a block of weights as TensorFlow.js lays it out, the last
// dimension running fastest.
type tensor struct {
	shape []int
	data  []float32
}

// group is one entry of a weights manifest: tensors that stand one after the
// other in the joined files of paths.
type group struct {
	Weights []entry  `json:"weights"`
	Paths   []string `json:"paths"`
}

type entry struct {
	Name         string        `json:"name"`
	Shape        []int         `json:"shape"`
	Type         string        `json:"dtype"`
	Quantization *quantization `json:"quantization"`
}

// quantization says that a value stands as one byte q: q·scale + min.
type quantization struct {
	Type  string  `json:"dtype"`
	Scale float64 `json:"scale"`
	Min   float64 `json:"min"`
}

// readWeights reads a weights manifest of one group and its one file.
func readWeights(manifest, weights []byte) (map[string]tensor, error) {
	if len(manifest) > maxManifest || len(weights) > maxWeights {
		return nil, fmt.Errorf("%w: manifest of %d bytes and weights of %d, at most %d and %d",
			ErrWeights, len(manifest), len(weights), maxManifest, maxWeights)
	}
	var groups []group
	dec := json.NewDecoder(bytes.NewReader(manifest))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&groups); err != nil {
		return nil, fmt.Errorf("%w: manifest: %w", ErrWeights, err)
	}
	if len(groups) != 1 || len(groups[0].Paths) != 1 || len(groups[0].Weights) > maxTensors {
		return nil, fmt.Errorf("%w: not one group in one file, or more than %d tensors", ErrWeights, maxTensors)
	}
	all := make(map[string]tensor, len(groups[0].Weights))
	for _, e := range groups[0].Weights {
		t, rest, err := e.read(weights)
		if err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrWeights, e.Name, err)
		}
		if _, ok := all[e.Name]; ok {
			return nil, fmt.Errorf("%w: %q is there twice", ErrWeights, e.Name)
		}
		all[e.Name], weights = t, rest
	}
	if len(weights) != 0 {
		return nil, fmt.Errorf("%w: %d bytes are left over", ErrWeights, len(weights))
	}
	return all, nil
}

// read takes the tensor from the front of b and returns the rest.
func (e entry) read(b []byte) (tensor, []byte, error) {
	if e.Type != "float32" || len(e.Shape) == 0 || len(e.Shape) > maxRank {
		return tensor{}, nil, fmt.Errorf("%s of %d dimensions: float32 of 1 to %d can be read", e.Type, len(e.Shape), maxRank)
	}
	n := 1
	for _, d := range e.Shape {
		if d <= 0 || n > maxWeights/d {
			return tensor{}, nil, fmt.Errorf("shape %v", e.Shape)
		}
		n *= d
	}
	size := 4 * n
	if e.Quantization != nil {
		size = n
	}
	if size > len(b) {
		return tensor{}, nil, fmt.Errorf("the weights end before it: %d bytes of %d", len(b), size)
	}
	data := make([]float32, n)
	if q := e.Quantization; q != nil {
		if q.Type != "uint8" {
			return tensor{}, nil, fmt.Errorf("quantized as %s: uint8 can be read", q.Type)
		}
		for i := range data {
			// The product is rounded by itself, so that no processor fuses it
			// into the sum and the model is the same everywhere.
			data[i] = float32(float64(float64(b[i])*q.Scale) + q.Min)
		}
	} else {
		for i := range data {
			data[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	}
	for _, v := range data {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return tensor{}, nil, fmt.Errorf("a weight is %v", v)
		}
	}
	return tensor{e.Shape, data}, b[size:], nil
}
