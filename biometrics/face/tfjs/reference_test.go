package tfjs_test

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// This file computes both networks a second time, slowly and without the code
// under test: in float64, in TensorFlow's layout (height, width, planes), from
// the published weights, by TensorFlow's definitions of padding.

// block is a picture of h×w pixels with c numbers each.
type block struct {
	h, w, c int
	v       []float64
}

func newBlock(h, w, c int) block { return block{h, w, c, make([]float64, h*w*c)} }

func (b block) at(y, x, c int) *float64 { return &b.v[(y*b.w+x)*b.c+c] }

// published reads the published weights by name.
func published(t *testing.T, manifest, weights []byte) map[string][]float64 {
	t.Helper()
	var groups []struct {
		Weights []struct {
			Name         string
			Shape        []int
			Quantization *struct{ Scale, Min float64 }
		}
	}
	if err := json.Unmarshal(manifest, &groups); err != nil {
		t.Fatal(err)
	}
	all := map[string][]float64{}
	for _, w := range groups[0].Weights {
		n := 1
		for _, d := range w.Shape {
			n *= d
		}
		v := make([]float64, n)
		for i := range v {
			if q := w.Quantization; q != nil {
				v[i] = float64(weights[i])*q.Scale + q.Min
			} else {
				v[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(weights[4*i:])))
			}
		}
		if w.Quantization == nil {
			n *= 4
		}
		weights = weights[n:]
		all[w.Name] = v
	}
	return all
}

// padding is how TensorFlow divides the zeros of "same": the odd one comes last.
func padding(length, size, stride int, same bool) (out, before int) {
	if !same {
		return (length-size)/stride + 1, 0
	}
	out = (length + stride - 1) / stride
	return out, max((out-1)*stride+size-length, 0) / 2
}

// conv2d is tf.conv2d with filters of size×size×in×out; a depthwise one
// (tf.depthwiseConv2d, one result a plane) when out is 0.
func conv2d(b block, filters []float64, size, out, stride int, same bool) block {
	h, top := padding(b.h, size, stride, same)
	w, left := padding(b.w, size, stride, same)
	planes := out
	if out == 0 {
		planes = b.c
	}
	r := newBlock(h, w, planes)
	for y := range h {
		for x := range w {
			for fy := range size {
				for fx := range size {
					sy, sx := y*stride+fy-top, x*stride+fx-left
					if sy < 0 || sy >= b.h || sx < 0 || sx >= b.w {
						continue
					}
					row := r.v[(y*w+x)*planes:][:planes]
					for i := range b.c {
						v := *b.at(sy, sx, i)
						if v == 0 { // half of them, after a ReLU
							continue
						}
						f := filters[(fy*size+fx)*b.c+i:]
						if out == 0 {
							row[i] += v * f[0]
							continue
						}
						f = filters[((fy*size+fx)*b.c+i)*out:][:out]
						for o := range f {
							row[o] += v * f[o]
						}
					}
				}
			}
		}
	}
	return r
}

// each changes every number, which is of plane c.
func (b block) each(f func(v float64, c int) float64) block {
	for i := range b.v {
		b.v[i] = f(b.v[i], i%b.c)
	}
	return b
}

func (b block) plus(bias []float64) block {
	return b.each(func(v float64, c int) float64 { return v + bias[c] })
}

func (b block) relu() block {
	r := block{b.h, b.w, b.c, append([]float64(nil), b.v...)}
	return r.each(func(v float64, _ int) float64 { return max(v, 0) })
}

// sum adds blocks of one size.
func sum(blocks ...block) block {
	r := newBlock(blocks[0].h, blocks[0].w, blocks[0].c)
	for _, b := range blocks {
		for i := range r.v {
			r.v[i] += b.v[i]
		}
	}
	return r
}

// mean is one number a plane.
func (b block) mean() []float64 {
	m := make([]float64, b.c)
	for i, v := range b.v {
		m[i%b.c] += v / float64(b.h*b.w)
	}
	return m
}

