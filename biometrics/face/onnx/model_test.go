//go:build cgo

package onnx_test

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of onnx.proto that a small model needs.
const (
	float32Type = 1
	int64Type   = 7
)

func bytesField(b []byte, n protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
}

func stringField(b []byte, n protowire.Number, v string) []byte { return bytesField(b, n, []byte(v)) }

func intField(b []byte, n protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), uint64(v))
}

// value is a ValueInfoProto; a negative dimension has a name instead.
func value(name string, kind int64, dims ...int64) []byte {
	var shape []byte
	for _, d := range dims {
		if d < 0 {
			shape = bytesField(shape, 1, stringField(nil, 2, "n"))
		} else {
			shape = bytesField(shape, 1, intField(nil, 1, d))
		}
	}
	tensor := bytesField(intField(nil, 1, kind), 2, shape)
	return bytesField(stringField(nil, 1, name), 2, bytesField(nil, 1, tensor))
}

// node is a NodeProto.
func node(op string, in []string, out string) []byte {
	var b []byte
	for _, i := range in {
		b = stringField(b, 1, i)
	}
	return stringField(stringField(b, 2, out), 4, op)
}

// weights is a TensorProto with its numbers inside.
func weights(name string, dims []int64, numbers ...float32) []byte {
	var b, raw []byte
	for _, d := range dims {
		b = intField(b, 1, d)
	}
	for _, f := range numbers {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
	}
	return bytesField(stringField(intField(b, 2, float32Type), 8, name), 9, raw)
}

// elsewhere is a TensorProto whose numbers stand in a file.
func elsewhere(name string, dims []int64, file string) []byte {
	var b []byte
	for _, d := range dims {
		b = intField(b, 1, d)
	}
	b = stringField(intField(b, 2, float32Type), 8, name)
	b = bytesField(b, 13, stringField(stringField(nil, 1, "location"), 2, file))
	return intField(b, 14, 1)
}

// graph puts a ModelProto together.
func graph(nodes, initializers, inputs, outputs [][]byte) []byte {
	g := stringField(nil, 2, "test")
	for i, list := range [][][]byte{nodes, initializers, inputs, outputs} {
		for _, v := range list {
			g = bytesField(g, []protowire.Number{1, 5, 11, 12}[i], v)
		}
	}
	opset := intField(nil, 2, 13)
	return bytesField(bytesField(intField(nil, 1, 8), 8, opset), 7, g)
}

// affine is y = x·w + b for rows of three numbers, and r = relu(y).
func affine() []byte {
	return graph(
		[][]byte{node("MatMul", []string{"x", "w"}, "m"), node("Add", []string{"m", "b"}, "y"), node("Relu", []string{"y"}, "r")},
		[][]byte{weights("w", []int64{3, 2}, 1, 2, 3, 4, 5, 6), weights("b", []int64{2}, 0.5, -100)},
		[][]byte{value("x", float32Type, -1, 3)},
		[][]byte{value("y", float32Type, -1, 2), value("r", float32Type, -1, 2)},
	)
}
