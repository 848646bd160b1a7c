//go:build cgo

package onnx

import (
	"fmt"
	"runtime"

	ort "github.com/yalue/onnxruntime_go"
)

// Inputs describes what Run takes, in its order. Not to be changed.
func (s *Session) Inputs() []Info { return s.inputs }

// Outputs describes what Run gives, in its order. Not to be changed.
func (s *Session) Outputs() []Info { return s.outputs }

// Run runs the model once: all inputs in, all outputs back, each in the
// model's order. Shapes and sizes are checked before the library sees them
// ([ErrInput]). It is safe for concurrent use, and the inputs are not changed.
func (s *Session) Run(in ...Tensor) ([]Tensor, error) {
	if err := fitAll(in, s.inputs); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.dyn == nil {
		return nil, ErrClosed
	}
	var pins runtime.Pinner // the library keeps the address from call to call
	defer pins.Unpin()
	values := make([]ort.Value, 0, len(in))
	defer func() { destroy(values) }()
	for _, t := range in {
		pins.Pin(&t.Data[0])
		v, err := ort.NewTensor(ort.Shape(t.Shape), t.Data)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInput, err)
		}
		values = append(values, v)
	}
	results := make([]ort.Value, len(s.outputs)) // nil: the library makes them
	defer func() { destroy(results) }()
	if err := s.dyn.Run(values, results); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRun, err)
	}
	out := make([]Tensor, len(results))
	for i, v := range results {
		t, ok := v.(*ort.Tensor[float32])
		if !ok {
			return nil, fmt.Errorf("%w: output %q is no tensor of floats", ErrRun, s.outputs[i].Name)
		}
		out[i] = Tensor{Shape: t.GetShape(), Data: t.GetData()}
	}
	return out, nil
}

// Close frees the model once its last run is done. Closing twice is no error.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dyn == nil {
		return nil
	}
	err := s.dyn.Destroy()
	s.dyn = nil
	return err
}

// destroy frees what the library holds of the values. The numbers of an output
// are a Go slice of its own and stay.
func destroy(values []ort.Value) {
	for _, v := range values {
		if v != nil {
			v.Destroy() //nolint:errcheck // never fails
		}
	}
}
