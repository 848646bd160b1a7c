package chip

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"slices"
)

// PACE (Doc 9303-11 §4.4): the state machine and the key agreement. The
// mappings are in mapping.go, the passwords in password.go.

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
	variant  PACE
	group    group
	password byte
	nonceKey []byte // K_π
	nonce    []byte
	mapKey   []byte  // the private key of the mapping; the chip's key hides in it (CAM)
	mapped   element // the generator of this run
	wantsCAR bool    // the terminal asked whom the chip trusts

	own, peer      []byte // encoded ephemeral public keys
	ownID, peerID  []byte // the same, compressed
	encKey, macKey []byte
}

// arc is the arc of the mapping in object identifiers, which differ by group.
func (m Mapping) arc(g group) int {
	switch m {
	case IM:
		return 2 + g.arc()
	case CAM:
		return 6
	}
	return g.arc()
}

// oid is the object identifier of the variant (§9.2.3).
func (p PACE) oid() []byte {
	g, _ := standardGroup(p.Group)
	return oid(0, 4, 0, 127, 0, 7, 2, 2, 4, p.Mapping.arc(g), p.Cipher.arc())
}

func (p PACE) validate() error {
	g, ok := standardGroup(p.Group)
	if !ok {
		return fmt.Errorf("chip: there is no standardised group %d", p.Group)
	}
	if p.Cipher.arc() == 0 {
		return fmt.Errorf("chip: there is no cipher %q", p.Cipher)
	}
	switch p.Mapping {
	case GM:
	case IM:
		if p.Group == GroupP224 {
			return fmt.Errorf("chip: the integrated mapping does not work on P-224")
		}
	case CAM:
		if g.arc() == 1 || p.Cipher == TripleDES {
			return fmt.Errorf("chip: chip authentication mapping needs a curve and AES")
		}
	default:
		return fmt.Errorf("chip: there is no mapping %q", p.Mapping)
	}
	return nil
}

// announcePACE answers MSE:Set AT for PACE (§4.4.4.1).
func (c *Card) announcePACE(objects []object) answer {
	if len(c.spec.PACE) == 0 {
		return status(swInstruction)
	}
	if c.state.app {
		return status(swConditions) // PACE runs in the master file
	}
	variant, refusal := c.choosePACE(find(objects, 0x80), find(objects, 0x84))
	if refusal != swOK {
		return status(refusal)
	}
	ref := find(objects, 0x83)
	if len(ref) != 1 {
		return status(swReference)
	}
	secret, sw := c.password(ref[0])
	if secret == nil {
		return status(sw)
	}
	g, _ := standardGroup(variant.Group)
	c.state.pace = &pace{
		variant: variant, group: g, password: ref[0],
		nonceKey: variant.Cipher.derive(secret, counterPi),
		wantsCAR: has(objects, 0x7F4C),
	}
	return status(sw)
}

// choosePACE finds the variant the terminal means; the parameters are needed
// where the mechanism alone is ambiguous.
func (c *Card) choosePACE(mechanism, parameters []byte) (PACE, uint16) {
	var found []PACE
	known := false
	for _, offered := range c.spec.PACE {
		p := c.spec.resolve(offered)
		if !bytes.Equal(p.oid(), encode(0x06, mechanism)) {
			continue
		}
		known = true
		if parameters == nil || bytes.Equal(encode(0x02, parameters), small(int64(offered.Group))) {
			found = append(found, p)
		}
	}
	switch {
	case !known:
		return PACE{}, swWrongData
	case len(found) != 1:
		return PACE{}, swReference
	}
	return found[0], swOK
}

