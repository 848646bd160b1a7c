package chip

import (
	"maps"
	"slices"
)

// What the chip announces about its protocols: EF.CardAccess, DG14 and
// EF.CardSecurity (Doc 9303-11 §9.2), and the key of active authentication in
// DG15.

// cardAccess lists the variants of PACE, and all mechanisms where the card
// tells them (§9.2.11).
func cardAccess(s Spec) []byte { return set(announcements(s)...) }

func announcements(s Spec) [][]byte {
	var out [][]byte
	if s.TellAll {
		out = append(out, mechanisms(s)...)
	}
	for _, p := range s.PACE {
		out = append(out, sequence(s.resolve(p).oid(), small(2), small(int64(p.Group))))
	}
	for i, p := range s.PACE {
		if _, own := s.Domains[p.Group]; own && !slices.ContainsFunc(s.PACE[:i], p.sharesDomain) {
			out = append(out, s.domainInfo(p))
		}
	}
	return out
}

// sharesDomain reports that one PACEDomainParameterInfo serves both.
func (p PACE) sharesDomain(q PACE) bool { return p.Group == q.Group && p.Mapping == q.Mapping }

// domainInfo spells out the parameters of an issuer's own number (§9.2.2).
func (s Spec) domainInfo(p PACE) []byte {
	g, _ := standardGroup(s.resolve(p).Group)
	agreement := oid(0, 4, 0, 127, 0, 7, 2, 2, 4, p.Mapping.arc(g))
	form := FormExplicit
	if g.arc() == 1 {
		form = FormNamed // X9.42 names the subgroup's order too
	}
	return sequence(agreement, g.algorithm(form), small(int64(p.Group)))
}

// mechanisms names terminal authentication and each mechanism of chip
// authentication.
func mechanisms(s Spec) [][]byte {
	var out [][]byte
	if s.Terminal != nil {
		out = append(out, sequence(oid(0, 4, 0, 127, 0, 7, 2, 2, 2), small(1), s.Terminal.fileInfo()))
	}
	for _, k := range s.ChipAuth {
		if k.Unnamed {
			continue
		}
		out = append(out, sequence(k.oid(), small(1), keyNumber(k.KeyID)))
	}
	return out
}

// keyNumber is a key identifier, or nothing.
func keyNumber(id int) []byte {
	if id == 0 {
		return nil
	}
	return small(int64(id))
}

// dg14 repeats EF.CardAccess under the document's signature and adds the keys
// of chip authentication and the algorithm of active authentication.
func (c *Card) dg14() []byte {
	infos := announcements(c.spec)
	if !c.spec.TellAll {
		infos = append(infos, mechanisms(c.spec)...)
	}
	for _, k := range c.chipKeys {
		infos = append(infos, publicKeyInfo(k.keyPair, k.Form, keyNumber(k.KeyID)))
	}
	if k := c.activeKey; k != nil && k.rsa == nil {
		plain := oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, k.arc)
		infos = append(infos, sequence(oid(2, 23, 136, 1, 1, 5), small(1), plain))
	}
	return encode(tagDG14, set(infos...))
}

// publicKeyInfo is a ChipAuthenticationPublicKeyInfo (§9.2.6).
func publicKeyInfo(k keyPair, form KeyForm, keyID []byte) []byte {
	return sequence(oid(0, 4, 0, 127, 0, 7, 2, 2, 1, k.group.arc()), keyInfo(k.group, k.public, form), keyID)
}

// cardSecurity is the content that EF.CardSecurity signs: EF.CardAccess, the
// mechanisms, and the keys of the chip authentication mapping, each under the
// identifier of its group (§9.2.1, §9.2.11).
func (c *Card) cardSecurity() []byte {
	infos := announcements(c.spec)
	if !c.spec.TellAll {
		infos = append(infos, mechanisms(c.spec)...)
	}
	for _, id := range slices.Sorted(maps.Keys(c.mappingKeys)) {
		infos = append(infos, publicKeyInfo(c.mappingKeys[id], FormStandardized, small(int64(id))))
	}
	return set(infos...)
}

func (c *Card) hasCAM() bool { return len(c.mappingKeys) > 0 }

// drawKeys makes every static key that the card's spec asks for.
func (c *Card) drawKeys() error {
	for _, ca := range c.spec.ChipAuth {
		g, _ := standardGroup(ca.Group)
		k, err := drawKey(g, c.random)
		if err != nil {
			return err
		}
		c.chipKeys = append(c.chipKeys, chipKey{ca, k})
	}
	for _, p := range c.spec.PACE {
		if _, ok := c.mappingKeys[p.Group]; ok || p.Mapping != CAM {
			continue
		}
		g, _ := standardGroup(p.Group)
		k, err := drawKey(g, c.random)
		if err != nil {
			return err
		}
		c.mappingKeys[p.Group] = k
	}
	var err error
	c.activeKey, err = newActiveKey(c.spec.ActiveAuth, c.random)
	return err
}

func dg15(k *activeKey) []byte { return encode(tagDG15, k.keyInfo()) }
