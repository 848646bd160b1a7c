package wsq

import (
	"image"
	"math"
)

// lobes of the Lanczos kernel on each side: three keep ridges of 3.3 pixels and
// more within 3 % of their strength, and leave little of what is finer than the
// new density can show.
const lobes = 3

// weightBits is how fine the kernel's weights are: whole numbers, so that the
// pixels come out the same on every machine.
const weightBits = 14

// Resample changes the density of an image from one number of pixels an inch to
// another; its size changes with it, rounded to whole pixels. Where nothing is
// to change, a density is not known (0 or less), or the image would grow beyond
// MaxPixels, the same image comes back.
func Resample(img *image.Gray, from, to int) *image.Gray {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if from == to || from <= 0 || to <= 0 || w == 0 || h == 0 {
		return img
	}
	ratio := float64(from) / float64(to)
	width, height := scaled(w, ratio), scaled(h, ratio)
	if width > MaxPixels/height {
		return img
	}
	across, down := kernels(w, width, ratio), kernels(h, height, ratio)
	lines := make([]int32, h*width) // narrowed or widened, with half the weights' bits more
	for y := range h {
		in, out := row(img, y), lines[y*width:][:width]
		for x, k := range across {
			sum := int32(1 << (weightBits/2 - 1))
			for i, c := range k.weights {
				sum += c * int32(in[k.places[i]])
			}
			out[x] = sum >> (weightBits / 2)
		}
	}
	out := image.NewGray(image.Rect(0, 0, width, height))
	sums := make([]int32, width) // weights and greys at their greatest stay below 1<<30
	for y, k := range down {
		clear(sums)
		for i, c := range k.weights {
			for x, v := range lines[k.places[i]*width:][:width] {
				sums[x] += c * v
			}
		}
		line := row(out, y)
		for x, s := range sums {
			const bits = weightBits + weightBits/2
			line[x] = byte(min(max((s+1<<(bits-1))>>bits, 0), 255))
		}
	}
	return out
}

// scaled is the length of a line after resampling.
func scaled(n int, ratio float64) int {
	return max(int(math.Round(float64(n)/ratio)), 1)
}

// kernel says which samples make a new one: their places and weights, which add
// up to 1 << weightBits.
type kernel struct {
	places  []int
	weights []int32
}

// kernels returns the kernels of all samples of a line of n that had length
// samples before. Beyond its ends the line goes on as its last sample.
func kernels(length, n int, ratio float64) []kernel {
	wide := max(ratio, 1) // going down, the kernel widens to let no finer ridge through
	out := make([]kernel, n)
	most := 2*int(math.Ceil(lobes*wide)) + 1 // samples under a kernel
	raw, places, weights := make([]float64, most), make([]int, n*most), make([]int32, n*most)
	for i := range out {
		centre := (float64(i)+0.5)*ratio - 0.5
		from, to := int(math.Ceil(centre-lobes*wide)), int(math.Floor(centre+lobes*wide))
		size, total := to-from+1, 0.0
		raw := raw[:size]
		for j := range raw {
			raw[j] = lanczos((float64(from+j) - centre) / wide)
			total += raw[j]
		}
		k := kernel{places[i*most:][:size], weights[i*most:][:size]}
		left, largest := int32(1<<weightBits), 0
		for j, v := range raw {
			k.places[j] = min(max(from+j, 0), length-1)
			k.weights[j] = int32(math.Round(v / total * (1 << weightBits)))
			left -= k.weights[j]
			if k.weights[j] > k.weights[largest] {
				largest = j
			}
		}
		k.weights[largest] += left // rounding must not brighten or darken
		out[i] = k
	}
	return out
}

func lanczos(x float64) float64 {
	switch x = math.Abs(x) * math.Pi; {
	case x == 0:
		return 1
	case x >= lobes*math.Pi:
		return 0
	default:
		return lobes * math.Sin(x) * math.Sin(x/lobes) / (x * x)
	}
}
