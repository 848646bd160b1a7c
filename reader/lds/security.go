package lds

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Limits against a hostile chip.
const (
	maxSecurityBytes = 64 << 10
	maxSecurityInfos = 64
)

// NoParameter is the ParameterID of a [PACEInfo] that names no standardised
// domain parameters.
const NoParameter = -1

// errSecurity says that the security infos are not what Doc 9303-11 §9.2 says.
var errSecurity = errors.New("security infos are not well formed")

// SecurityInfos is what EF.CardAccess and DG14 announce (Doc 9303-11 §9.2).
type SecurityInfos struct {
	PACE         []PACEInfo
	ChipAuth     []ChipAuthInfo
	ChipAuthKeys []ChipAuthKey
	ActiveAuth   []ActiveAuthInfo
	TerminalAuth []TerminalAuthInfo
	// Unknown keeps every other entry, also PACE domain parameters of the
	// issuer's own.
	Unknown []SecurityInfo
}

// SecurityInfo is one entry as it stands.
type SecurityInfo struct {
	OID asn1.ObjectIdentifier
	Raw []byte // the whole DER SEQUENCE
}

// PACEInfo is one way to open the chip by PACE (Doc 9303-11 §9.2.1).
type PACEInfo struct {
	OID         asn1.ObjectIdentifier
	Version     int
	ParameterID int // standardised domain parameters; [NoParameter] when absent
}

// ChipAuthInfo announces chip authentication (Doc 9303-11 §9.2.5). KeyID ties
// it to a [ChipAuthKey]; nil when absent.
type ChipAuthInfo struct {
	OID     asn1.ObjectIdentifier
	Version int
	KeyID   *big.Int
}

// ChipAuthKey is a static key for chip authentication (Doc 9303-11 §9.2.6).
type ChipAuthKey struct {
	OID   asn1.ObjectIdentifier
	SPKI  []byte // SubjectPublicKeyInfo, DER
	KeyID *big.Int
}

// ActiveAuthInfo tells the signature of active authentication with an EC key
// (Doc 9303-11 §9.2.3).
type ActiveAuthInfo struct {
	OID       asn1.ObjectIdentifier
	Version   int
	Signature asn1.ObjectIdentifier
}

// TerminalAuthInfo announces terminal authentication (Doc 9303-11 §9.2.8).
type TerminalAuthInfo struct {
	OID     asn1.ObjectIdentifier
	Version int
}

// The arcs under which the entries live (Doc 9303-11 §9.2).
var (
	oidKeys         = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 1}
	oidTerminalAuth = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 2}
	oidChipAuth     = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 3}
	oidPACE         = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 4}
	oidActiveAuth   = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 5}
)

// ParseCardAccess decodes EF.CardAccess.
func ParseCardAccess(b []byte) (*SecurityInfos, error) {
	s, err := ParseSecurityInfos(b)
	if err != nil {
		return nil, fmt.Errorf("EF.CardAccess: %w", err)
	}
	return s, nil
}

// ParseDG14 decodes DG14: the security infos that the document signer signed.
func ParseDG14(b []byte) (*SecurityInfos, error) {
	in := cryptobyte.String(b)
	var body cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.Tag(groupTags[14])) || !in.Empty() {
		return nil, fmt.Errorf("DG14: %w", errSecurity)
	}
	s, err := ParseSecurityInfos(body)
	if err != nil {
		return nil, fmt.Errorf("DG14: %w", err)
	}
	return s, nil
}

// ParseSecurityInfos decodes the DER SET OF SecurityInfo that EF.CardAccess is
// and DG14 holds (Doc 9303-11 §9.2).
func ParseSecurityInfos(b []byte) (*SecurityInfos, error) {
	if len(b) > maxSecurityBytes {
		return nil, fmt.Errorf("%w: %d bytes", errSecurity, len(b))
	}
	in := cryptobyte.String(b)
	var set cryptobyte.String
	if !in.ReadASN1(&set, cbasn1.SET) || !in.Empty() {
		return nil, fmt.Errorf("%w: no SET", errSecurity)
	}
	s := &SecurityInfos{}
	for n := 0; !set.Empty(); n++ {
		var raw cryptobyte.String
		if n == maxSecurityInfos || !set.ReadASN1Element(&raw, cbasn1.SEQUENCE) {
			return nil, fmt.Errorf("%w: entry %d", errSecurity, n+1)
		}
		if err := s.add(raw); err != nil {
			return nil, fmt.Errorf("%w: entry %d", err, n+1)
		}
	}
	return s, nil
}

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
	case under(oid, oidChipAuth, 2):
		c := ChipAuthInfo{OID: oid}
		ok = body.ReadASN1Integer(&c.Version) && optionalInteger(&body, &c.KeyID)
		s.ChipAuth = append(s.ChipAuth, c)
	case under(oid, oidKeys, 1):
		k := ChipAuthKey{OID: oid}
		var spki cryptobyte.String
		ok = body.ReadASN1Element(&spki, cbasn1.SEQUENCE) && optionalInteger(&body, &k.KeyID)
		k.SPKI = spki
		s.ChipAuthKeys = append(s.ChipAuthKeys, k)
	case under(oid, oidActiveAuth, 0):
		a := ActiveAuthInfo{OID: oid}
		ok = body.ReadASN1Integer(&a.Version) && body.ReadASN1ObjectIdentifier(&a.Signature)
		s.ActiveAuth = append(s.ActiveAuth, a)
	case under(oid, oidTerminalAuth, 0):
		t := TerminalAuthInfo{OID: oid}
		// Version 1 may carry a file reference for EF.CVCA after it.
		ok = body.ReadASN1Integer(&t.Version)
		body = nil
		s.TerminalAuth = append(s.TerminalAuth, t)
	default:
		s.Unknown = append(s.Unknown, SecurityInfo{OID: oid, Raw: whole})
		body = nil
	}
	if !ok || !body.Empty() {
		return fmt.Errorf("%w: %v", errSecurity, oid)
	}
	return nil
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

// PublicKey is DG15: the key of active authentication (Doc 9303-11 §9.2.2).
type PublicKey struct {
	Algorithm asn1.ObjectIdentifier
	SPKI      []byte // SubjectPublicKeyInfo, DER
}

// ParseDG15 decodes DG15. The key itself is left to who uses it.
func ParseDG15(b []byte) (*PublicKey, error) {
	in := cryptobyte.String(b)
	var body, spki, seq, alg, bits cryptobyte.String
	k := &PublicKey{}
	if len(b) > maxSecurityBytes || !in.ReadASN1(&body, cbasn1.Tag(groupTags[15])) || !in.Empty() ||
		!body.ReadASN1Element(&spki, cbasn1.SEQUENCE) || !body.Empty() {
		return nil, errors.New("DG15: no public key in it")
	}
	k.SPKI = spki
	if !spki.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1(&alg, cbasn1.SEQUENCE) ||
		!alg.ReadASN1ObjectIdentifier(&k.Algorithm) ||
		!seq.ReadASN1(&bits, cbasn1.BIT_STRING) || !seq.Empty() {
		return nil, errors.New("DG15: the public key is not well formed")
	}
	return k, nil
}
