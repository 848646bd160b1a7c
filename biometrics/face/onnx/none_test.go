//go:build !cgo

package onnx_test

import (
	"errors"
	"testing"

	"github.com/tram-station/tram/biometrics/face/onnx"
)

// TestNone: without cgo everything says so, and nothing panics.
func TestNone(t *testing.T) {
	if rt, err := onnx.Load(onnx.Library()); rt != nil || !errors.Is(err, onnx.ErrNotBuilt) {
		t.Errorf("load: %v, %v", rt, err)
	}
	if s, err := new(onnx.Runtime).Open([]byte{1}, 1); s != nil || !errors.Is(err, onnx.ErrNotBuilt) {
		t.Errorf("open: %v, %v", s, err)
	}
	if out, err := new(onnx.Session).Run(); out != nil || !errors.Is(err, onnx.ErrNotBuilt) {
		t.Errorf("run: %v, %v", out, err)
	}
}
