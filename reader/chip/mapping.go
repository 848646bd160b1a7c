package chip

import (
	"encoding/hex"
	"math/big"
)

// The mappings of PACE (Doc 9303-11 §4.4.3.3): how the nonce becomes the
// generator of a run.

// nonceSize is the smallest number of blocks that holds a key for the
// integrated mapping; sixteen bytes serve the others.
func (p PACE) nonceSize() int {
	if p.Mapping == IM && p.Cipher.keySize() > 16 {
		return 32
	}
	return 16
}

func (c *Card) paceMap(run *pace, data []byte) (reply []byte, sw uint16) {
	if run.variant.Mapping == IM {
		return run.mapIntegrated(data)
	}
	g := run.group
	peer, err := g.parse(data)
	if err != nil {
		return nil, swWrongData
	}
	own, err := drawKey(g, c.random)
	if err != nil {
		return nil, swConditions
	}
	// s·G + H, where H is agreed upon (§4.4.3.3.1)
	run.mapped = g.plus(g.times(g.generator(), run.nonce), g.times(peer, own.private))
	if g.neutral(run.mapped) {
		return nil, swWrongData
	}
	run.mapKey = own.private
	return encode(0x82, g.encode(own.public)), swOK
}

// mapIntegrated maps both nonces onto an element; the chip adds nothing.
func (p *pace) mapIntegrated(terminalNonce []byte) (reply []byte, sw uint16) {
	if len(terminalNonce) != p.variant.Cipher.keySize() {
		return nil, swWrongData
	}
	var ok bool
	p.mapped, ok = p.group.fromInteger(p.variant.Cipher.pseudoRandom(p.nonce, terminalNonce, p.group.prime()))
	if !ok || p.group.neutral(p.mapped) {
		return nil, swWrongData
	}
	return encode(0x82), swOK
}

// The constants of the pseudo-random function (§4.4.3.3.2).
const (
	shortC0 = "a668892a7c41e3ca739f40b057d85904"
	shortC1 = "a4e136ac725f738b01c1f60217c188ad"
	longC0  = "d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676"
	longC1  = "54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517"
)

// pseudoRandom is R_p(s, t): blocks of a keystream that s and t seed, as a
// number modulo p (§4.4.3.3.2).
func (c Cipher) pseudoRandom(s, t []byte, p *big.Int) *big.Int {
	c0, c1 := constant(shortC0), constant(shortC1)
	if c.keySize() > 16 {
		c0, c1 = constant(longC0), constant(longC1)
	}
	const margin = 64 // bits that make the reduction even
	var out []byte
	key := c.chain(t, s)
	for 8*len(out) < p.BitLen()+margin {
		out = append(out, c.chain(key, c1)...)
		key = c.chain(key, c0)
	}
	n := new(big.Int).SetBytes(out)
	return n.Mod(n, p)
}

// chain encrypts whole blocks in CBC mode with a zero IV; of the key as many
// bytes count as the cipher takes.
func (c Cipher) chain(key, data []byte) []byte {
	block := c.block(key[:c.keySize()])
	return encryptCBC(block, make([]byte, block.BlockSize()), data)
}

func constant(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic("chip: not a constant: " + s)
	}
	return b
}

// chipData is the encrypted chip authentication data: the private key of the
// mapping divided by the chip's own (§4.4.3.5.1).
func (c *Card) chipData(run *pace) []byte {
	n := run.group.order()
	data := new(big.Int).SetBytes(c.mappingKeys[run.variant.Group].private)
	data.ModInverse(data, n)
	data.Mul(data, new(big.Int).SetBytes(run.mapKey)).Mod(data, n)

	block := run.variant.Cipher.block(run.encKey)
	iv := make([]byte, block.BlockSize())
	for i := range iv {
		iv[i] = 0xFF
	}
	block.Encrypt(iv, iv)
	return encryptCBC(block, iv, pad(data.FillBytes(make([]byte, (n.BitLen()+7)/8)), block.BlockSize()))
}
