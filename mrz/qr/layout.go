package qr

import (
	"fmt"
	mathbits "math/bits"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// What is known of a symbol before it is read: its function patterns, where
// the bits of each codeword lie, how the codewords share out into blocks
// (ISO/IEC 18004 §6.3, §7.5–7.9). The tables of versions are gozxing's.

// Kinds of module in layout.known.
const (
	isLight  = -1 // of a function pattern
	unknown  = 0  // of a codeword
	isDark   = 1  // of a function pattern
	isFormat = 2  // format or version information
)

// layout is the plan of one version.
type layout struct {
	dimension int
	version   *decoder.Version
	known     []int8  // dimension², row by row
	order     []int32 // modules of the codewords' bits, highest bit first
	centres   []int   // rows and columns of the alignment patterns' centres
}

func newLayout(dimension int) *layout {
	version, err := decoder.Version_GetVersionForNumber((dimension - 17) / 4)
	if err != nil {
		panic(fmt.Sprint("qr: no version is so large: ", dimension)) // our own bug: callers keep to 21, 25, … 177
	}
	l := &layout{dimension: dimension, version: version, known: make([]int8, dimension*dimension), centres: version.GetAlignmentPatternCenters()}
	for i := 8; i < dimension-8; i++ {
		l.set(6, i, 1-i%2*2)
		l.set(i, 6, 1-i%2*2)
	}
	for _, p := range l.alignments() {
		for v := -2; v <= 2; v++ {
			for u := -2; u <= 2; u++ {
				l.set(p[0]+u, p[1]+v, alignmentAt(u, v))
			}
		}
	}
	for _, p := range l.finders() {
		for v := -4; v <= 4; v++ {
			for u := -4; u <= 4; u++ {
				l.set(p[0]+u, p[1]+v, finderAt(u, v))
			}
		}
	}
	l.information()
	l.snake()
	return l
}

// set marks a module of a function pattern, if it is within the symbol.
func (l *layout) set(x, y int, kind int) {
	if x >= 0 && y >= 0 && x < l.dimension && y < l.dimension {
		l.known[y*l.dimension+x] = int8(kind)
	}
}

// finders returns the centres of the finder patterns: top left, top right,
// bottom left.
func (l *layout) finders() [3][2]int {
	return [3][2]int{{3, 3}, {l.dimension - 4, 3}, {3, l.dimension - 4}}
}

// alignments returns the centres of the alignment patterns, the lowest on the
// right last.
func (l *layout) alignments() (out [][2]int) {
	last := len(l.centres) - 1
	for i, y := range l.centres {
		for j, x := range l.centres {
			if (i == 0 && (j == 0 || j == last)) || (i == last && j == 0) {
				continue
			}
			out = append(out, [2]int{x, y})
		}
	}
	return out
}

// finderAt is the finder pattern with its light surround, by the distance from
// the centre.
func finderAt(u, v int) int {
	if ring := max(u, -u, v, -v); ring == 2 || ring == 4 {
		return isLight
	}
	return isDark
}

func alignmentAt(u, v int) int {
	if max(u, -u, v, -v) == 1 {
		return isLight
	}
	return isDark
}

// information marks the places of format and version information.
func (l *layout) information() {
	n := l.dimension
	for i := range 15 {
		for _, p := range l.format(i) {
			l.set(p[0], p[1], isFormat)
		}
	}
	l.set(8, n-8, isDark)
	if l.version.GetVersionNumber() < 7 {
		return
	}
	for i := range 18 {
		l.set(n-11+i%3, i/3, isFormat)
		l.set(i/3, n-11+i%3, isFormat)
	}
}

// format returns the two places (x, y) of bit i of the format information, 14
// the highest.
func (l *layout) format(i int) [2][2]int {
	n := l.dimension
	var first, second [2]int
	switch {
	case i < 6:
		first = [2]int{8, i}
	case i < 8:
		first = [2]int{8, i + 1}
	case i == 8:
		first = [2]int{7, 8}
	default:
		first = [2]int{14 - i, 8}
	}
	if i < 8 {
		second = [2]int{n - 1 - i, 8}
	} else {
		second = [2]int{8, n - 15 + i}
	}
	return [2][2]int{first, second}
}

// snake lists the data modules in the order of their bits: upwards and
// downwards by turns in columns of two, from the right.
func (l *layout) snake() {
	n := l.dimension
	l.order = make([]int32, 0, 8*l.version.GetTotalCodewords())
	up := true
	for right := n - 1; right > 0; right -= 2 {
		if right == 6 {
			right-- // the timing pattern takes a column of its own
		}
		for i := range n {
			y := i
			if up {
				y = n - 1 - i
			}
			for x := right; x > right-2; x-- {
				if l.known[y*n+x] == unknown {
					l.order = append(l.order, int32(y*n+x))
				}
			}
		}
		up = !up
	}
	l.order = l.order[:8*l.version.GetTotalCodewords()] // the rest are remainder bits
}

// masked reports whether data mask m (0 to 7) turns the module over (§7.8.2).
func masked(m, x, y int) bool {
	switch m {
	case 0:
		return (x+y)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (x+y)%3 == 0
	case 4:
		return (y/2+x/3)%2 == 0
	case 5:
		return x*y%6 == 0
	case 6:
		return x*y%6 < 3
	default:
		return (x+y+x*y%3)%2 == 0
	}
}

// formatBits is the format information of five data bits (level and mask):
// BCH(15,5) with its mask (§7.9.1).
func formatBits(data int) int {
	const generator, mask = 0x537, 0x5412
	rest := data << 10
	for mathbits.Len(uint(rest)) > 10 {
		rest ^= generator << (mathbits.Len(uint(rest)) - 11)
	}
	return (data<<10 | rest) ^ mask
}

// versionBits is the version information: BCH(18,6) (§7.10).
func versionBits(version int) int {
	const generator = 0x1f25
	rest := version << 12
	for mathbits.Len(uint(rest)) > 12 {
		rest ^= generator << (mathbits.Len(uint(rest)) - 13)
	}
	return version<<12 | rest
}

// block is one Reed-Solomon block: where its codewords stand in the symbol's
// sequence, and how many of them, at the end, are for checking.
type block struct {
	places []int
	check  int
}

// blocks shares out the codewords: the blocks' first codewords come first, then
// their second ones, and so on; blocks at the end may be one longer.
func (l *layout) blocks(level decoder.ErrorCorrectionLevel) []block {
	table := l.version.GetECBlocksForLevel(level)
	var out []block
	var sizes []int
	for _, kind := range table.GetECBlocks() {
		for range kind.GetCount() {
			out = append(out, block{check: table.GetECCodewordsPerBlock()})
			sizes = append(sizes, kind.GetDataCodewords())
		}
	}
	next := 0
	for i := range sizes[len(sizes)-1] {
		for j := range out {
			if i < sizes[j] {
				out[j].places = append(out[j].places, next)
				next++
			}
		}
	}
	for range table.GetECCodewordsPerBlock() {
		for j := range out {
			out[j].places = append(out[j].places, next)
			next++
		}
	}
	return out
}
