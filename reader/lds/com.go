package lds

import (
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/tlv"
)

// Tags inside EF.COM (Doc 9303-10 §4.6.1).
const (
	tagLDSVersion     = 0x5F01
	tagUnicodeVersion = 0x5F36
	tagTagList        = 0x5C
)

// maxTagList bounds the tag list: sixteen groups exist, a chip may repeat
// none.
const maxTagList = 16

// ParseCOM decodes EF.COM, header included. Tags that name no data group are
// kept: what the chip claims is what COM tells.
func ParseCOM(b []byte) (*COM, error) {
	body, err := tlv.Only(b, tagCOM)
	if err != nil {
		return nil, fmt.Errorf("EF.COM: %w", err)
	}
	parts, err := tlv.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("EF.COM: %w", err)
	}
	list, ok := parts.Find(tagTagList)
	if !ok {
		return nil, errors.New("EF.COM: no list of data groups in it")
	}
	if len(list.Value) > maxTagList {
		return nil, fmt.Errorf("EF.COM: lists %d data groups, %d exist", len(list.Value), maxTagList)
	}
	return &COM{
		LDSVersion:     string(parts.Value(tagLDSVersion)),
		UnicodeVersion: string(parts.Value(tagUnicodeVersion)),
		Tags:           append([]byte(nil), list.Value...),
	}, nil
}

// Files returns the files that the tag list names, in its order; unknown tags
// and repetitions are left out.
func (c *COM) Files() []FileID {
	var ids []FileID
	seen := map[FileID]bool{}
	for _, t := range c.Tags {
		if id, ok := FileForTag(t); ok && id.Group() > 0 && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}
