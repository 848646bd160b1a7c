package chip

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

// Terminal authentication version 1 (Doc 9303-11 §7.1): the chip verifies a
// chain of certificates from its anchor to the terminal, and a signature that
// binds the terminal to the session of chip authentication.

// fileCVCA names the chip's anchors to terminals (BSI TR-03110-3 §A.1.5.1);
// its size does not change when an anchor is added.
const (
	fileCVCA     = 0x011C // in the application
	fileCVCASize = 36
	maxAnchors   = 2
)

// file is the identifier of EF.CVCA.
func (t *TerminalAuth) file() uint16 {
	if t.File == 0 {
		return fileCVCA
	}
	return t.File
}

// fileInfo names the file, and its short identifier, where it is not the usual
// one (BSI TR-03110-3 §A.1.1.3).
func (t *TerminalAuth) fileInfo() []byte {
	if t.File == 0 {
		return nil
	}
	id := []byte{byte(t.File >> 8), byte(t.File)}
	return sequence(octets(id), octets(id[1:]))
}

// trusted is a key the chip has imported, with what it may do.
type trusted struct {
	cvBody
	public cvPublic
}

// inspection is how far a terminal has come in this session.
type inspection struct {
	verifier  *trusted // MSE:Set DST chose it for the next certificate
	imported  *trusted // the last certificate of this session
	terminal  *trusted // MSE:Set AT chose it
	challenge []byte
	done      bool
	rights    Rights
}

// installAnchor takes the authority's certificate at personalisation.
func (c *Card) installAnchor(today time.Time) error {
	c.today = today
	if c.spec.Terminal == nil || c.spec.Terminal.Anchor == nil {
		return nil
	}
	objects, err := parseObjects(c.spec.Terminal.Anchor)
	if err != nil || len(objects) != 1 || objects[0].tag != 0x7F21 {
		return fmt.Errorf("%w: the anchor", errCV)
	}
	body, signed, signature, err := parseCertificate(objects[0].value)
	if err != nil {
		return err
	}
	public, err := parseCVKey(body.key, nil)
	if err != nil {
		return err
	}
	if body.role != roleCVCA || body.authority != body.holder || !public.verify(signed, signature) {
		return fmt.Errorf("%w: the anchor is not a self-signed authority", errCV)
	}
	c.trust(trusted{body, public})
	return nil
}

// trust adds an anchor, newest first, and drops the oldest beyond two.
func (c *Card) trust(a trusted) {
	c.anchors = append([]trusted{a}, c.anchors...)
	if len(c.anchors) > maxAnchors {
		c.anchors = c.anchors[:maxAnchors]
	}
	if c.today.Before(a.from) {
		c.today = a.from
	}
	var file []byte
	for _, a := range c.anchors {
		file = append(file, encode(0x42, []byte(a.holder))...)
	}
	c.files[c.spec.Terminal.file()] = append(file, make([]byte, max(0, fileCVCASize-len(file)))...)
}

// references names the anchors for terminals that ask during PACE.
func (c *Card) references() []byte {
	var out []byte
	for i, a := range c.anchors {
		out = append(out, encode(uint32(0x87+i), []byte(a.holder))...)
	}
	return out
}

// chooseVerifier answers MSE:Set DST.
func (c *Card) chooseVerifier(reference []byte) answer {
	if c.state.session == nil || c.spec.Terminal == nil {
		return status(swConditions)
	}
	c.state.ta.verifier = nil
	for i := range c.anchors {
		if c.anchors[i].holder == string(reference) {
			c.state.ta.verifier = &c.anchors[i]
			return status(swOK)
		}
	}
	if k := c.state.ta.imported; k != nil && k.role.isVerifier() && k.holder == string(reference) {
		c.state.ta.verifier = k
		return status(swOK)
	}
	return status(swReference)
}

// verifyCertificate answers PSO:Verify Certificate. A signature that is wrong
// answers 6300, a certificate out of its time or place 6985.
func (c *Card) verifyCertificate(cmd command) answer {
	by := c.state.ta.verifier
	c.state.ta.verifier = nil
	switch {
	case cmd.p1 != 0x00 || cmd.p2 != 0xBE:
		return status(swWrongParameters)
	case c.state.session == nil || by == nil:
		return status(swConditions)
	}
	body, signed, signature, err := parseCertificate(cmd.data)
	if err != nil || body.authority != by.holder {
		return status(swWrongData)
	}
	if !by.public.verify(signed, signature) {
		return status(swAuthFailed)
	}
	public, err := parseCVKey(body.key, by.public.group)
	if err != nil {
		return status(swWrongData)
	}
	link := by.role == roleCVCA && body.role == roleCVCA
	fits := link || by.role == roleCVCA && body.role.isVerifier() || by.role.isVerifier() && body.role == roleTerminal
	if !fits || !link && (body.until.Before(c.today) || by.until.Before(c.today)) {
		return status(swConditions)
	}
	if link {
		for _, a := range c.anchors {
			if a.holder == body.holder {
				return status(swOK) // known already
			}
		}
		c.trust(trusted{body, public})
		return status(swOK)
	}
	accurate := body.role.isVerifier() || by.role == roleDomesticDV
	if accurate && c.today.Before(body.from) {
		c.today = body.from
	}
	body.rights &= by.rights
	c.state.ta.imported, c.state.ta.terminal = &trusted{body, public}, nil
	return status(swOK)
}

// announceTerminal answers MSE:Set AT for terminal authentication.
func (c *Card) announceTerminal(reference []byte) answer {
	if c.state.session == nil || c.state.terminalKey == nil {
		return status(swConditions) // chip authentication comes first
	}
	k := c.state.ta.imported
	if k == nil || k.role != roleTerminal || !bytes.Equal([]byte(k.holder), reference) {
		return status(swReference)
	}
	c.state.ta.terminal, c.state.ta.challenge = k, nil
	return status(swOK)
}

// challengeTerminal answers GET CHALLENGE within a session.
func (c *Card) challengeTerminal(cmd command) answer {
	if c.state.ta.terminal == nil {
		return status(swConditions)
	}
	if cmd.le != challengeSize {
		return status(swWrongLength)
	}
	challenge := make([]byte, challengeSize)
	if _, err := io.ReadFull(c.random, challenge); err != nil {
		return status(swConditions)
	}
	c.state.ta.challenge = challenge
	return answer{data: challenge, sw: swOK}
}

// verifyTerminal answers EXTERNAL AUTHENTICATE within a session: the signature
// covers the chip's name, the challenge, and the terminal's key of chip
// authentication. A session takes one terminal.
func (c *Card) verifyTerminal(signature []byte) answer {
	ta := &c.state.ta
	challenge, terminal := ta.challenge, ta.terminal
	ta.challenge, ta.terminal = nil, nil
	switch {
	case ta.done:
		return status(swSecurityStatus)
	case challenge == nil || terminal == nil || c.state.terminalKey == nil:
		return status(swConditions)
	}
	message := bytes.Join([][]byte{c.state.idPICC, challenge, c.state.terminalKey}, nil)
	if !terminal.public.verify(message, signature) {
		return status(swAuthFailed)
	}
	ta.done, ta.rights = true, terminal.rights
	return status(swOK)
}

// mayRead reports that the terminal has shown the right for a closed file.
func (c *Card) mayRead(id uint16) bool {
	return id == fileDG3 && c.state.ta.rights&ReadDG3 != 0 || id == fileDG4 && c.state.ta.rights&ReadDG4 != 0
}
