//go:build cgo

package onnx_test

import (
	"errors"
	"testing"

	"github.com/tram-station/tram/biometrics/face/onnx"
)

// FuzzOpen: any bytes are a model or an error, and never the end of the
// program. Nothing is run: a model may do what it likes for as long as it
// likes, which is why a pack is signed.
func FuzzOpen(f *testing.F) {
	rt := load(f)
	f.Add(affine())
	f.Add(graph([][]byte{node("Identity", []string{"x"}, "y")}, nil,
		[][]byte{value("x", int64Type, 2)}, [][]byte{value("y", int64Type, 2)}))
	f.Add(graph([][]byte{node("Add", []string{"x", "w"}, "y")}, [][]byte{elsewhere("w", []int64{2}, "/dev/zero")},
		[][]byte{value("x", float32Type, 2)}, [][]byte{value("y", float32Type, 2)}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, model []byte) {
		s, err := rt.Open(model, 1)
		if err != nil {
			if !errors.Is(err, onnx.ErrModel) || s != nil {
				t.Fatalf("%v, %v", s, err)
			}
			return
		}
		if len(s.Inputs()) == 0 || len(s.Outputs()) == 0 {
			t.Error("a model without inputs or outputs")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
