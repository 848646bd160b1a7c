package jp2

import (
	"bytes"
	"context"
	"image"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// Names of the module's exports. Emscripten shortens them; here is what each
// stands for.
const (
	exportStart  = "s" // the constructors of C
	exportMalloc = "t"
	exportDecode = "v" // file, length, and how to decode it → 0 or 1
)

// importTick is the import that the meter calls. C calls it when the program
// ends, which this one does not.
const importTick = "j"

// Limits for the words OpenJPEG has to say about a picture.
const (
	maxWords    = 16
	maxWordSize = 256
)

// picture is what the sandbox hands out of one decoding.
type picture struct {
	header  Header
	image   image.Image
	said    []string // warnings and errors
	starved bool     // memory was refused
}

// pictureKey finds the picture in the context of a call.
type pictureKey struct{}

func withPicture(ctx context.Context, p *picture) context.Context {
	return context.WithValue(ctx, pictureKey{}, p)
}

// provideImports gives the module what it asks of the outside, which is all it
// can reach. Functions that C takes for never returning simply return: the
// module traps behind them.
func provideImports(ctx context.Context, r wazero.Runtime) error {
	const i32, i64, f64 = api.ValueTypeI32, api.ValueTypeI64, api.ValueTypeF64
	type types = []api.ValueType
	b := r.NewHostModuleBuilder("a")
	for _, f := range []struct {
		name            string
		params, results types
		do              func(*picture, api.Module, []uint64)
	}{
		{"a", types{i32}, nil, say},                          // an error's words
		{"b", types{i32, i32, i32, i32}, types{i32}, refuse}, // write to a file
		{"c", types{i32}, nil, say},                          // a warning's words
		{"d", types{i32, i32, i32, i32, i32}, nil, nothing},  // four planes
		{"e", types{i32, i32, i32, i32}, nil, nothing},       // three planes, not converted
		{"f", types{i32, i32}, nil, nothing},                 // one plane, not converted
		{"g", types{i32, i32, i32, i32}, nil, takeRGB},       // red, green, blue, number of pixels
		{"h", types{i32, i32, i32}, nil, nothing},            // grey with transparency
		{"i", types{i32}, nil, nothing},                      // exit
		{importTick, nil, nil, nothing},                      // forget what keeps the program alive: the meter
		{"k", nil, nil, nothing},                             // abort
		{"l", types{i32, f64}, types{i32}, refuse},           // set a timer
		{"m", types{i32}, types{i32}, grow},                  // have a memory of so many bytes
		{"n", types{i32, i64, i32, i32}, types{i32}, refuse}, // seek in a file
		{"o", types{i32, i32}, types{i32}, refuse},           // the environment
		{"p", types{i32, i32}, types{i32}, refuse},           // its size
		{"q", types{i32, i32}, nil, takeGrey},                // grey, number of pixels
	} {
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, stack []uint64) {
			stop(ctx)
			if p, ok := ctx.Value(pictureKey{}).(*picture); ok {
				f.do(p, m, stack)
			}
		}), f.params, f.results).Export(f.name)
	}
	_, err := b.Instantiate(ctx)
	return err
}

// stop unwinds the module when its time is over; this is how a host function
// of wazero ends a call, which then returns the error.
func stop(ctx context.Context) {
	if ctx.Err() != nil {
		panic(sys.NewExitError(sys.ExitCodeContextCanceled))
	}
}

// nothing is for what a picture that has passed parse does not call.
func nothing(*picture, api.Module, []uint64) {}

// refuse answers a call to the system: there is none.
func refuse(_ *picture, _ api.Module, stack []uint64) {
	const notSupported = 138 // ENOTSUP of WASI's libc
	stack[0] = notSupported
}

// say keeps the words of an error or a warning.
func say(p *picture, m api.Module, stack []uint64) {
	if len(p.said) == maxWords {
		return
	}
	at := api.DecodeU32(stack[0])
	if at >= m.Memory().Size() {
		return
	}
	words, _ := m.Memory().Read(at, min(maxWordSize, m.Memory().Size()-at))
	words, _, _ = bytes.Cut(words, []byte{0})
	p.said = append(p.said, strings.TrimSpace(strings.ToValidUTF8(string(words), "?")))
}

// grow enlarges the memory to the bytes asked for, or answers 0.
func grow(p *picture, m api.Module, stack []uint64) {
	want, have := uint64(api.DecodeU32(stack[0])), uint64(m.Memory().Size())
	stack[0] = 1
	if want <= have {
		return
	}
	if _, ok := m.Memory().Grow(uint32((want - have + pageSize - 1) / pageSize)); !ok {
		p.starved, stack[0] = true, 0
	}
}

// takeGrey takes the plane of a grey picture.
func takeGrey(p *picture, m api.Module, stack []uint64) {
	w, h := p.header.Width, p.header.Height
	if int(api.DecodeU32(stack[1])) != w*h || p.header.Components != 1 {
		return
	}
	plane, ok := samples(m, stack[0], w*h)
	if !ok {
		return
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = sample(plane, i)
	}
	p.image = img
}

// takeRGB takes the planes of a colour picture.
func takeRGB(p *picture, m api.Module, stack []uint64) {
	w, h := p.header.Width, p.header.Height
	if int(api.DecodeU32(stack[3])) != w*h || p.header.Components != 3 {
		return
	}
	red, okR := samples(m, stack[0], w*h)
	green, okG := samples(m, stack[1], w*h)
	blue, okB := samples(m, stack[2], w*h)
	if !okR || !okG || !okB {
		return
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		pix := img.Pix[4*i : 4*i+4 : 4*i+4]
		pix[0], pix[1], pix[2], pix[3] = sample(red, i), sample(green, i), sample(blue, i), 0xFF
	}
	p.image = img
}

// samples returns n samples of 32 bits of the module's memory, without a copy.
func samples(m api.Module, at uint64, n int) ([]byte, bool) {
	return m.Memory().Read(api.DecodeU32(at), uint32(4*n))
}

// sample returns sample i, which 9/7 coding may leave outside of 0 to 255.
func sample(plane []byte, i int) byte {
	s := plane[4*i : 4*i+4 : 4*i+4]
	return byte(min(max(int32(uint32(s[0])|uint32(s[1])<<8|uint32(s[2])<<16|uint32(s[3])<<24), 0), 255))
}
