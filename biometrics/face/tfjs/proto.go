package tfjs

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of onnx.proto, as far as these two networks need them. The
// numbers are those of its fields; IR version 8 with operator set 13 is what
// every ONNX Runtime since 1.10 reads.
const (
	irVersion   = 8
	opsetNumber = 13

	typeFloat = 1 // TensorProto.DataType
	typeInt64 = 7

	attributeInt  = 2 // AttributeProto.AttributeType
	attributeInts = 7
)

func bytesField(b []byte, n protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
}

func stringField(b []byte, n protowire.Number, v string) []byte { return bytesField(b, n, []byte(v)) }

func intField(b []byte, n protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), uint64(v))
}

// modelProto is a whole model with the one graph.
func modelProto(nodes, initializers, inputs, outputs [][]byte) []byte {
	var g []byte
	for _, v := range nodes {
		g = bytesField(g, 1, v)
	}
	g = stringField(g, 2, "face")
	for _, v := range initializers {
		g = bytesField(g, 5, v)
	}
	for _, v := range inputs {
		g = bytesField(g, 11, v)
	}
	for _, v := range outputs {
		g = bytesField(g, 12, v)
	}
	m := intField(nil, 1, irVersion)
	m = stringField(m, 2, "tram")
	m = bytesField(m, 7, g)
	return bytesField(m, 8, intField(nil, 2, opsetNumber))
}

// valueProto declares a tensor of floats that goes in or out.
func valueProto(name string, shape ...int) []byte {
	var dims []byte
	for _, d := range shape {
		dims = bytesField(dims, 1, intField(nil, 1, d))
	}
	tensor := bytesField(intField(nil, 1, typeFloat), 2, dims)
	return bytesField(stringField(nil, 1, name), 2, bytesField(nil, 1, tensor))
}

func nodeProto(op string, in []string, out string, attributes [][]byte) []byte {
	var b []byte
	for _, name := range in {
		b = stringField(b, 1, name)
	}
	b = stringField(b, 2, out)
	b = stringField(b, 4, op)
	for _, a := range attributes {
		b = bytesField(b, 5, a)
	}
	return b
}

func intAttribute(name string, v int) []byte {
	return intField(intField(stringField(nil, 1, name), 3, v), 20, attributeInt)
}

func intsAttribute(name string, values ...int) []byte {
	b := stringField(nil, 1, name)
	for _, v := range values {
		b = intField(b, 8, v)
	}
	return intField(b, 20, attributeInts)
}

// floatTensor is a TensorProto with its numbers in raw_data.
func floatTensor(name string, shape []int, data []float32) []byte {
	raw := make([]byte, 0, 4*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return tensorProto(name, typeFloat, shape, raw)
}

func int64Tensor(name string, values []int64) []byte {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return tensorProto(name, typeInt64, []int{len(values)}, raw)
}

func tensorProto(name string, kind int, shape []int, raw []byte) []byte {
	var b []byte
	for _, d := range shape {
		b = intField(b, 1, d)
	}
	b = intField(b, 2, kind)
	b = stringField(b, 8, name)
	return bytesField(b, 9, raw)
}
