package sbi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"mime"
	"strconv"
	"strings"
	"time"

	"github.com/tram-station/tram/mrz/gray"
)

// Limits of the live picture.
const (
	maxFrame       = 4 << 20 // bytes
	maxFramePixels = 4 << 20
	maxLine        = 1024
	maxPartHeaders = 32
	framePause     = 40 * time.Millisecond // no more than 25 pictures a second are decoded
	streamStart    = 700 * time.Millisecond
)

var errFrames = errors.New("no motion JPEG")

// live is a running live picture. It never stands in a capture's way: where it
// stops there is no preview, and nobody waits for a decoder.
type live struct {
	frames  chan *image.Gray // the newest picture
	started chan struct{}    // closed with the first picture
	ended   chan struct{}
}

// stream asks the service for the live picture. It ends with ctx, and by itself
// after limit.
func (r remote) stream(ctx context.Context, req streamRequest, limit time.Duration) *live {
	l := &live{frames: make(chan *image.Gray, 1), started: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		resp, err := r.do(ctx, verbStream, "/stream", req)
		if err != nil {
			return
		}
		defer func() { _ = resp.Body.Close() }()
		kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/x-mixed-replace" {
			return
		}
		l.show(bufio.NewReader(resp.Body))
	}()
	return l
}

// begin waits for the first picture, but not long.
func (l *live) begin(ctx context.Context) {
	t := time.NewTimer(streamStart)
	defer t.Stop()
	select {
	case <-l.started:
	case <-l.ended:
	case <-t.C:
	case <-ctx.Done():
	}
}

// show decodes pictures until the stream ends. One that can not be decoded is
// left out.
func (l *live) show(b *bufio.Reader) {
	var last time.Time
	shown := false
	for {
		packed, err := nextFrame(b)
		if err != nil {
			return
		}
		if time.Since(last) < framePause {
			continue
		}
		img, err := decodeFrame(packed)
		if err != nil {
			continue
		}
		last = time.Now()
		select { // whoever is slow sees the newest
		case <-l.frames:
		default:
		}
		l.frames <- img
		if !shown {
			shown = true
			close(l.started)
		}
	}
}

func decodeFrame(packed []byte) (*image.Gray, error) {
	img, err := decodeJPEG(packed, func(width, height int) bool {
		return width > 0 && height > 0 && width <= maxFramePixels/height
	})
	if err != nil {
		return nil, errFrames
	}
	return gray.From(img), nil
}

// nextFrame reads the next part of a multipart stream. Services get the boundary
// wrong: they name it with the hyphens that stand before it. So a part begins at
// any line of two hyphens and more, and ends after its Content-Length or, where
// that is not said, before the next such line.
func nextFrame(b *bufio.Reader) ([]byte, error) {
	for {
		line, err := readLine(b)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(line, "--") {
			break
		}
	}
	length := -1
	for n := 0; ; n++ {
		line, err := readLine(b)
		if err != nil || n == maxPartHeaders {
			return nil, errFrames
		}
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			continue
		}
		if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil || length < 0 || length > maxFrame {
			return nil, errFrames
		}
	}
	if length < 0 {
		return readPart(b)
	}
	part := make([]byte, length)
	_, err := io.ReadFull(b, part)
	return part, err
}

// readLine reads a line without its end. One that is too long is an error.
func readLine(b *bufio.Reader) (string, error) {
	line, err := b.ReadSlice('\n')
	if err != nil || len(line) > maxLine {
		return "", errFrames
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// readPart reads up to a line that begins with two hyphens, and leaves it.
func readPart(b *bufio.Reader) ([]byte, error) {
	var part []byte
	for {
		c, err := b.ReadByte()
		if err != nil || len(part) == maxFrame {
			return nil, errFrames
		}
		part = append(part, c)
		if c != '\n' {
			continue
		}
		if next, err := b.Peek(2); err == nil && string(next) == "--" {
			return bytes.TrimRight(part, "\r\n"), nil
		}
	}
}
