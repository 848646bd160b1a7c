package tfjs

import "fmt"

// landmarks is face-api's FaceLandmark68Net: four dense blocks, each of which
// halves the picture, then the mean of what is left, then one full layer.
func landmarks(b *builder) {
	const points = 2 * 68
	x := b.picture(112)
	in := 3
	for i, out := range []int{32, 64, 128, 256} {
		x = b.dense(x, fmt.Sprintf("dense%d", i), in, out)
		in = out
	}
	// 7×7 pixels are left of 112×112, and the pool of 7×7 takes them whole.
	x = b.node("GlobalAveragePool", []string{x})
	x = b.node("Flatten", []string{x})
	fc := b.constant(b.take("fc/weights", in, points), in, points)
	bias := b.constant(b.take("fc/bias", points), points)
	b.output(b.node("Gemm", []string{x, fc, bias}), "landmarks", points)
}

// dense is a block of four convolutions. Each takes the sum of all before it,
// and so does what comes after the block.
func (b *builder) dense(x, name string, in, out int) string {
	var sum string
	if in == 3 { // colours: a full convolution
		filters := turned(b.take(name+"/conv0/filters", 3, 3, in, out), 3, in, out)
		bias := b.take(name+"/conv0/bias", out)
		sum = b.conv(x, filters, []int{out, in, 3, 3}, bias, 2, same(2), 1)
	} else {
		sum = b.separable(x, name+"/conv0", in, out, 2)
	}
	sum = b.relu(sum)
	x = sum
	for i := 1; i < 4; i++ {
		sum = b.add(sum, b.separable(x, fmt.Sprintf("%s/conv%d", name, i), out, out, 1))
		x = b.relu(sum)
	}
	return x
}

// separable is a 3×3 convolution of each plane by itself, then one of 1×1 pixel
// across the planes.
func (b *builder) separable(x, name string, in, out, stride int) string {
	planes := turned(b.take(name+"/depthwise_filter", 3, 3, in, 1), 3, in, 1)
	across := turned(b.take(name+"/pointwise_filter", 1, 1, in, out), 1, in, out)
	bias := b.take(name+"/bias", out)
	x = b.conv(x, planes, []int{in, 1, 3, 3}, make([]float32, in), stride, same(stride), in)
	return b.conv(x, across, []int{out, in, 1, 1}, bias, 1, pads{}, 1)
}
