package libusb

import (
	"encoding/binary"
	"math/bits"
)

// generator is the shift register whose states scramble an image: 32 bits,
// shifted to the right, with the parity of the tapped bits shifted in.
type generator uint32

const taps = 0x9248144d

func (g generator) next() generator {
	parity := uint32(bits.OnesCount32(uint32(g)&taps)) & 1
	return g>>1 | generator(parity<<31)
}

// skip steps n times.
func (g generator) skip(n int) generator {
	for range n {
		g = g.next()
	}
	return g
}

// mask is the byte that scrambles one pixel: eight bits picked out of the
// state before its step.
func (g generator) mask() byte {
	var m byte
	for j, bit := range [8]uint{4, 8, 11, 14, 18, 21, 24, 29} {
		m |= byte(g>>bit&1) << j
	}
	return m
}

// clear takes the scrambling off a block in place and returns the generator
// after it. The data are shifted by one: each block loses its last pixel.
func (g generator) clear(block []byte) generator {
	if len(block) == 0 {
		return g
	}
	last := len(block) - 1
	for i := range last {
		block[i] = block[i+1] ^ g.mask()
		g = g.next()
	}
	block[last] = 0
	return g.next()
}

// keyRequest is what is written to the reader to learn a key: the key's number
// and a seed of the host's choice, which hides the key on the wire.
func keyRequest(number byte, seed uint32) []byte {
	return binary.LittleEndian.AppendUint32([]byte{number}, seed)
}

// keyOf undoes the seed in the reader's answer of four bytes.
func keyOf(answer []byte, seed uint32) uint32 {
	return binary.LittleEndian.Uint32(answer) ^ seed
}
