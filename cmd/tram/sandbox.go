package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image/jpeg"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"github.com/tram-station/tram/kiosk"
)

// sandbox decodes pictures that somebody sent in a process of its own: this
// program, started with nothing in its environment, that gives up files, network
// and most of the memory before it looks at the first byte. Whatever the picture
// does to the decoder, the station only sees a process that ended.
type sandbox struct {
	program string
	args    []string      // before the kind
	limit   time.Duration // the child is killed after it
}

const (
	sandboxCommand = "decode-picture"
	sandboxLimit   = 15 * time.Second
	// maxPageBytes bounds the clean page that comes back.
	maxPageBytes = 1 << 20
	// sandboxHead is the width and the height before what comes back.
	sandboxHead = 8
)

// Exit codes of the child, beside those of every command.
const (
	sandboxTooLarge = 11
	sandboxBroken   = 12 // it could not give up its rights
)

// errNoSandbox says that this system does not let a process give up its rights.
var errNoSandbox = errors.New("the decoder of pictures could not give up its rights, so that it decoded nothing: run tram doctor")

func newSandbox() (*sandbox, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("this program's own file, which decodes pictures: %w", err)
	}
	return &sandbox{program: program, args: []string{sandboxCommand}, limit: sandboxLimit}, nil
}

// decoding is the station's decoder of what somebody sends.
func decoding(log *slog.Logger) (kiosk.Decode, error) {
	s, err := newSandbox()
	if err != nil {
		return nil, err
	}
	if words, whole := confinement(); !whole {
		log.Warn("pictures are decoded in less than a full sandbox", "in", words)
	}
	return s.Decode, nil
}

// Decode makes something clean of a picture: see [kiosk.Config].
func (s *sandbox) Decode(ctx context.Context, kind string, picture []byte) (clean []byte, w, h int, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	out := &bounded{left: sandboxHead + kiosk.MaxPixels}
	cmd := exec.CommandContext(ctx, s.program, append(s.args[:len(s.args):len(s.args)], kind)...)
	cmd.Env, cmd.Dir = []string{}, os.TempDir()
	cmd.Stdin, cmd.Stdout = bytes.NewReader(picture), out
	cmd.WaitDelay = time.Second
	switch err := cmd.Run(); {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return nil, 0, 0, ctx.Err()
	case cmd.ProcessState == nil:
		return nil, 0, 0, fmt.Errorf("the decoder of pictures does not start: %w", err)
	case cmd.ProcessState.ExitCode() == sandboxBroken:
		return nil, 0, 0, errNoSandbox
	case cmd.ProcessState.ExitCode() == sandboxTooLarge:
		return nil, 0, 0, kiosk.ErrPictureSize
	case err != nil: // whatever it was, the picture did it; what the child says is not for the log
		return nil, 0, 0, fmt.Errorf("%w (%s)", kiosk.ErrPicture, cmd.ProcessState)
	}
	return checked(kind, out.Bytes())
}

// checked believes nothing that comes out of the sandbox.
func checked(kind string, out []byte) (clean []byte, w, h int, err error) {
	bad := fmt.Errorf("%w (the decoder's answer is none)", kiosk.ErrPicture)
	if len(out) < sandboxHead {
		return nil, 0, 0, bad
	}
	width, height, clean := binary.BigEndian.Uint32(out), binary.BigEndian.Uint32(out[4:]), out[sandboxHead:]
	if width == 0 || height == 0 || uint64(width)*uint64(height) > kiosk.MaxPixels {
		return nil, 0, 0, bad
	}
	w, h = int(width), int(height)
	switch kind {
	case kiosk.DecodeGray:
		if len(clean) != w*h {
			return nil, 0, 0, bad
		}
	case kiosk.DecodePage:
		size, err := jpeg.DecodeConfig(bytes.NewReader(clean))
		if err != nil || size.Width != w || size.Height != h || max(w, h) > maxPageSide || len(clean) > maxPageBytes {
			return nil, 0, 0, bad
		}
	default:
		return nil, 0, 0, bad
	}
	return clean, w, h, nil
}

// bounded keeps what is written until it is too much.
type bounded struct {
	bytes.Buffer
	left int
}

var errTooMuch = errors.New("too much came out of the decoder")

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, errTooMuch
	}
	b.left -= len(p)
	return b.Buffer.Write(p)
}
