package sbitest

import "encoding/binary"

// side of the pictures of FaultHeavy, pixels, and how often a decoder has to go
// over each.
const (
	heavySide  = 2048
	heavyScans = 3000
)

// ManyScans is a grey progressive JPEG of side by side pixels with so many scans
// (ITU-T T.81 §G): a few bytes each, and each one makes a decoder go over the
// whole picture.
func ManyScans(side, scans int) []byte {
	const block, eobRun, runBits = 8, 1 << 14, 15
	blocks := (side + block - 1) / block * ((side + block - 1) / block)
	be := binary.BigEndian
	segment := func(b []byte, marker byte, content ...byte) []byte {
		return append(be.AppendUint16(append(b, 0xff, marker), uint16(len(content)+2)), content...)
	}
	// huffman is a table with the code 0 alone.
	huffman := func(b []byte, class, symbol byte) []byte {
		return segment(b, 0xc4, append(append([]byte{class << 4, 1}, make([]byte, 15)...), symbol)...)
	}
	b := []byte{0xff, 0xd8}
	table := make([]byte, 65)
	for i := range table[1:] {
		table[i+1] = 1
	}
	b = segment(b, 0xdb, table...)
	size := be.AppendUint16(be.AppendUint16([]byte{8}, uint16(side)), uint16(side))
	b = segment(b, 0xc2, append(size, 1, 1, 0x11, 0)...)
	b = huffman(b, 0, 0)    // no difference to the block before
	b = huffman(b, 1, 0xe0) // a run of 16384 blocks and more without anything
	b = segment(b, 0xda, 1, 1, 0, 0, 0, 0)
	b = append(b, make([]byte, (blocks+7)/8)...)
	for range scans - 1 {
		b = segment(b, 0xda, 1, 1, 0, 1, 63, 0)
		b = append(b, make([]byte, ((blocks+eobRun-1)/eobRun*runBits+7)/8)...)
	}
	return append(b, 0xff, 0xd9)
}