// generalAuthenticate carries the four steps of PACE, or the one of chip
// authentication. A run that fails is over.
func (c *Card) generalAuthenticate(cmd command) answer {
	data := slices.Concat(c.state.partial, cmd.data)
	c.state.partial = nil
	if cmd.chained() && unfinished(data) && len(data) <= maxChained {
		c.state.partial = data // a key longer than a command
		return status(swOK)
	}
	outer, err := parseObjects(data)
	if err != nil || len(outer) != 1 || outer[0].tag != 0x7C || cmd.p1 != 0 || cmd.p2 != 0 {
		c.state.pace, c.state.chipAuth = nil, nil
		return status(swWrongData)
	}
	inner, err := parseObjects(outer[0].value)
	if err != nil {
		c.state.pace, c.state.chipAuth = nil, nil
		return status(swWrongData)
	}
	if key := c.state.chipAuth; key != nil {
		c.state.chipAuth = nil
		if cmd.chained() {
			return status(swConditions)
		}
		return c.chipAuthenticate(key, inner)
	}
	return c.continuePACE(cmd, inner)
}

func (c *Card) continuePACE(cmd command, inner []object) answer {
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
	case stepToken:
		return c.paceToken(run, find(inner, 0x85))
	}
	return nil, swConditions
}

// paceNonce draws the nonce and answers with it, encrypted under the password.
func (c *Card) paceNonce(run *pace, inner []object) (reply []byte, sw uint16) {
	if len(inner) != 0 {
		return nil, swWrongData
	}
	if c.suspended(run.password) {
		return nil, swConditions
	}
	run.nonce = make([]byte, run.variant.nonceSize())
	if _, err := io.ReadFull(c.random, run.nonce); err != nil {
		return nil, swConditions
	}
	block := run.variant.Cipher.block(run.nonceKey)
	return encode(0x80, encryptCBC(block, make([]byte, block.BlockSize()), run.nonce)), swOK
}

// paceAgree runs Diffie-Hellman over the mapped generator and derives the
// session keys.
func (c *Card) paceAgree(run *pace, public []byte) (reply []byte, sw uint16) {
	g := run.group
	peer, err := g.parse(public)
	if err != nil {
		return nil, swWrongData
	}
	private, z, err := c.agree(g, peer)
	if err != nil {
		return nil, swConditions
	}
	own := keyPair{g, private, g.times(run.mapped, private)}
	run.own, run.peer = g.encode(own.public), public
	run.ownID, run.peerID = g.compress(own.public), g.compress(peer)
	if bytes.Equal(run.own, run.peer) {
		return nil, swWrongData
	}
	run.encKey, run.macKey = run.variant.Cipher.derive(z, counterEnc), run.variant.Cipher.derive(z, counterMAC)
	return encode(0x84, run.own), swOK
}

// agree draws a key and computes the secret shared with the peer.
func (c *Card) agree(g group, peer element) (private, secret []byte, err error) {
	for {
		if private, err = drawScalar(g, c.random); err != nil {
			return nil, nil, err
		}
		secret = keyPair{group: g, private: private}.agree(peer)
		if !c.script.has(FaultLeadingZero) || secret[0] == 0 {
			return private, secret, nil
		}
	}
}

// paceToken verifies the terminal's token over the chip's public key and
// answers with the chip's over the terminal's. A wrong password shows here.
func (c *Card) paceToken(run *pace, token []byte) (reply []byte, sw uint16) {
	right := subtle.ConstantTimeCompare(run.token(run.own), token) == 1
	if sw := c.judge(run.password, right); sw != swOK {
		return nil, sw
	}
	reply = encode(0x86, run.token(run.peer))
	if run.wantsCAR {
		reply = append(reply, c.references()...)
	}
	var terminalKey []byte
	if run.variant.Mapping == CAM {
		reply = append(reply, encode(0x8A, c.chipData(run))...)
		terminalKey = run.peerID
	}
	c.endSession()
	c.state.session = newSession(run.variant.Cipher, run.encKey, run.macKey)
	c.state.idPICC, c.state.terminalKey = run.ownID, terminalKey
	return reply, swOK
}

// token is the authentication token over a public key (§4.4.3.4).
func (p *pace) token(public []byte) []byte {
	return p.variant.Cipher.token(p.macKey, encode(0x7F49, p.variant.oid(), encode(p.group.valueTag(), public)))
}
