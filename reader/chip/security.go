package chip

import "crypto/ecdsa"

// What the chip announces about its protocols: EF.CardAccess and DG14
// (Doc 9303-11 §9.2), and the key of active authentication in DG15.

// announcements are the infos that EF.CardAccess and DG14 share. The CCCD
// names terminal and chip authentication in EF.CardAccess too.
func announcements(p parameters) [][]byte {
	var out [][]byte
	if p.termAuth {
		out = append(out, sequence(oid(0, 4, 0, 127, 0, 7, 2, 2, 2), small(1)))
		out = append(out, sequence(oidChipAuth(), small(1)))
	}
	if p.pace {
		out = append(out, sequence(oidPACE(), small(2), small(p.curve.parameterID)))
	}
	return out
}

func cardAccess(p parameters) []byte { return set(announcements(p)...) }

// dg14 repeats EF.CardAccess under the document's signature and adds the key
// of chip authentication and the algorithm of active authentication.
func dg14(p parameters, chipAuthKey []byte) []byte {
	infos := announcements(p)
	if !p.termAuth {
		infos = append(infos, sequence(oidChipAuth(), small(1)))
	}
	g := p.curve
	key := publicKeyInfo(g.name, g.encodePoint(g.multiply(g.generator(), chipAuthKey)))
	infos = append(infos,
		sequence(oid(0, 4, 0, 127, 0, 7, 2, 2, 1, 2), key),
		sequence(oid(2, 23, 136, 1, 1, 5), small(1), oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 3))) // ecdsa-plain-SHA256
	return encode(tagDG14, set(infos...))
}

func dg15(key *ecdsa.PublicKey) ([]byte, error) {
	public, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	return encode(tagDG15, publicKeyInfo(p256().name, public)), nil
}

// publicKeyInfo is a SubjectPublicKeyInfo on a named curve (RFC 5480).
func publicKeyInfo(curveName, point []byte) []byte {
	return sequence(sequence(oid(1, 2, 840, 10045, 2, 1), curveName), bits(point))
}