// full is a fully connected layer with weights of in×out.
func full(in, weights []float64, out int) []float64 {
	r := make([]float64, out)
	for i, v := range in {
		for o := range r {
			r[o] += v * weights[i*out+o]
		}
	}
	return r
}

func normalised(b block) block {
	mean := []float64{122.782, 117.001, 104.298}
	r := block{b.h, b.w, b.c, append([]float64(nil), b.v...)}
	return r.each(func(v float64, c int) float64 { return (v - mean[c]) / 255 })
}

// slowLandmarks is FaceLandmark68Net.
func slowLandmarks(w map[string][]float64, picture block) []float64 {
	separable := func(b block, name string, stride int) block {
		bias := w[name+"/bias"]
		b = conv2d(b, w[name+"/depthwise_filter"], 3, 0, stride, true)
		return conv2d(b, w[name+"/pointwise_filter"], 1, len(bias), 1, true).plus(bias)
	}
	b := normalised(picture)
	for _, name := range []string{"dense0", "dense1", "dense2", "dense3"} {
		var one block
		if name == "dense0" {
			one = conv2d(b, w[name+"/conv0/filters"], 3, 32, 2, true).plus(w[name+"/conv0/bias"]).relu()
		} else {
			one = separable(b, name+"/conv0", 2).relu()
		}
		two := separable(one, name+"/conv1", 1)
		three := separable(sum(one, two).relu(), name+"/conv2", 1)
		four := separable(sum(one, two, three).relu(), name+"/conv3", 1)
		b = sum(one, two, three, four).relu()
	}
	// An average over 7×7 of the 7×7 that are left.
	out := full(b.mean(), w["fc/weights"], 136)
	for i := range out {
		out[i] += w["fc/bias"][i]
	}
	return out
}

// slowRecognition is FaceRecognitionNet.
func slowRecognition(w map[string][]float64, picture block) []float64 {
	conv := func(b block, name string, size, stride int, same bool) block {
		bias, scale, shift := w[name+"/conv/bias"], w[name+"/scale/weights"], w[name+"/scale/biases"]
		b = conv2d(b, w[name+"/conv/filters"], size, len(bias), stride, same).plus(bias)
		return b.each(func(v float64, c int) float64 { return v*scale[c] + shift[c] })
	}
	b := conv(normalised(picture), "conv32_down", 7, 2, false).relu()
	b = pool(b, 3, math.Inf(-1), func(old, v float64) float64 { return max(old, v) })
	for _, name := range []string{
		"conv32_1", "conv32_2", "conv32_3", "conv64_down", "conv64_1", "conv64_2", "conv64_3", "conv128_down", "conv128_1",
		"conv128_2", "conv256_down", "conv256_1", "conv256_2", "conv256_down_out",
	} {
		if !strings.Contains(name, "down") {
			y := conv(conv(b, name+"/conv1", 3, 1, true).relu(), name+"/conv2", 3, 1, true)
			b = sum(y, b).relu()
			continue
		}
		y := conv(conv(b, name+"/conv1", 3, 2, false).relu(), name+"/conv2", 3, 1, true)
		old := pool(b, 2, 0, func(old, v float64) float64 { return old + v/4 })
		r := newBlock(old.h, old.w, y.c) // both fill the upper left of it
		for _, part := range []block{y, old} {
			for py := range part.h {
				for px := range part.w {
					for c := range part.c {
						*r.at(py, px, c) += *part.at(py, px, c)
					}
				}
			}
		}
		b = r.relu()
	}
	return full(b.mean(), w["fc"], 128)
}

// pool folds the size×size pixels at every second pixel into one.
func pool(b block, size int, start float64, fold func(old, v float64) float64) block {
	r := newBlock((b.h-size)/2+1, (b.w-size)/2+1, b.c)
	for y := range r.h {
		for x := range r.w {
			for c := range b.c {
				v := start
				for dy := range size {
					for dx := range size {
						v = fold(v, *b.at(2*y+dy, 2*x+dx, c))
					}
				}
				*r.at(y, x, c) = v
			}
		}
	}
	return r
}
