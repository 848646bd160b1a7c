// Package onnx runs neural networks in ONNX Runtime: its shared library is
// loaded when the station starts, so a build needs no header and a station
// without models needs no library.
//
// A program built without cgo cannot load it; [Load] then says [ErrNotBuilt].
package onnx

import (
	"errors"
	"runtime"
)

var (
	// ErrNotBuilt says that this program cannot load ONNX Runtime at all.
	ErrNotBuilt = errors.New("ONNX Runtime is not in this program: it was built without cgo")
	// ErrLibrary says that the shared library cannot be used.
	ErrLibrary = errors.New("the ONNX Runtime library cannot be used: run `make assets`")
	// ErrOtherLibrary says that another library is loaded already: a process
	// holds one for as long as it lives.
	ErrOtherLibrary = errors.New("another ONNX Runtime library is loaded: start the program anew")
	// ErrModel says that the bytes are no model, or none that can be run here.
	ErrModel = errors.New("not a model that this station can run")
	// ErrInput says that a tensor is not what the model takes.
	ErrInput = errors.New("input does not fit the model")
	// ErrRun says that the runtime gave up in the midst of a run.
	ErrRun = errors.New("the model did not run")
	// ErrClosed says that the session was closed.
	ErrClosed = errors.New("model session is closed")
)

// Info describes one input or output of a model.
type Info struct {
	Name  string
	Shape []int64 // -1: any length; empty for an output that does not say it
}

// Tensor is a block of numbers, the last dimension running fastest:
// 1×3×H×W for one picture by planes.
type Tensor struct {
	Shape []int64
	Data  []float32
}

// Library is where the shared library of this operating system stands among
// the assets.
func Library() string {
	switch runtime.GOOS {
	case "windows":
		return "onnxruntime/onnxruntime.dll"
	case "darwin":
		return "onnxruntime/libonnxruntime.1.dylib"
	default:
		return "onnxruntime/libonnxruntime.so.1"
	}
}
