package chip

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// ErrPulled says that the chip stopped answering by its scripted fault: the
// virtual card was pulled from the slot.
var ErrPulled = errors.New("chip: the virtual card was pulled from the reader")

// The one-byte messages of vpcd; anything longer is a command APDU.
const (
	vpcdOff   = 0
	vpcdOn    = 1
	vpcdReset = 2
	vpcdATR   = 4
)

// ServeVPCD answers a slot of the virtual PC/SC driver (vsmartcard-vpcd) until
// ctx ends, the driver closes the connection, or the card is pulled; it closes
// conn. It returns nil when ctx ended, [ErrPulled] after a pull, and the
// connection's error otherwise (io.EOF where pcscd went away).
//
// A frame is a length of two bytes, most significant first, and the payload.
// Debian's driver sends the two in separate packets: without an immediate
// acknowledgement every command costs 40 ms. An empty response cannot be
// carried, the driver would wait for ever: it too is a pull, which PC/SC
// reports as success with no bytes.
func ServeVPCD(ctx context.Context, conn net.Conn, c *Card) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	for {
		message, err := readFrame(conn)
		if err == nil {
			err = c.answerVPCD(conn, message)
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

func (c *Card) answerVPCD(conn net.Conn, message []byte) error {
	if len(message) != 1 {
		response := c.Process(message)
		if len(response) == 0 {
			return ErrPulled
		}
		return writeFrame(conn, response)
	}
	switch message[0] {
	case vpcdOff, vpcdOn, vpcdReset:
		c.Reset()
		return nil
	case vpcdATR:
		return writeFrame(conn, c.ATR())
	}
	return fmt.Errorf("chip: vpcd sent the unknown message %#02x", message[0])
}

func readFrame(conn net.Conn) ([]byte, error) {
	acknowledgeQuickly(conn)
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	acknowledgeQuickly(conn)
	message := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, message); err != nil {
		return nil, err
	}
	return message, nil
}

func writeFrame(conn net.Conn, b []byte) error {
	frame := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(b)), uint16(len(b)))
	_, err := conn.Write(append(frame, b...))
	return err
}
