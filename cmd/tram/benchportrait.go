package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"

	"github.com/spf13/pflag"
	"golang.org/x/image/draw"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/virtual"
)

// The camera's pictures that the portrait is measured on.
const (
	frameWidth  = 1280
	frameHeight = 720
)

// portraitOptions say on which pictures the portrait is measured and beside
// whom.
type portraitOptions struct {
	photos, finders, decoders []string
	jp2, models               string
	rounds                    int
}

func (o *portraitOptions) bind(f *pflag.FlagSet) {
	f.StringArrayVar(&o.photos, "photo", nil, "portrait: measure on the photograph in `FILE` in place of a drawn face; may be repeated")
	f.StringVar(&o.jp2, "jp2", "", "portrait: the JPEG 2000 `FILE` to decode (default: a drawn face by opj_compress, where that is installed)")
	f.IntVar(&o.rounds, "rounds", 60, "portrait: how often each step is measured")
	f.StringVar(&o.models, "models", "", "portrait: the model pack (default: the station's)")
	f.StringArrayVar(&o.finders, "finder", nil, "portrait: another finder of faces as `NAME=COMMAND`, which is given file names, a line each, and answers as deploy/portrait-peers.py does")
	f.StringArrayVar(&o.decoders, "decoder", nil, "portrait: another JPEG 2000 decoder, likewise")
}

// benchPortrait measures the steps of a portrait, each in turn on every
// picture, so that whatever else the machine does falls on all.
func benchPortrait(ctx context.Context, a *app, o portraitOptions) error {
	if o.rounds < 1 {
		return coded(exitUsage, errors.New("bench portrait: --rounds starts at 1"))
	}
	dir, err := os.MkdirTemp("", "tram-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	m, err := loadFaceModels(defaultData(), o.models)
	if err != nil {
		return err
	}
	defer closed(m)
	if m.lost != nil {
		fmt.Fprintln(a.stderr, "Less is measured:", m.lost)
	}
	frames, err := portraitFrames(o.photos)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the peers
	rows, err := benchSteps(m, frames)
	if err != nil {
		return err
	}
	others, err := portraitPeers(ctx, o, dir, frames, a.stderr)
	if err != nil {
		return err
	}
	rows = append(rows, others...)
	if err := measure(ctx, rows, o.rounds); err != nil {
		return err
	}
	guided, err := benchGuidance(ctx, m.finder, frames[0])
	if err != nil {
		return err
	}
	return a.printPortrait(m, rows, guided, len(frames))
}

// portraitFrames are the camera's pictures: the photographs, as high as the
// frame, or one that is drawn.
func portraitFrames(photos []string) ([]*image.RGBA, error) {
	if len(photos) == 0 {
		return []*image.RGBA{virtual.Portrait(demoSeed, frameWidth, frameHeight)}, nil
	}
	var frames []*image.RGBA
	for _, file := range photos {
		img, err := openImage(file)
		if err != nil {
			return nil, coded(exitInvalid, fmt.Errorf("%s: %w", file, err))
		}
		frame := image.NewRGBA(image.Rect(0, 0, frameWidth, frameHeight))
		draw.Draw(frame, frame.Rect, image.NewUniform(img.At(img.Bounds().Min.X, img.Bounds().Min.Y)), image.Point{}, draw.Src)
		w := min(frameWidth, frameHeight*img.Bounds().Dx()/img.Bounds().Dy())
		left := (frameWidth - w) / 2
		draw.CatmullRom.Scale(frame, image.Rect(left, 0, left+w, frameHeight), img, img.Bounds(), draw.Src, nil)
		frames = append(frames, frame)
	}
	return frames, nil
}

// errNoFrame says that a picture does not serve to measure.
var errNoFrame = errors.New("bench portrait: no face in the picture")

// benchSteps are the operations of this program.
func benchSteps(m *faceModels, frames []*image.RGBA) ([]*benchStep, error) {
	found := make([][]face.Face, len(frames))
	for i, frame := range frames {
		var err error
		if found[i], err = m.finder.Find(frame); err != nil {
			return nil, err
		}
		if len(found[i]) == 0 {
			return nil, errNoFrame
		}
	}
	rows := []*benchStep{
		ours("portrait", "whole check: find, landmarks, judge", "find", func(round int) error {
			frame := frames[round%len(frames)]
			faces, err := m.finder.Find(frame)
			if err == nil && len(face.Judge(frame, faces).Measures) == 0 {
				err = errNoFrame
			}
			return err
		}),
		ours("portrait", "find and landmarks", "find", func(round int) error {
			_, err := m.finder.Find(frames[round%len(frames)])
			return err
		}),
		ours("portrait", "judge", "", func(round int) error {
			i := round % len(frames)
			face.Judge(frames[i], found[i])
			return nil
		}),
		ours("portrait", "crop, JPEG of at most 60 kB", "", func(round int) error {
			i := round % len(frames)
			img, err := face.Crop(frames[i], found[i][0])
			if err == nil {
				_, _, err = face.EncodeJPEG(img, face.MaxBytes)
			}
			return err
		}),
	}
	if m.matcher != nil {
		rows = append(rows, ours("portrait", "template", "", func(round int) error {
			i := round % len(frames)
			_, err := m.matcher.Template(frames[i], found[i][0])
			return err
		}))
	}
	return rows, nil
}

// printPortrait prints the table.
func (a *app) printPortrait(m *faceModels, rows []*benchStep, g *guided, frames int) error {
	title := fmt.Sprintf("portrait: %d rounds, %d pictures of %d×%d, %s", rows[0].Runs, frames, frameWidth, frameHeight, m.finder.Model())
	if err := a.printSteps(title, rows); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(g)
	}
	fmt.Fprintf(a.stdout, "guidance on one core, camera of %d frames/s: %.1f judged and %.1f shown a second\n", g.Camera, g.Judged, g.Shown)
	return nil
}
