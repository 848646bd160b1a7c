package lds

import (
	"encoding/asn1"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/tram-station/tram/reader/tlv"
)

// The arcs under which the entries live (Doc 9303-11 §9.2).
var (
	oidKeys         = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 1}
	oidTerminalAuth = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 2}
	oidChipAuth     = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 3}
	oidPACE         = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 4}
	oidDIR          = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 13}
	oidActiveAuth   = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 5}
)

// add decodes one entry: OID, required data, optional data.
func (s *SecurityInfos) add(raw cryptobyte.String) error {
	whole := raw
	var body cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !raw.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&oid) {
		return errSecurity
	}
	ok := true
	switch {
	case under(oid, oidPACE, 2):
		p := PACEInfo{OID: oid, ParameterID: NoParameter}
		ok = body.ReadASN1Integer(&p.Version) && (body.Empty() || body.ReadASN1Integer(&p.ParameterID))
		s.PACE = append(s.PACE, p)
	case under(oid, oidPACE, 1):
		ok = readParameters(&body, oid, &s.PACEParameters)
	case under(oid, oidChipAuth, 2):
		c := ChipAuthInfo{OID: oid}
		ok = body.ReadASN1Integer(&c.Version) && optionalInteger(&body, &c.KeyID)
		s.ChipAuth = append(s.ChipAuth, c)
	case under(oid, oidChipAuth, 1):
		ok = readParameters(&body, oid, &s.ChipAuthParameters)
	case under(oid, oidKeys, 1):
		k := ChipAuthKey{OID: oid}
		k.SPKI, ok = readKey(&body)
		ok = ok && optionalInteger(&body, &k.KeyID)
		s.ChipAuthKeys = append(s.ChipAuthKeys, k)
	case under(oid, oidActiveAuth, 0):
		a := ActiveAuthInfo{OID: oid}
		ok = body.ReadASN1Integer(&a.Version) && body.ReadASN1ObjectIdentifier(&a.Signature)
		s.ActiveAuth = append(s.ActiveAuth, a)
	case under(oid, oidTerminalAuth, 0):
		var t TerminalAuthInfo
		t, ok = readTerminalAuth(&body, oid)
		s.TerminalAuth = append(s.TerminalAuth, t)
	case under(oid, oidDIR, 0) && s.DIR == nil:
		ok = body.ReadASN1((*cryptobyte.String)(&s.DIR), cbasn1.OCTET_STRING)
	default:
		s.Unknown = append(s.Unknown, SecurityInfo{OID: oid, Raw: whole})
		body = nil
	}
	if !ok || !body.Empty() {
		return fmt.Errorf("%w: %v", errSecurity, oid)
	}
	return nil
}

// readParameters reads an AlgorithmIdentifier and the number that may follow.
func readParameters(body *cryptobyte.String, oid asn1.ObjectIdentifier, list *[]DomainParameters) bool {
	p := DomainParameters{OID: oid}
	var algorithm cryptobyte.String
	ok := body.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) && optionalInteger(body, &p.ID)
	p.Algorithm = algorithm
	*list = append(*list, p)
	return ok
}

// readKey reads a SubjectPublicKeyInfo. Chips were personalised whose entry
// holds its two parts without the SEQUENCE around them; it is put back.
func readKey(body *cryptobyte.String) (spki []byte, ok bool) {
	var first, bits cryptobyte.String
	if !body.ReadASN1Element(&first, cbasn1.SEQUENCE) {
		return nil, false
	}
	if !body.PeekASN1Tag(cbasn1.BIT_STRING) {
		return first, true
	}
	if !body.ReadASN1Element(&bits, cbasn1.BIT_STRING) {
		return nil, false
	}
	return tlv.Encode(tagSequence, first, bits), true
}

// readTerminalAuth reads a version and, of version 1, the file that may follow:
// its identifier and its short one. A file that cannot be understood leaves
// the default: nobody has to authenticate to read the other groups.
func readTerminalAuth(body *cryptobyte.String, oid asn1.ObjectIdentifier) (TerminalAuthInfo, bool) {
	t := TerminalAuthInfo{OID: oid, CVCA: EFCVCA, ShortID: EFCVCA.ShortID()}
	if !body.ReadASN1Integer(&t.Version) {
		return t, false
	}
	var file, id, short cryptobyte.String
	if body.ReadASN1(&file, cbasn1.SEQUENCE) && file.ReadASN1(&id, cbasn1.OCTET_STRING) && len(id) == 2 {
		t.CVCA, t.ShortID = FileID(id[0])<<8|FileID(id[1]), 0
		if file.ReadASN1(&short, cbasn1.OCTET_STRING) && len(short) == 1 {
			t.ShortID = short[0]
		}
	}
	*body = nil
	return t, true
}

// under reports whether oid stands exactly n arcs below base.
func under(oid, base asn1.ObjectIdentifier, n int) bool {
	return len(oid) == len(base)+n && oid[:len(base)].Equal(base)
}

func optionalInteger(s *cryptobyte.String, out **big.Int) bool {
	if s.Empty() {
		return true
	}
	n := new(big.Int)
	*out = n
	return s.ReadASN1Integer(n)
}
