package lds

import (
	"fmt"

	"github.com/tram-station/tram/reader/tlv"
)

// tagMRZ holds the zone inside DG1 (Doc 9303-10 §4.7.1).
const tagMRZ = 0x5F1F

// Lengths of the zone without line breaks (Doc 9303-5, -6, -4).
const (
	zoneTD1 = 90
	zoneTD2 = 72
	zoneTD3 = 88
)

// ParseDG1 decodes DG1, header included: the zone's length must be that of
// TD1, TD2 or TD3 and its characters those of an MRZ. Check digits are for the
// mrz package to judge.
func ParseDG1(b []byte) (*MRZInfo, error) {
	body, err := tlv.Only(b, uint32(EFDG1.Tag()))
	if err != nil {
		return nil, fmt.Errorf("DG1: %w", err)
	}
	zone, err := tlv.Only(body, tagMRZ)
	if err != nil {
		return nil, fmt.Errorf("DG1: %w", err)
	}
	switch len(zone) {
	case zoneTD1, zoneTD2, zoneTD3:
	default:
		return nil, fmt.Errorf("DG1: the zone has %d characters, not 90, 72 or 88", len(zone))
	}
	for i, c := range zone {
		if c != '<' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return nil, fmt.Errorf("DG1: character %d is none of an MRZ", i+1)
		}
	}
	return &MRZInfo{Zone: string(zone)}, nil
}
