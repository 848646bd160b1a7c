package lds

import "bytes"

// Media types of an image, told by its first bytes.
const (
	MediaJPEG = "image/jpeg"
	MediaJP2  = "image/jp2" // JPEG 2000 in its file format
	MediaJ2C  = "image/j2c" // a bare JPEG 2000 codestream
	MediaPNG  = "image/png"
	MediaWSQ  = "image/x-wsq"
	MediaPGM  = "image/x-portable-graymap"
)

// mediaType tells an image by its first bytes: a record's own coding octet is
// wrong often enough not to be trusted. It returns "" for what it does not
// know.
func mediaType(img []byte) string {
	switch {
	case bytes.HasPrefix(img, []byte{0xFF, 0xD8, 0xFF}):
		return MediaJPEG
	case bytes.HasPrefix(img, []byte("\x00\x00\x00\x0CjP  \r\n\x87\n")):
		return MediaJP2
	case bytes.HasPrefix(img, []byte{0xFF, 0x4F, 0xFF, 0x51}):
		return MediaJ2C
	case bytes.HasPrefix(img, []byte("\x89PNG\r\n\x1A\n")):
		return MediaPNG
	case bytes.HasPrefix(img, []byte{0xFF, 0xA0}):
		return MediaWSQ
	case bytes.HasPrefix(img, []byte("P5")):
		return MediaPGM
	}
	return ""
}

// word returns the word at a code of a record, or "" for 0, which means that
// nothing is stated, and for codes beyond the table.
func word(words []string, code int) string {
	if code < 0 || code >= len(words) {
		return ""
	}
	return words[code]
}
