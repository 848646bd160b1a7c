package lds

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/tlv"
)

// Tags of a biometric information template (Doc 9303-10 §4.7.2, CBEFF patron
// format of ISO/IEC 7816-11).
const (
	tagTemplates = 0x7F61
	tagTemplate  = 0x7F60
	tagCount     = 0x02
	tagPlain     = 0x5F2E // biometric data block, primitive
	tagBuilt     = 0x7F2E // biometric data block, constructed
)

// Layout of a facial record (ISO/IEC 19794-5:2005 §5.4–5.7), in bytes.
const (
	recordHeader = 14 // "FAC\0", version, length u32, number of faces u16
	faceHeader   = 20 // block length u32, feature points u16, …
	featurePoint = 8
	imageHeader  = 12 // type, coding, width u16, height u16, …
)

// Limits against a hostile chip.
const (
	maxDG2       = 4 << 20
	maxTemplates = 9 // Doc 9303-10 §4.7.2 allows one to nine
)

// errFace says that DG2 holds no facial record this reader knows.
var errFace = errors.New("no facial record of ISO/IEC 19794-5 or 39794-5")

// Media types of a portrait, told by its first bytes.
const (
	MediaJPEG = "image/jpeg"
	MediaJP2  = "image/jp2" // JPEG 2000 in its file format
	MediaJ2C  = "image/j2c" // a bare JPEG 2000 codestream
)

// ParseDG2 decodes DG2, header included, and returns its first portrait, in
// the encoding of ISO/IEC 19794-5:2005 or of ISO/IEC 39794-5.
func ParseDG2(b []byte) (*Face, error) {
	if len(b) > maxDG2 {
		return nil, fmt.Errorf("DG2: %d bytes are more than a portrait needs", len(b))
	}
	block, err := biometricBlock(b)
	if err != nil {
		return nil, fmt.Errorf("DG2: %w", err)
	}
	parse := parseFaceRecord
	if isNewFace(block) {
		parse = parseNewFace
	}
	f, err := parse(block)
	if err != nil {
		return nil, fmt.Errorf("DG2: %w", err)
	}
	return f, nil
}

// biometricBlock walks 75 → 7F61 → 7F60 → 5F2E or 7F2E.
func biometricBlock(b []byte) ([]byte, error) {
	body, err := tlv.Only(b, uint32(EFDG2.Tag()))
	if err != nil {
		return nil, err
	}
	group, err := tlv.Only(body, tagTemplates)
	if err != nil {
		return nil, err
	}
	parts, err := tlv.Parse(group)
	if err != nil {
		return nil, err
	}
	if n := parts.Value(tagCount); len(n) != 1 || n[0] == 0 || n[0] > maxTemplates {
		return nil, errors.New("the number of portraits is not 1 to 9")
	}
	first, ok := parts.Find(tagTemplate)
	if !ok {
		return nil, errors.New("no portrait in it")
	}
	inner, err := first.Children()
	if err != nil {
		return nil, err
	}
	for _, tag := range []uint32{tagPlain, tagBuilt} {
		if e, ok := inner.Find(tag); ok {
			return e.Value, nil
		}
	}
	return nil, errors.New("no portrait in it")
}

// parseFaceRecord reads the first face of a facial record: header, facial
// information, feature points, image information, image.
func parseFaceRecord(b []byte) (*Face, error) {
	if len(b) < recordHeader+faceHeader+imageHeader || string(b[:4]) != "FAC\x00" {
		return nil, errFace
	}
	if v := string(b[4:8]); v != "010\x00" {
		return nil, fmt.Errorf("%w: version %q", errFace, v)
	}
	if n := binary.BigEndian.Uint32(b[8:]); uint64(n) != uint64(len(b)) {
		return nil, fmt.Errorf("%w: it claims %d bytes and has %d", errFace, n, len(b))
	}
	if binary.BigEndian.Uint16(b[12:]) == 0 {
		return nil, fmt.Errorf("%w: it holds no face", errFace)
	}
	face := b[recordHeader:]
	size := uint64(binary.BigEndian.Uint32(face))
	points := uint64(binary.BigEndian.Uint16(face[4:]))
	start := faceHeader + points*featurePoint + imageHeader
	if size > uint64(len(face)) || start >= size {
		return nil, fmt.Errorf("%w: lengths go past its end", errFace)
	}
	info, img := face[start-imageHeader:start], face[start:size]
	media := mediaType(img)
	if media == "" {
		return nil, errors.New("the portrait is neither JPEG nor JPEG 2000")
	}
	return &Face{
		MediaType: media,
		Image:     bytes.Clone(img),
		Width:     int(binary.BigEndian.Uint16(info[2:])),
		Height:    int(binary.BigEndian.Uint16(info[4:])),
	}, nil
}

// mediaType tells an image by its first bytes: the record's own coding octet
// is wrong often enough not to be trusted.
func mediaType(img []byte) string {
	switch {
	case bytes.HasPrefix(img, []byte{0xFF, 0xD8, 0xFF}):
		return MediaJPEG
	case bytes.HasPrefix(img, []byte("\x00\x00\x00\x0CjP  \r\n\x87\n")):
		return MediaJP2
	case bytes.HasPrefix(img, []byte{0xFF, 0x4F, 0xFF, 0x51}):
		return MediaJ2C
	}
	return ""
}
