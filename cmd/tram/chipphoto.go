package main

import (
	"context"
	"image"
	"sync"

	"github.com/tram-station/tram/biometrics/assets"
	"github.com/tram-station/tram/biometrics/jp2"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/lds"
)

// photographs decodes what chips hold as their portrait. The sandbox for JPEG
// 2000 is made ready when the first one comes.
type photographs struct {
	sandbox func() (*jp2.Decoder, error)
}

func newPhotographs() *photographs {
	return &photographs{sandbox: sync.OnceValues(loadJPEG2000)}
}

// loadJPEG2000 readies the decoder out of the assets. It lives as long as the
// program.
func loadJPEG2000() (*jp2.Decoder, error) {
	path, err := assets.Find(jp2.Asset)
	if err != nil {
		return nil, err
	}
	return jp2.Load(context.Background(), path)
}

// decode returns the picture; the media type is the one that the card's reader
// saw in its first bytes.
func (p *photographs) decode(ctx context.Context, mediaType string, b []byte) (image.Image, error) {
	if mediaType == lds.MediaJPEG {
		return enrol.DecodeJPEG(b)
	}
	d, err := p.sandbox()
	if err != nil {
		return nil, err
	}
	return d.Decode(ctx, b)
}
