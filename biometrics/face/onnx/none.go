//go:build !cgo

package onnx

// Runtime is the loaded library; without cgo there is none.
type Runtime struct{}

// Session is one model, ready to run; without cgo there is none.
type Session struct{}

// Load always fails with [ErrNotBuilt].
func Load(string) (*Runtime, error) { return nil, ErrNotBuilt }

// Version is empty.
func (*Runtime) Version() string { return "" }

// Open always fails with [ErrNotBuilt].
func (*Runtime) Open([]byte, int) (*Session, error) { return nil, ErrNotBuilt }

// Inputs are none.
func (*Session) Inputs() []Info { return nil }

// Outputs are none.
func (*Session) Outputs() []Info { return nil }

// Run always fails with [ErrNotBuilt].
func (*Session) Run(...Tensor) ([]Tensor, error) { return nil, ErrNotBuilt }

// Close does nothing.
func (*Session) Close() error { return nil }
