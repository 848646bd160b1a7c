//go:build cgo

package onnx

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// process is the one state that the library forces on a program: it keeps one
// environment, unguarded. It is made once and stays, because sessions may run
// until the end.
var process struct {
	sync.Mutex
	runtime *Runtime
}

// noTelemetry is the variable of the environment that the library heeds.
const noTelemetry = "ORT_DISABLE_TELEMETRY"

// Runtime is the loaded library; safe for concurrent use.
type Runtime struct {
	library string // absolute, without links
	version string
}

// Load loads the shared library once a process. The same file again gives the
// same runtime; another one is [ErrOtherLibrary]. The path is made absolute
// first, so the system's search path plays no part. A file that is no usable
// runtime is [ErrLibrary], and a better one may be tried after it.
func Load(library string) (*Runtime, error) {
	path, err := filepath.Abs(library)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLibrary, err)
	}
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is no file", ErrLibrary, path)
	}
	process.Lock()
	defer process.Unlock()
	if process.runtime != nil {
		if process.runtime.library != path {
			return nil, fmt.Errorf("%w: %s", ErrOtherLibrary, process.runtime.library)
		}
		return process.runtime, nil
	}
	// The library reports home: its telemetry starts with the environment,
	// writes files to the temporary folder and waits for a network, before
	// DisableTelemetry can be called. This is its own way not to start it.
	if err := os.Setenv(noTelemetry, "1"); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLibrary, err)
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLibrary, err)
	}
	if err := ort.DisableTelemetry(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLibrary, errors.Join(err, ort.DestroyEnvironment()))
	}
	process.runtime = &Runtime{library: path, version: ort.GetVersion()}
	return process.runtime, nil
}

// Version is the library's own version, "1.30.0".
func (r *Runtime) Version() string { return r.version }

// Session is one model, ready to run.
type Session struct {
	inputs, outputs []Info

	mu  sync.RWMutex // held for reading by a run, for writing by Close
	dyn *ort.DynamicAdvancedSession
}

// Open makes a model ready. Only models are taken whose inputs and outputs are
// tensors of 32-bit floats, and that are whole: with all their weights in these
// bytes. Anything else is [ErrModel]. A run uses that many
// threads, the caller's among them; 0 leaves the number to the runtime.
func (r *Runtime) Open(model []byte, threads int) (*Session, error) {
	if len(model) == 0 || len(model) > maxModel {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrModel, len(model), maxModel)
	}
	if threads < 0 || threads > maxThreads {
		return nil, fmt.Errorf("%w: %d threads, at most %d", ErrModel, threads, maxThreads)
	}
	if err := whole(model); err != nil {
		return nil, err
	}
	in, out, err := ort.GetInputOutputInfoWithONNXData(model)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	s := &Session{}
	if s.inputs, err = describe(in); err != nil {
		return nil, err
	}
	for _, v := range s.inputs {
		if len(v.Shape) == 0 {
			return nil, fmt.Errorf("%w: input %q does not say its shape", ErrModel, v.Name)
		}
	}
	if s.outputs, err = describe(out); err != nil {
		return nil, err
	}
	options, err := newOptions(threads)
	if err != nil {
		return nil, err
	}
	defer options.Destroy() //nolint:errcheck // never fails
	s.dyn, err = ort.NewDynamicAdvancedSessionWithONNXData(model, names(s.inputs), names(s.outputs), options)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return s, nil
}

// newOptions sets up a session for a counter PC: waiting threads sleep, for
// between two frames other work needs the cores more than the next run a head
// start.
func newOptions(threads int) (*ort.SessionOptions, error) {
	o, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("session options: %w", err)
	}
	err = errors.Join(
		o.SetIntraOpNumThreads(threads),
		o.SetInterOpNumThreads(1),
		o.SetLogSeverityLevel(ort.LoggingLevelFatal),
		o.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	)
	if err != nil {
		return nil, fmt.Errorf("session options: %w", errors.Join(err, o.Destroy()))
	}
	return o, nil
}

// describe takes over the runtime's description of inputs or outputs.
func describe(values []ort.InputOutputInfo) ([]Info, error) {
	if len(values) == 0 || len(values) > maxValues {
		return nil, fmt.Errorf("%w: %d inputs or outputs, at most %d", ErrModel, len(values), maxValues)
	}
	infos := make([]Info, len(values))
	for i, v := range values {
		if v.OrtValueType != ort.ONNXTypeTensor || v.DataType != ort.TensorElementDataTypeFloat {
			return nil, fmt.Errorf("%w: %q is %s of %s, not a tensor of floats", ErrModel, v.Name, v.OrtValueType, v.DataType)
		}
		if len(v.Dimensions) > maxRank {
			return nil, fmt.Errorf("%w: %q has %d dimensions, at most %d are possible", ErrModel, v.Name, len(v.Dimensions), maxRank)
		}
		infos[i] = Info{Name: v.Name, Shape: slices.Clone(v.Dimensions)}
	}
	return infos, nil
}

func names(infos []Info) []string {
	out := make([]string, len(infos))
	for i, info := range infos {
		out[i] = info.Name
	}
	return out
}
