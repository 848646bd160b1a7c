package tfjs

import (
	"math"
	"testing"
)

// FuzzWeights: any manifest and weights are read or refused; what is read has
// the shape that it says, and only finite numbers.
func FuzzWeights(f *testing.F) {
	f.Add([]byte(`[{"weights":[{"name":"a","shape":[2,2],"dtype":"float32","quantization":{"dtype":"uint8","scale":0.5,"min":-1}},`+
		`{"name":"b","shape":[1],"dtype":"float32"}],"paths":["a.bin"]}]`), []byte{0, 1, 2, 3, 0, 0, 128, 63})
	f.Add([]byte(`[{"weights":[{"name":"a","shape":[1048576,1048576,1048576,4],"dtype":"float32"}],"paths":["a"]}]`), []byte{0})
	f.Add([]byte(`[{"weights":[],"paths":["a"]}]`), []byte{})
	f.Add([]byte(`[]`), []byte{})
	f.Fuzz(func(t *testing.T, manifest, weights []byte) {
		all, err := readWeights(manifest, weights)
		if err != nil {
			if all != nil {
				t.Fatal("weights beside an error")
			}
			return
		}
		for name, w := range all {
			n := 1
			for _, d := range w.shape {
				n *= d
			}
			if n != len(w.data) || n > len(weights) {
				t.Fatalf("%q: %d numbers of %v out of %d bytes", name, len(w.data), w.shape, len(weights))
			}
			for _, v := range w.data {
				if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					t.Fatalf("%q has %v", name, v)
				}
			}
		}
	})
}
