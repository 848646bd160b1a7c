package apdu

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrFormat says that bytes are no command or no response APDU.
var ErrFormat = errors.New("apdu: not well formed")

// Sizes of ISO/IEC 7816-4 §5.1, in bytes of the data field.
const (
	MaxShortData    = 255
	MaxShortLe      = 256
	MaxExtendedData = 65535
	MaxExtendedLe   = 65536
)

// Class and instruction bytes that eMRTDs use (Doc 9303-11, ISO/IEC 7816-4).
const (
	ClassPlain   = 0x00
	ClassSecure  = 0x0C // secure messaging, header authenticated
	ClassChained = 0x10 // more commands of the chain follow

	InsManageSecurity      = 0x22
	InsExternalAuth        = 0x82
	InsGetChallenge        = 0x84
	InsGeneralAuthenticate = 0x86
	InsSelect              = 0xA4
	InsReadBinary          = 0xB0
	InsReadBinaryOdd       = 0xB1
)

// Command is one command APDU.
type Command struct {
	Class, Ins, P1, P2 byte
	Data               []byte
	Le                 int // most bytes wanted back, 0 for none, at most MaxExtendedLe
}

// Bytes writes the command in short form where it fits, otherwise in extended
// form.
func (c Command) Bytes() ([]byte, error) {
	if len(c.Data) > MaxExtendedData || c.Le < 0 || c.Le > MaxExtendedLe {
		return nil, fmt.Errorf("%w: %d bytes of data, %d wanted", ErrFormat, len(c.Data), c.Le)
	}
	b := append(make([]byte, 0, 9+len(c.Data)), c.Class, c.Ins, c.P1, c.P2)
	if len(c.Data) <= MaxShortData && c.Le <= MaxShortLe {
		if len(c.Data) > 0 {
			b = append(append(b, byte(len(c.Data))), c.Data...)
		}
		if c.Le > 0 {
			b = append(b, byte(c.Le)) // 256 is written 00
		}
		return b, nil
	}
	b = append(b, 0)
	if len(c.Data) > 0 {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(c.Data))), c.Data...)
	}
	if c.Le > 0 {
		b = binary.BigEndian.AppendUint16(b, uint16(c.Le)) // 65536 is written 0000
	}
	return b, nil
}

// ParseCommand reads a command APDU in short or extended form. Data points
// into b.
func ParseCommand(b []byte) (Command, error) {
	if len(b) < 4 {
		return Command{}, fmt.Errorf("%w: command of %d bytes", ErrFormat, len(b))
	}
	c := Command{Class: b[0], Ins: b[1], P1: b[2], P2: b[3]}
	body := b[4:]
	var ok bool
	if len(body) > 1 && body[0] == 0 {
		ok = c.parseExtended(body[1:])
	} else {
		ok = c.parseShort(body)
	}
	if !ok {
		return Command{}, fmt.Errorf("%w: lengths of a command of %d bytes", ErrFormat, len(b))
	}
	return c, nil
}

func (c *Command) parseShort(body []byte) bool {
	switch {
	case len(body) == 0:
		return true
	case len(body) == 1:
		c.Le = shortLe(body[0])
		return true
	}
	n, rest := int(body[0]), body[1:]
	if len(rest) < n || len(rest) > n+1 {
		return false
	}
	c.Data = rest[:n:n]
	if len(rest) > n {
		c.Le = shortLe(rest[n])
	}
	return true
}

func (c *Command) parseExtended(body []byte) bool {
	if len(body) < 2 {
		return false
	}
	n, rest := int(binary.BigEndian.Uint16(body)), body[2:]
	if len(rest) == 0 {
		c.Le = extendedLe(n)
		return true
	}
	if n == 0 || (len(rest) != n && len(rest) != n+2) {
		return false
	}
	c.Data = rest[:n:n]
	if len(rest) > n {
		c.Le = extendedLe(int(binary.BigEndian.Uint16(rest[n:])))
	}
	return true
}

func shortLe(b byte) int {
	if b == 0 {
		return MaxShortLe
	}
	return int(b)
}

func extendedLe(n int) int {
	if n == 0 {
		return MaxExtendedLe
	}
	return n
}

// Response is one response APDU.
type Response struct {
	Data   []byte
	Status Status
}

// ParseResponse splits a response into data and status. Data points into b.
func ParseResponse(b []byte) (Response, error) {
	n := len(b) - 2
	if n < 0 || n > MaxExtendedLe {
		return Response{}, fmt.Errorf("%w: response of %d bytes", ErrFormat, len(b))
	}
	return Response{Data: b[:n:n], Status: Status(binary.BigEndian.Uint16(b[n:]))}, nil
}

// Bytes writes the response.
func (r Response) Bytes() []byte {
	return binary.BigEndian.AppendUint16(append(make([]byte, 0, len(r.Data)+2), r.Data...), uint16(r.Status))
}

// Send transmits one command. A refusal by the chip is the response's status;
// err means that the link or the framing failed.
func Send(ctx context.Context, card Card, c Command) (Response, error) {
	b, err := c.Bytes()
	if err != nil {
		return Response{}, err
	}
	answer, err := card.Transmit(ctx, b)
	if err != nil {
		return Response{}, err
	}
	return ParseResponse(answer)
}
