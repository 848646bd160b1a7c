package jp2

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"os"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Asset is the module of OpenJPEG 2.5 as pdfjs-dist 5.6.205 ships it, below the
// folder of assets.
const Asset = "openjpeg/openjpeg.wasm"

// assetSHA256 is the module this program was written for: the one-letter names
// of its imports and exports change with every build of it.
const assetSHA256 = "67b8e2b162da472e98cb48d3d32e3e38fff481b9b32ff4818e78bb248af88ab2"

// ErrWrongModule says that the asset is not the module this program knows.
var ErrWrongModule = errors.New("not the OpenJPEG module of this program: run `make assets`")

// pageSize is a page of WebAssembly memory, in bytes.
const pageSize = 64 << 10

// Decoder decodes in a sandbox. It is safe for concurrent use: the module is
// compiled once, and each picture runs in an instance of its own that has no
// files, no clock and no memory of the picture before.
type Decoder struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
	maxTime time.Duration
}

// Load compiles the module at path, for which see [Asset]. It takes about 0.3
// seconds, so a program loads it once.
func Load(ctx context.Context, path string) (*Decoder, error) {
	code, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load the JPEG 2000 decoder: %w", err)
	}
	if sum := sha256.Sum256(code); hex.EncodeToString(sum[:]) != assetSHA256 {
		return nil, fmt.Errorf("%s: %w", path, ErrWrongModule)
	}
	return compile(ctx, code, MaxMemory, MaxTime)
}

// compile makes a decoder out of any module with the right imports and exports.
func compile(ctx context.Context, code []byte, maxMemory uint32, maxTime time.Duration) (*Decoder, error) {
	code, err := meter(code, importTick)
	if err != nil {
		return nil, err
	}
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(maxMemory/pageSize))
	module, err := r.CompileModule(ctx, code)
	if err == nil {
		err = provideImports(ctx, r)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("compile the JPEG 2000 decoder: %w", err), r.Close(ctx))
	}
	return &Decoder{runtime: r, module: module, maxTime: maxTime}, nil
}

// Close frees the compiled module. No Decode may run any more.
func (d *Decoder) Close() error { return d.runtime.Close(context.Background()) }

// Decode decodes a JP2 file or a bare codestream of one or three components
// into an *image.Gray or an opaque *image.RGBA, to the very samples of
// OpenJPEG's own program; other depths than 8 bits are scaled to it. What is
// cut or damaged so that it shows is [ErrCorrupt]. The other errors are those
// of [ReadHeader], [ErrTimeout] after [MaxTime], and ctx's own.
func (d *Decoder) Decode(ctx context.Context, b []byte) (image.Image, error) {
	s, err := parse(b)
	if err != nil {
		return nil, err
	}
	if err := s.whole(); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, d.maxTime)
	defer cancel()
	p := &picture{header: s.Header}
	if err := d.run(withPicture(limited, p), b, p); err != nil {
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case limited.Err() != nil:
			return nil, ErrTimeout
		case p.starved:
			return nil, fmt.Errorf("%w: it takes more than %d MiB to decode", ErrTooLarge, MaxMemory>>20)
		}
		return nil, fmt.Errorf("%w (%w)", ErrCorrupt, err)
	}
	return p.image, nil
}

// run decodes b in a fresh instance; the imports leave the image in p.
func (d *Decoder) run(ctx context.Context, b []byte, p *picture) (err error) {
	m, err := d.runtime.InstantiateModule(ctx, d.module, wazero.NewModuleConfig().WithName("").WithStartFunctions(exportStart))
	if err != nil {
		return err
	}
	// The context may be done, which must not keep the instance alive.
	defer func() { err = errors.Join(err, m.Close(context.WithoutCancel(ctx))) }()

	at, err := call(ctx, m, exportMalloc, uint64(len(b)))
	if err != nil {
		return err
	}
	if at == 0 || !m.Memory().Write(uint32(at), b) {
		return errors.New("no room for the file")
	}
	// The arguments behind the length: the components that are wanted (0: as
	// the file has them, in RGB), whether to leave a palette alone, whether to
	// hand out transparency, and how many resolutions to leave out.
	failed, err := call(ctx, m, exportDecode, at, uint64(len(b)), 0, 0, 0, 0)
	if err != nil {
		return err
	}
	if len(p.said) > 0 { // a warning too: it has filled something in
		return fmt.Errorf("OpenJPEG says: %s", strings.Join(p.said, "; "))
	}
	if failed != 0 || p.image == nil {
		return errors.New("OpenJPEG has no picture and no reason")
	}
	return nil
}

// call calls an export that returns one number.
func call(ctx context.Context, m api.Module, name string, args ...uint64) (uint64, error) {
	out, err := m.ExportedFunction(name).Call(ctx, args...)
	if err != nil {
		return 0, err
	}
	return out[0], nil
}
