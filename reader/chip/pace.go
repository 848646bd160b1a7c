package chip

import (
	"bytes"
	"crypto/aes"
	"crypto/subtle"
	"io"
)

// PACE with generic mapping over an elliptic curve, AES-128 (Doc 9303-11 §4.4).

const nonceSize = 16

// The passwords of MSE:Set AT (Doc 9303-11 §4.4.4.1).
const (
	passwordMRZ = 1
	passwordCAN = 2
)

// The steps of GENERAL AUTHENTICATE, named for what is expected next.
type paceStep int

const (
	stepNonce paceStep = iota
	stepMap
	stepAgree
	stepToken
)

// pace is a run of the protocol. A nil run is none.
type pace struct {
	step     paceStep
	password []byte // the secret the nonce's key is derived from
	nonce    []byte
	mapped   point // the generator of this run

	own, peer      []byte // encoded ephemeral public keys
	encKey, macKey []byte
}

func oidPACE() []byte     { return oid(0, 4, 0, 127, 0, 7, 2, 2, 4, 2, 2) }
func oidChipAuth() []byte { return oid(0, 4, 0, 127, 0, 7, 2, 2, 3, 2, 2) }

// manageSecurity answers MSE:Set AT for PACE (C1A4) and for chip
// authentication (41A4).
func (c *Card) manageSecurity(cmd command) answer {
	objects, err := parseObjects(cmd.data)
	if err != nil {
		return status(swWrongData)
	}
	mechanism := encode(0x06, find(objects, 0x80))
	switch {
	case cmd.p1 == 0x41 && cmd.p2 == 0xA4:
		return c.announceChipAuth(mechanism)
	case cmd.p1 != 0xC1 || cmd.p2 != 0xA4:
		return status(swWrongParameters)
	case !c.profile.pace:
		return status(swInstruction)
	case c.state.session != nil || c.state.app:
		return status(swConditions) // PACE runs in the master file
	case !bytes.Equal(mechanism, oidPACE()):
		return status(swWrongData)
	}
	if id := find(objects, 0x84); id != nil && !bytes.Equal(encode(0x02, id), small(c.profile.curve.parameterID)) {
		return status(swReference)
	}
	run := &pace{}
	switch ref := find(objects, 0x83); {
	case bytes.Equal(ref, []byte{passwordMRZ}):
		run.password = c.mrzSeed
	case bytes.Equal(ref, []byte{passwordCAN}):
		run.password = c.can
	default:
		return status(swReference)
	}
	c.state.pace = run
	return status(swOK)
}

// generalAuthenticate carries the four steps of PACE, or the one of chip
// authentication. A run that fails is over.
func (c *Card) generalAuthenticate(cmd command) answer {
	outer, err := parseObjects(cmd.data)
	if err != nil || len(outer) != 1 || outer[0].tag != 0x7C || cmd.p1 != 0 || cmd.p2 != 0 {
		c.state.pace = nil
		return status(swWrongData)
	}
	inner, err := parseObjects(outer[0].value)
	if err != nil {
		c.state.pace = nil
		return status(swWrongData)
	}
	if c.state.chipAuth {
		return c.chipAuthenticate(inner)
	}
	run := c.state.pace
	if run == nil {
		return status(swConditions)
	}
	if cmd.chained() == (run.step == stepToken) {
		c.state.pace = nil
		return status(swConditions)
	}
	reply, sw := c.paceStep(run, inner)
	if sw != swOK {
		c.state.pace = nil
		return status(sw)
	}
	run.step++
	return answer{data: encode(0x7C, reply), sw: swOK}
}

func (c *Card) paceStep(run *pace, inner []object) (reply []byte, sw uint16) {
	switch run.step {
	case stepNonce:
		return c.paceNonce(run, inner)
	case stepMap:
		return c.paceMap(run, find(inner, 0x81))
	case stepAgree:
		return c.paceAgree(run, find(inner, 0x83))
	default:
		return c.paceToken(run, find(inner, 0x85))
	}
}

// paceNonce draws the nonce and answers with it, encrypted under the password.
func (c *Card) paceNonce(run *pace, inner []object) (reply []byte, sw uint16) {
	if len(inner) != 0 {
		return nil, swWrongData
	}
	run.nonce = make([]byte, nonceSize)
	if _, err := io.ReadFull(c.random, run.nonce); err != nil {
		return nil, swConditions
	}
	key := aesBlock(kdf(run.password, counterPi))
	return encode(0x80, encryptCBC(key, make([]byte, aes.BlockSize), run.nonce)), swOK
}

// paceMap agrees on a point H and maps the generator: s·G + H (§4.4.3.3.1).
func (c *Card) paceMap(run *pace, public []byte) (reply []byte, sw uint16) {
	g := c.profile.curve
	peer, err := g.parsePoint(public)
	if err != nil {
		return nil, swWrongData
	}
	private, err := g.scalar(c.random)
	if err != nil {
		return nil, swConditions
	}
	run.mapped = g.add(g.multiply(g.generator(), run.nonce), g.multiply(peer, private))
	if run.mapped.infinite() {
		return nil, swWrongData
	}
	return encode(0x82, g.encodePoint(g.multiply(g.generator(), private))), swOK
}

// paceAgree runs Diffie-Hellman over the mapped generator and derives the
// session keys from the x coordinate.
func (c *Card) paceAgree(run *pace, public []byte) (reply []byte, sw uint16) {
	g := c.profile.curve
	peer, err := g.parsePoint(public)
	if err != nil {
		return nil, swWrongData
	}
	private, err := g.scalar(c.random)
	if err != nil {
		return nil, swConditions
	}
	run.own, run.peer = g.encodePoint(g.multiply(run.mapped, private)), public
	if bytes.Equal(run.own, run.peer) {
		return nil, swWrongData
	}
	z := g.fixed(g.multiply(peer, private).x)
	run.encKey, run.macKey = kdf(z, counterEnc), kdf(z, counterMAC)
	return encode(0x84, run.own), swOK
}

// paceToken verifies the terminal's token over the chip's public key and
// answers with the chip's over the terminal's. A wrong password shows here.
func (c *Card) paceToken(run *pace, token []byte) (reply []byte, sw uint16) {
	if subtle.ConstantTimeCompare(paceMAC(run.macKey, run.own), token) != 1 {
		return nil, swAuthFailed
	}
	c.state.session = newAES(run.encKey, run.macKey)
	return encode(0x86, paceMAC(run.macKey, run.peer)), swOK
}

// paceMAC is the authentication token over a public key (§4.4.3.4).
func paceMAC(key, public []byte) []byte {
	return aesMAC(key, encode(0x7F49, oidPACE(), encode(0x86, public)))
}
