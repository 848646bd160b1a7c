package jp2

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers of a codestream (ISO/IEC 15444-1 table A.2).
const (
	markSOC = 0xFF4F // start of codestream
	markSIZ = 0xFF51 // size
	markSOT = 0xFF90 // start of tile-part
	markEOC = 0xFFD9 // end of codestream
)

// sotLength is the length of an SOT segment, its marker included.
const sotLength = 12

// size is the marker segment SIZ (§A.5.1). Coordinates are those of the
// reference grid.
type size struct {
	x1, y1, x0, y0 uint32 // the image's area
	tileW, tileH   uint32
	tileX, tileY   uint32 // where the first tile begins
	tiles          int
	parts          []component
}

// component is one of the planes.
type component struct{ depth, dx, dy byte }

func hasPrefix(b []byte, marks ...uint16) bool {
	var want []byte
	for _, m := range marks {
		want = binary.BigEndian.AppendUint16(want, m)
	}
	return bytes.HasPrefix(b, want)
}

// parseSize reads the size at the start of a codestream.
func parseSize(b []byte) (size, error) {
	const fixed = 38 // Lsiz without components
	if !hasPrefix(b, markSOC, markSIZ) || len(b) < 4+fixed {
		return size{}, fmt.Errorf("%w: a codestream without a size", ErrCorrupt)
	}
	seg := b[4:]
	length, count := int(binary.BigEndian.Uint16(seg)), int(binary.BigEndian.Uint16(seg[36:]))
	if length != fixed+3*count || len(seg) < length {
		return size{}, fmt.Errorf("%w: its size is cut", ErrCorrupt)
	}
	if count != 1 && count != 3 {
		return size{}, fmt.Errorf("%w: %d components", ErrUnsupported, count)
	}
	word := func(i int) uint32 { return binary.BigEndian.Uint32(seg[4+4*i:]) }
	z := size{
		x1: word(0), y1: word(1), x0: word(2), y0: word(3),
		tileW: word(4), tileH: word(5), tileX: word(6), tileY: word(7),
	}
	for p := seg[fixed:length]; len(p) > 0; p = p[3:] {
		const signed = 0x80
		if p[0]&signed != 0 || p[0] >= maxDepth {
			return size{}, fmt.Errorf("%w: samples that are signed or of more than %d bits", ErrUnsupported, maxDepth)
		}
		z.parts = append(z.parts, component{depth: p[0] + 1, dx: p[1], dy: p[2]})
	}
	return z, z.check()
}

// check applies §B.2 and §B.3 and the limits.
func (z *size) check() error {
	if z.x1 <= z.x0 || z.y1 <= z.y0 || z.tileW == 0 || z.tileH == 0 {
		return fmt.Errorf("%w: a picture or a tile without an area", ErrCorrupt)
	}
	// The first tile holds the image's corner.
	if z.tileX > z.x0 || z.tileY > z.y0 || uint64(z.tileX)+uint64(z.tileW) <= uint64(z.x0) || uint64(z.tileY)+uint64(z.tileH) <= uint64(z.y0) {
		return fmt.Errorf("%w: its first tile lies outside of it", ErrCorrupt)
	}
	if uint64(z.x1-z.x0)*uint64(z.y1-z.y0) > MaxPixels {
		return fmt.Errorf("%w: %d × %d pixels", ErrTooLarge, z.x1-z.x0, z.y1-z.y0)
	}
	count := func(a, b, step uint32) uint64 { return (uint64(b-a) + uint64(step) - 1) / uint64(step) }
	across, down := count(z.tileX, z.x1, z.tileW), count(z.tileY, z.y1, z.tileH)
	if across*down > maxTiles {
		return fmt.Errorf("%w: %d tiles", ErrTooLarge, across*down)
	}
	z.tiles = int(across * down)
	return nil
}

// settle fills the header from the size and refuses what would not be decoded
// right: OpenJPEG knows three forms of colours that are coarser than the light.
func (s *stream) settle() error {
	z := s.size
	w, h := int(z.x1-z.x0), int(z.y1-z.y0)
	if !s.Codestream && (s.Width != w || s.Height != h || s.Components != len(z.parts)) {
		return fmt.Errorf("%w: file and codestream give different sizes", ErrCorrupt)
	}
	s.Width, s.Height, s.Components, s.Depth = w, h, len(z.parts), int(z.parts[0].depth)
	first, last := z.parts[0], z.parts[len(z.parts)-1]
	for i, p := range z.parts {
		if p.dx == 0 || p.dy == 0 {
			return fmt.Errorf("%w: a component without samples", ErrCorrupt)
		}
		if p.depth != first.depth || i > 0 && p != last {
			return fmt.Errorf("%w: components of different kinds", ErrUnsupported)
		}
	}
	switch [2]byte{last.dx, last.dy} {
	case [2]byte{1, 1}:
	case [2]byte{2, 1}, [2]byte{2, 2}:
		s.Subsampled = true
	default:
		return fmt.Errorf("%w: components subsampled %d × %d", ErrUnsupported, last.dx, last.dy)
	}
	if first.dx != 1 || first.dy != 1 {
		return fmt.Errorf("%w: every component is subsampled", ErrUnsupported)
	}
	if s.Colour == Grey && s.Components != 1 {
		return fmt.Errorf("%w: grey of %d components", ErrUnsupported, s.Components)
	}
	return nil
}

// whole walks the tile-parts (§A.4.2) and says whether every tile is there,
// each with as many parts as it claims, up to the end of the codestream:
// decoders fill what is missing with something else.
func (s *stream) whole() error {
	if s.cut {
		return fmt.Errorf("%w: it ends before its codestream does", ErrCorrupt)
	}
	b := s.code[2:]
	for !hasPrefix(b, markSOT) { // the segments of the main header
		if len(b) < 4 {
			return fmt.Errorf("%w: it ends in the main header", ErrCorrupt)
		}
		n := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if b[0] != 0xFF || n < 4 || n > len(b) {
			return fmt.Errorf("%w: no marker where one belongs in the main header", ErrCorrupt)
		}
		b = b[n:]
	}
	seen, claimed := make([]int, s.size.tiles), make([]int, s.size.tiles)
	for !hasPrefix(b, markEOC) {
		if len(b) < sotLength || !hasPrefix(b, markSOT) {
			return fmt.Errorf("%w: it ends between two tiles", ErrCorrupt)
		}
		tile, n := int(binary.BigEndian.Uint16(b[4:])), int64(binary.BigEndian.Uint32(b[6:]))
		part, of := int(b[10]), int(b[11])
		if n == 0 { // the last part of all may leave its length open
			n = int64(bytes.LastIndex(b, []byte{markEOC >> 8, markEOC & 0xFF}))
		}
		if n < sotLength+2 || n > int64(len(b)) {
			return fmt.Errorf("%w: it ends in a tile", ErrCorrupt)
		}
		if tile >= len(seen) || part != seen[tile] {
			return fmt.Errorf("%w: a tile that does not belong there", ErrCorrupt)
		}
		seen[tile]++
		if of != 0 {
			claimed[tile] = of
		}
		b = b[n:]
	}
	for i, n := range seen {
		if n == 0 || claimed[i] != 0 && n != claimed[i] {
			return fmt.Errorf("%w: a tile is missing", ErrCorrupt)
		}
	}
	return nil
}
