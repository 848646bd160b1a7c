package chip

// Status words of ISO/IEC 7816-4 that this chip answers with.
const (
	swOK              = 0x9000
	swEndOfFile       = 0x6282
	swAuthFailed      = 0x6300
	swWrongLength     = 0x6700
	swTriesLeft       = 0x63C0 // and the number of tries
	swSecurityStatus  = 0x6982
	swBlocked         = 0x6983
	swConditions      = 0x6985
	swNoCurrentFile   = 0x6986
	swSMObjects       = 0x6988
	swWrongData       = 0x6A80
	swFileNotFound    = 0x6A82
	swWrongParameters = 0x6A86
	swReference       = 0x6A88
	swOutsideFile     = 0x6B00
	swExactLength     = 0x6C00 // and the length
	swInstruction     = 0x6D00
	swClass           = 0x6E00
)

// The largest response of the wire: 256 bytes and the status word for a short
// command; for an extended one what a frame of vpcd carries.
const (
	maxShortResponse    = 256
	maxExtendedResponse = 65533
	maxExtendedCommand  = 65535
)

// command is one parsed command APDU (ISO/IEC 7816-3 §12.1).
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
	le               int // 0: no Le field; a coded zero is 256 or 65536
	extended         bool
}

func (c command) chained() bool   { return c.cla&0x10 != 0 }
func (c command) protected() bool { return c.cla&0x0C == 0x0C }

// parseCommand reads the four cases, short and extended; false when lengths
// contradict each other.
func parseCommand(b []byte) (command, bool) {
	if len(b) < 4 {
		return command{}, false
	}
	c := command{cla: b[0], ins: b[1], p1: b[2], p2: b[3]}
	switch body := b[4:]; {
	case len(body) == 0:
		return c, true
	case len(body) == 1:
		c.le = coded(int(body[0]), 256)
		return c, true
	case body[0] != 0:
		n := int(body[0])
		if len(body) != 1+n && len(body) != 2+n {
			return command{}, false
		}
		c.data = body[1 : 1+n]
		if len(body) == 2+n {
			c.le = coded(int(body[1+n]), 256)
		}
		return c, true
	default:
		return parseExtended(c, body)
	}
}

func parseExtended(c command, body []byte) (command, bool) {
	if len(body) < 3 {
		return command{}, false
	}
	c.extended = true
	n := int(body[1])<<8 | int(body[2])
	switch {
	case len(body) == 3:
		c.le = coded(n, 65536)
	case n > 0 && len(body) == 3+n:
		c.data = body[3:]
	case n > 0 && len(body) == 5+n:
		c.data = body[3 : 3+n]
		c.le = coded(int(body[3+n])<<8|int(body[4+n]), 65536)
	default:
		return command{}, false
	}
	return c, true
}

func coded(n, zero int) int {
	if n == 0 {
		return zero
	}
	return n
}

// answer is a response before it is protected.
type answer struct {
	data []byte
	sw   uint16
	// plain is answered without protection although the session lives on.
	plain bool
	// dead answers nothing at all; empty answers zero bytes.
	dead, empty bool
	// spoil breaks the checksum of the protection.
	spoil bool
}

func status(sw uint16) answer { return answer{sw: sw} }

func (a answer) bytes() []byte {
	switch {
	case a.dead:
		return nil
	case a.empty:
		return []byte{}
	}
	return append(append([]byte(nil), a.data...), byte(a.sw>>8), byte(a.sw))
}
