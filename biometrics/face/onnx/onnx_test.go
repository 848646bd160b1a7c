//go:build cgo

package onnx_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/tram-station/tram/biometrics/face/onnx"
	"github.com/tram-station/tram/testdata"
)

// load gives the runtime of the assets; a station's tests need it.
func load(tb testing.TB) *onnx.Runtime {
	tb.Helper()
	path := testdata.Asset(tb, onnx.Library())
	rt, err := onnx.Load(path)
	if err != nil {
		tb.Fatal(err)
	}
	return rt
}

func open(tb testing.TB, model []byte) *onnx.Session {
	tb.Helper()
	s, err := load(tb).Open(model, 1)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func TestLoad(t *testing.T) {
	rt := load(t)
	if rt.Version() != "1.30.0" {
		t.Errorf("version %q", rt.Version())
	}
	path := testdata.Asset(t, onnx.Library())
	link := filepath.Join(t.TempDir(), "link.so")
	target, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if again, err := onnx.Load(link); again != rt || err != nil {
		t.Errorf("the same file by another name: %p, %v; want %p", again, err, rt)
	}
	other := filepath.Join(t.TempDir(), "other.so")
	if err := os.WriteFile(other, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Load(other); !errors.Is(err, onnx.ErrOtherLibrary) {
		t.Errorf("another library: %v", err)
	}
	for _, path := range []string{"", t.TempDir(), filepath.Join(t.TempDir(), "missing.so")} {
		if _, err := onnx.Load(path); !errors.Is(err, onnx.ErrLibrary) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestRun(t *testing.T) {
	s := open(t, affine())
	in, out := s.Inputs(), s.Outputs()
	if len(in) != 1 || in[0].Name != "x" || !slices.Equal(in[0].Shape, []int64{-1, 3}) {
		t.Errorf("inputs %v", in)
	}
	if len(out) != 2 || out[0].Name != "y" || out[1].Name != "r" || !slices.Equal(out[1].Shape, []int64{-1, 2}) {
		t.Errorf("outputs %v", out)
	}
	x := onnx.Tensor{Shape: []int64{2, 3}, Data: []float32{1, 2, 3, -1, 0, 10}}
	got, err := s.Run(x)
	if err != nil {
		t.Fatal(err)
	}
	// By hand: 1·1+2·3+3·5+½ = 22.5, 1·2+2·4+3·6−100 = −72; the second row alike.
	if !slices.Equal(got[0].Data, []float32{22.5, -72, 49.5, -42}) || !slices.Equal(got[0].Shape, []int64{2, 2}) {
		t.Errorf("y = %v", got[0])
	}
	if !slices.Equal(got[1].Data, []float32{22.5, 0, 49.5, 0}) {
		t.Errorf("r = %v", got[1])
	}
	if !slices.Equal(x.Data, []float32{1, 2, 3, -1, 0, 10}) {
		t.Errorf("the input became %v", x.Data)
	}
}

// TestInput: what does not fit never reaches the library.
func TestInput(t *testing.T) {
	s := open(t, affine())
	good := onnx.Tensor{Shape: []int64{1, 3}, Data: make([]float32, 3)}
	for name, in := range map[string][]onnx.Tensor{
		"none":            nil,
		"two":             {good, good},
		"rank":            {{Shape: []int64{3}, Data: make([]float32, 3)}},
		"fixed dimension": {{Shape: []int64{1, 4}, Data: make([]float32, 4)}},
		"zero":            {{Shape: []int64{0, 3}}},
		"negative":        {{Shape: []int64{-1, 3}, Data: make([]float32, 3)}},
		"too few":         {{Shape: []int64{2, 3}, Data: make([]float32, 5)}},
		"too many":        {{Shape: []int64{2, 3}, Data: make([]float32, 7)}},
		"too large":       {{Shape: []int64{1 << 40, 3}, Data: make([]float32, 3)}},
		"overflow":        {{Shape: []int64{1 << 62, 3}, Data: make([]float32, 3)}},
	} {
		if got, err := s.Run(in...); !errors.Is(err, onnx.ErrInput) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := s.Run(good); err != nil {
		t.Errorf("the control: %v", err)
	}
}

// TestModel: bytes that are no model, or none of ours, are errors.
func TestModel(t *testing.T) {
	rt := load(t)
	good := affine()
	integers := graph([][]byte{node("Identity", []string{"x"}, "y")}, nil,
		[][]byte{value("x", int64Type, 2)}, [][]byte{value("y", int64Type, 2)})
	t.Chdir(t.TempDir()) // the library would look for files here
	if err := os.WriteFile("weights.bin", make([]byte, 8), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := func(w []byte) []byte {
		return graph([][]byte{node("Add", []string{"x", "w"}, "y")}, [][]byte{w},
			[][]byte{value("x", float32Type, 2)}, [][]byte{value("y", float32Type, 2)})
	}
	outside := elsewhere("w", []int64{2}, "weights.bin")
	constant := func(w []byte) []byte {
		n := bytesField(node("Constant", nil, "w"), 5, intField(bytesField(stringField(nil, 1, "value"), 5, w), 20, 4))
		return graph([][]byte{n, node("Add", []string{"x", "w"}, "y")}, nil,
			[][]byte{value("x", float32Type, 2)}, [][]byte{value("y", float32Type, 2)})
	}
	deep := []byte{}
	for range 100 { // a graph in an attribute of a node of a graph …
		deep = bytesField(nil, 1, bytesField(nil, 5, bytesField(stringField(nil, 1, "body"), 6, deep)))
	}
	for name, model := range map[string][]byte{
		"empty":            nil,
		"text":             []byte("this is no model"),
		"cut":              good[:len(good)/2],
		"unknown operator": graph([][]byte{node("Conjure", []string{"x"}, "y")}, nil, [][]byte{value("x", float32Type, 2)}, [][]byte{value("y", float32Type, 2)}),
		"integers":         integers,
		"weights in files": sum(outside),
		"of a node":        constant(outside),
		"nested":           bytesField(intField(nil, 1, 8), 7, deep),
		"another format":   append([]byte{0x20, 0, 0, 0}, "ORTM and more"...),
	} {
		if s, err := rt.Open(model, 1); !errors.Is(err, onnx.ErrModel) || s != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, model := range map[string][]byte{
		"initializer": sum(weights("w", []int64{2}, 1, 2)),
		"constant":    constant(weights("w", []int64{2}, 1, 2)),
	} {
		s, err := rt.Open(model, 1)
		if err != nil {
			t.Errorf("the control, weights in the %s: %v", name, err)
			continue
		}
		if got, err := s.Run(onnx.Tensor{Shape: []int64{2}, Data: []float32{10, 20}}); err != nil || !slices.Equal(got[0].Data, []float32{11, 22}) {
			t.Errorf("the control, weights in the %s: %v, %v", name, got, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, threads := range []int{-1, 1000} {
		if _, err := rt.Open(good, threads); !errors.Is(err, onnx.ErrModel) {
			t.Errorf("%d threads: %v", threads, err)
		}
	}
	for _, threads := range []int{0, 1, 2} {
		s, err := rt.Open(good, threads)
		if err != nil {
			t.Fatalf("the control, %d threads: %v", threads, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestTogether: runs at the same time do not mix, and Close waits for them.
func TestTogether(t *testing.T) {
	s := open(t, affine())
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				f := float32(g*1000 + i)
				got, err := s.Run(onnx.Tensor{Shape: []int64{1, 3}, Data: []float32{f, 0, 0}})
				if err != nil {
					t.Error(err)
					return
				}
				if got[0].Data[0] != f+0.5 {
					t.Errorf("%v for %v", got[0].Data, f)
					return
				}
			}
		})
	}
	wg.Wait()
	for range 4 {
		wg.Go(func() {
			for {
				if _, err := s.Run(onnx.Tensor{Shape: []int64{1, 3}, Data: make([]float32, 3)}); err != nil {
					if !errors.Is(err, onnx.ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}
