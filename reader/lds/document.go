// Package lds decodes the Logical Data Structure of an eMRTD (Doc 9303-10):
// data groups as data, nothing about how they were read or whether they are
// genuine.
package lds

import "time"

// FileID is the two-byte identifier of an elementary file.
type FileID uint16

// Files of the eMRTD application and of the master file (Doc 9303-10 §4).
const (
	EFCardAccess FileID = 0x011C // also EF.CardSecurity's neighbour in the MF
	EFCOM        FileID = 0x011E
	EFSOD        FileID = 0x011D
	EFDG1        FileID = 0x0101
	EFDG2        FileID = 0x0102
	EFDG3        FileID = 0x0103
	EFDG13       FileID = 0x010D
	EFDG14       FileID = 0x010E
	EFDG15       FileID = 0x010F
)

// File is one elementary file as it was read, header included.
type File struct {
	ID    FileID
	Name  string // "EF.COM", "EF.SOD", "DG1", …
	Bytes []byte
}

// Document is what the chip said. A nil group was absent or not read; Raw
// holds each file's bytes for passive authentication and for the evidence.
type Document struct {
	Raw  []File
	COM  *COM
	MRZ  *MRZInfo // DG1
	Face *Face    // DG2
	VN   *DG13    // DG13 of the Vietnamese card
}

// COM lists the data groups the chip claims to hold (Doc 9303-10 §4.6.1).
type COM struct {
	LDSVersion, UnicodeVersion string
	Tags                       []byte // one tag byte a data group, in file order
}

// MRZInfo is DG1: the zone as stored, without line breaks.
type MRZInfo struct {
	Zone string // 90 (TD1), 72 (TD2) or 88 (TD3) characters
}

// Face is the first portrait of DG2 (ISO/IEC 19794-5 or 39794-5).
type Face struct {
	MediaType     string // MediaJPEG, MediaJP2 or MediaJ2C, by the image's first bytes
	Image         []byte
	Width, Height int // as the record states; 0 when it does not
}

// DG13 is the Vietnamese card's own group. Fields may be absent or empty: key
// on the number, never on the position.
type DG13 struct {
	Number, Name, Birth, Sex, Nationality   string
	Ethnicity, Religion, Origin, Residence  string
	Features, Issue, Expiry, Father, Mother string
	Spouse, OldNumber                       string
	Fields                                  map[int][]string // every field by its number
	BirthDate, IssueDate, ExpiryDate        time.Time        // zero where not a full date
}
