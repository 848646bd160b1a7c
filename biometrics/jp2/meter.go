package jp2

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// A module of WebAssembly runs as machine code that nothing interrupts: not a
// deadline, and not Go's collector, which would stop every goroutine to wait
// for it. wazero can look at the clock in every turn of every loop, which makes
// a picture take four times as long. So the module is given a meter of its own
// before it is compiled: each loop and each function counts, each copy or fill
// by its length, and every [slice] counts it calls an import that looks.

// slice is what the module may count between two looks outside: a turn of a
// loop, or a function, counts one; about half a millisecond.
const slice = 1 << 16

// bulkShift turns the bytes of a copy or fill into counts.
const bulkShift = 6

// errMeter says that the module is not one that can be metered. The module is
// known by its checksum, so that this is a mistake of the program.
var errMeter = errors.New("module of WebAssembly that cannot be metered")

// Numbers of sections and opcodes (WebAssembly core specification 2.0, §5).
const (
	sectionImport = 2
	sectionGlobal = 6
	sectionCode   = 10

	opBlock, opLoop, opIf, opEnd               = 0x02, 0x03, 0x04, 0x0B
	opCall, opGlobalGet, opGlobalSet           = 0x10, 0x23, 0x24
	opConst32, opLess32, opSub32, opShiftRight = 0x41, 0x48, 0x6B, 0x76
	opBulk, opVector                           = 0xFC, 0xFD

	bulkCopy, bulkFill = 10, 11

	typeI32, typeEmpty = 0x7F, 0x40
)

// meter returns the module with a meter that calls the imported function of
// that name, which takes and returns nothing, after each [slice].
func meter(module []byte, tick string) ([]byte, error) {
	const header = 8
	r := reader{rest: module}
	out := slices.Clone(r.take(header))
	var m metered
	for len(r.rest) > 0 {
		id := r.byte()
		body := reader{rest: r.take(r.number())}
		section := body.rest
		var err error
		switch id {
		case sectionImport:
			if m.calls, err = ticking(section, tick); err != nil {
				return nil, err
			}
		case sectionGlobal:
			section = m.globals(body)
		case sectionCode:
			if section, err = m.code(body); err != nil {
				return nil, err
			}
		}
		out = append(appendNumber(append(out, id), len(section)), section...)
	}
	if r.short || len(out) < header {
		return nil, fmt.Errorf("%w: it is cut", errMeter)
	}
	return out, nil
}

// ticking returns the call of the import tick. The imports are functions alone,
// so that the numbers of globals are those of their section.
func ticking(section []byte, tick string) (call []byte, err error) {
	r := reader{rest: section}
	for i := range r.count() {
		r.take(r.number()) // module
		if name := r.take(r.number()); string(name) == tick {
			call = appendNumber([]byte{opCall}, i)
		}
		if r.byte() != 0 {
			return nil, fmt.Errorf("%w: it imports more than functions", errMeter)
		}
		r.number()
	}
	return call, nil
}

// metered is what the meter's instructions are made of.
type metered struct {
	calls        []byte // the call of the import
	count, bytes int    // globals: what is left of the slice; the length of a copy
}

// globals adds those of the meter.
func (m *metered) globals(r reader) []byte {
	n := r.number()
	m.count, m.bytes = n, n+1
	mutable := func(v int) []byte { return append(appendSigned([]byte{typeI32, 1, opConst32}, v), opEnd) }
	return slices.Concat(appendNumber(nil, n+2), r.rest, mutable(slice), mutable(0))
}

// charge returns the instructions that take the number that cost leaves.
func (m *metered) charge(cost []byte) []byte {
	get, set := appendNumber([]byte{opGlobalGet}, m.count), appendNumber([]byte{opGlobalSet}, m.count)
	return slices.Concat(get, cost, []byte{opSub32}, set,
		get, []byte{opConst32, 0, opLess32, opIf, typeEmpty}, m.calls, appendSigned([]byte{opConst32}, slice), set, []byte{opEnd})
}

// code meters the functions.
func (m *metered) code(r reader) ([]byte, error) {
	if m.calls == nil || m.bytes == 0 {
		return nil, fmt.Errorf("%w: no import to call or no globals", errMeter)
	}
	one := m.charge([]byte{opConst32, 1})
	keep, again := appendNumber([]byte{opGlobalSet}, m.bytes), appendNumber([]byte{opGlobalGet}, m.bytes)
	bulk := slices.Concat(keep, m.charge(append(slices.Clone(again), opConst32, bulkShift, opShiftRight)), again)

	n := r.count()
	out := appendNumber(nil, n)
	for range n {
		body := reader{rest: r.take(r.number())}
		start := body.rest
		for range body.count() { // groups of locals
			body.number()
			body.byte()
		}
		f := append(slices.Clone(start[:len(start)-len(body.rest)]), one...)
		for len(body.rest) > 0 {
			at := body.rest
			op, sub, err := body.skip()
			if err != nil {
				return nil, err
			}
			text := at[:len(at)-len(body.rest)]
			switch {
			case op == opLoop:
				f = append(append(f, text...), one...)
			case op == opBulk && (sub == bulkCopy || sub == bulkFill):
				f = append(append(f, bulk...), text...)
			default:
				f = append(f, text...)
			}
		}
		if body.short {
			return nil, fmt.Errorf("%w: a function is cut", errMeter)
		}
		out = append(appendNumber(out, len(f)), f...)
	}
	return out, nil
}

func appendNumber(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

// appendSigned appends a number of LEB128 with a sign, which is not negative.
func appendSigned(b []byte, n int) []byte {
	for ; n >= 0x40; n >>= 7 {
		b = append(b, byte(n&0x7F|0x80))
	}
	return append(b, byte(n))
}
