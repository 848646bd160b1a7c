package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/mrz/gray"
)

// newDecodeCommand is the inside of the sandbox: a picture comes in on the
// standard input, something clean goes out on the standard output. Nobody types
// it.
func newDecodeCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: sandboxCommand + " KIND", Short: "Decode a picture of the standard input without any rights", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return decodeInside(args[0], a.stdin, a.stdout) },
	}
}

// decodeInside gives up all rights, and then decodes.
func decodeInside(kind string, in io.Reader, out io.Writer) error {
	// The station kills a child that takes too long; this one may have outlived
	// its station.
	time.AfterFunc(2*sandboxLimit, func() { os.Exit(exitOther) })
	if err := confine(); err != nil {
		return coded(sandboxBroken, err)
	}
	picture, err := io.ReadAll(io.LimitReader(in, kiosk.MaxPicture+1))
	if err != nil {
		return err
	}
	if len(picture) > kiosk.MaxPicture {
		return coded(sandboxTooLarge, kiosk.ErrPictureSize)
	}
	clean, w, h, err := cleaned(kind, picture)
	switch {
	case errors.Is(err, gray.ErrTooLarge):
		return coded(sandboxTooLarge, kiosk.ErrPictureSize)
	case err != nil:
		return coded(exitInvalid, err)
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	_, err = out.Write(append(binary.BigEndian.AppendUint32(head, uint32(h)), clean...))
	return err
}

// cleaned is what a kind of decoding makes of a picture.
func cleaned(kind string, picture []byte) (clean []byte, w, h int, err error) {
	switch kind {
	case kiosk.DecodePage:
		return page(picture)
	case kiosk.DecodeGray:
		img, err := gray.Decode(bytes.NewReader(picture), kiosk.MaxPixels)
		if err != nil {
			return nil, 0, 0, err
		}
		return img.Pix, img.Rect.Dx(), img.Rect.Dy(), nil
	}
	return nil, 0, 0, fmt.Errorf("no such kind of decoding: %q", kind)
}
