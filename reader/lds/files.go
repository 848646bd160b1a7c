package lds

import "fmt"

// inMaster marks the files of the master file: EF.CardSecurity and EF.SOD, and
// EF.CardAccess and EF.CVCA, share a two-byte identifier and lie in different
// directories.
const inMaster FileID = 0x1_0000

// Files of the master file (Doc 9303-10 §3.11) and of the eMRTD application
// (§4; EF.CVCA: Doc 9303-11 §9.2.8). The low 16 bits are the file identifier.
const (
	EFATRInfo      = inMaster | 0x2F01
	EFDIR          = inMaster | 0x2F00
	EFCardAccess   = inMaster | 0x011C
	EFCardSecurity = inMaster | 0x011D

	EFCOM  FileID = 0x011E
	EFSOD  FileID = 0x011D
	EFCVCA FileID = 0x011C // its default; DG14 may name another

	EFDG1  FileID = 0x0101
	EFDG2  FileID = 0x0102
	EFDG3  FileID = 0x0103
	EFDG4  FileID = 0x0104
	EFDG5  FileID = 0x0105
	EFDG6  FileID = 0x0106
	EFDG7  FileID = 0x0107
	EFDG8  FileID = 0x0108
	EFDG9  FileID = 0x0109
	EFDG10 FileID = 0x010A
	EFDG11 FileID = 0x010B
	EFDG12 FileID = 0x010C
	EFDG13 FileID = 0x010D
	EFDG14 FileID = 0x010E
	EFDG15 FileID = 0x010F
	EFDG16 FileID = 0x0110
)

// Short EF identifiers (Doc 9303-10 §3.11, §4.2): a data group's is its number.
const (
	shortATRInfo = 0x01
	shortAccess  = 0x1C // EF.CardAccess, and EF.CVCA in the application
	shortSOD     = 0x1D // and EF.CardSecurity in the master file
	shortCOM     = 0x1E // and EF.DIR in the master file
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

// fileNames holds the name of each file that is no data group.
var fileNames = map[FileID]string{
	EFATRInfo: "EF.ATR/INFO", EFDIR: "EF.DIR", EFCardAccess: "EF.CardAccess", EFCardSecurity: "EF.CardSecurity",
	EFCOM: "EF.COM", EFSOD: "EF.SOD", EFCVCA: "EF.CVCA",
}

// groupNames holds the name of each data group at its number.
var groupNames = [17]string{
	1: "DG1", 2: "DG2", 3: "DG3", 4: "DG4", 5: "DG5", 6: "DG6", 7: "DG7", 8: "DG8",
	9: "DG9", 10: "DG10", 11: "DG11", 12: "DG12", 13: "DG13", 14: "DG14", 15: "DG15", 16: "DG16",
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

// InMaster reports whether the file lies in the master file and not in the
// eMRTD application.
func (id FileID) InMaster() bool { return id&inMaster != 0 }

// String returns the file's name as [FileName] does.
func (id FileID) String() string { return FileName(id) }

// FileName returns the name of a file ("EF.COM", "DG1", "EF.CardSecurity", …)
// or its hexadecimal identifier where it has none.
func FileName(id FileID) string {
	if n := id.Group(); n > 0 {
		return groupNames[n]
	}
	if name, ok := fileNames[id]; ok {
		return name
	}
	return fmt.Sprintf("EF %04X", uint16(id))
}

// Tag returns the outer tag of a file, or 0 for a file that has none of its
// own: EF.CardAccess is a bare SET, EF.CardSecurity a bare SEQUENCE; EF.DIR,
// EF.ATR/INFO and EF.CVCA are one object after the other.
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
// the file has none. It holds in the file's own directory only: 1C is
// EF.CardAccess in the master file and EF.CVCA in the application.
func (id FileID) ShortID() byte {
	switch id {
	case EFATRInfo:
		return shortATRInfo
	case EFCardAccess, EFCVCA:
		return shortAccess
	case EFCardSecurity, EFSOD:
		return shortSOD
	case EFDIR, EFCOM:
		return shortCOM
	}
	return byte(id.Group())
}
