//go:build cgo

package onnx

import (
	"bytes"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is one of the messages of onnx.proto that can hold weights, or hold
// another that can.
type message int

const (
	modelMessage message = iota
	functionMessage
	graphMessage
	nodeMessage
	attributeMessage
	sparseMessage
	tensorMessage
)

// parts are the fields of each message that hold another.
var parts = map[message]map[protowire.Number]message{
	modelMessage:     {7: graphMessage, 25: functionMessage},
	functionMessage:  {7: nodeMessage, 11: attributeMessage},
	graphMessage:     {1: nodeMessage, 5: tensorMessage, 15: sparseMessage},
	nodeMessage:      {5: attributeMessage},
	attributeMessage: {5: tensorMessage, 6: graphMessage, 10: tensorMessage, 11: graphMessage, 22: sparseMessage, 23: sparseMessage},
	sparseMessage:    {1: tensorMessage, 2: tensorMessage},
}

// The fields by which a TensorProto points to another file.
const (
	externalData = 13
	dataLocation = 14
)

// maxNesting is how deep messages may stand in one another: a graph within a
// graph takes three.
const maxNesting = 24

// flatMark stands at the fifth byte of a model in the runtime's other format,
// which is not for exchange.
var flatMark = []byte("ORTM")

// whole refuses what is no ONNX model, and a model whose weights are in other
// files: the checksum of a pack would not cover them. It copies nothing.
func whole(model []byte) error {
	if len(model) >= 8 && bytes.Equal(model[4:8], flatMark) {
		return fmt.Errorf("%w: not in the format ONNX", ErrModel)
	}
	return walk(model, modelMessage, 0)
}

func walk(b []byte, m message, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("%w: nested deeper than %d", ErrModel, maxNesting)
	}
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrModel, protowire.ParseError(n))
		}
		b = b[n:]
		n = protowire.ConsumeFieldValue(number, kind, b)
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrModel, protowire.ParseError(n))
		}
		value := b[:n]
		b = b[n:]
		if m == tensorMessage && (number == externalData || number == dataLocation && !bytes.Equal(value, []byte{0})) {
			return fmt.Errorf("%w: some of its weights are in another file", ErrModel)
		}
		if part, ok := parts[m][number]; ok && kind == protowire.BytesType {
			inner, _ := protowire.ConsumeBytes(value)
			if err := walk(inner, part, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
