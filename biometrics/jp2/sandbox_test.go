package jp2

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/testdata"
)

func TestLoad(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other.wasm")
	if err := os.WriteFile(other, []byte("\x00asm\x01\x00\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err := Load(context.Background(), other); !errors.Is(err, ErrWrongModule) || d != nil {
		t.Errorf("another module: %v", err)
	}
	if _, err := Load(context.Background(), other+"2"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no module: %v", err)
	}
}

// program is a module with the exports of the decoder's, whose decoding is
// these instructions.
func program(decode ...byte) []byte {
	section := func(id byte, parts ...[]byte) []byte {
		body := slices.Concat(parts...)
		return append(appendNumber([]byte{id}, len(body)), body...)
	}
	function := func(code ...byte) []byte {
		return append(appendNumber(nil, len(code)+2), append(append([]byte{0}, code...), opEnd)...)
	}
	export := func(name string, kind, index byte) []byte { return []byte{1, name[0], kind, index} }
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{3, 0x60, 0, 0, 0x60, 1, typeI32, 1, typeI32, 0x60, 6, typeI32, typeI32, typeI32, typeI32, typeI32, typeI32, 1, typeI32}),
		section(sectionImport, []byte{1, 1, 'a', 1, importTick[0], 0, 0}),
		section(3, []byte{3, 0, 1, 2}),
		section(5, []byte{1, 0, 0x80, 0x08}), // 1,024 pages
		section(sectionGlobal, []byte{0}),
		section(7, []byte{4}, export("r", 2, 0), export(exportStart, 0, 1), export(exportMalloc, 0, 2), export(exportDecode, 0, 3)),
		section(sectionCode, []byte{3}, function(), function(opConst32, 48), function(decode...)))
}

// TestClock: what does not end, ends with the clock or with the caller, be it a
// loop, or copies so long that few of them fill the time.
func TestClock(t *testing.T) {
	const back = 0x0C                                                                                   // a branch
	whole := []byte{opConst32, 0, opConst32, 0, opConst32, 0x80, 0x80, 0x80, 0x1F, opBulk, bulkFill, 0} // 62 MiB
	loop := func(body ...byte) []byte {
		return slices.Concat([]byte{opLoop, typeEmpty}, body, []byte{back, 0, opEnd, opConst32, 0})
	}
	less := []byte{0x20, 0, opConst32, 1, opSub32, 0x20, 1, 0x20, 1, 0x20, 1, 0x20, 1, 0x20, 1, opCall, 3}
	const drop, otherwise = 0x1A, 0x05 // it calls itself twice, as deep as the address of the file is high
	deep := slices.Concat([]byte{0x20, 0, 0x45, opIf, typeI32, opConst32, 1, otherwise}, less, []byte{drop}, less, []byte{opEnd})
	nest := []byte{opLoop, typeEmpty, opLoop, typeEmpty, back, 1, opEnd, opEnd, opConst32, 0}
	for name, test := range map[string]struct {
		code []byte
		want error
	}{
		"control":      {[]byte{opConst32, 1}, ErrCorrupt},
		"loop":         {loop(), ErrTimeout},
		"nested loops": {nest, ErrTimeout},
		"fills":        {loop(whole...), ErrTimeout},
		"calls itself": {deep, ErrTimeout},
		"trap":         {[]byte{0x00}, ErrCorrupt},
	} {
		patience := MaxTime // a busy machine takes its time for what does end
		if errors.Is(test.want, ErrTimeout) {
			patience = 50 * time.Millisecond
		}
		d, err := compile(context.Background(), program(test.code...), MaxMemory, patience)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		start := time.Now()
		img, err := d.Decode(context.Background(), vector(t, "grey"))
		if !errors.Is(err, test.want) || img != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if errors.Is(test.want, ErrTimeout) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(10*time.Millisecond, cancel)
			if _, err := d.Decode(ctx, vector(t, "grey")); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, left by its caller: %v", name, err)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestMemory: a picture that needs more memory than there is, is too large.
func TestMemory(t *testing.T) {
	path := testdata.Asset(t, Asset)
	code, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := compile(context.Background(), code, 16<<20, MaxTime) // what it begins with
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := d.Decode(context.Background(), vector(t, "grey")); err != nil {
		t.Errorf("a small picture: %v", err)
	}
	if img, err := d.Decode(context.Background(), large(t)); !errors.Is(err, ErrTooLarge) || img != nil {
		t.Errorf("a large picture: %v", err)
	}
	all := load(t)
	if img, err := all.Decode(context.Background(), large(t)); err != nil || img.Bounds().Dx() != 2048 {
		t.Errorf("a large picture with all the memory: %v", err)
	}
}

// large is an empty picture as large as pictures may be: the size and the tile
// of the grey vector's codestream, and no packets but empty ones.
func large(t *testing.T) []byte {
	t.Helper()
	b := vector(t, "grey")
	at := strings.Index(string(b), "\xFF\x4F")
	edge := []byte{0, 0, 0x08, 0}
	b = put(t, b[at:], "\xFF\x51", 6, slices.Concat(edge, edge, make([]byte, 8), edge, edge)...)
	sot := strings.Index(string(b), "\xFF\x90")
	part := []byte{0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0x93}
	return slices.Concat(b[:sot], part, make([]byte, 8), []byte{0xFF, 0xD9})
}

// TestTogether: one decoder serves many, and damage in one picture does not
// reach the others.
func TestTogether(t *testing.T) {
	d := load(t)
	names := []string{"rgb", "tiles", "grey"}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 6 {
				name := names[(i+n)%len(names)]
				b := vector(t, name)
				if n%2 == 1 {
					if _, err := d.Decode(context.Background(), b[:len(b)-5]); !errors.Is(err, ErrCorrupt) {
						t.Errorf("%s, cut: %v", name, err)
					}
					continue
				}
				img, err := d.Decode(context.Background(), b)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				check(t, name, img)
			}
		})
	}
	wg.Wait()
}

// TestMeter: what cannot be metered is refused.
func TestMeter(t *testing.T) {
	good := program(opConst32, 0)
	if _, err := meter(good, importTick); err != nil {
		t.Errorf("control: %v", err)
	}
	for n := range good {
		if out, err := meter(good[:n], importTick); err == nil && n > 8 && len(out) > len(good) {
			t.Errorf("a module of %d bytes was metered at %d", len(good), n)
		}
	}
	for name, m := range map[string][]byte{
		"no such import":    []byte(strings.Replace(string(good), "a\x01"+importTick, "a\x01x", 1)),
		"memory imported":   []byte(strings.Replace(string(good), importTick+"\x00\x00", importTick+"\x02\x00", 1)),
		"unknown opcode":    program(0xE0),
		"unknown bulk":      program(opBulk, 99),
		"relaxed vector":    program(opVector, 0x80, 0x02),
		"constant past end": program(opVector, 12, 0),
	} {
		if out, err := meter(m, importTick); !errors.Is(err, errMeter) || out != nil {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
	}
}
