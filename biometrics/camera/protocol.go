// Package camera is the station's side of the camera process: it starts
// tram-camera, takes its frames, and starts it again when it dies. OpenCV is
// C++: what aborts in there must never take the daemon along.
//
// The process writes messages to its standard output and reads command lines
// from its standard input. It ends when its input closes, so that it never
// outlives the daemon.
//
//	offset  bytes
//	0       4      magic "TCAM"
//	4       1      version, 1
//	5       1      kind
//	6       2      zero
//	8       4      length of the body, big endian
//	12             body
package camera

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Kind says what a message holds.
type Kind uint8

// The kinds of messages.
const (
	KindHello   Kind = 1 // JSON of Hello: the source is open
	KindPicture Kind = 2 // Picture
	KindTrouble Kind = 3 // UTF-8: why the source failed; the process ends
	KindEnd     Kind = 4 // empty: the file or folder has no more pictures
)

// Commands on the standard input, one a line.
const (
	CommandStart = "start" // open the source and send pictures
	CommandStop  = "stop"  // close the source, stay ready
	CommandQuit  = "quit"
)

// Limits of the protocol, both ways.
const (
	MaxPicture = 8 << 20 // bytes of a compressed picture
	MaxText    = 4 << 10 // bytes of a hello or a trouble
	MinSide    = 16      // of a picture, pixels
	MaxSide    = 4096

	version       = 1
	headerLength  = 12
	pictureHeader = 20
)

var magic = [4]byte{'T', 'C', 'A', 'M'}

// ErrProtocol says that the other side does not speak this protocol.
var ErrProtocol = errors.New("camera process: not understood")

// Message is one message of the camera process.
type Message struct {
	Kind Kind
	Body []byte
}

// limit is the longest body of a kind; negative for an unknown kind.
func (k Kind) limit() int {
	switch k {
	case KindHello, KindTrouble:
		return MaxText
	case KindPicture:
		return pictureHeader + MaxPicture
	case KindEnd:
		return 0
	default:
		return -1
	}
}

// WriteMessage writes m in one write.
func WriteMessage(w io.Writer, m Message) error {
	if len(m.Body) > m.Kind.limit() {
		return fmt.Errorf("%w: %d bytes in a message of kind %d", ErrProtocol, len(m.Body), m.Kind)
	}
	b := make([]byte, headerLength, headerLength+len(m.Body))
	copy(b, magic[:])
	b[4], b[5] = version, byte(m.Kind)
	binary.BigEndian.PutUint32(b[8:], uint32(len(m.Body)))
	if _, err := w.Write(append(b, m.Body...)); err != nil {
		return fmt.Errorf("camera process: write: %w", err)
	}
	return nil
}

// ReadMessage reads one message. It is io.EOF between messages and
// [ErrProtocol] for what is none.
func ReadMessage(r io.Reader) (Message, error) {
	var h [headerLength]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return Message{}, fmt.Errorf("%w: cut off in a header", ErrProtocol)
		}
		return Message{}, err
	}
	if [4]byte(h[:4]) != magic || h[4] != version || h[6] != 0 || h[7] != 0 {
		return Message{}, fmt.Errorf("%w: header % x", ErrProtocol, h[:8])
	}
	kind, length := Kind(h[5]), binary.BigEndian.Uint32(h[8:])
	if kind.limit() < 0 || int64(length) > int64(kind.limit()) {
		return Message{}, fmt.Errorf("%w: %d bytes of kind %d", ErrProtocol, length, kind)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return Message{}, fmt.Errorf("%w: cut off in a message of kind %d", ErrProtocol, kind)
	}
	return Message{kind, body}, nil
}

// Hello says what the process films.
type Hello struct {
	Name    string `json:"name"`    // for people: "Logitech C920"
	Source  string `json:"source"`  // "v4l2", "video", "images"
	Virtual bool   `json:"virtual"` // no camera: a file
	Width   int    `json:"width"`   // of the pictures, pixels; 0 when they differ
	Height  int    `json:"height"`
	// What the driver made of what was asked for (V4L2).
	Format   string    `json:"format,omitempty"`   // "MJPG", "YUYV"
	Rate     float64   `json:"rate,omitempty"`     // frames a second, as it says
	Controls []Control `json:"controls,omitempty"` // those that it offers
}

// Control is a setting of the camera, in the driver's own units:
// "exposure-auto" (1 by hand), "exposure", "white-balance-auto",
// "white-balance" (kelvin), "gain".
type Control struct {
	Name  string `json:"name"`
	Value int    `json:"value"`
	Asked *int   `json:"asked,omitempty"` // nil: nothing was asked for
}

// Refused says that the driver did not take what was asked for.
func (c Control) Refused() bool { return c.Asked != nil && *c.Asked != c.Value }

// Message packs the hello.
func (h Hello) Message() (Message, error) {
	b, err := json.Marshal(h)
	if err != nil {
		return Message{}, fmt.Errorf("camera process: hello: %w", err)
	}
	return Message{KindHello, b}, nil
}

// ParseHello reads the body of a hello.
func ParseHello(body []byte) (Hello, error) {
	var h Hello
	if err := json.Unmarshal(body, &h); err != nil {
		return Hello{}, fmt.Errorf("%w: hello: %w", ErrProtocol, err)
	}
	switch h.Source {
	case "v4l2", "video", "images":
		return h, nil
	}
	return Hello{}, fmt.Errorf("%w: hello from source %q", ErrProtocol, h.Source)
}

// Picture is one compressed frame.
type Picture struct {
	Seq           uint64
	Time          time.Time // when it was taken
	Width, Height int       // pixels
	JPEG          []byte
}

// Message packs the picture: sequence number, Unix nanoseconds, width, height,
// JPEG.
func (p Picture) Message() Message {
	b := make([]byte, pictureHeader, pictureHeader+len(p.JPEG))
	binary.BigEndian.PutUint64(b, p.Seq)
	binary.BigEndian.PutUint64(b[8:], uint64(p.Time.UnixNano()))
	binary.BigEndian.PutUint16(b[16:], uint16(p.Width))
	binary.BigEndian.PutUint16(b[18:], uint16(p.Height))
	return Message{KindPicture, append(b, p.JPEG...)}
}

// ParsePicture reads the body of a picture; its JPEG is not looked into.
func ParsePicture(body []byte) (Picture, error) {
	if len(body) <= pictureHeader {
		return Picture{}, fmt.Errorf("%w: a picture of %d bytes", ErrProtocol, len(body))
	}
	p := Picture{
		Seq:    binary.BigEndian.Uint64(body),
		Time:   time.Unix(0, int64(binary.BigEndian.Uint64(body[8:]))),
		Width:  int(binary.BigEndian.Uint16(body[16:])),
		Height: int(binary.BigEndian.Uint16(body[18:])),
		JPEG:   body[pictureHeader:],
	}
	if min(p.Width, p.Height) < MinSide || max(p.Width, p.Height) > MaxSide {
		return Picture{}, fmt.Errorf("%w: a picture of %d×%d pixels", ErrProtocol, p.Width, p.Height)
	}
	return p, nil
}
