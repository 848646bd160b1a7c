package chip

import (
	"fmt"
	"slices"
	"strings"
)

// Which document a chip belongs to, and what is on it.

// Document names a kind of document.
type Document string

// The documents. All are of the issuer's state unless [Content] says otherwise.
const (
	// DocumentCCCD is the Vietnamese identity card: TD1, with DG13.
	DocumentCCCD Document = ""
	// DocumentPassport is a passport: TD3, with DG11 and DG12.
	DocumentPassport Document = "passport"
	// DocumentResidence is a foreigner's residence card: TD1.
	DocumentResidence Document = "residence"
	// DocumentResidenceTD2 is the same in the older size: TD2.
	DocumentResidenceTD2 Document = "residence-td2"
)

// Documents lists the documents by name; "cccd" is taken for [DocumentCCCD].
func Documents() []Document {
	return []Document{"cccd", DocumentPassport, DocumentResidence, DocumentResidenceTD2}
}

// Content says which document a chip belongs to and what is on it. The zero
// value is the Vietnamese card.
type Content struct {
	Document Document
	State    string // issuing state in the machine-readable zone; "": the issuer's
	// Number is the document number, 9 characters or, on a residence card, up
	// to 12; "": made from the citizen's number.
	Number string

	// Groups are the data groups beside DG1, DG2 and those that protocols
	// bring along (DG14, DG15). Nil: what documents of this kind hold.
	Groups []int

	// DG2Size is the exact length of DG2 in bytes; 0: as the portrait comes.
	// The image is filled up, beyond 32 KB if need be.
	DG2Size int

	Face, Finger Encoding // of DG2 and of DG3
	Portraits    int      // how often DG2 holds the portrait; 0: once

	// LDS18 writes EF.SOD in version 1, which repeats the versions of EF.COM.
	LDS18 bool

	// Directory adds EF.DIR and EF.ATR/INFO to the master file.
	Directory bool
}

// withDefaults fills in what the issuer and the kind of document decide.
func (k Content) withDefaults(state string) Content {
	if k.Document == "cccd" {
		k.Document = DocumentCCCD
	}
	if k.State == "" {
		k.State = state
	}
	if k.Groups == nil {
		k.Groups = map[Document][]int{
			DocumentCCCD: {3, 13}, DocumentPassport: {3, 11, 12}, DocumentResidence: {3}, DocumentResidenceTD2: {3},
		}[k.Document]
	}
	return k
}

// maxPortraits bounds the templates of DG2 (Doc 9303-10 §4.7.2).
const maxPortraits = 9

// numberFits checks a number that was given. The Vietnamese card's follows from
// the citizen's.
func (k Content) numberFits() bool {
	most := 9
	switch {
	case k.Number == "":
		return true
	case k.Document == DocumentCCCD:
		return false
	case k.Document != DocumentPassport:
		most = 12
	}
	return len(k.Number) >= 9 && len(k.Number) <= most &&
		strings.Trim(k.Number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// maxDG2 is the longest DG2 that the offset of an odd READ BINARY reaches
// here, in bytes.
const maxDG2 = 1 << 20

func (k Content) validate() error {
	if k.Document != DocumentCCCD && !slices.Contains(Documents(), k.Document) {
		return fmt.Errorf("chip: there is no document %q: choose one of %v", k.Document, Documents())
	}
	if !letters(k.State, 3) {
		return fmt.Errorf("chip: a state is three capital letters")
	}
	for _, n := range k.Groups {
		if n < 3 || n > 16 || n == 14 || n == 15 {
			return fmt.Errorf("chip: the data groups to choose from are DG3 to DG13 and DG16")
		}
	}
	if !k.numberFits() {
		return fmt.Errorf("chip: a document number has 9 letters and digits, a residence card's up to 12")
	}
	if k.Portraits < 0 || k.Portraits > maxPortraits {
		return fmt.Errorf("chip: DG2 holds at most %d portraits", maxPortraits)
	}
	if k.DG2Size < 0 || k.DG2Size > maxDG2 {
		return fmt.Errorf("chip: DG2 has at most %d bytes", maxDG2)
	}
	for _, e := range []Encoding{k.Face, k.Finger} {
		if e != Encoding19794 && e != Encoding39794 {
			return fmt.Errorf("chip: there is no encoding %q: choose %q or none", e, Encoding39794)
		}
	}
	return nil
}

func letters(s string, n int) bool {
	for _, r := range s {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return len(s) == n
}

// number is the document number of nine characters: of the Vietnamese card the
// last nine of the twelve digits, of others made from them.
func (k Content) number(c Citizen) string {
	switch {
	case k.Number != "":
		return k.Number
	case k.Document == DocumentPassport:
		return "P" + c.Number[4:]
	case k.Document != DocumentCCCD:
		return "RT" + c.Number[5:]
	}
	return c.Number[3:]
}

// groups writes the data groups that content decides, DG1 and DG2 among them.
func (k Content) groups(c Citizen, lines []string, serial string) (map[uint16][]byte, error) {
	p, err := portrait(c)
	if err != nil {
		return nil, err
	}
	female := c.Sex == "Nữ"
	files := map[uint16][]byte{fileDG1: dg1(lines)}
	files[fileDG2], err = sized(p, k.DG2Size, func(p picture) []byte { return dg2(p, max(1, k.Portraits), female, k.Face) })
	if err != nil {
		return nil, err
	}
	for _, n := range k.Groups {
		if files[0x0100|uint16(n)], err = k.group(n, c, p, serial); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// group writes data group n, other than DG1, DG2 and those of protocols.
func (k Content) group(n int, c Citizen, p picture, serial string) ([]byte, error) {
	switch n {
	case 3:
		fingers := c.Fingers
		if fingers == nil {
			var err error
			if fingers, err = drawnFingers(k.Finger); err != nil {
				return nil, err
			}
		}
		return dg3(fingers, k.Finger)
	case 4:
		return dg4(), nil
	case 5:
		return dg5(p), nil
	case 7:
		signature, err := drawing(120, 40)
		return dg7(signature), err
	case 11:
		return dg11(c), nil
	case 12:
		return dg12(c), nil
	case 13:
		return dg13(dg13Fields(c, serial)), nil
	case 16:
		return dg16(c), nil
	}
	return opaque(n), nil
}
