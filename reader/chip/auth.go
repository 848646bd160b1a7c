package chip

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"math/big"
)

// What a chip does to show that it is no copy: chip authentication
// (Doc 9303-11 §6.2) and active authentication (§6.1).

// announceChipAuth answers MSE:Set AT for chip authentication with AES-128.
func (c *Card) announceChipAuth(mechanism []byte) answer {
	if c.state.session == nil || !c.state.app {
		return status(swConditions)
	}
	if !bytes.Equal(mechanism, oidChipAuth()) {
		return status(swWrongData)
	}
	c.state.chipAuth = true
	return status(swOK)
}

// chipAuthenticate agrees on new session keys with the chip's static key. The
// answer still goes out under the old keys; see [Card.Process].
func (c *Card) chipAuthenticate(inner []object) answer {
	c.state.chipAuth = false
	g := c.profile.curve
	peer, err := g.parsePoint(find(inner, 0x80))
	if err != nil {
		return status(swWrongData)
	}
	z := g.fixed(g.multiply(peer, c.caKey).x)
	c.state.session = newAES(kdf(z, counterEnc), kdf(z, counterMAC))
	return answer{data: encode(0x7C), sw: swOK}
}

// internalAuthenticate signs the terminal's challenge with the key of DG15:
// plain ECDSA with SHA-256, r ‖ s (§6.1.2.2).
func (c *Card) internalAuthenticate(cmd command) answer {
	if c.state.session == nil || !c.state.app {
		return status(swSecurityStatus)
	}
	if len(cmd.data) != challengeSize || cmd.le == 0 {
		return status(swWrongLength)
	}
	sum := sha256.Sum256(cmd.data)
	r, s, err := ecdsa.Sign(c.random, c.aaKey, sum[:])
	if err != nil {
		return status(swConditions)
	}
	return answer{data: plainSignature(r, s), sw: swOK}
}

// plainSignature is r ‖ s, each as long as the order of P-256.
func plainSignature(r, s *big.Int) []byte {
	const n = 32
	return append(r.FillBytes(make([]byte, n)), s.FillBytes(make([]byte, n))...)
}
