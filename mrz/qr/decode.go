package qr

import (
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// From decisions to codewords: format information, blocks, error correction
// with erasures. What one block teaches about its modules helps to decide the
// modules of the next.

// reserve is the number of check codewords that stay unused when erasures are
// believed: that many bytes must agree by themselves, so that no word is read
// into noise.
const reserve = 4

// Bounds of a format information that is believed: it agrees with its modules
// or is much likelier than the next.
const (
	minFormat = 0.5
	minMargin = 0.12
)

// format is the format information.
type format struct {
	level    decoder.ErrorCorrectionLevel
	mask     int
	mirrored bool
	score    float64 // how well it agrees with the modules, 1 fully
	margin   float64 // how much better than the next
}

// readFormat finds the format information that agrees best with the modules,
// as printed and seen from behind.
func readFormat(l *layout, soft []float32) format {
	var best format
	best.score = -1
	second := -1.0
	for _, mirrored := range []bool{false, true} {
		var s [15]float64
		total := 0.0
		for i := range s {
			for _, p := range l.format(i) {
				x, y := p[0], p[1]
				if mirrored {
					x, y = y, x
				}
				v := max(-1, min(1, float64(soft[y*l.dimension+x])))
				s[i] += v
				total += math.Abs(v)
			}
		}
		for data := range 32 {
			word, sum := formatBits(data), 0.0
			for i, v := range s {
				if word>>i&1 == 0 {
					v = -v
				}
				sum += v
			}
			sum /= max(total, 1e-9)
			if sum > best.score {
				level, err := decoder.ErrorCorrectionLevel_ForBits(uint(data >> 3))
				if err != nil {
					continue
				}
				second = best.score
				best = format{level: level, mask: data & 7, mirrored: mirrored, score: sum}
			} else {
				second = max(second, sum)
			}
		}
	}
	best.margin = best.score - second
	return best
}

// message is the codewords of a symbol while they are read.
type message struct {
	l      *layout
	f      format
	blocks []block
	words  []byte
	solved []bool
}

func newMessage(l *layout, f format) *message {
	m := &message{l: l, f: f, blocks: l.blocks(f.level)}
	m.words = make([]byte, l.version.GetTotalCodewords())
	m.solved = make([]bool, len(m.blocks))
	return m
}

// correct reads all open blocks and returns how many it solved, and whether all
// are solved now.
func (m *message) correct(f *field, soft []float32) (solved int, all bool) {
	all = true
	for i, b := range m.blocks {
		if m.solved[i] {
			continue
		}
		if m.block(f, b, soft) {
			m.solved[i] = true
			solved++
		} else {
			all = false
		}
	}
	return solved, all
}

// block reads the codewords of one block and corrects them, with more and more
// of the least sure ones erased.
func (m *message) block(f *field, b block, soft []float32) bool {
	var words [255]byte
	var sure [255]float32
	n := len(b.places)
	for i, place := range b.places {
		words[i], sure[i] = m.word(place, soft)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmpFloat(float64(sure[a]), float64(sure[b])) })
	for erased := 0; erased <= b.check-reserve; erased += 2 {
		var try [255]byte
		copy(try[:], words[:n])
		errors, ok := f.correct(try[:n], b.check, order[:erased])
		if !ok || 2*errors+erased > b.check-m.spared(erased > 0) {
			continue
		}
		for i, place := range b.places {
			m.words[place] = try[i]
		}
		return true
	}
	return false
}

// spared is the number of check codewords that detect and do not correct: for
// the smallest symbols what ISO/IEC 18004 table 9 says.
func (m *message) spared(erasures bool) int {
	if erasures {
		return reserve
	}
	switch m.l.version.GetVersionNumber() {
	case 1:
		return map[decoder.ErrorCorrectionLevel]int{
			decoder.ErrorCorrectionLevel_L: 3, decoder.ErrorCorrectionLevel_M: 2,
			decoder.ErrorCorrectionLevel_Q: 1, decoder.ErrorCorrectionLevel_H: 1,
		}[m.f.level]
	case 2:
		if m.f.level == decoder.ErrorCorrectionLevel_L {
			return 2
		}
	case 3:
		if m.f.level == decoder.ErrorCorrectionLevel_L {
			return 1
		}
	}
	return 0
}

// word reads a codeword, and how sure its least sure bit is.
func (m *message) word(place int, soft []float32) (w byte, sure float32) {
	var doubt float64
	for _, module := range m.l.order[8*place : 8*place+8] {
		s := soft[module]
		dark := s > 0
		if masked(m.f.mask, int(module)%m.l.dimension, int(module)/m.l.dimension) {
			dark = !dark
		}
		w <<= 1
		if dark {
			w |= 1
		}
		doubt += math.Exp(-2 * math.Abs(float64(s)))
	}
	return w, float32(-doubt)
}

// teach sets what is known of the symbol: function patterns, format and version
// information, and the modules of the blocks that are solved.
func (m *message) teach(known []int8) {
	n := m.l.dimension
	for i, k := range m.l.known {
		if k == isFormat {
			k = unknown
		}
		known[i] = k
	}
	data := m.f.level.GetBits()<<3 | m.f.mask
	word := formatBits(data)
	for i := range 15 {
		for _, p := range m.l.format(i) {
			known[p[1]*n+p[0]] = sign(word>>i&1 == 1)
		}
	}
	if v := m.l.version.GetVersionNumber(); v >= 7 {
		word := versionBits(v)
		for i := range 18 {
			s := sign(word>>i&1 == 1)
			known[(n-11+i%3)*n+i/3], known[i/3*n+n-11+i%3] = s, s
		}
	}
	for i, b := range m.blocks {
		if !m.solved[i] {
			continue
		}
		for _, place := range b.places {
			for j, module := range m.l.order[8*place : 8*place+8] {
				dark := m.words[place]>>(7-j)&1 == 1
				known[module] = sign(dark != masked(m.f.mask, int(module)%n, int(module)/n))
			}
		}
	}
}

func sign(dark bool) int8 {
	if dark {
		return 1
	}
	return -1
}
