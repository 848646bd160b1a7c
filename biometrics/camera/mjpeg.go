package camera

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
)

// ErrFrame says that what a camera sent is no frame.
var ErrFrame = errors.New("camera: not a JPEG frame")

// Standalone makes a frame of a motion-JPEG camera a picture of its own, and
// says how large it is. Cameras may leave out the Huffman tables, which then
// are those of ITU-T T.81 annex K.3; and they may send some bytes more than the
// picture has.
func Standalone(frame []byte) ([]byte, image.Point, error) {
	scan, tables, err := segments(frame)
	if err != nil {
		return nil, image.Point{}, err
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(frame))
	if err != nil {
		return nil, image.Point{}, fmt.Errorf("%w: %w", ErrFrame, err)
	}
	if min(c.Width, c.Height) < MinSide || max(c.Width, c.Height) > MaxSide || len(frame) > MaxPicture {
		return nil, image.Point{}, fmt.Errorf("%w: %d×%d pixels, %d bytes", ErrFrame, c.Width, c.Height, len(frame))
	}
	end := bytes.LastIndex(frame, []byte{0xFF, 0xD9})
	if end < scan {
		return nil, image.Point{}, fmt.Errorf("%w: cut off", ErrFrame)
	}
	out := make([]byte, 0, len(frame)+huffmanBytes)
	out = append(out, frame[:scan]...)
	if !tables {
		out = appendHuffman(out)
	}
	return append(out, frame[scan:end+2]...), image.Pt(c.Width, c.Height), nil
}

// segments returns where the first scan begins, and whether Huffman tables
// stand before it.
func segments(b []byte) (scan int, tables bool, err error) {
	if len(b) < 4 || b[0] != 0xFF || b[1] != 0xD8 {
		return 0, false, fmt.Errorf("%w: no start", ErrFrame)
	}
	for at := 2; at+4 <= len(b) && b[at] == 0xFF; {
		switch b[at+1] {
		case 0xC4:
			tables = true
		case 0xDA:
			return at, tables, nil
		}
		at += 2 + max(2, int(binary.BigEndian.Uint16(b[at+2:])))
	}
	return 0, false, fmt.Errorf("%w: no scan", ErrFrame)
}

// huffman is one table of annex K.3: how many codes there are of each length,
// 1 to 16 bits, and what they stand for.
type huffman struct {
	class, id byte // 0 DC, 1 AC; 0 luminance, 1 chrominance
	counts    [16]byte
	values    string
}

// Tables K.3 to K.6.
var standardHuffman = [4]huffman{
	{0, 0, [16]byte{0, 1, 5, 1, 1, 1, 1, 1, 1}, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"},
	{0, 1, [16]byte{0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"},
	{1, 0, [16]byte{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d},
		"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08" +
			"\x23\x42\xb1\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28" +
			"\x29\x2a\x34\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59" +
			"\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89" +
			"\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6" +
			"\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2" +
			"\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa"},
	{1, 1, [16]byte{0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77},
		"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91" +
			"\xa1\xb1\xc1\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\x18\x19\x1a\x26" +
			"\x27\x28\x29\x2a\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58" +
			"\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x82\x83\x84\x85\x86\x87" +
			"\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4" +
			"\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda" +
			"\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa"},
}

// huffmanBytes is the length of the segment with the four tables.
const huffmanBytes = 2 + 2 + 4*17 + 12 + 12 + 162 + 162

func appendHuffman(b []byte) []byte {
	b = append(b, 0xFF, 0xC4, (huffmanBytes-2)>>8, (huffmanBytes-2)&0xFF)
	for i := range standardHuffman {
		t := &standardHuffman[i]
		b = append(b, t.class<<4|t.id)
		b = append(b, t.counts[:]...)
		b = append(b, t.values...)
	}
	return b
}
