package chip

import (
	"bytes"
	"fmt"
	"math/big"
)

// Chip authentication version 1 (Doc 9303-11 §6.2).

// chipKey is a key of chip authentication on the chip.
type chipKey struct {
	ChipAuth
	keyPair
}

// oid is the object identifier of the mechanism (§9.2.7).
func (k ChipAuth) oid() []byte {
	g, _ := standardGroup(k.Group)
	return oid(0, 4, 0, 127, 0, 7, 2, 2, 3, g.arc(), k.Cipher.arc())
}

// keyID is the reference of the key on the wire, an unsigned number; empty
// where it has none.
func (k ChipAuth) keyID() []byte { return big.NewInt(int64(k.KeyID)).Bytes() }

// byKAT reports that the key is used by MSE:Set KAT.
func (k ChipAuth) byKAT() bool { return k.Cipher == TripleDES && !k.NoKAT }

func (s Spec) validateChipAuth(i int, k ChipAuth) error {
	if _, ok := standardGroup(k.Group); !ok {
		return fmt.Errorf("chip: there is no standardised group %d", k.Group)
	}
	if k.Cipher.arc() == 0 {
		return fmt.Errorf("chip: there is no cipher %q", k.Cipher)
	}
	if k.Unnamed && k.Cipher != TripleDES {
		return fmt.Errorf("chip: an unnamed key of chip authentication means 3DES")
	}
	if k.KeyID < 0 {
		return fmt.Errorf("chip: a key identifier is a positive number")
	}
	for _, other := range s.ChipAuth[:i] {
		if other.KeyID == k.KeyID || k.KeyID == 0 {
			return fmt.Errorf("chip: several keys of chip authentication need identifiers of their own")
		}
	}
	return nil
}

// manageSecurity answers MSE:Set in its forms: AT for PACE and for chip
// authentication, KAT for chip authentication with 3DES, DST and AT for
// terminal authentication.
func (c *Card) manageSecurity(cmd command) answer {
	objects, err := parseObjects(cmd.data)
	if err != nil {
		return status(swWrongData)
	}
	switch uint16(cmd.p1)<<8 | uint16(cmd.p2) {
	case 0xC1A4:
		return c.announcePACE(objects)
	case 0x41A4:
		return c.announceChipAuth(find(objects, 0x80), find(objects, 0x84))
	case 0x81B6:
		return c.chooseVerifier(find(objects, 0x83))
	case 0x81A4:
		return c.announceTerminal(find(objects, 0x83))
	case 0x41A6:
		return c.agreeKey(find(objects, 0x91), find(objects, 0x84))
	}
	return status(swWrongParameters)
}

// announceChipAuth answers MSE:Set AT: GENERAL AUTHENTICATE follows.
func (c *Card) announceChipAuth(mechanism, reference []byte) answer {
	if c.state.session == nil || !c.state.app {
		return status(swConditions)
	}
	known := false
	for i, k := range c.chipKeys {
		if k.byKAT() || !bytes.Equal(k.oid(), encode(0x06, mechanism)) {
			continue
		}
		known = true
		if refers(k.ChipAuth, reference, len(c.chipKeys)) {
			c.state.chipAuth = &c.chipKeys[i]
			return status(swOK)
		}
	}
	if known {
		return status(swReference)
	}
	return status(swWrongData)
}

// refers reports that a reference means the key; it may be left out where
// there is no other.
func refers(k ChipAuth, reference []byte, keys int) bool {
	if reference == nil {
		return keys == 1
	}
	return bytes.Equal(k.keyID(), reference)
}

// chipAuthenticate agrees on new session keys with the chip's static key. The
// answer still goes out under the old keys; see [Card.Process].
func (c *Card) chipAuthenticate(k *chipKey, inner []object) answer {
	if !c.restart(k, find(inner, 0x80)) {
		return status(swWrongData)
	}
	return answer{data: encode(0x7C), sw: swOK}
}

// agreeKey answers MSE:Set KAT, the one command of chip authentication with
// 3DES (§6.2.4.1).
func (c *Card) agreeKey(public, reference []byte) answer {
	if c.state.session == nil || !c.state.app {
		return status(swConditions)
	}
	for i := range c.chipKeys {
		k := &c.chipKeys[i]
		if !k.byKAT() || !refers(k.ChipAuth, reference, len(c.chipKeys)) {
			continue
		}
		if !c.restart(k, public) {
			return status(swWrongData)
		}
		return status(swOK)
	}
	return status(swReference)
}

// restart replaces the session; false leaves it as it was.
func (c *Card) restart(k *chipKey, public []byte) bool {
	peer, err := k.group.parse(public)
	if err != nil {
		return false
	}
	z, id := k.agree(peer), c.state.idPICC
	c.endSession()
	c.state.session = newSession(k.Cipher, k.Cipher.derive(z, counterEnc), k.Cipher.derive(z, counterMAC))
	c.state.idPICC, c.state.terminalKey = id, k.group.compress(peer)
	return true
}
