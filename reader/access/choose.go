package access

import (
	"encoding/asn1"
	"fmt"

	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/tlv"
)

// protocol is one form of PACE that both ends know.
type protocol struct {
	oid       []byte // content octets: what MSE:Set AT and the tokens name
	mapping   mapping
	dh        bool // in a prime field, otherwise on a curve
	algorithm crypt.Algorithm
	group     crypt.Group
	parameter int
	ambiguous bool // the chip has other domain parameters too
}

// mapping is how a nonce becomes a generator (Doc 9303-11 §4.4.3.3).
type mapping string

const (
	generic    mapping = "GM"
	integrated mapping = "IM"
	chipAuth   mapping = "CAM" // generic, and the chip proves its static key
)

// idPACE is the arc of PACE. Below it one arc names agreement and mapping, the
// next one the cipher (Doc 9303-11 §9.2.3).
var idPACE = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 4}

// paceVersion is the only version that Doc 9303 knows.
const paceVersion = 2

// choose returns the strongest form of PACE that this program knows:
//
//  1. chip authentication mapping before the others, because it also proves
//     that the chip is genuine, at no further command,
//  2. the longer key of the cipher: AES-256, AES-192, AES-128, 3DES,
//  3. the stronger group, see [rank],
//  4. the order of EF.CardAccess, so that generic and integrated mapping are
//     the issuer's choice.
func choose(info *lds.SecurityInfos) (*protocol, error) {
	var best *protocol
	parameters := map[int]bool{}
	for _, entry := range info.PACE {
		parameters[entry.ParameterID] = true
		p, ok := known(info, entry)
		if ok && (best == nil || p.stronger(best)) {
			best = p
		}
	}
	if best == nil {
		return nil, ErrUnsupported
	}
	best.ambiguous = len(parameters) > 1
	return best, nil
}

// known reports whether this program can run what a PACEInfo announces.
func known(info *lds.SecurityInfos, entry lds.PACEInfo) (*protocol, bool) {
	n := len(idPACE)
	if len(entry.OID) != n+2 || !entry.OID[:n].Equal(idPACE) || entry.Version != paceVersion {
		return nil, false
	}
	p := &protocol{algorithm: crypt.Algorithm(entry.OID[n+1]), parameter: entry.ParameterID} // 1 3DES, 2 … 4 AES: as crypt counts them
	if p.algorithm < crypt.TDES || p.algorithm > crypt.AES256 {
		return nil, false
	}
	switch entry.OID[n] {
	case 1:
		p.mapping, p.dh = generic, true
	case 2:
		p.mapping = generic
	case 3:
		p.mapping, p.dh = integrated, true
	case 4:
		p.mapping = integrated
	case 6:
		p.mapping = chipAuth
		if p.algorithm == crypt.TDES { // has no identifier
			return nil, false
		}
	default:
		return nil, false
	}
	if !p.findGroup(info, entry.OID[:n+1]) {
		return nil, false
	}
	der, err := asn1.Marshal(entry.OID)
	if err != nil {
		return nil, false
	}
	p.oid, err = tlv.Only(der, doObjectID)
	return p, err == nil
}

// findGroup resolves the domain parameters and checks that the protocol can use
// them.
func (p *protocol) findGroup(info *lds.SecurityInfos, agreement asn1.ObjectIdentifier) bool {
	if group, err := crypt.StandardGroup(p.parameter); err == nil {
		p.group = group
	} else if p.parameter == lds.NoParameter || p.parameter > lastStandardised {
		p.group = explicit(info.PACEParameters, agreement, p.parameter)
	}
	if _, prime := p.group.(*crypt.DH); p.group == nil || prime != p.dh {
		return false
	}
	return p.mapping != integrated || p.group.Name() != "P-224" // no such mapping there (table 12)
}

// lastStandardised ends the parameter ids that no issuer gives away himself.
const lastStandardised = 31

// explicit returns the group that the chip spells out for an agreement, nil
// where there is none or where it is not a known one: unknown parameters may be
// made to give the password away, and nothing signs them (Doc 9303-11 §9.2.2).
func explicit(all []lds.DomainParameters, agreement asn1.ObjectIdentifier, id int) crypt.Group {
	for _, d := range all {
		same := d.ID == nil && id == lds.NoParameter || d.ID != nil && d.ID.IsInt64() && d.ID.Int64() == int64(id)
		if !same || !d.OID.Equal(agreement) {
			continue
		}
		if group, err := crypt.ParseGroup(d.Algorithm); err == nil {
			return group
		}
	}
	return nil
}

// stronger reports whether p goes before q, which stands before it in
// EF.CardAccess.
func (p *protocol) stronger(q *protocol) bool {
	if cam := p.mapping == chipAuth; cam != (q.mapping == chipAuth) {
		return cam
	}
	if p.algorithm != q.algorithm {
		return p.algorithm > q.algorithm
	}
	return rank(p.group) > rank(q.group)
}

// rank orders the standardised groups by what they withstand (NIST SP 800-57
// part 1, table 2), at the same strength a curve before a prime field.
func rank(g crypt.Group) int {
	id, _ := crypt.StandardID(g)
	switch id {
	case 0: // 80 bits
		return 1
	case 8, 9: // 96 bits
		return 2
	case 1: // 112 bits, subgroup of 224
		return 3
	case 2: // 112 bits, subgroup of 256
		return 4
	case 10, 11:
		return 5
	case 12, 13:
		return 6
	case 14:
		return 7
	case 15, 16:
		return 8
	case 17:
		return 9
	case 18:
		return 10
	}
	return 0
}

// String names the protocol for people and reports.
func (p *protocol) String() string {
	agreement := "ECDH"
	if p.dh {
		agreement = "DH"
	}
	return fmt.Sprintf("PACE-%s-%s-%v %s", agreement, p.mapping, p.algorithm, p.group.Name())
}
