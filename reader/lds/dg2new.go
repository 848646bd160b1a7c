package lds

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/tlv"
)

// tagFaceBlock begins a facial data block of ISO/IEC 39794-5, which Doc 9303
// brings in from 2026 on.
const tagFaceBlock = 0x65

// imagePath leads from the facial data block to its first image (ISO/IEC
// 39794-5 annex A): representations, the first one, its image, a base image,
// in two dimensions, the encoded image.
var imagePath = []uint32{0xA1, 0x30, 0xA1, 0xA0, 0xA0, 0x80}

// isNewFace reports whether a biometric data block is one of ISO/IEC 39794-5:
// A1 around 65.
func isNewFace(block []byte) bool {
	e, _, err := tlv.Next(block)
	if err != nil || e.Tag != 0xA1 {
		return false
	}
	inner, _, err := tlv.Next(e.Value)
	return err == nil && inner.Tag == tagFaceBlock
}

// parseNewFace reads the first portrait of a block of ISO/IEC 39794-5. Its
// size in pixels stands in the image alone.
func parseNewFace(block []byte) (*Face, error) {
	at := block
	for _, tag := range append([]uint32{0xA1, tagFaceBlock}, imagePath...) {
		parts, err := tlv.Parse(at)
		if err != nil {
			return nil, fmt.Errorf("facial data block: %w", err)
		}
		e, ok := parts.Find(tag)
		if !ok {
			return nil, fmt.Errorf("facial data block without its element %X", tag)
		}
		at = e.Value
	}
	media := mediaType(at)
	if media == "" {
		return nil, errors.New("the portrait is neither JPEG nor JPEG 2000")
	}
	return &Face{MediaType: media, Image: bytes.Clone(at)}, nil
}
