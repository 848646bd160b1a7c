package enrol

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/offline/inquiry"
)

// Templater makes the template of a portrait, for the register; a Portraiter
// may be one. The error is ErrNoMatcher where there is no model for it.
type Templater interface {
	Template(ctx context.Context, live *Portrait) (face.Template, error)
}

// Template makes the template of the frame that the portrait was cut from.
func (p FacePortraiter) Template(ctx context.Context, live *Portrait) (face.Template, error) {
	if p.Matcher == nil {
		return face.Template{}, ErrNoMatcher
	}
	frame := live.Original
	if frame == nil {
		frame = live.JPEG
	}
	img, err := jpeg.Decode(bytes.NewReader(frame))
	if err != nil {
		return face.Template{}, fmt.Errorf("the portrait: %w", err)
	}
	faces, err := p.Finder.Find(img)
	if err != nil {
		return face.Template{}, err
	}
	if len(faces) == 0 {
		return face.Template{}, ErrNoFaceLive
	}
	if err := ctx.Err(); err != nil {
		return face.Template{}, err
	}
	return p.Matcher.Template(img, faces[0])
}

// faceTemplate is the portrait as the register compares it.
func (s *Station) faceTemplate(ctx context.Context, p *Portrait) (*inquiry.Template, error) {
	maker, ok := s.cfg.Portraiter.(Templater)
	if !ok {
		return nil, ErrNoMatcher
	}
	t, err := maker.Template(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(t.Vector) == 0 || len(t.Vector) > inquiry.MaxVector {
		return nil, ErrNoMatcher
	}
	return &inquiry.Template{Model: t.Model, Vector: t.Vector}, nil
}

// errNoMinutiae says that there is nothing to compare prints by.
var errNoMinutiae = errors.New("the prints hold no minutiae")

// minutiaeOf is one record of ISO/IEC 19794-2:2011 with a view of each flat
// print.
func minutiaeOf(prints []*capturedPrint) ([]byte, error) {
	all := iso19794.MinutiaeRecord{Edition: iso19794.Edition2011}
	for _, p := range prints {
		if p.Rolled || len(p.Records.FMR) == 0 {
			continue
		}
		one, err := iso19794.ParseMinutiae(p.Records.FMR)
		if err != nil {
			return nil, err
		}
		all.Views = append(all.Views, one.Views...)
	}
	if len(all.Views) == 0 {
		return nil, errNoMinutiae
	}
	b, err := all.Marshal(iso19794.Edition2011)
	if err == nil && len(b) > inquiry.MaxMinutiae {
		return nil, errNoMinutiae
	}
	return b, err
}
