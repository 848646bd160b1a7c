package chip

import (
	"io"
	"sync/atomic"
	"time"
)

const aidEMRTD = "\xA0\x00\x00\x02\x47\x10\x01"

// Card is one issued chip. It serves one caller at a time and shares no state
// with the reader.
type Card struct {
	lines  []string // the machine-readable zone
	qr     string
	script script
	spec   Spec
	random io.Reader

	masterFiles map[uint16][]byte
	files       map[uint16][]byte
	closed      map[uint16]bool // needs terminal authentication

	chipKeys    []chipKey       // of chip authentication, as in the spec
	mappingKeys map[int]keyPair // of the chip authentication mapping, by group
	activeKey   *activeKey
	signer      []byte // certificate of the document signer

	mrzSeed, can []byte
	// What survives a loss of power.
	wrongPINs int       // since the last right one
	anchors   []trusted // of terminals, newest first
	today     time.Time // the latest day the chip knows of

	commands atomic.Int64 // read from tests while the card is served
	deaths   int
	other    *Card // comes back in place of this one once it was pulled
	state    state
}

// state is what a loss of power erases.
type state struct {
	app      bool   // the eMRTD application is selected
	current  uint16 // the selected file; 0 is none
	canShown bool   // the CAN opened the chip
	sent     int    // bytes of files
	dead     bool

	challenge []byte // of BAC
	pace      *pace
	partial   []byte   // of a GENERAL AUTHENTICATE that goes on
	chain     *command // of another command that goes on
	rest      []byte   // of a response, for GET RESPONSE

	secured
}

// secured is what the end of a session erases.
type secured struct {
	session     *session
	idPICC      []byte   // what terminal authentication names the chip by
	terminalKey []byte   // the terminal's compressed key of chip authentication
	chipAuth    *chipKey // MSE:Set AT announced chip authentication with it
	ta          inspection
}

// CAN returns the card access number: the last six digits of the number.
func (c *Card) CAN() string { return string(c.can) }

// MRZ returns the three lines of 30 characters that stand on the card.
func (c *Card) MRZ() []string { return append([]string(nil), c.lines...) }

// QR returns the text of the QR code on the card: seven fields.
func (c *Card) QR() string { return c.qr }

// ATR returns the answer to reset that a PC/SC reader reports for a
// contactless chip (PC/SC part 3 §3.1.3.2.3). The historical bytes are eight
// zeros, or the card capabilities where the chip has EF.ATR/INFO as well.
func (c *Card) ATR() []byte {
	historical := make([]byte, 8)
	if c.spec.Content.Directory {
		capabilities := firstValue(c.atrInfo())
		historical = append([]byte{0x80, 0x70 | byte(len(capabilities))}, capabilities...)
	}
	atr := append([]byte{0x3B, 0x80 | byte(len(historical)), 0x80, 0x01}, historical...)
	var check byte
	for _, b := range atr[1:] {
		check ^= b
	}
	return append(atr, check)
}

// Commands counts the commands answered since the card was issued. It may be
// called while the card is served.
func (c *Card) Commands() int { return int(c.commands.Load()) }

// Signer returns the DER certificate of the document signer of this card.
func (c *Card) Signer() []byte { return append([]byte(nil), c.signer...) }

// Reset powers the chip off and on: the session is gone.
func (c *Card) Reset() {
	c.state = state{}
	if c.deaths > 0 && c.other != nil {
		c.other.Reset()
	}
}

// Process answers one command APDU. It returns nil while the chip is dead
// after [FaultPull], and an empty slice after [FaultZero].
func (c *Card) Process(raw []byte) []byte {
	if c.state.dead {
		return c.deadAnswer().bytes()
	}
	c.commands.Add(1)
	if c.deaths > 0 && c.other != nil {
		return c.other.Process(raw)
	}
	cmd, ok := parseCommand(raw)
	if !ok {
		c.endSession()
		return status(swWrongLength).bytes()
	}
	if cmd.extended && !c.spec.Extended {
		var refusal answer
		if cmd, refusal = c.refuseExtended(cmd); cmd.extended {
			return refusal.bytes()
		}
	}
	if cmd.cla&^byte(0x1C) != 0 {
		c.endSession()
		return status(swClass).bytes()
	}
	if cmd.ins == insGetResponse && !cmd.protected() && c.state.rest != nil {
		return c.deliver(cmd, c.state.rest)
	}
	c.state.rest = nil
	return c.deliver(cmd, c.respond(cmd))
}

// respond answers a command, under secure messaging where it came so.
func (c *Card) respond(cmd command) []byte {
	if !cmd.protected() {
		// A plain command ends the session (Doc 9303-11 §9.8.3).
		c.endSession()
		return c.execute(cmd).bytes()
	}
	s := c.state.session
	if s == nil {
		return status(swSMObjects).bytes()
	}
	plain, ok := s.unwrap(cmd)
	if !ok {
		c.endSession()
		return status(swSMObjects).bytes()
	}
	a := c.execute(plain)
	if a.plain || a.dead || a.empty {
		return a.bytes()
	}
	out := s.wrap(cmd.ins, a)
	if a.spoil {
		out[len(out)-3] ^= 1 // the last byte of the checksum, before the status word
	}
	return out
}

// endSession forgets the session, and what was half sent in it.
func (c *Card) endSession() {
	if c.state.session != nil {
		c.state.chain, c.state.partial = nil, nil
	}
	c.state.secured = secured{}
}

// execute runs a command whose protection is already removed.
func (c *Card) execute(cmd command) answer {
	if cmd.ins != insGeneralAuthenticate {
		var done bool
		if cmd, done = c.collect(cmd); !done {
			return status(swOK)
		}
		if cmd.chained() {
			return status(swClass)
		}
		// The commands of a protocol follow one another without a gap.
		c.state.pace, c.state.chipAuth, c.state.partial = nil, nil, nil
	}
	switch cmd.ins {
	case insSelect:
		return c.selectFile(cmd)
	case insReadBinary, insReadBinaryOdd:
		return c.readBinary(cmd)
	case insGetChallenge:
		return c.getChallenge(cmd)
	case insExternalAuthenticate:
		return c.externalAuthenticate(cmd)
	case insManageSecurity:
		return c.manageSecurity(cmd)
	case insGeneralAuthenticate:
		return c.generalAuthenticate(cmd)
	case insPerformSecurity:
		return c.verifyCertificate(cmd)
	case insInternalAuthenticate:
		return c.internalAuthenticate(cmd)
	}
	return status(swInstruction)
}

// The instructions this chip knows.
const (
	insManageSecurity       = 0x22
	insPerformSecurity      = 0x2A
	insExternalAuthenticate = 0x82
	insGetChallenge         = 0x84
	insGeneralAuthenticate  = 0x86
	insInternalAuthenticate = 0x88
	insSelect               = 0xA4
	insReadBinary           = 0xB0
	insReadBinaryOdd        = 0xB1
	insGetResponse          = 0xC0
)
