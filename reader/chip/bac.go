package chip

import (
	"crypto/subtle"
	"io"
)

// Basic access control (Doc 9303-11 §4.3).

const (
	challengeSize = 8
	keySize       = 16

	// documentNumber is the length of the number and its check digit in the
	// MRZ information: what terminal authentication names the chip by.
	documentNumber = 10
)

// getChallenge answers with the eight bytes of RND.IC; within a session it
// belongs to terminal authentication.
func (c *Card) getChallenge(cmd command) answer {
	if c.state.session != nil {
		return c.challengeTerminal(cmd)
	}
	if !c.spec.BAC {
		return status(swInstruction)
	}
	if !c.state.app {
		return status(swConditions)
	}
	if cmd.le != challengeSize {
		return status(swWrongLength)
	}
	challenge := make([]byte, challengeSize)
	if _, err := io.ReadFull(c.random, challenge); err != nil {
		return status(swConditions)
	}
	c.state.challenge = challenge
	return answer{data: challenge, sw: swOK}
}

// externalAuthenticate verifies the terminal's cryptogram and answers with
// the chip's own; both key halves make the session keys. A challenge serves
// once.
func (c *Card) externalAuthenticate(cmd command) answer {
	if c.state.session != nil {
		return c.verifyTerminal(cmd.data)
	}
	challenge := c.state.challenge
	c.state.challenge = nil
	if !c.spec.BAC {
		return status(swInstruction)
	}
	if challenge == nil {
		return status(swConditions)
	}
	const body = 2*challengeSize + keySize
	if len(cmd.data) != body+macSize {
		return status(swWrongLength)
	}
	encKey, macKey := TripleDES.derive(c.mrzSeed[:keySize], counterEnc), TripleDES.derive(c.mrzSeed[:keySize], counterMAC)
	sealed, checksum := cmd.data[:body], cmd.data[body:]
	if subtle.ConstantTimeCompare(retailMAC(macKey, pad(sealed, 8)), checksum) != 1 || c.script.has(FaultKeyRefused) {
		return status(c.wrongKey())
	}
	zero := make([]byte, 8)
	plain := decryptCBC(tripleDES(encKey), zero, sealed)
	terminal, echoed, terminalKey := plain[:8], plain[8:16], plain[16:]
	if subtle.ConstantTimeCompare(echoed, challenge) != 1 {
		return status(c.wrongKey())
	}
	ownKey := make([]byte, keySize)
	if _, err := io.ReadFull(c.random, ownKey); err != nil {
		return status(swConditions)
	}
	reply := append(append(append([]byte(nil), challenge...), terminal...), ownKey...)
	out := encryptCBC(tripleDES(encKey), zero, reply)
	out = append(out, retailMAC(macKey, pad(out, 8))...)

	seed := make([]byte, keySize)
	subtle.XORBytes(seed, terminalKey, ownKey)
	ssc := append(append([]byte(nil), challenge[4:]...), terminal[4:]...)
	c.state.session = newBAC(seed, ssc)
	c.state.idPICC = []byte(mrzInformation(c.lines)[:documentNumber])
	return answer{data: out, sw: swOK}
}
