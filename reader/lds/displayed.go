package lds

import "fmt"

// Tags of images as they are displayed on the document (Doc 9303-10 §4.7.5,
// §4.7.7).
const (
	tagDisplayedPortrait  = 0x5F40
	tagDisplayedSignature = 0x5F43
)

// maxPictures bounds the images of one group (Doc 9303-10 §4.7.5: one to nine).
const maxPictures = 9

// ParseDG5 decodes DG5, header included: portraits as displayed.
func ParseDG5(b []byte) ([]Picture, error) { return pictures(b, EFDG5, tagDisplayedPortrait) }

// ParseDG7 decodes DG7, header included: signatures or usual marks as
// displayed.
func ParseDG7(b []byte) ([]Picture, error) { return pictures(b, EFDG7, tagDisplayedSignature) }

func pictures(b []byte, id FileID, tag uint32) ([]Picture, error) {
	parts, err := fields(b, id)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", id, err)
	}
	count, ok := integer(parts.Value(tagInteger))
	var all []Picture
	for _, p := range parts {
		if p.Tag == tag {
			all = append(all, picture(p.Value))
		}
	}
	if !ok || count != len(all) || count == 0 || count > maxPictures {
		return nil, fmt.Errorf("%v: it claims %d images and has %d", id, count, len(all))
	}
	return all, nil
}

func picture(b []byte) Picture { return Picture{mediaType(b), b} }
