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
	// PACEParameters and ChipAuthParameters describe a group by itself, where
	// no standardised one is named.
	PACEParameters     []DomainParameters
	ChipAuthParameters []DomainParameters
	// DIR is EF.DIR as the issuer signed it; nil when absent.
	DIR []byte
	// Unknown keeps every other entry, such as the issuer's own or those of
	// electronic identity cards.
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
	// CVCA is the file with the references of the trusted keys, and ShortID
	// its short identifier, 0 where there is none. A chip that names no file
	// keeps them in [EFCVCA].
	CVCA    FileID
	ShortID byte
}

// DomainParameters is PACEDomainParameterInfo (Doc 9303-11 §9.2.2) or the
// entry of the same form for chip authentication (TR-03110-3 §A.1.1.2).
type DomainParameters struct {
	OID       asn1.ObjectIdentifier
	Algorithm []byte   // AlgorithmIdentifier, DER
	ID        *big.Int // ties it to a [PACEInfo] or a key; nil when absent
}

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
