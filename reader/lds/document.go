// Package lds decodes the Logical Data Structure of an eMRTD (Doc 9303-10):
// files as data, nothing about how they were read or whether they are genuine.
//
// Images and other long values point into the file they stand in; nothing
// changes a file after it was read. Parsers return nothing beside an error.
package lds

import (
	"fmt"
	"time"
)

// FileID names an elementary file: its two-byte identifier, and whether it lies
// in the master file or in the eMRTD application.
type FileID uint32

// File is one elementary file as it was read, header included.
type File struct {
	ID    FileID
	Name  string // "EF.COM", "EF.SOD", "DG1", …
	Bytes []byte
}

// Document is what the chip said. A nil group was absent or not read; Raw
// holds each file's bytes for passive authentication and for the evidence, and
// is all there is of DG6, DG8, DG9 and DG10, whose content Doc 9303 leaves
// open, of EF.SOD and of EF.CardSecurity, which belong to package passive.
type Document struct {
	Raw []File

	ATRInfo    *ATRInfo
	DIR        []Application
	CardAccess *SecurityInfos

	COM        *COM
	CVCA       []string         // references of the keys that terminal authentication trusts
	MRZ        *MRZInfo         // DG1
	Face       *Face            // DG2
	Fingers    []Finger         // DG3
	Irises     []Iris           // DG4
	Portraits  []Picture        // DG5, as displayed on the document
	Signatures []Picture        // DG7, as displayed on the document
	Person     *PersonalDetails // DG11
	Details    *DocumentDetails // DG12
	VN         *DG13            // DG13 of the Vietnamese card
	Security   *SecurityInfos   // DG14
	ActiveKey  *PublicKey       // DG15
	Contacts   []Contact        // DG16
}

// File returns the bytes of a file that was read, or nil.
func (d *Document) File(id FileID) []byte {
	for i := range d.Raw {
		if d.Raw[i].ID == id {
			return d.Raw[i].Bytes
		}
	}
	return nil
}

// Add keeps a file and what it says. The file is kept even where it cannot be
// decoded, which the error tells. A DG13 of another issuer is no error: the
// issuer may put anything there.
func (d *Document) Add(id FileID, b []byte) error {
	// Copies of d share what was read before; never write behind their backs.
	d.Raw = append(d.Raw[:len(d.Raw):len(d.Raw)], File{ID: id, Name: id.String(), Bytes: b})
	if id.InMaster() {
		return d.addMaster(id, b)
	}
	var err error
	switch id {
	case EFCOM:
		d.COM, err = ParseCOM(b)
	case EFCVCA:
		d.CVCA, err = ParseCVCA(b)
	case EFDG1:
		d.MRZ, err = ParseDG1(b)
	case EFDG2:
		d.Face, err = ParseDG2(b)
	case EFDG3:
		d.Fingers, err = ParseDG3(b)
	case EFDG4:
		d.Irises, err = ParseDG4(b)
	case EFDG5:
		d.Portraits, err = ParseDG5(b)
	case EFDG7:
		d.Signatures, err = ParseDG7(b)
	case EFDG11:
		d.Person, err = ParseDG11(b)
	case EFDG12:
		d.Details, err = ParseDG12(b)
	case EFDG13:
		err = d.addDG13(b)
	case EFDG14:
		d.Security, err = ParseDG14(b)
	case EFDG15:
		d.ActiveKey, err = ParseDG15(b)
	case EFDG16:
		d.Contacts, err = ParseDG16(b)
	case EFDG6, EFDG8, EFDG9, EFDG10:
		err = checkTag(id, b)
	}
	return err
}

func (d *Document) addMaster(id FileID, b []byte) (err error) {
	switch id {
	case EFATRInfo:
		d.ATRInfo, err = ParseATRInfo(b)
	case EFDIR:
		d.DIR, err = ParseDIR(b)
	case EFCardAccess:
		d.CardAccess, err = ParseCardAccess(b)
	}
	return err
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

// Picture is an image as it is displayed on the document.
type Picture struct {
	MediaType string // by the image's first bytes; "" when unknown
	Image     []byte
}

// Field is a data object that this package keeps as it stands.
type Field struct {
	Tag   uint32
	Value []byte
}

// checkTag sees that a group whose content is left open is at least itself.
func checkTag(id FileID, b []byte) error {
	if _, err := only(b, id); err != nil {
		return fmt.Errorf("%v: %w", id, err)
	}
	return nil
}
