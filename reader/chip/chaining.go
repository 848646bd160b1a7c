package chip

import "slices"

// Commands and responses that are longer than a short APDU: command chaining
// (ISO/IEC 7816-4 §5.3.3) and GET RESPONSE (§5.3.4).

// maxChained is the most data that chained commands carry together: a
// certificate of a terminal with an RSA key of 4096 bits, twice.
const maxChained = 4096

// collect gathers the data of chained commands. It returns the whole command
// and true at the end of a chain, the command itself where there is none, and
// false within a chain. A command of another kind breaks the chain.
func (c *Card) collect(cmd command) (command, bool) {
	chain := c.state.chain
	c.state.chain = nil
	switch cmd.ins {
	case insManageSecurity, insPerformSecurity, insExternalAuthenticate:
	default:
		return cmd, true
	}
	if chain != nil && chain.ins == cmd.ins && chain.p1 == cmd.p1 && chain.p2 == cmd.p2 {
		cmd.data = append(chain.data, cmd.data...)
	}
	if !cmd.chained() || len(cmd.data) > maxChained {
		return cmd, true
	}
	cmd.data = append([]byte(nil), cmd.data...)
	c.state.chain = &cmd
	return cmd, false
}

// refuseExtended is what a chip without extended length does with it: a
// refusal, or the command as the chip understands it.
func (c *Card) refuseExtended(cmd command) (command, answer) {
	switch c.spec.OnExtended {
	case ExtendedTruncated:
		cmd.extended = false
		return cmd, answer{}
	case ExtendedSilent:
		c.state = state{dead: true}
		return cmd, c.deadAnswer()
	}
	c.endSession()
	return cmd, status(swWrongLength)
}

// unfinished reports a data object whose length promises more than there is.
func unfinished(b []byte) bool {
	if len(b) < 2 {
		return true
	}
	if b[1] > 0x80 && len(b) < 2+int(b[1]&0x7F) {
		return true
	}
	size, n, err := parseLength(b[1:])
	return err == nil && len(b) < 1+n+size
}

// deliver sends what fits and keeps the rest for GET RESPONSE (61xx).
func (c *Card) deliver(cmd command, response []byte) []byte {
	c.state.rest = nil
	first := maxShortResponse
	if cmd.ins == insGetResponse && cmd.le != 0 {
		first = min(first, cmd.le)
	}
	if cmd.extended || len(response) <= first+2 {
		return response
	}
	c.state.rest = slices.Clone(response[first:])
	left := min(len(c.state.rest)-2, maxShortResponse)
	return append(slices.Clone(response[:first]), 0x61, byte(left))
}
