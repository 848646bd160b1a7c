package tfjs

import (
	"fmt"
	"slices"
	"strconv"
)

// builder puts a network together, node by node; a node is named by what it
// gives. The first fault stays in err, and the rest of the network is then
// built in vain, so that a network reads as what it is.
type builder struct {
	weights map[string]tensor
	used    map[string]bool

	nodes, initializers, inputs, outputs [][]byte
	err                                  error
}

// take returns the named weights, which must have that shape.
func (b *builder) take(name string, shape ...int) []float32 {
	t, ok := b.weights[name]
	if !ok || !slices.Equal(t.shape, shape) {
		if b.err == nil {
			b.err = fmt.Errorf("%w: %q should be %v, is %v", ErrWeights, name, shape, t.shape)
		}
		n := 1
		for _, d := range shape {
			n *= d
		}
		return make([]float32, n)
	}
	b.used[name] = true
	return t.data
}

// constant enters fixed numbers under a name.
func (b *builder) constant(data []float32, shape ...int) string {
	name := "w" + strconv.Itoa(len(b.initializers))
	b.initializers = append(b.initializers, floatTensor(name, shape, data))
	return name
}

// integers enters a fixed list under a name.
func (b *builder) integers(values ...int64) string {
	name := "w" + strconv.Itoa(len(b.initializers))
	b.initializers = append(b.initializers, int64Tensor(name, values))
	return name
}

// node enters an operator and returns the name of what it gives.
func (b *builder) node(op string, in []string, attributes ...[]byte) string {
	out := "n" + strconv.Itoa(len(b.nodes))
	b.nodes = append(b.nodes, nodeProto(op, in, out, attributes))
	return out
}

func (b *builder) add(x, y string) string { return b.node("Add", []string{x, y}) }
func (b *builder) relu(x string) string   { return b.node("Relu", []string{x}) }

// picture declares the input, one picture of side×side pixels, and normalises
// it as both networks want it: less the mean colour, by 255.
func (b *builder) picture(side int) string {
	b.inputs = append(b.inputs, valueProto("input", 1, 3, side, side))
	centred := b.node("Sub", []string{"input", b.constant(pixelMean, 1, 3, 1, 1)})
	return b.node("Div", []string{centred, b.constant([]float32{255}, 1)})
}

// pads are the rows and columns of zeros before and after a picture.
type pads struct{ before, after int }

// same is TensorFlow's padding "same" for a 3×3 filter: one row or column on
// each side; where every second place is taken of an even length, the first
// one falls away.
func same(stride int) pads {
	if stride == 2 {
		return pads{0, 1}
	}
	return pads{1, 1}
}

// conv is a convolution with out filters of size×size pixels in ONNX's order:
// out, in, height, width.
func (b *builder) conv(x string, filters []float32, shape []int, bias []float32, stride int, p pads, groups int) string {
	return b.node("Conv", []string{x, b.constant(filters, shape...), b.constant(bias, len(bias))},
		intsAttribute("kernel_shape", shape[2], shape[3]),
		intsAttribute("strides", stride, stride),
		intsAttribute("pads", p.before, p.before, p.after, p.after),
		intAttribute("group", groups))
}

// output declares the one result.
func (b *builder) output(x, name string, length int) {
	b.nodes = append(b.nodes, nodeProto("Identity", []string{x}, name, nil))
	b.outputs = append(b.outputs, valueProto(name, 1, length))
}

// model writes the finished network.
func (b *builder) model() ([]byte, error) {
	if b.err != nil {
		return nil, b.err
	}
	if len(b.used) != len(b.weights) {
		return nil, fmt.Errorf("%w: %d tensors too many", ErrWeights, len(b.weights)-len(b.used))
	}
	return modelProto(b.nodes, b.initializers, b.inputs, b.outputs), nil
}

// turned puts filters of TensorFlow's order (height, width, in, out) into
// ONNX's: out, in, height, width.
func turned(data []float32, size, in, out int) []float32 {
	t := make([]float32, 0, len(data))
	for o := range out {
		for i := range in {
			for p := range size * size {
				t = append(t, data[(p*in+i)*out+o])
			}
		}
	}
	return t
}
