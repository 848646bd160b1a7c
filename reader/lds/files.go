package lds

import "fmt"

// Short EF identifiers inside the application (Doc 9303-10 §4.2): a data
// group's is its number.
const (
	shortCOM = 0x1E
	shortSOD = 0x1D
)

// Outer tags of the files (Doc 9303-10 §4.2).
const (
	tagCOM = 0x60
	tagSOD = 0x77
)

// groupTags holds the outer tag of DG1 … DG16 at its number (Doc 9303-10
// table 38): history numbered them, so only a table can tell.
var groupTags = [17]byte{
	1: 0x61, 2: 0x75, 3: 0x63, 4: 0x76, 5: 0x65, 6: 0x66, 7: 0x67, 8: 0x68,
	9: 0x69, 10: 0x6A, 11: 0x6B, 12: 0x6C, 13: 0x6D, 14: 0x6E, 15: 0x6F, 16: 0x70,
}

// DataGroup returns the identifier of data group n, 1 … 16.
func DataGroup(n int) FileID { return 0x0100 + FileID(n) }

// Group returns the data group's number, 1 … 16, or 0 for any other file.
func (id FileID) Group() int {
	if n := int(id) - 0x0100; n >= 1 && n <= 16 {
		return n
	}
	return 0
}

// String returns the file's name as [FileName] does.
func (id FileID) String() string { return FileName(id) }

// FileName returns the name of a file of the eMRTD application ("EF.COM",
// "DG1", …) or its hexadecimal identifier where it has none.
func FileName(id FileID) string {
	switch id {
	case EFCardAccess:
		return "EF.CardAccess"
	case EFCOM:
		return "EF.COM"
	case EFSOD:
		return "EF.SOD"
	}
	if n := id.Group(); n > 0 {
		return fmt.Sprintf("DG%d", n)
	}
	return fmt.Sprintf("EF %04X", uint16(id))
}

// Tag returns the outer tag of a file of the application, or 0 for a file that
// has none (EF.CardAccess is a bare SET).
func (id FileID) Tag() byte {
	switch id {
	case EFCOM:
		return tagCOM
	case EFSOD:
		return tagSOD
	}
	return groupTags[id.Group()]
}

// FileForTag returns the file whose outer tag this is; EF.COM lists data
// groups so. ok is false for a tag that names none.
func FileForTag(tag byte) (id FileID, ok bool) {
	switch tag {
	case tagCOM:
		return EFCOM, true
	case tagSOD:
		return EFSOD, true
	}
	for n, t := range groupTags {
		if n > 0 && t == tag {
			return DataGroup(n), true
		}
	}
	return 0, false
}

// ShortID returns the five-bit short EF identifier for READ BINARY, or 0 where
// the file has none. EF.CardAccess's 1C holds in the master file only.
func (id FileID) ShortID() byte {
	switch id {
	case EFCardAccess:
		return 0x1C
	case EFCOM:
		return shortCOM
	case EFSOD:
		return shortSOD
	}
	return byte(id.Group())
}
