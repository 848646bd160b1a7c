package tfjs

// recognition is dlib's ResNet as face-api lays it out: a first convolution of
// 7×7, residual blocks in five sizes, the mean of what is left, and one full
// layer without bias.
func recognition(b *builder) {
	const length = 128
	x := b.relu(b.scaled(b.picture(150), "conv32_down", 7, 3, 32, 2, pads{}))
	x = b.node("MaxPool", []string{x}, intsAttribute("kernel_shape", 3, 3), intsAttribute("strides", 2, 2))
	for _, name := range []string{"conv32_1", "conv32_2", "conv32_3"} {
		x = b.residual(x, name, 32)
	}
	x = b.halving(x, "conv64_down", 32, 64, false) // 35×35 become 17×17
	for _, name := range []string{"conv64_1", "conv64_2", "conv64_3"} {
		x = b.residual(x, name, 64)
	}
	x = b.halving(x, "conv128_down", 64, 128, false) // 8×8
	for _, name := range []string{"conv128_1", "conv128_2"} {
		x = b.residual(x, name, 128)
	}
	x = b.halving(x, "conv256_down", 128, 256, true) // 4×4
	for _, name := range []string{"conv256_1", "conv256_2"} {
		x = b.residual(x, name, 256)
	}
	x = b.halving(x, "conv256_down_out", 256, 256, true) // 2×2
	x = b.node("GlobalAveragePool", []string{x})
	x = b.node("Flatten", []string{x})
	fc := b.constant(b.take("fc", 256, length), 256, length)
	b.output(b.node("MatMul", []string{x, fc}), "embedding", length)
}

// residual adds what two convolutions make of the picture to the picture.
func (b *builder) residual(x, name string, planes int) string {
	y := b.relu(b.scaled(x, name+"/conv1", 3, planes, planes, 1, same(1)))
	y = b.scaled(y, name+"/conv2", 3, planes, planes, 1, same(1))
	return b.relu(b.add(y, x))
}

// halving is a residual block that halves the picture and takes it from in to
// out planes: the old picture is averaged over 2×2 pixels, and the new planes
// of it are zero. The first convolution has no padding: of an even length it
// leaves one row and column less than the average does, and zeros follow.
func (b *builder) halving(x, name string, in, out int, even bool) string {
	y := b.relu(b.scaled(x, name+"/conv1", 3, in, out, 2, pads{}))
	y = b.scaled(y, name+"/conv2", 3, out, out, 1, same(1))
	if even {
		y = b.node("Pad", []string{y, b.integers(0, 0, 0, 0, 0, 0, 1, 1)})
	}
	old := b.node("AveragePool", []string{x}, intsAttribute("kernel_shape", 2, 2), intsAttribute("strides", 2, 2))
	if out > in {
		old = b.node("Pad", []string{old, b.integers(0, 0, 0, 0, 0, int64(out-in), 0, 0)})
	}
	return b.relu(b.add(old, y))
}

// scaled is a convolution whose result is scaled and shifted plane by plane.
// Both go into the filters and the bias: it is the same function, and half the
// work.
func (b *builder) scaled(x, name string, size, in, out, stride int, p pads) string {
	filters := turned(b.take(name+"/conv/filters", size, size, in, out), size, in, out)
	bias := b.take(name+"/conv/bias", out)
	weights := b.take(name+"/scale/weights", out)
	shifts := b.take(name+"/scale/biases", out)
	moved := make([]float32, out)
	for o := range out {
		for i := range in * size * size {
			filters[o*in*size*size+i] *= weights[o]
		}
		moved[o] = float32(bias[o]*weights[o]) + shifts[o]
	}
	return b.conv(x, filters, []int{out, in, size, size}, moved, stride, p, 1)
}
