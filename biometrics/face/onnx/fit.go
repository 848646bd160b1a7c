//go:build cgo

package onnx

import "fmt"

// Limits of a model and of one run. They stand far above what a face model
// needs and far below what would hurt the station.
const (
	maxModel    = 512 << 20 // bytes of a model
	maxValues   = 8         // inputs, and outputs, of a model
	maxRank     = 8         // dimensions of a tensor
	maxElements = 32 << 20  // numbers in one tensor (128 MiB)
	maxThreads  = 64
)

// fits reports why the tensor is not what the model takes at this input.
func (t Tensor) fits(want Info) error {
	if len(t.Shape) != len(want.Shape) {
		return fmt.Errorf("%w: %s has %d dimensions, got %v", ErrInput, want.Name, len(want.Shape), t.Shape)
	}
	n := int64(1)
	for i, d := range t.Shape {
		if d <= 0 || want.Shape[i] >= 0 && d != want.Shape[i] {
			return fmt.Errorf("%w: %s is %v, got %v", ErrInput, want.Name, want.Shape, t.Shape)
		}
		if n > maxElements/d {
			return fmt.Errorf("%w: %s of %v is more than %d numbers", ErrInput, want.Name, t.Shape, maxElements)
		}
		n *= d
	}
	if int64(len(t.Data)) != n {
		return fmt.Errorf("%w: %s of %v takes %d numbers, got %d", ErrInput, want.Name, t.Shape, n, len(t.Data))
	}
	return nil
}

// fitAll holds the tensors of a run against the model's inputs.
func fitAll(in []Tensor, want []Info) error {
	if len(in) != len(want) {
		return fmt.Errorf("%w: the model takes %d tensors, got %d", ErrInput, len(want), len(in))
	}
	for i, t := range in {
		if err := t.fits(want[i]); err != nil {
			return err
		}
	}
	return nil
}
