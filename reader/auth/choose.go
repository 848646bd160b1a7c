package auth

import (
	"cmp"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"

	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
)

// The arcs of chip authentication (Doc 9303-11 §9.2.5, §9.2.6). Below both
// stands the key agreement, 1 DH or 2 ECDH; below the protocol the cipher,
// counted as [crypt.Algorithm] does.
var (
	oidProtocol = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 3}
	oidKey      = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 1}
)

const (
	arcDH   = 1
	arcECDH = 2
)

// maxCandidates bounds the pairs of protocol and key that are looked at.
const maxCandidates = 64

// agreement is one way of chip authentication: a protocol and a key of the
// chip.
type agreement struct {
	oid       asn1.ObjectIdentifier
	algorithm crypt.Algorithm
	group     crypt.Group
	theirs    crypt.Element
	keyID     []byte // as the chip takes it; nil where it has one key
}

func (a *agreement) name() string {
	kind := "ECDH"
	if a.oid[len(oidProtocol)] == arcDH {
		kind = "DH"
	}
	return fmt.Sprintf("CA-%s-%v %s", kind, a.algorithm, a.group.Name())
}

// strongest picks the pair with the best cipher, then the largest group, then
// ECDH before DH; among equals the one announced first. Pairs with a key that
// this program does not know are passed over.
func strongest(infos *lds.SecurityInfos) (*agreement, error) {
	if infos == nil || len(infos.ChipAuthKeys) == 0 {
		return nil, fmt.Errorf("%w: DG14 has no key for it", ErrUnsupported)
	}
	var all []*agreement
	var last error
	for _, key := range infos.ChipAuthKeys {
		for _, info := range protocols(infos, key) {
			if len(all) == maxCandidates {
				break
			}
			a, err := newAgreement(info, key)
			if err != nil {
				last = err
				continue
			}
			all = append(all, a)
		}
	}
	if len(all) == 0 {
		if last == nil {
			last = fmt.Errorf("%w: no protocol for the key", ErrUnsupported)
		}
		return nil, last
	}
	slices.SortStableFunc(all, func(a, b *agreement) int {
		return cmp.Or(cmp.Compare(b.algorithm, a.algorithm), cmp.Compare(strength(b.group), strength(a.group)),
			cmp.Compare(b.oid[len(oidProtocol)], a.oid[len(oidProtocol)]))
	})
	return all[0], nil
}

// protocols returns the protocols announced for a key: those with its
// identifier, and where there is but one key also those that leave out the
// identifier on either side. A key without any is one of 3DES, which early
// chips did not announce (Doc 9303-11 §9.2.5).
func protocols(infos *lds.SecurityInfos, key lds.ChipAuthKey) []lds.ChipAuthInfo {
	var out []lds.ChipAuthInfo
	for _, info := range infos.ChipAuth {
		loose := len(infos.ChipAuthKeys) == 1 && (info.KeyID == nil || key.KeyID == nil)
		if (loose || sameID(info.KeyID, key.KeyID)) && agrees(info.OID, key.OID) {
			out = append(out, info)
		}
	}
	if len(infos.ChipAuth) == 0 && len(key.OID) > len(oidKey) {
		oid := append(slices.Clone(oidProtocol), key.OID[len(oidKey)], int(crypt.TDES))
		out = append(out, lds.ChipAuthInfo{OID: oid, Version: 1, KeyID: key.KeyID})
	}
	return out
}

// agrees reports whether a protocol and a key are both of DH or both of ECDH.
func agrees(protocol, key asn1.ObjectIdentifier) bool {
	return len(protocol) == len(oidProtocol)+2 && len(key) == len(oidKey)+1 &&
		protocol[len(oidProtocol)] == key[len(oidKey)]
}

func sameID(a, b *big.Int) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Cmp(b) == 0
}

func newAgreement(info lds.ChipAuthInfo, key lds.ChipAuthKey) (*agreement, error) {
	cipher := info.OID[len(oidProtocol)+1]
	if cipher < int(crypt.TDES) || cipher > int(crypt.AES256) || info.Version != 1 {
		return nil, fmt.Errorf("%w: protocol %v version %d", ErrUnsupported, info.OID, info.Version)
	}
	public, err := crypt.ParsePublicKey(key.SPKI)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	_, curve := public.Group.(*crypt.Curve)
	kind := info.OID[len(oidProtocol)]
	if public.Group == nil || curve != (kind == arcECDH) || !curve != (kind == arcDH) {
		return nil, fmt.Errorf("%w: protocol %v with a key of another kind", ErrUnsupported, info.OID)
	}
	a := &agreement{oid: info.OID, algorithm: crypt.Algorithm(cipher), group: public.Group, theirs: public.Element}
	if key.KeyID != nil {
		if key.KeyID.Sign() < 0 {
			return nil, fmt.Errorf("%w: negative key identifier", ErrUnsupported)
		}
		// One octet at least: identifier 0 is 00.
		a.keyID = key.KeyID.FillBytes(make([]byte, max(1, (key.KeyID.BitLen()+7)/8)))
	}
	return a, nil
}

// strength is the group's security in bits: half the curve's size; for prime
// fields after NIST SP 800-57 part 1 table 2.
func strength(g crypt.Group) int {
	if c, ok := g.(*crypt.Curve); ok {
		return c.Size() * 8 / 2
	}
	if len(g.Name()) >= len("DH-2048") && g.Name()[:len("DH-2048")] == "DH-2048" {
		return 112
	}
	return 80
}
