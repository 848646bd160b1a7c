package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"sync"

	"github.com/tram-station/tram/biometrics/assets"
	"github.com/tram-station/tram/biometrics/jp2"
	"github.com/tram-station/tram/mrz/gray"
)

// pictures decodes pictures of every kind that a chip or an officer may hold.
// The decoder of JPEG 2000 is loaded when the first of them comes. The zero
// value is ready, and safe for concurrent use.
type pictures struct {
	mu  sync.Mutex
	jp2 *jp2.Decoder
}

// maxPicture bounds the file of a picture, in bytes.
const maxPicture = 64 << 20

// open decodes the picture in a file.
func (p *pictures) open(ctx context.Context, file string) (image.Image, error) {
	b, err := readPicture(file)
	if err != nil {
		return nil, err
	}
	return p.decode(ctx, b)
}

// readPicture reads the file of a picture.
func readPicture(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, fmt.Errorf("cannot read the image: %w", err)
	}
	defer closed(f)
	b, err := io.ReadAll(io.LimitReader(f, maxPicture+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the image: %w", err)
	}
	if len(b) > maxPicture {
		return nil, gray.ErrTooLarge
	}
	return b, nil
}

// decode decodes a picture: JPEG, PNG, JPEG 2000 in its file or bare.
func (p *pictures) decode(ctx context.Context, b []byte) (image.Image, error) {
	if _, err := jp2.ReadHeader(b); errors.Is(err, jp2.ErrNotJPEG2000) {
		return gray.Picture(bytes.NewReader(b), gray.MaxPixels)
	}
	d, err := p.decoder(ctx)
	if err != nil {
		return nil, err
	}
	return d.Decode(ctx, b)
}

func (p *pictures) decoder(ctx context.Context) (*jp2.Decoder, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.jp2 == nil {
		var err error
		if p.jp2, err = loadJPEG2000(ctx); err != nil {
			return nil, err
		}
	}
	return p.jp2, nil
}

// loadJPEG2000 readies the decoder out of the assets.
func loadJPEG2000(ctx context.Context) (*jp2.Decoder, error) {
	path, err := assets.Find(jp2.Asset)
	if err != nil {
		return nil, fmt.Errorf("JPEG 2000: %w", err)
	}
	return jp2.Load(ctx, path)
}

// Close frees the decoder.
func (p *pictures) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.jp2 == nil {
		return nil
	}
	return p.jp2.Close()
}
